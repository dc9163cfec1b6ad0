"""Boxes move with the picture."""

from __future__ import annotations

import cv2
import numpy as np

from fer.classroom.follow import follow_faces, small_gray
from fer.faces.pipeline import Face
from fer.faces.track import TrackedFace


def tracked(box: tuple[int, int, int, int]) -> TrackedFace:
    even = np.full(7, 1 / 7, np.float32)
    return TrackedFace(1, Face(box, 0.9, even, 0.3), even)


def texture(seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(noise, (640, 480), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_a_box_follows_its_face() -> None:
    before = texture()
    now = np.roll(before, (12, -20), axis=(0, 1))
    (face,) = follow_faces([tracked((250, 150, 120, 120))], small_gray(before), small_gray(now), (640, 480))
    x, y, w, h = face.face.box_xywh
    assert abs(x - 230) <= 3 and abs(y - 162) <= 3
    assert (w, h) == (120, 120)


def test_a_box_stays_inside_the_frame() -> None:
    before = texture()
    now = np.roll(before, -20, axis=1)
    (face,) = follow_faces([tracked((5, 150, 120, 120))], small_gray(before), small_gray(now), (640, 480))
    x, y, w, h = face.face.box_xywh
    assert x == 0 and x + w <= 640 and y + h <= 480


def test_a_face_on_a_plain_ground_stays_where_it_is() -> None:
    plain = np.full((480, 640, 3), 128, np.uint8)
    (face,) = follow_faces([tracked((100, 100, 80, 80))], small_gray(plain), small_gray(plain), (640, 480))
    assert face.face.box_xywh == (100, 100, 80, 80)


def test_another_size_and_no_faces_change_nothing() -> None:
    faces = [tracked((10, 10, 40, 40))]
    small, large = small_gray(texture()[:96, :128]), small_gray(texture())
    assert follow_faces(faces, small, large, (640, 480)) is faces
    assert follow_faces([], large, large, (640, 480)) == []


def test_small_pictures_are_not_enlarged() -> None:
    assert small_gray(texture()[:60, :80]).shape == (60, 80)
    assert small_gray(texture()).shape == (180, 240)
