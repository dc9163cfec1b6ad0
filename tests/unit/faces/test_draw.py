"""Drawing: inside the frame, on any size, and readable on light and dark."""

from __future__ import annotations

import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.faces.draw import SHAPES, draw_faces
from fer.faces.pipeline import Face
from fer.faces.track import TrackedFace


def face(box: tuple[int, int, int, int], emotion: str = "happy", unsure: bool = False) -> Face:
    probabilities = np.full(7, 0.05, np.float32)
    probabilities[EMOTIONS.index(emotion)] = 0.7
    return Face(box, 0.9, probabilities, unsure_below=0.9 if unsure else 0.4)


@pytest.mark.parametrize("ground", [0, 128, 255])
@pytest.mark.parametrize("side", [24, 60, 120, 400])
def test_box_and_name_stand_out_on_any_ground(ground: int, side: int) -> None:
    image = np.full((600, 800, 3), ground, np.uint8)
    out = draw_faces(image, [face((100, 100, side, side), "neutral")])
    changed = np.abs(out.astype(int) - ground).max(axis=2)
    edge = changed[100 + side // 2, 100 - 3 : 100 + 4]
    assert edge.max() >= 60, "some line of the box differs clearly from the ground"
    assert changed[100 - 40 : 100].max() >= 60, "so does the name above it"
    assert changed[100 + side // 3 : 100 + 2 * side // 3, 100 + side // 3 : 100 + 2 * side // 3].max() == 0, "face free"


@pytest.mark.parametrize("size", [(1, 1), (16, 9), (40, 40), (120, 160), (720, 1280)])
@pytest.mark.parametrize("unsure", [False, True])
def test_nothing_reaches_over_the_edge_of_any_frame(size: tuple[int, int], unsure: bool) -> None:
    height, width = size
    image = np.zeros((height, width, 3), np.uint8)
    corners = [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)]
    faces = [face((x, y, 1, 1), unsure=unsure) for x, y in corners] + [face((0, 0, width, height), "sad", unsure)]
    out = draw_faces(image, faces)
    assert out.shape == image.shape and out.dtype == np.uint8
    assert not image.any(), "the image itself is left alone"


def test_every_emotion_has_a_tag_of_its_own_shape() -> None:
    image = np.zeros((80, 80, 3), np.uint8)
    tags = {}
    for emotion in EMOTIONS:
        out = draw_faces(image, [face((10, 40, 30, 30), emotion)])
        tags[emotion] = (out[20:40].max(axis=2) > 80).tobytes()
    assert len(set(tags.values())) == len(EMOTIONS), "told apart without colour"
    assert len(SHAPES) == 5


def test_a_tracked_face_shows_its_smoothed_emotion() -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    plain = face((50, 60, 120, 120), "sad")
    smoothed = face((0, 0, 1, 1), "happy").probabilities
    tracked = draw_faces(image, [TrackedFace(1, plain, smoothed)])
    assert np.array_equal(tracked, draw_faces(image, [face((50, 60, 120, 120), "happy")]))


def test_bars_cover_no_neighbour() -> None:
    image = np.zeros((400, 800, 3), np.uint8)
    left, right = face((100, 100, 200, 200)), face((330, 100, 200, 200), "sad")
    out = draw_faces(image, [left, right])
    assert not out[110:290, 110:290].any() and not out[110:290, 340:520].any(), "both faces are free"
    assert out[100:200, 540:640].any(), "the right one's bars stand on its right"


def test_no_faces_leaves_the_picture_as_it_is() -> None:
    image = np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8)
    assert np.array_equal(draw_faces(image, []), image)
