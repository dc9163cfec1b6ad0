"""Boxes move with the picture, each by its own movement."""

from __future__ import annotations

import cv2
import numpy as np

from fer.faces.flow import shifts


def texture() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 255, (45, 60)).astype(np.uint8)
    return np.asarray(cv2.resize(noise, (240, 180), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_each_box_moves_by_its_own_movement_in_pixels_of_the_whole_frame():
    before = texture()
    now = before.copy()
    now[:, 120:] = np.roll(before[:, 120:], 3, axis=0)
    boxes = np.array([[20, 100, 180, 260], [300, 100, 460, 260]], np.float32)
    found = shifts(before, now, boxes, 0.5)
    assert found.dtype == np.float32
    assert np.abs(found - [[0, 0], [0, 6]]).max() < 0.5


def test_a_box_outside_the_picture_cannot_be_followed():
    boxes = np.array([[20, 20, 80, 80], [900, 900, 960, 960]], np.float32)
    found = shifts(texture(), texture(), boxes, 1.0)
    assert np.isfinite(found[0]).all() and np.isnan(found[1]).all()
