"""Dark and noisy faces are mended, others stay as they are, and the network reads them better for it."""

from __future__ import annotations

import numpy as np
import pytest

from fer.dataset.demo import demo_faces
from fer.evaluation.changes import change_named
from fer.faces.classify import open_classifier
from fer.faces.mend import LEAST_LIGHT, LEAST_NOISE, mend_faces, noise_of
from fer.faces.scale import InputSpec, scale_faces


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    images = np.asarray(demo_faces(per_emotion=12, seed=4).images)
    return images[images.mean(axis=(1, 2)) > LEAST_LIGHT]


@pytest.mark.parametrize("deviation", [4.0, 9.0, 20.0, 40.0])
def test_noise_is_measured_on_what_is_smooth(deviation: float) -> None:
    ramp = np.tile(np.linspace(60, 190, 48, dtype=np.float32), (48, 1))
    noisy = ramp + deviation * np.random.default_rng(0).standard_normal(ramp.shape).astype(np.float32)
    assert noise_of(noisy) == pytest.approx(deviation, rel=0.08)
    assert noise_of(ramp) < 0.1


def test_a_line_is_no_noise() -> None:
    face = np.full((48, 48), 90, np.float32)
    face[20:22] = 220
    face[:, 10] = 0
    assert noise_of(face) < 0.1


def test_faces_that_are_neither_dark_nor_noisy_stay_as_they_are(faces: np.ndarray) -> None:
    quiet = np.array([face for face in faces if noise_of(face.astype(np.float32)) < LEAST_NOISE])
    assert len(quiet) > 40
    before = quiet.copy()
    np.testing.assert_array_equal(mend_faces(quiet), quiet)
    np.testing.assert_array_equal(quiet, before)


def test_a_dark_face_is_multiplied_up_to_the_least_light(faces: np.ndarray) -> None:
    dark = change_named("dark").apply(faces, 4)
    mended = mend_faces(dark)
    np.testing.assert_allclose(mended.mean(axis=(1, 2)), LEAST_LIGHT, rtol=0.02)
    light = np.array([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(mended, faces, strict=True)])
    assert light.mean() > 0.97, "it is the same face"


def test_noise_grows_less(faces: np.ndarray) -> None:
    for step in (2, 3, 4):
        noisy = change_named("noise").apply(faces, step)
        before = np.abs(noisy.astype(float) - faces).mean()
        after = np.abs(mend_faces(noisy) - faces).mean()
        assert after < 0.75 * before


def test_black_and_nothing(faces: np.ndarray) -> None:
    black = np.zeros((2, 48, 48), np.uint8)
    assert not mend_faces(black).any()
    assert np.isfinite(scale_faces(black, InputSpec(mend=True))).all()
    assert mend_faces(np.empty((0, 48, 48), np.uint8)).shape == (0, 48, 48)


@pytest.mark.parametrize(("change", "step"), [("noise", 3), ("dark", 4), ("dark", 5)])
def test_the_default_network_reads_mended_faces_better(faces: np.ndarray, change: str, step: int) -> None:
    """What it says of a face as it is should be what it says of it in the dark, as far as possible."""
    classifier = open_classifier()
    assert classifier.spec.mend
    plain = InputSpec(**{**classifier.spec.model_dump(), "mend": False})
    changed = change_named(change).apply(faces, step)
    wanted = classifier.probabilities(faces)
    with_mending = np.abs(classifier.probabilities(changed) - wanted).mean()
    without = np.abs(classifier.from_scaled(scale_faces(changed, plain)) - wanted).mean()
    assert with_mending < 0.8 * without
