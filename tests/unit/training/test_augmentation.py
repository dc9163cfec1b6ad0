"""Augmentation: repeatable, within its limits, and nothing when all limits are zero."""

from __future__ import annotations

import numpy as np

from fer.dataset.demo import demo_faces
from fer.training.augmentation import Augmentation, augment_faces

NOTHING = Augmentation(flip=0, rotation_deg=0, scale=0, shift_px=0, contrast=0, brightness=0, cutout=0, blur=0)


def faces() -> np.ndarray:
    return demo_faces(per_emotion=2).images


def test_no_limits_no_change() -> None:
    assert np.array_equal(augment_faces(faces(), NOTHING, np.random.default_rng(0)), faces())


def test_the_same_seed_gives_the_same_faces_and_leaves_the_originals_alone() -> None:
    originals = faces()
    first = augment_faces(originals, Augmentation(), np.random.default_rng(3))
    second = augment_faces(originals, Augmentation(), np.random.default_rng(3))
    other = augment_faces(originals, Augmentation(), np.random.default_rng(4))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert np.array_equal(originals, faces())
    assert first.shape == originals.shape and first.dtype == np.uint8


def test_flip_mirrors_exactly() -> None:
    always = NOTHING.model_copy(update={"flip": 1.0})
    assert np.array_equal(augment_faces(faces(), always, np.random.default_rng(0)), faces()[:, :, ::-1])


def test_shift_moves_by_no_more_than_its_limit() -> None:
    dot = np.zeros((1, 48, 48), np.uint8)
    dot[0, 24, 24] = 255
    shift = NOTHING.model_copy(update={"shift_px": 3.0})
    rng = np.random.default_rng(0)
    for _ in range(30):
        y, x = np.unravel_index(augment_faces(dot, shift, rng)[0].argmax(), (48, 48))
        assert abs(int(y) - 24) <= 3 and abs(int(x) - 24) <= 3


def test_cutout_covers_at_most_its_square_with_one_grey() -> None:
    cut = NOTHING.model_copy(update={"cutout": 1.0, "cutout_px": 10})
    original = np.random.default_rng(0).integers(0, 256, (20, 48, 48), np.uint8)
    for before, after in zip(original, augment_faces(original, cut, np.random.default_rng(1)), strict=True):
        rows, columns = np.nonzero(before != after)
        assert 0 < np.ptp(rows) < 10 and 0 < np.ptp(columns) < 10
        assert len(np.unique(after[before != after])) == 1
