"""The pipeline on real photos, and the classifier's answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer.dataset.read import read_fer2013
from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.classify import calibrated, open_classifier
from fer.faces.images import read_photo
from fer.faces.pipeline import Face, open_analyzer
from fer.faces.report import FACE_COLUMNS, csv_text, face_row, photo_as_json


@pytest.mark.parametrize(("name", "faces"), [("justin.jpg", 1), ("no-faces.jpg", 0), ("robocup_team.png", 6)])
def test_faces_of_real_photos(yunet: Path, shared: Path, name: str, faces: int) -> None:
    photo = read_photo(shared / "data" / "faces" / name)
    assert len(open_analyzer("yunet").analyze(photo.image_bgr)) == faces


@pytest.mark.parametrize("detector", ["yunet", "haar"])
def test_justin_is_happy_with_either_detector(yunet: Path, shared: Path, detector: str) -> None:
    photo = read_photo(shared / "data" / "faces" / "justin.jpg")
    analyzer = open_analyzer(detector)
    (face,) = analyzer.analyze(photo.image_bgr)
    assert face.emotion == "happy"
    assert not face.unsure
    x, y, w, h = face.box_xywh
    assert (x < 180 < x + w) and (y < 180 < y + h), "the box holds the nose"
    document = photo_as_json("justin.jpg", photo.image_bgr, analyzer, [face])
    named = face.as_json()["probabilities"]
    assert document["faces"][0]["emotion"] == max(named, key=named.get)
    assert {"input", "width", "height", "detector", "model", "faces"} == set(document)


def test_a_batch_answers_as_single_faces_do(home: Path, fer2013: Path) -> None:
    faces = read_fer2013(fer2013).split("PublicTest").images[:20]
    classifier = open_classifier()
    together = classifier.probabilities(faces)
    apart = np.concatenate([classifier.probabilities(faces[i : i + 1]) for i in range(len(faces))])
    assert together.shape == (20, 7) and together.dtype == np.float32
    assert np.abs(together - apart).max() < 1e-5
    assert np.allclose(together.sum(axis=1), 1, atol=1e-5)


def test_no_faces_give_an_empty_batch(home: Path) -> None:
    assert open_classifier().probabilities(np.empty((0, 48, 48), np.uint8)).shape == (0, 7)


def test_temperature_changes_confidence_but_not_the_answer() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (50, 7)).astype(np.float32)
    cool, warm = calibrated(logits, "logits", 0.5), calibrated(logits, "logits", 3.0)
    assert (cool.argmax(1) == warm.argmax(1)).all()
    assert (cool.max(1) > warm.max(1)).all()
    again = calibrated(calibrated(logits, "logits", 1.0), "probabilities", 1.0)
    assert np.allclose(again, calibrated(logits, "logits", 1.0), atol=1e-5)


def test_an_unknown_model_is_named_with_those_there_are(home: Path) -> None:
    with pytest.raises(ModelError, match=r"no face model is called nope\. There are: "):
        open_classifier("nope")


def test_unsure_is_the_models_threshold_not_the_emotions() -> None:
    probabilities = np.array([0.1, 0.1, 0.1, 0.35, 0.15, 0.1, 0.1], np.float32)
    assert Face((0, 0, 1, 1), 0.9, probabilities, unsure_below=0.4).unsure
    assert not Face((0, 0, 1, 1), 0.9, probabilities, unsure_below=0.3).unsure
    assert Face((0, 0, 1, 1), 0.9, probabilities, unsure_below=0.4).emotion == "happy"


def test_csv_has_a_row_a_face_and_harmless_cells() -> None:
    face = Face((1, 2, 3, 4), 0.9, np.full(7, 1 / 7, np.float32), 0.4)
    lines = csv_text([face_row("=cmd|'/c calc'!A1.jpg", face)]).splitlines()
    assert lines[0].split(",") == list(FACE_COLUMNS)
    assert lines[1].startswith("'=cmd"), "spreadsheets do not run it"
    assert all(name in lines[0] for name in EMOTIONS)
