"""What the photo page hands out: the command line's JSON and CSV, and pictures with marks."""

from __future__ import annotations

import csv
import io
import json

import cv2
import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.faces.images import Photo
from fer.faces.pipeline import Face
from fer.faces.report import FACE_COLUMNS
from fer.ui.photo_results import (
    SHOWN_SIDES_PX,
    Dropped,
    Refused,
    Result,
    _shown,
    full_picture,
    marked_picture,
    results_as_csv,
    results_as_json,
)


def result(name: str = "class.jpg", size: tuple[int, int] = (400, 300)) -> Result:
    width, height = size
    shares = np.array([0.05, 0.05, 0.05, 0.55, 0.1, 0.1, 0.1], np.float32)
    faces = (Face((width // 4, height // 4, width // 5, height // 5), 0.9, shares, 0.4),)
    document = {"input": name, "width": width, "height": height, "detector": "yunet", "model": "m"}
    document["faces"] = [face.as_json() for face in faces]
    shown = _shown(np.full((height, width, 3), 90, np.uint8))
    return Result(name, document, faces, ("data:,",), shown, 0.1, "")


def test_json_is_the_command_lines_document():
    document = json.loads(results_as_json([result(), Refused("bad.jpg", "bad.jpg is empty.")]))
    assert document["schema"] == 1
    first, second = document["inputs"]
    assert {"input", "width", "height", "detector", "model", "faces"} == set(first)
    assert list(first["faces"][0]["probabilities"]) == list(EMOTIONS)
    assert first["faces"][0]["emotion"] == "happy"
    assert second == {"input": "bad.jpg", "error": "bad.jpg is empty."}


def test_csv_has_a_row_a_face_and_no_formula():
    rows = list(csv.DictReader(io.StringIO(results_as_csv([result("=1+1.jpg"), Refused("bad.jpg", "x")]))))
    assert list(rows[0]) == list(FACE_COLUMNS)
    assert len(rows) == 1 and rows[0]["input"] == "'=1+1.jpg"


def test_another_threshold_reaches_the_json():
    strict = result().judged(0.6)
    assert strict.faces[0].unsure and strict.document["faces"][0]["unsure"]
    assert not result().document["faces"][0]["unsure"]


@pytest.mark.parametrize("size", [(200, 150), (900, 500), (4000, 3000), (300, 2400)])
def test_the_picture_on_the_page_has_a_readable_size_and_marks(size: tuple[int, int]):
    one = result(size=size)
    marked = cv2.imdecode(np.frombuffer(marked_picture(one), np.uint8), cv2.IMREAD_COLOR)
    least, most = SHOWN_SIDES_PX
    assert least <= max(marked.shape[:2]) <= most
    assert marked.shape[1] / marked.shape[0] == pytest.approx(size[0] / size[1], rel=0.02)
    assert np.abs(marked.astype(int) - 90).max() > 60


def test_the_downloaded_picture_has_the_photos_own_size():
    drop = Dropped("class.jpg", "k", lambda: Photo(np.full((300, 400, 3), 90, np.uint8)))
    picture = cv2.imdecode(np.frombuffer(full_picture(drop, result().faces), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (300, 400, 3)
