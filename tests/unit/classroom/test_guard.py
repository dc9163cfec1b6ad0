"""The load guard: full rate while there is time, less before frames wait, never nothing, and back again."""

from __future__ import annotations

import pytest

from fer.classroom.guard import AIM_S, FULL_HZ, LEAST_HZ, LoadGuard


def noted(cost_s: float, workers: int = 2) -> LoadGuard:
    guard = LoadGuard(workers)
    for _ in range(200):
        guard.note([0.05], cost_s)
    guard.judge(0, -1.0)
    return guard


def judged(guard: LoadGuard, streams: int, second: float, took_s: float = 0.05) -> float:
    """A second in which fifty frames took so long each."""
    cost_s = guard.cost_s or 0.01
    guard.note([took_s] * 50, 50 * cost_s)
    return guard.judge(streams, second)


def test_full_rate_before_anything_is_known() -> None:
    guard = LoadGuard(2)
    assert guard.cost_s is None
    assert guard.judge(50, 0.0) == FULL_HZ


@pytest.mark.parametrize(("streams", "cost_s"), [(1, 0.2), (10, 0.02), (50, 0.01), (60, 0.01)])
def test_full_rate_while_there_is_time(streams: int, cost_s: float) -> None:
    assert judged(noted(cost_s), streams, 0.0) == FULL_HZ


def test_the_rate_falls_before_any_frame_was_late() -> None:
    guard = noted(0.02)
    rates = [judged(guard, streams, 10.0 * streams) for streams in (20, 40, 70, 100)]
    assert rates[0] == FULL_HZ and rates == sorted(rates, reverse=True) and rates[-1] < 1
    # What is planned fits into the workers' time, with room.
    for streams, rate in zip((20, 40, 70, 100), rates, strict=True):
        assert streams * rate * 0.02 < 0.9 * 2


def test_the_rate_never_falls_to_nothing() -> None:
    assert judged(noted(0.5), 60, 0.0, took_s=5.0) == LEAST_HZ


def test_late_frames_lower_it_whatever_was_planned_and_it_recovers() -> None:
    guard = noted(0.005)
    late = [judged(guard, 10, second, took_s=2 * AIM_S) for second in range(10)]
    assert late[0] < FULL_HZ and late[-1] == LEAST_HZ
    well = [judged(guard, 10, 10 + second, took_s=AIM_S / 2) for second in range(30)]
    assert well == sorted(well) and well[0] < FULL_HZ and well[-1] == FULL_HZ


def test_one_slow_frame_changes_little() -> None:
    guard = noted(0.01)
    guard.note([1.0], 1.0)
    assert guard.cost_s is not None and guard.cost_s < 0.06
    for _ in range(100):
        guard.note([0.05], 0.01)
    assert guard.cost_s == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize(("late", "of"), [(1, 2), (2, 4), (2, 100), (4, 100)])
def test_few_late_frames_are_chance(late: int, of: int) -> None:
    """As the first frames of a class, which wait until the network is loaded."""
    guard = noted(0.005)
    guard.note([2 * AIM_S] * late + [0.05] * (of - late), of * 0.005)
    assert guard.judge(10, 0.0) == FULL_HZ


def test_a_batch_weighs_as_its_frames_do() -> None:
    one, batch = noted(0.01), noted(0.01)
    for _ in range(8):
        one.note([0.05], 0.05)
    batch.note([0.05] * 8, 0.4)
    assert batch.cost_s == pytest.approx(one.cost_s)


def test_it_is_judged_once_a_second() -> None:
    guard = LoadGuard(1)
    assert guard.due(5.0)
    guard.judge(1, 5.0)
    assert not guard.due(5.9)
    assert guard.due(6.0)


def test_nobody_there() -> None:
    assert noted(0.5).judge(0, 0.0) == FULL_HZ
