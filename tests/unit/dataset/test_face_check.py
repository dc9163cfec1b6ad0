"""Not a face: real faces at all angles are faces, placeholders are not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from fer.dataset.face_check import NOT_SEEN, face_scores, not_faces
from fer.dataset.faceset import FaceSet
from fer.errors import DetectorError


def placeholders() -> np.ndarray:
    rng = np.random.default_rng(0)
    images = np.full((6, 48, 48), 255, np.uint8)
    images[0] = 0
    images[1] = rng.integers(0, 256, (48, 48))
    for image, text in zip(images[2:4], ("no", "xxx"), strict=True):
        cv2.putText(image, text, (4, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 2)
    cv2.rectangle(images[4], (8, 14), (40, 34), 90, -1)
    images[5] = np.arange(48, dtype=np.uint8)[None] * 5
    return images


def test_placeholders_are_told_from_faces(yunet: Path, some_faces: FaceSet) -> None:
    faces = some_faces.images[:60]
    scores = face_scores(np.concatenate([faces, placeholders()]))
    assert scores.dtype == np.float32 and scores.shape == (66,)
    assert (scores[:60] >= NOT_SEEN).sum() >= 59
    assert (scores[60:] < NOT_SEEN).all()


def test_a_face_on_its_side_is_a_face(yunet: Path, some_faces: FaceSet) -> None:
    lying = np.stack([cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE) for image in some_faces.images[:20]])
    assert (face_scores(lying) >= NOT_SEEN).mean() >= 0.9


def test_the_sentence_says_what_both_think(some_faces: FaceSet) -> None:
    faces = some_faces.take(slice(3))
    probabilities = np.array(
        [[0.9, 0.1, 0, 0, 0, 0, 0], [0.3, 0.2, 0.5, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0]], np.float32
    )
    found = not_faces(faces, np.array([0.0, 0.1, 0.9], np.float32), probabilities, unsure_below=0.53)
    assert [finding.rows for finding in found] == [(0,), (1,)]
    assert "sure of an emotion all the same (90%)" in found[0].reason
    assert "is unsure, too (50%)" in found[1].reason
    assert found[1].score > found[0].score


def test_without_weights_nothing_is_guessed(some_faces: FaceSet) -> None:
    with pytest.raises(DetectorError, match="YuNet"):
        face_scores(some_faces.images[:2])


def test_no_images(yunet: Path) -> None:
    assert face_scores(np.empty((0, 48, 48), np.uint8)).shape == (0,)
