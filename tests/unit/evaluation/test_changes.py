"""What makes pictures worse: shapes, seeds, nothing at the first step, and each change does what its name says."""

from __future__ import annotations

import numpy as np
import pytest

from fer.dataset.demo import demo_faces
from fer.dataset.faceset import FaceSet
from fer.evaluation.changes import CHANGES, Change, change_named


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return demo_faces(2)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_each_keeps_the_form_and_begins_with_nothing(change: Change, faces: FaceSet):
    before = faces.images.copy()
    assert len(change.steps) == len(change.words) >= 5
    np.testing.assert_array_equal(change.apply(faces.images, 0), before)
    far = []
    for step in range(1, len(change.steps)):
        changed = change.apply(faces.images, step, seed=1)
        assert changed.dtype == np.uint8 and changed.shape == before.shape
        np.testing.assert_array_equal(changed, change.apply(faces.images, step, seed=1))
        far.append(np.abs(changed.astype(int) - before).mean())
    # Every step changes something, and the last more than the first.
    assert min(far) > 0 and far[-1] > far[0]
    np.testing.assert_array_equal(faces.images, before)


@pytest.mark.parametrize("name", ["noise", "rotate", "shift", "side_light", "mask", "hand", "glasses"])
def test_chance_is_seeded(name: str, faces: FaceSet):
    change = change_named(name)
    one, other = (change.apply(faces.images, 3, seed) for seed in (0, 1))
    assert (one != other).any()
    # A face's own chance does not depend on how many stand behind it.
    np.testing.assert_array_equal(change.apply(faces.images[:3], 3, 0), one[:3])


def test_light_and_size_do_what_they_say():
    grey = np.full((1, 48, 48), 100, np.uint8)
    assert (change_named("dark").apply(grey, 3) == 20).all()
    assert (change_named("bright").apply(grey, 5) == 255).all()
    lit = change_named("side_light").apply(grey, 5)[0].astype(int)
    assert (lit == lit[:1]).all() and {lit[0, 0], lit[0, -1]} == {5, 148}
    # One white pixel of 48 is spread over a sixteenth of the face at 12 pixels across.
    dot = np.zeros((1, 48, 48), np.uint8)
    dot[0, 24, 24] = 255
    assert change_named("small").apply(dot, 5)[0].max() < 40


def test_covers_lie_where_they_should():
    white = np.full((8, 48, 48), 255, np.uint8)
    covered = (change_named("mask").apply(white, 5) < 240).mean(axis=0)
    assert covered[:20].max() == 0 and covered[36:40, 20:28].min() == 1
    glasses = change_named("glasses").apply(white, 4)
    assert glasses[:, 19, [14, 15, 32, 33]].max() < 40 and glasses[:, 32:].min() == 255
    hands = change_named("hand").apply(np.where(np.arange(48) % 2, white, 60).astype(np.uint8), 5)
    shares = (hands != np.where(np.arange(48) % 2, 255, 60)).mean(axis=(1, 2))
    assert (shares > 0.1).all() and (shares < 0.7).all()


def test_what_it_cannot_take_is_refused(faces: FaceSet):
    change = change_named("blur")
    with pytest.raises(ValueError, match="uint8"):
        change.apply(faces.images.astype(np.float32), 1)
    with pytest.raises(ValueError, match="steps 0 to 5"):
        change.apply(faces.images, 6)
