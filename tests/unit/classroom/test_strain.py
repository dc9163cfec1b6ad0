"""Strain: ten seconds against the student's own median."""

from __future__ import annotations

import numpy as np
import pytest

from fer.classroom.strain import BINS, SETTLED_S, WINDOW_S, Strain
from fer.emotions import EMOTIONS


def mood(negative: float) -> np.ndarray:
    """The four negative emotions share ``negative``, neutral has the rest."""
    p = np.zeros(7)
    for name in ("angry", "disgust", "fear", "sad"):
        p[EMOTIONS.index(name)] = negative / 4
    p[EMOTIONS.index("neutral")] = 1 - negative
    return p


def test_it_is_unknown_for_the_first_minute():
    strain = Strain()
    values = [strain.add(second, mood(0.3)) for second in range(100)]
    assert all(value is None for value in values[: int(SETTLED_S)])
    assert all(value is not None for value in values[int(SETTLED_S) :])


def test_a_face_that_always_looks_sad_has_none():
    strain = Strain()
    values = [strain.add(second, mood(0.8)) for second in range(200)]
    assert values[-1] == pytest.approx(0, abs=1 / BINS)


def test_more_than_usual_shows_and_passes():
    strain = Strain()
    calm = [strain.add(second, mood(0.2)) for second in range(300)]
    tense = [strain.add(second, mood(0.7)) for second in range(300, 320)]
    after = [strain.add(second, mood(0.2)) for second in range(320, 340)]
    assert calm[-1] == pytest.approx(0, abs=0.01)
    assert tense[int(WINDOW_S)] == pytest.approx(0.5, abs=0.01)
    assert after[-1] == pytest.approx(0, abs=0.01)


def test_less_than_usual_is_negative():
    strain = Strain()
    for second in range(120):
        strain.add(second, mood(0.5))
    assert [strain.add(second, mood(0.1)) for second in range(120, 135)][-1] == pytest.approx(-0.4, abs=0.01)


def test_it_is_unknown_after_a_pause():
    strain = Strain()
    for second in range(120):
        strain.add(second, mood(0.5))
    assert strain.add(1000, mood(0.9)) is None
    assert strain.add(1001, mood(0.9)) is None
    assert strain.add(1002, mood(0.9)) is not None


def test_an_answer_from_the_past_is_left_out():
    strain = Strain()
    for second in range(120):
        strain.add(second, mood(0.5))
    before = strain.add(120, mood(0.5))
    assert strain.add(3, mood(1.0)) == before


def test_the_median_is_the_histograms():
    values = np.random.default_rng(0).beta(2, 5, 2001)
    strain = Strain()
    for second, value in enumerate(values):
        strain.add(second, mood(value))
    assert strain.median == pytest.approx(np.median(values), abs=1 / BINS)
