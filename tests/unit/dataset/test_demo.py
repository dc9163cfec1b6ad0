"""Drawn faces: repeatable, in FER2013's form, and enough of a face to be found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.demo import demo_class, demo_faces
from fer.dataset.drawing import EXPRESSIONS, SKINS, draw_person, random_looks, varied
from fer.dataset.faceset import USAGES
from fer.emotions import EMOTIONS
from fer.faces.detect import open_detector


def shared_area(one: tuple[float, ...], other: tuple[int, ...]) -> float:
    """Intersection over union of two (x, y, w, h) boxes."""
    w = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    h = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0, w) * max(0, h)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def test_the_data_set_has_fer2013s_form():
    faces = demo_faces(10, seed=1)
    assert faces.images.shape == (70, 48, 48) and faces.images.dtype == np.uint8
    assert np.bincount(faces.labels).tolist() == [10] * 7
    assert np.bincount(faces.usage, minlength=len(USAGES)).tolist() == [56, 7, 7]
    # Contrast enough to show a face, and no face twice.
    assert faces.images.std(axis=(1, 2)).min() > 8
    assert len(np.unique(faces.images.reshape(70, -1), axis=0)) == 70


def test_the_same_seed_draws_the_same():
    assert np.array_equal(demo_faces(1, seed=5).images, demo_faces(1, seed=5).images)
    assert not np.array_equal(demo_faces(1, seed=5).images, demo_faces(1, seed=6).images)
    assert np.array_equal(demo_class(seed=2).image_bgr, demo_class(seed=2).image_bgr)


@pytest.mark.parametrize("per_emotion", [0, -3])
def test_no_faces_cannot_be_asked_for(per_emotion: int):
    with pytest.raises(ValueError, match="at least one"):
        demo_faces(per_emotion)


def test_every_emotion_moves_the_face():
    looks = replace(random_looks(np.random.default_rng(0)), skin=SKINS[0])
    rest, _ = draw_person(EXPRESSIONS["neutral"], looks)
    for emotion in set(EMOTIONS) - {"neutral"}:
        moved, alpha = draw_person(EXPRESSIONS[emotion], looks)
        assert (np.abs(moved - rest).max(axis=2) > 20).mean() > 0.003, emotion
        assert alpha.min() >= 0 and alpha.max() <= 1


def test_a_closed_mouth_stays_closed_when_varied():
    rng = np.random.default_rng(0)
    assert all(varied(EXPRESSIONS["sad"], rng).open == 0 for _ in range(20))
    assert all(varied(EXPRESSIONS["surprise"], rng).open > 0.5 for _ in range(20))


def test_yunet_finds_everybody_in_the_drawn_class(yunet: Path):
    drawn = demo_class()
    found = open_detector("yunet").detect(drawn.image_bgr)
    boxes = [(left, top, right - left, bottom - top) for left, top, right, bottom in found.boxes_xyxy]
    assert len(boxes) == len(drawn.boxes_xywh) == 6
    for box in drawn.boxes_xywh:
        assert max(shared_area(other, box) for other in boxes) > 0.5


def test_haar_finds_everybody_in_the_drawn_class():
    assert len(open_detector("haar").detect(demo_class().image_bgr)) == 6


@pytest.mark.parametrize(("emotions", "size"), [(("happy",), (640, 480)), (("sad",) * 9, (1920, 1080))])
def test_classes_of_other_sizes(emotions: tuple[str, ...], size: tuple[int, int]):
    drawn = demo_class(emotions, width=size[0], height=size[1])
    assert drawn.image_bgr.shape == (size[1], size[0], 3)
    assert len(drawn.boxes_xywh) == len(emotions)


def test_an_unknown_emotion_is_named():
    with pytest.raises(ValueError, match="bored"):
        demo_class(("bored",))
