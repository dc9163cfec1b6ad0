"""What the teacher's page says of a shared screen."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from fer.classroom.gallery import GalleryNumbers
from fer.ui.class_gallery import found_html, found_words

NUMBERS = GalleryNumbers(
    faces=2,
    places=2,
    analysed_hz=1.96,
    received=20,
    dropped=1200,
    size_px=(1280, 720),
    boxes=((0.1, 0.1, 0.05, 0.1), (0.5, 0.5, 0.05, 0.1)),
    still_s=0.3,
    problem="",
)


@pytest.mark.parametrize(
    ("change", "how", "words"),
    [
        ({}, {}, "2 faces found, 2 counted. 2.0 pictures a second looked at, 1,200 skipped."),
        ({"faces": 1, "places": 0}, {}, "1 face found, 0 counted."),
        ({"faces": 0, "boxes": ()}, {}, "No face found yet."),
        ({"still_s": None}, {}, "Nothing is shared yet."),
        ({"faces": 0, "boxes": (), "size_px": None}, {"shared": True}, "Looking at the first picture"),
        ({"still_s": 9.0}, {}, "No picture comes any more"),
        ({"still_s": 9.0}, {"shared": True}, "The next picture is late"),
        ({}, {"paused": True, "shared": True}, "The class is paused"),
    ],
)
def test_it_is_told_in_a_sentence(change: dict[str, object], how: dict[str, bool], words: str) -> None:
    assert found_words(replace(NUMBERS, **change), **how).startswith(words)


def test_the_map_shows_where_faces_are_in_the_picture_s_own_proportions() -> None:
    page = ElementTree.fromstring(f"<div>{found_html(NUMBERS)}</div>")
    (picture,) = page.iter("svg")
    boxes = [[float(box.get(side, "nan")) for side in ("x", "y", "width", "height")] for box in picture.iter("rect")]
    assert picture.get("viewBox") == "0 0 100 56.2"
    assert boxes == [[10.0, 5.6, 5.0, 5.6], [50.0, 28.1, 5.0, 5.6]]


def test_before_the_first_picture_the_map_keeps_its_place() -> None:
    page = ElementTree.fromstring(f"<div>{found_html(replace(NUMBERS, size_px=None, boxes=(), still_s=None))}</div>")
    (picture,) = page.iter("svg")
    assert picture.get("viewBox") == "0 0 100 56.2" and not list(picture.iter("rect"))
