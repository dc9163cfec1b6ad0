"""Attention: from the head's direction, and unknown where there is none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from fer.classroom.attention import FULL_DEG, NONE_DEG, attention
from fer.faces.detect import open_detector
from fer.faces.pose import FACE_CM

SIZE = (320, 240)


def landmarks(yaw_deg: float) -> np.ndarray:
    """A face turned to the side, seen from far away by a long lens, so that only the turn shows."""
    face = (FACE_CM - FACE_CM.mean(axis=0)) * (1, -1, -1)
    turn = cv2.Rodrigues(np.array([0.0, np.radians(yaw_deg), 0.0]))[0]
    points = face @ turn.T + (0, 0, 60)
    return 320 * points[:, :2] / points[:, 2:] + 120


def test_from_frontal_to_turned_away():
    values = [attention(landmarks(yaw), SIZE) for yaw in (0, 10, 20, 30, 45, 80)]
    assert values[:2] == [1, 1]
    assert values[-2:] == [0, 0]
    assert values == sorted(values, reverse=True)
    assert attention(landmarks((FULL_DEG + NONE_DEG) / 2), SIZE) == pytest.approx(0.5, abs=0.04)
    assert attention(landmarks(-25), SIZE) == pytest.approx(attention(landmarks(25), SIZE), abs=0.02)


def test_unknown_is_neither_one_nor_zero():
    assert attention(None, SIZE) is None
    assert attention(np.full((5, 2), np.nan, np.float32), SIZE) is None


def test_real_faces(shared: Path, yunet: Path):
    image = cv2.imread(str(shared / "data" / "faces" / "justin.jpg"))
    size = image.shape[1], image.shape[0]
    assert attention(open_detector("yunet").detect(image).landmarks_xy[0], size) == 1
    assert attention(open_detector("haar").detect(image).landmarks_xy[0], size) is None
