"""Meters of a live stream."""

from __future__ import annotations

import numpy as np
import pytest

from fer.classroom.meters import Latency, MoodMinute, Rate
from fer.emotions import EMOTIONS


def mood(name: str) -> np.ndarray:
    return np.eye(7, dtype=np.float32)[EMOTIONS.index(name)]


def test_a_rate_forgets_what_is_over() -> None:
    rate = Rate()
    for frame in range(150):
        rate.add(frame / 15)
    assert rate.hz(10) == pytest.approx(15, abs=0.5)
    assert rate.hz(12) == pytest.approx(15 * 3 / 5, abs=0.5)
    assert rate.hz(20) == 0
    assert rate.total == 150


def test_a_rate_of_nothing_is_zero() -> None:
    rate = Rate()
    assert rate.hz(3) == 0
    rate.add(3)
    assert rate.hz(3) == 0


def test_frames_that_came_together_all_count() -> None:
    rate = Rate()
    rate.add(0)
    rate.add(1, 4)
    assert rate.hz(1) == 4
    assert rate.total == 5


def test_latency_speaks_of_the_last_seconds_only() -> None:
    latency = Latency()
    assert latency.milliseconds(0) is None
    latency.add(0, 9)
    latency.add(6, 0.02)
    assert latency.milliseconds(6) == (20, 20)
    assert latency.milliseconds(60) is None


def test_a_minute_holds_the_mean_of_each_second() -> None:
    minute = MoodMinute()
    for time_s in (0.1, 0.4):
        minute.add(time_s, mood("happy"))
    for time_s in (1.2, 1.3, 1.4, 1.5):
        minute.add(time_s, mood("sad") if time_s < 1.25 else mood("neutral"))
    table = minute.table(2.0)
    assert table["time_s"].tolist() == list(range(-59, 1))
    assert table["happy"][-2:].tolist() == [1, 0]
    assert table["sad"][-1] == pytest.approx(0.25)
    assert table["neutral"][-1] == pytest.approx(0.75)
    assert table["happy"][:-2].sum() == 0


def test_the_second_that_runs_is_not_drawn_yet() -> None:
    minute = MoodMinute()
    minute.add(0.5, mood("fear"))
    assert minute.table(0.9)["fear"].sum() == 0
    assert minute.table(1.0)["fear"].sum() == 1


def test_sixty_seconds_later_a_second_is_gone() -> None:
    minute = MoodMinute()
    minute.add(3.0, mood("angry"))
    assert minute.table(63.9)["angry"][0] == 1
    assert minute.table(64.0)["angry"].sum() == 0


def test_a_long_pause_empties_the_minute() -> None:
    minute = MoodMinute()
    for second in range(60):
        minute.add(second, mood("disgust"))
    assert minute.table(60)["disgust"].sum() == 60
    assert sum(column.sum() for name, column in minute.table(1000).items() if name != "time_s") == 0
    minute.add(1000.5, mood("happy"))
    assert minute.table(1001)["happy"][-1] == 1
