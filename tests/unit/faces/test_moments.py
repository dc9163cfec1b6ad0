"""The moments that stand out, on moods whose changes are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer.emotions import EMOTIONS
from fer.faces.moments import APART_S, LEAST_CHANGE, MOST, WINDOW_S, find_moments

HAPPY = EMOTIONS.index("happy")


def steady(seconds: int) -> np.ndarray:
    return np.full((seconds, 7), 1 / 7)


def test_a_rise_and_a_fall_are_found_where_they_are() -> None:
    mood = steady(60)
    mood[20:40, HAPPY] = 0.7
    rise, fall = find_moments(mood)
    assert (rise.time_s, rise.emotion, fall.time_s, fall.emotion) == (20, "happy", 40, "happy")
    assert rise.change == pytest.approx(0.7 - 1 / 7) == pytest.approx(-fall.change)
    assert 20 <= rise.picture_s <= 25 and 40 <= fall.picture_s <= 45


def test_the_picture_is_from_the_second_that_shows_the_change_most() -> None:
    mood = steady(30)
    mood[15:20, HAPPY] = [0.4, 0.5, 0.9, 0.6, 0.5]
    assert find_moments(mood)[0].picture_s == 17.5


def test_the_largest_come_first_and_none_is_near_another() -> None:
    rng = np.random.default_rng(1)
    mood = steady(300)
    for number, second in enumerate(range(20, 300, 20)):
        mood[second : second + 10, HAPPY] = 0.2 + 0.05 * number
    mood += rng.normal(0, 0.001, mood.shape)
    moments = find_moments(mood)
    assert len(moments) == MOST
    assert [m.time_s for m in moments] == sorted(m.time_s for m in moments)
    assert min(abs(m.change) for m in moments) > 0.5


@pytest.mark.parametrize("seconds", [0, 1, 2 * WINDOW_S - 1])
def test_a_recording_shorter_than_two_windows_has_none(seconds: int) -> None:
    assert find_moments(steady(seconds)) == []


def test_a_mood_that_stays_and_a_room_without_faces_have_none() -> None:
    assert find_moments(steady(100)) == []
    assert find_moments(np.full((100, 7), np.nan)) == []


def test_an_empty_room_before_the_first_face_is_no_change_of_mood() -> None:
    mood = np.full((60, 7), np.nan)
    mood[30:] = 1 / 7
    assert find_moments(mood) == []
    # One odd second alone in its window counts for nothing.
    mood[10] = np.eye(7)[HAPPY]
    assert find_moments(mood) == []


@given(st.integers(0, 120), st.integers(0, 2**32 - 1), st.floats(0, 0.9))
def test_whatever_the_mood_the_moments_keep_their_promises(seconds: int, seed: int, empty: float) -> None:
    rng = np.random.default_rng(seed)
    mood = rng.dirichlet(np.full(7, 0.3), seconds)
    mood[rng.random(seconds) < empty] = np.nan
    moments = find_moments(mood)
    assert len(moments) <= MOST
    times = [m.time_s for m in moments]
    assert all(b - a >= APART_S for a, b in pairwise(times))
    for moment in moments:
        column, at = EMOTIONS.index(moment.emotion), int(moment.time_s)
        before, after = mood[at - WINDOW_S : at, column], mood[at : at + WINDOW_S, column]
        assert moment.before == pytest.approx(np.nanmean(before)) and moment.after == pytest.approx(np.nanmean(after))
        assert abs(moment.change) >= LEAST_CHANGE
        assert not np.isnan(mood[int(moment.picture_s), column])
