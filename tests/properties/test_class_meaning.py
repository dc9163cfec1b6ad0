"""What must hold for every mood: engagement in its range or unknown, bars that add up, poses that come back."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer.classroom.attention import attention
from fer.classroom.baseline import LEAST, Baseline
from fer.classroom.engagement import contributions, engagement, valence_arousal
from fer.classroom.fusion import SIGNALS, Signal, fuse
from fer.classroom.interval import class_interval
from fer.classroom.records import ClassSettings
from fer.classroom.strain import Strain
from fer.emotions import EMOTIONS
from fer.faces.pose import FACE_CM, head_pose

share = st.floats(0, 1)
formula = st.sampled_from(["emotions", "attention", "valence"])
weights = st.dictionaries(st.sampled_from(EMOTIONS), share)
angle = st.floats(-60, 60)


@st.composite
def moods(draw: st.DrawFn) -> np.ndarray:
    raw = np.array(draw(st.lists(st.floats(0, 1), min_size=7, max_size=7))) + 1e-6
    return (raw / raw.sum()).astype(np.float32)


@given(mood=moods(), seen=st.one_of(st.none(), share), name=formula, chosen=weights)
def test_engagement_is_a_share_or_unknown_and_the_bars_add_up(
    mood: np.ndarray, seen: float | None, name: str, chosen: dict[str, float]
):
    settings = ClassSettings(formula=name, weights=chosen)
    value, parts = engagement(mood, seen, settings), contributions(mood, seen, settings)
    assert (value is None) == (parts == {}) == (name == "attention" and seen is None)
    if value is not None:
        assert 0 <= value <= 1
        assert math.fsum(parts.values()) == pytest.approx(value, abs=1e-6)


@given(one=moods(), other=moods(), part=share, name=st.sampled_from(["emotions", "valence"]))
def test_engagement_of_a_mixture_is_the_mixture_of_engagements(
    one: np.ndarray, other: np.ndarray, part: float, name: str
):
    settings = ClassSettings(formula=name)
    mixed = engagement(part * one + (1 - part) * other, None, settings)
    first, second = engagement(one, None, settings), engagement(other, None, settings)
    assert first is not None and second is not None
    assert mixed == pytest.approx(part * first + (1 - part) * second, abs=1e-5)


@given(mood=moods(), less=share, more=share)
def test_looking_away_never_raises_engagement(mood: np.ndarray, less: float, more: float):
    settings = ClassSettings(formula="attention")
    low, high = (engagement(mood, value, settings) for value in sorted((less, more)))
    assert low is not None and high is not None and low <= high + 1e-9


@given(mood=moods())
def test_valence_and_arousal_stay_in_the_plane(mood: np.ndarray):
    assert all(-1 <= value <= 1 for value in valence_arousal(mood))


@given(values=st.lists(share, min_size=1, max_size=60), seed=st.integers(0, 100))
def test_an_interval_holds_its_mean(values: list[float], seed: int):
    found = class_interval(values, seed=seed, times=200)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.n == len(values)


@given(at_rest=moods(), neutral=moods(), mood=moods(), strength=share)
def test_a_baseline_divides_out_and_stays_a_mood(
    at_rest: np.ndarray, neutral: np.ndarray, mood: np.ndarray, strength: float
):
    baseline = Baseline(neutral)
    for second in range(31):
        baseline.add(at_rest, second)
    assert baseline.done
    corrected = baseline.corrected(mood, strength)
    assert corrected.dtype == mood.dtype and corrected.shape == (7,)
    assert (corrected >= 0).all() and corrected.sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(baseline.corrected(mood, 0.0), mood, rtol=1e-4)
    if min(at_rest.min(), neutral.min()) > LEAST:
        np.testing.assert_allclose(baseline.corrected(at_rest, 1.0), neutral, rtol=1e-3)


@given(negatives=st.lists(share, min_size=70, max_size=120))
def test_strain_is_bounded(negatives: list[float]):
    strain = Strain()
    for second, negative in enumerate(negatives):
        value = strain.add(second, np.array([negative, 0, 0, 0, 0, 0, 1 - negative]))
        assert value is None or -1 <= value <= 1
    assert value is not None


def project(yaw: float, pitch: float, roll: float, face_cm: np.ndarray, away_cm: float, focal: float) -> np.ndarray:
    """Where a camera sees a face's landmarks; signs as ``Pose`` has them, axes right, down, away."""
    face = (face_cm - face_cm.mean(axis=0)) * (1, -1, -1)
    turn, nod, tilt = (
        cv2.Rodrigues(np.radians(axis))[0] for axis in ([0.0, -yaw, 0.0], [-pitch, 0.0, 0.0], [0.0, 0.0, roll])
    )
    points = face @ (tilt @ nod @ turn).T + (0, 0, away_cm)
    return focal * points[:, :2] / points[:, 2:]


@given(yaw=angle, pitch=st.floats(-35, 35), roll=st.floats(-45, 45), away=st.floats(30, 120), lens=st.floats(0.7, 1.5))
def test_known_angles_come_back(yaw: float, pitch: float, roll: float, away: float, lens: float):
    pose = head_pose(project(yaw, pitch, roll, FACE_CM, away, lens * 640), (640, 480))
    assert pose is not None
    assert pose.yaw_deg == pytest.approx(yaw, abs=3)
    assert pose.pitch_deg == pytest.approx(pitch, abs=3)
    assert pose.roll_deg == pytest.approx(roll, abs=2)


@given(yaw=angle, shape=st.lists(st.floats(-0.3, 0.3), min_size=6, max_size=6))
def test_other_peoples_faces_come_back_roughly(yaw: float, shape: list[float]):
    # Eyes, nose and mouth up to 3 mm elsewhere in each direction, the same on both sides.
    eyes, nose, mouth = np.array(shape[:2]), np.array(shape[2:4]), np.array(shape[4:])
    moved = FACE_CM.copy()
    moved[:2, 1:] += eyes
    moved[2, 1:] += nose
    moved[3:, 1:] += mouth
    pose = head_pose(project(yaw, 0, 0, moved, 60, 640), (640, 480))
    assert pose is not None
    assert pose.yaw_deg == pytest.approx(yaw, abs=12)


@given(points=st.lists(st.one_of(st.floats(-1e5, 1e5), st.just(float("nan"))), min_size=10, max_size=10))
def test_any_landmarks_give_a_share_or_nothing(points: list[float]):
    value = attention(np.array(points, np.float32).reshape(5, 2), (640, 480))
    assert value is None or 0 <= value <= 1


signal = st.lists(st.one_of(st.just(math.nan), st.floats(-1, 1)), min_size=6, max_size=6)


@given(scores=st.dictionaries(st.sampled_from(SIGNALS), signal))
def test_signals_together_lie_between_those_that_are_known(scores: dict[Signal, list[float]]):
    rows = np.array([*scores.values(), np.full(6, math.nan)])
    found = fuse(np.arange(0.0, 180.0, 30.0), 30.0, {name: np.array(values) for name, values in scores.items()})
    for place, value in enumerate(found.together):
        known = rows[:, place][~np.isnan(rows[:, place])]
        assert math.isnan(value) == (len(known) == 0)
        assert len(known) == 0 or known.min() - 1e-9 <= value <= known.max() + 1e-9
    for one in found.apart:
        assert 0 <= one.t < one.until <= 180 and one.high != one.low
