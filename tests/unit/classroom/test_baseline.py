"""The baseline: half a minute of a face at rest, then its own look is divided out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer.classroom.baseline import READINGS, SECONDS, Baseline, neutral_mean
from fer.dataset.read import read_fer2013
from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.classify import open_classifier

NEUTRAL = np.array([0.05, 0.01, 0.04, 0.07, 0.12, 0.02, 0.69])
SAD = np.array([0.1, 0.02, 0.08, 0.02, 0.5, 0.02, 0.26])
"""What the network sees in a student at rest whose face looks sad to it."""


def filled(at_rest: np.ndarray, hz: float = 2.0) -> Baseline:
    baseline = Baseline(NEUTRAL)
    t = 0.0
    while not baseline.done:
        baseline.add(at_rest, t)
        t += 1 / hz
    return baseline


def test_a_face_at_rest_is_read_as_neutral_faces_are():
    corrected = filled(SAD).corrected(SAD, 1.0)
    assert EMOTIONS[int(SAD.argmax())] == "sad"
    assert EMOTIONS[int(corrected.argmax())] == "neutral"
    np.testing.assert_allclose(corrected, NEUTRAL, atol=0.02)


def test_a_smile_stays_a_smile():
    smile = np.array([0.01, 0.0, 0.01, 0.9, 0.03, 0.01, 0.04])
    assert EMOTIONS[int(filled(SAD).corrected(smile, 0.7).argmax())] == "happy"


def test_strength_is_how_much():
    baseline = filled(SAD)
    np.testing.assert_allclose(baseline.corrected(SAD, 0.0), SAD)
    sadness = [baseline.corrected(SAD, strength)[4] for strength in (0.0, 0.3, 0.7, 1.0)]
    assert sadness == sorted(sadness, reverse=True)


def test_nothing_changes_before_it_is_done():
    baseline = Baseline(NEUTRAL)
    for second in range(20):
        baseline.add(SAD, second)
    assert 0.6 < baseline.share < 0.7
    assert not baseline.done and baseline.mean is None and baseline.doubt == ""
    assert baseline.corrected(SAD, 1.0) is SAD


def test_half_a_minute_of_a_face_is_needed():
    assert filled(SAD).readings == 2 * SECONDS + 1
    away = Baseline(NEUTRAL)
    away.add(SAD, 0)
    away.add(SAD, 3600)
    assert away.share <= 0.1, "an hour away is no hour at rest"


def test_a_loaded_server_still_gets_there():
    assert filled(SAD, hz=0.5).readings >= READINGS
    backwards = Baseline(NEUTRAL)
    for t in (5.0, 4.0, 3.0):
        backwards.add(SAD, t)
    assert backwards.share == 0


def test_what_comes_later_does_not_move_it():
    baseline = filled(SAD)
    before = baseline.mean
    baseline.add(np.eye(7)[3], 1000.0)
    np.testing.assert_array_equal(baseline.mean, before)


def test_a_laughing_baseline_is_doubted():
    assert filled(SAD).doubt == ""
    laughing = np.array([0.01, 0.0, 0.01, 0.9, 0.03, 0.01, 0.04])
    assert filled(laughing).doubt.startswith("For most of the time your face looked happy.")


def test_the_shipped_model_has_its_mean(home: Path):
    mean = neutral_mean()
    assert mean.shape == (7,)
    assert mean.sum() == pytest.approx(1, abs=1e-3)
    assert EMOTIONS[int(mean.argmax())] == "neutral"
    assert Baseline().share == 0


def test_a_model_without_one_says_how_to_measure_it(home: Path, configure: Callable[..., None]):
    from tests.unit.test_registry import entry_of, publish

    publish(home / "shipped", entry_of(home / "shipped", "tiny"))
    configure(FER_MODELS=home / "shipped")
    with pytest.raises(ModelError, match=r"tiny was never measured .*python -m fer neutral .*--name tiny"):
        Baseline()


def test_real_faces_are_read_more_evenly(fer2013: Path, home: Path):
    """Someone whose neutral faces look sad: half of them are the baseline, the others are read better with it."""
    faces = read_fer2013(fer2013).split("PublicTest")
    neutral = faces.images[faces.labels == 6]
    answers = open_classifier().probabilities(neutral)
    sad_looking = answers[answers.argmax(axis=1) == 4]
    assert len(sad_looking) > 40
    baseline = Baseline()
    for second, answer in enumerate(np.resize(sad_looking[::2], (40, 7))):
        baseline.add(answer, second)
    rest = sad_looking[1::2]
    corrected = np.array([baseline.corrected(answer, 0.7) for answer in rest])
    assert (corrected.argmax(axis=1) == 6).mean() > 0.6
    np.testing.assert_allclose(corrected.sum(axis=1), 1, rtol=1e-5)
