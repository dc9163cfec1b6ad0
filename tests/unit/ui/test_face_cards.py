"""Cards: what they say, and what they cut out."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.faces.pipeline import Face
from fer.ui.face_cards import CROP_SIDE_PX, ROOM, cards_html, face_crop


def face(box: tuple[int, int, int, int] = (10, 10, 20, 20), emotion: str = "happy", sure: float = 0.7) -> Face:
    rest = (1 - sure) / 6
    shares = np.array([sure if name == emotion else rest for name in EMOTIONS], np.float32)
    return Face(box, 0.9, shares, 0.4)


def decoded(address: str) -> np.ndarray:
    head, data = address.split(",", 1)
    assert head == "data:image/jpeg;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize("side", [24, 100, 900])
def test_a_crop_shows_the_face_in_its_middle(side: int):
    image = np.full((1200, 1600, 3), 40, np.uint8)
    x, y = 400, 150
    image[y : y + side, x : x + side] = 220
    crop = decoded(face_crop(image, face((x, y, side, side))))
    assert crop.shape == (CROP_SIDE_PX, CROP_SIDE_PX, 3)
    middle, edge = crop[CROP_SIDE_PX // 2, CROP_SIDE_PX // 2], crop[4, 4]
    assert middle.min() > 200 and edge.max() < 60
    share = (crop[..., 0] > 130).mean() ** 0.5
    assert share == pytest.approx(1 / (1 + 2 * ROOM), abs=0.03)


@pytest.mark.parametrize("box", [(0, 0, 30, 30), (90, 60, 10, 4), (0, 0, 100, 64)])
def test_a_crop_at_the_edge_has_no_black_bars(box: tuple[int, int, int, int]):
    crop = decoded(face_crop(np.full((64, 100, 3), 180, np.uint8), face(box)))
    assert crop.min() > 160


def test_a_card_says_emotion_confidence_and_all_seven():
    html = cards_html([face()], ["data:,"], first=3)
    assert 'alt="Face 3, cut from the photo"' in html
    assert "70 % confidence" in html
    assert html.count("<li") == 7
    assert all(name in html for name in EMOTIONS)


def test_an_unsure_face_says_so_first():
    html = cards_html([face(sure=0.3)], ["data:,"])
    assert "<strong>Unsure</strong>" in html
    assert "most likely" in html and "30 %" in html
