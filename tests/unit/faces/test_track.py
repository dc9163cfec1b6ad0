"""Tracks: who is who from frame to frame, and smoothing over time."""

from __future__ import annotations

import numpy as np
import pytest

from fer.faces.pipeline import Face
from fer.faces.track import AT_ONCE, SMOOTHING_S, TrackedFace, Tracker, iou

HAPPY = np.eye(7, dtype=np.float32)[3]
SAD = np.eye(7, dtype=np.float32)[4]


def boxes(*corners: tuple[float, float]) -> np.ndarray:
    return np.array([(x, y, x + 40, y + 40) for x, y in corners], np.float32)


def scores(n: int, value: float = 0.9) -> np.ndarray:
    return np.full(n, value, np.float32)


def test_numbers_stay_when_people_move_and_the_order_of_detections_changes() -> None:
    tracker = Tracker()
    first = [track.number for track in tracker.update(boxes((0, 0), (100, 0), (200, 0)), scores(3), 0.0)]
    second = [track.number for track in tracker.update(boxes((205, 3), (4, 2), (96, 1)), scores(3), 0.1)]
    assert first == [1, 2, 3]
    assert second == [3, 1, 2]


def test_two_people_who_come_close_keep_their_numbers_by_best_overlap() -> None:
    tracker = Tracker()
    tracker.update(boxes((0, 0), (50, 0)), scores(2), 0.0)
    # Each new box overlaps both old ones a little, its own one most; greedy matching by order would swap them.
    assert [t.number for t in tracker.update(boxes((38, 0), (12, 0)), scores(2), 0.1)] == [2, 1]


def test_who_is_gone_for_longer_than_a_second_comes_back_as_somebody_new() -> None:
    tracker = Tracker()
    tracker.update(boxes((0, 0)), scores(1), 0.0)
    assert tracker.update(boxes((0, 0)), scores(1), 0.9)[0].number == 1
    assert tracker.update(boxes((0, 0)), scores(1), 2.5)[0].number == 2


def test_a_weak_detection_must_come_again() -> None:
    tracker = Tracker()
    weak = AT_ONCE - 0.2
    assert tracker.update(boxes((0, 0)), scores(1, weak), 0.0)[0].number == 0
    assert tracker.update(boxes((300, 0)), scores(1, weak), 0.1)[0].number == 0, "elsewhere: not the same"
    assert tracker.update(boxes((0, 0)), scores(1, weak), 0.2)[0].number == 0, "a gap between: begins anew"
    tracker.update(boxes((0, 0)), scores(1, weak), 0.3)
    assert tracker.update(boxes((0, 0)), scores(1, weak), 0.4)[0].number == 1


def test_smoothing_forgets_with_its_time_constant() -> None:
    track = Tracker().update(boxes((0, 0)), scores(1), 0.0)[0]
    track.learn(HAPPY, 0.0)
    track.learn(SAD, SMOOTHING_S)
    assert track.smoothed is not None
    assert track.smoothed[3] == pytest.approx(np.exp(-1), abs=1e-5)
    assert track.smoothed.sum() == pytest.approx(1, abs=1e-5)


def test_smoothing_does_not_depend_on_the_frame_rate() -> None:
    ends = []
    for rate in (2, 5, 30):
        track = Tracker().update(boxes((0, 0)), scores(1), 0.0)[0]
        track.learn(HAPPY, 0.0)
        for step in range(1, rate + 1):
            track.learn(SAD, step / rate)
        assert track.smoothed is not None
        ends.append(float(track.smoothed[3]))
    assert max(ends) - min(ends) < 1e-5


def test_tracked_face_speaks_of_the_smoothed_emotion() -> None:
    mixed = (0.6 * HAPPY + 0.4 * SAD).astype(np.float32)
    face = TrackedFace(7, Face((1, 2, 3, 4), 0.9, SAD, unsure_below=0.7), mixed)
    document = face.as_json()
    assert (face.emotion, face.unsure) == ("happy", True)
    assert document["track"] == 7
    assert document["emotion"] == "sad"
    assert document["smoothed"]["emotion"] == "happy"
    assert document["smoothed"]["unsure"] is True


def test_iou_of_apart_touching_and_equal_boxes() -> None:
    shares = iou(boxes((0, 0)), boxes((0, 0), (40, 0), (100, 100), (20, 0)))
    assert shares[0].tolist() == pytest.approx([1, 0, 0, 1 / 3])


def test_no_detections_and_no_tracks() -> None:
    tracker = Tracker()
    assert tracker.update(np.empty((0, 4), np.float32), np.empty(0, np.float32), 0.0) == []
    tracker.update(boxes((0, 0)), scores(1), 0.1)
    assert tracker.update(np.empty((0, 4), np.float32), np.empty(0, np.float32), 0.2) == []
