"""Signals together: a weighted mean that leaves out what is missing, and the minutes in which signals disagree."""

from __future__ import annotations

import numpy as np
import pytest

from fer.classroom.class_rows import Timeline
from fer.classroom.engagement import PLEASURE_AROUSAL
from fer.classroom.fusion import (
    CLICK_VALUES,
    FORMULA,
    NAMES,
    WEIGHTS,
    click_scores,
    combined,
    fuse,
    of_timeline,
    pleasure,
    spread,
)
from fer.classroom.records import HeardRow, PulseKind
from fer.emotions import EMOTIONS

NAN = float("nan")
T0 = 1_700_000_000


def mood(name: str) -> np.ndarray:
    return np.eye(7)[EMOTIONS.index(name)]


def lesson(moods: list[str | None], pulses: list[tuple[float, PulseKind]] = (), step_s: int = 10) -> Timeline:  # type: ignore[assignment]
    n = len(moods)
    rows = np.array([np.full(7, NAN) if name is None else mood(name) for name in moods])
    nothing = np.full(n, NAN)
    t = T0 + step_s * np.arange(n)
    counts = np.full(n, 6)
    return Timeline(
        T0, step_s, t, rows, nothing, nothing, nothing, counts, counts, nothing, list(pulses), [], [], [], []
    )


def test_what_is_missing_is_left_out_and_never_a_zero():
    scores = {"face": np.array([0.4, NAN, NAN]), "pulse": np.array([-0.5, -0.5, NAN])}
    face, pulse = WEIGHTS["face"], WEIGHTS["pulse"]
    found = combined(scores, 3)
    assert found[0] == pytest.approx((0.4 * face - 0.5 * pulse) / (face + pulse))
    assert found[1] == pytest.approx(-0.5) and np.isnan(found[2])


def test_a_signal_that_is_never_known_is_no_signal():
    found = fuse(np.arange(3.0), 1, {"face": np.full(3, 0.1), "voice": np.full(3, NAN)})
    assert list(found.scores) == ["face"] and found.together == pytest.approx(np.full(3, 0.1))
    assert not fuse(np.arange(3.0), 1, {"voice": np.full(3, NAN)}).scores
    assert fuse(np.array([]), 10, {"face": np.array([])}).apart == []


def test_signals_disagree_where_one_is_pleasant_and_another_unpleasant_over_a_minute():
    t = 10.0 * np.arange(18)
    faces, clicks = np.full(18, 0.3), np.full(18, NAN)
    clicks[6:12] = -0.3
    (one,) = fuse(t, 10, {"face": faces, "pulse": clicks}).apart
    assert (one.t, one.until, one.high, one.low) == (60.0, 120.0, "face", "pulse")
    # Neutral beside unpleasant is no disagreement, and neither is a moment that the minute's mean does not hold.
    assert not fuse(t, 10, {"face": np.full(18, 0.1), "pulse": clicks}).apart
    short = np.where(np.arange(18) == 6, -0.9, 0.3)
    assert not fuse(t, 10, {"face": faces, "pulse": short}).apart


def test_neighbouring_minutes_of_the_same_two_signals_are_one():
    t = 10.0 * np.arange(18)
    text = np.repeat([-0.4, -0.4, 0.0], 6)
    voice = np.repeat([NAN, -0.5, -0.5], 6)
    found = fuse(t, 10, {"face": np.full(18, 0.5), "text": text, "voice": voice}).apart
    assert [(one.t, one.until, one.low) for one in found] == [(0.0, 60.0, "text"), (60.0, 180.0, "voice")]


def test_steps_longer_than_a_minute_are_looked_at_one_by_one():
    found = fuse(np.array([0.0, 300.0]), 300, {"face": np.array([0.5, 0.5]), "text": np.array([0.5, -0.5])}).apart
    assert [(one.t, one.until) for one in found] == [(300.0, 600.0)]


def test_faces_are_scored_by_published_pleasure():
    found = pleasure(np.stack([mood("happy"), mood("sad"), mood("neutral"), np.full(7, NAN)]))
    assert found[:3] == pytest.approx([PLEASURE_AROUSAL[name][0] for name in ("happy", "sad", "neutral")])
    assert np.isnan(found[3])


def test_clicks_hold_for_two_minutes_and_a_raised_hand_says_nothing():
    counts = {kind: np.zeros(30) for kind in ("got_it", "lost", "hand_up")}
    counts["got_it"][2], counts["lost"][5], counts["hand_up"][20] = 1, 3, 4
    found = click_scores(counts, 10)
    assert np.isnan(found[1]) and found[2] == CLICK_VALUES["got_it"]
    assert found[5] == pytest.approx((CLICK_VALUES["got_it"] + 3 * CLICK_VALUES["lost"]) / 4)
    assert found[14] == CLICK_VALUES["lost"] and np.isnan(found[17:]).all()


def test_stretches_are_laid_over_steps_of_any_length():
    text = HeardRow("text", T0 + 60, 120, mood("happy"), 4)
    t = T0 + 10.0 * np.arange(24)
    found = spread([text], "text", t, 10)
    happy = PLEASURE_AROUSAL["happy"][0]
    assert np.isnan(found[:6]).all() and found[6:18] == pytest.approx(np.full(12, happy)) and np.isnan(found[18:]).all()
    assert np.isnan(spread([text], "voice", t, 10)).all()
    # Short stretches in a long step: what holds more speech weighs more.
    voice = [HeardRow("voice", T0, 10, mood("happy"), 9), HeardRow("voice", T0 + 200, 10, mood("sad"), 3)]
    sad = PLEASURE_AROUSAL["sad"][0]
    assert spread(voice, "voice", np.array([float(T0)]), 300)[0] == pytest.approx((9 * happy + 3 * sad) / 12)


def test_a_class_without_voice_and_chat_has_no_signals_of_its_own():
    assert of_timeline(lesson(["happy"] * 6, [(T0 + 5.0, "lost")]), []) is None


def test_a_class_s_signals_and_those_that_are_switched_off():
    line = lesson(["happy"] * 12 + [None] * 6, [(T0 + 61.0, "lost"), (T0 + 62.0, "hand_up")])
    heard = [HeardRow("text", T0, 60, mood("neutral"), 5)]
    found = of_timeline(line, heard)
    assert found is not None and list(found.scores) == ["face", "text", "pulse"]
    assert [(one.t - T0, one.until - T0, one.high, one.low) for one in found.apart] == [(60, 120, "face", "pulse")]
    happy = PLEASURE_AROUSAL["happy"][0]
    assert found.together[0] == pytest.approx((happy * WEIGHTS["face"]) / (WEIGHTS["face"] + WEIGHTS["text"]))
    assert found.together[17] == CLICK_VALUES["lost"], "the click still counts where no face is shown"
    fewer = of_timeline(line, heard, ["face", "text"])
    assert fewer is not None and list(fewer.scores) == ["face", "text"] and not fewer.apart
    assert np.isnan(fewer.together[17])
    none = of_timeline(line, heard, [])
    assert none is not None and not none.scores


def test_the_formula_names_every_weight():
    for name, weight in WEIGHTS.items():
        assert f"{NAMES[name].lower()} {weight:g}" in FORMULA
