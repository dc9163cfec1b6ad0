"""The class's interval: it holds the truth about as often as it says, also for few seats."""

from __future__ import annotations

import numpy as np
import pytest

from fer.classroom.interval import Interval, class_interval


@pytest.mark.parametrize(("seats", "at_least"), [(3, 0.9), (5, 0.88), (10, 0.92), (25, 0.92)])
def test_it_covers_the_truth(seats: int, at_least: float):
    rng = np.random.default_rng(1)
    held = 0
    for run in range(400):
        found = class_interval(rng.beta(6, 4, seats), seed=run)
        assert found is not None
        held += found.low <= 0.6 <= found.high
    assert held / 400 >= at_least


def test_more_seats_narrow_it():
    rng = np.random.default_rng(0)
    few, many = class_interval(rng.random(8)), class_interval(rng.random(80))
    assert few is not None and many is not None
    assert many.high - many.low < few.high - few.low


def test_the_same_numbers_give_the_same_interval():
    values = np.random.default_rng(0).random(20)
    assert class_interval(values) == class_interval(list(values))


def test_one_seat_says_nothing_about_others():
    assert class_interval([0.7]) == Interval(0.7, 0.0, 1.0, 1)


def test_nobody_is_no_interval():
    assert class_interval([]) is None


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_unknown_may_not_come_as_a_number(wrong: float):
    with pytest.raises(ValueError, match=r"expected values in \[0, 1\]"):
        class_interval([0.5, wrong])
