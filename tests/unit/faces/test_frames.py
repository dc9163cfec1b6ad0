"""Frames over time: resting finds the same faces, follows them, and misses no change."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from fer.faces.detect import Detections, Look
from fer.faces.frames import EVERY_FRAME, RESTING, FrameAnalyzer, Pace
from fer.faces.images import read_photo
from fer.faces.pipeline import FaceAnalyzer, open_analyzer


class CountingDetector:
    """YuNet, and how often it was asked."""

    def __init__(self, detector) -> None:
        self.inner, self.name, self.note, self.calls = detector, detector.name, "", 0

    def detect(self, image_bgr: np.ndarray, look: Look) -> Detections:
        self.calls += 1
        return self.inner.detect(image_bgr, look)


@pytest.fixture
def analyzer(yunet: Path) -> FaceAnalyzer:
    own = open_analyzer("yunet")
    own.detector = CountingDetector(own.detector)
    return own


@pytest.fixture
def portrait(shared: Path) -> np.ndarray:
    return read_photo(shared / "data" / "faces" / "justin.jpg").image_bgr


def moving(picture: np.ndarray, frame: int) -> np.ndarray:
    """The picture on a larger ground, two pixels further right in each frame."""
    ground = np.full((480, 720, 3), 90, np.uint8)
    x = 20 + 2 * frame
    ground[40 : 40 + picture.shape[0], x : x + picture.shape[1]] = picture
    return ground


def test_every_frame_detects_and_classifies_every_frame(analyzer: FaceAnalyzer, portrait: np.ndarray) -> None:
    frames = FrameAnalyzer(analyzer, EVERY_FRAME)
    results = [frames.step(moving(portrait, n), n / 15) for n in range(6)]
    assert analyzer.detector.calls == 6
    assert [[face.track for face in faces] for faces in results] == [[1]] * 6
    assert all(faces[0].classified for faces in results)


def test_resting_moves_the_box_with_the_face_and_asks_seldom(analyzer: FaceAnalyzer, portrait: np.ndarray) -> None:
    frames = FrameAnalyzer(analyzer, RESTING)
    lefts, classified = [], 0
    for n in range(14):
        faces = frames.step(moving(portrait, n), n / 15)
        assert [face.track for face in faces] == [1]
        lefts.append(faces[0].face.box_xywh[0])
        classified += faces[0].classified
    assert analyzer.detector.calls == 2, "at 0 s and at 0.53 s"
    assert classified == 2
    steps = np.diff(lefts[:8])
    assert steps.sum() == pytest.approx(14, abs=3), "two pixels a frame between the detections"


def test_resting_sees_another_picture_at_once(analyzer: FaceAnalyzer, portrait: np.ndarray) -> None:
    frames = FrameAnalyzer(analyzer, Pace(detect_s=60, classify_s=60))
    frames.step(moving(portrait, 0), 0.0)
    assert frames.step(moving(portrait, 1), 0.1) and analyzer.detector.calls == 1
    assert frames.step(moving(portrait[:, ::-1], 1), 0.2), "the mirrored face is found"
    assert analyzer.detector.calls == 2
    assert frames.step(np.full((480, 720, 3), 90, np.uint8), 0.3) == [], "nobody is left"
    assert analyzer.detector.calls == 3


def test_the_size_may_change_in_mid_stream(analyzer: FaceAnalyzer, portrait: np.ndarray) -> None:
    frames = FrameAnalyzer(analyzer, RESTING)
    frames.step(moving(portrait, 0), 0.0)
    half = cv2.resize(moving(portrait, 0), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    faces = frames.step(half, 0.1)
    assert len(faces) == 1
    x, y, w, h = faces[0].face.box_xywh
    assert 0 <= x < x + w <= 360 and 0 <= y < y + h <= 240


def test_resting_with_nobody_in_view_waits_for_the_next_detection(analyzer: FaceAnalyzer, portrait: np.ndarray) -> None:
    frames = FrameAnalyzer(analyzer, RESTING)
    empty = np.full((480, 720, 3), 90, np.uint8)
    assert [frames.step(empty, n / 15) for n in range(5)] == [[]] * 5
    assert analyzer.detector.calls == 1
    assert len(frames.step(moving(portrait, 0), 0.6)) == 1
