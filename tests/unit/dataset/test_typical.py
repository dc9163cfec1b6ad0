"""Typical and odd faces."""

from __future__ import annotations

import numpy as np

from fer.dataset.faceset import FaceSet
from fer.dataset.typical import likeness, typical_and_odd
from fer.faces.features import Description


def test_a_stranger_in_a_class_is_the_oddest() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 20).astype(np.uint8)
    vectors = (5 * np.eye(3, 8)[labels] + rng.normal(scale=0.5, size=(60, 8))).astype(np.float32)
    vectors[7] = 5 * np.eye(3, 8)[2]
    alike = likeness(vectors, labels)
    found = typical_and_odd(alike, labels, 0, count=3)
    assert found.odd[0] == 7
    assert set(found.typical) | set(found.odd) <= set(range(20))
    assert alike[found.typical].min() > alike[found.odd].max()
    assert alike.min() >= -1.001 and alike.max() <= 1.001


def test_faces_that_look_like_their_class_are_named_right_more_often(
    some_faces: FaceSet, network_view: Description
) -> None:
    alike = likeness(network_view.features, some_faces.labels)
    right = network_view.probabilities.argmax(axis=1) == some_faces.labels
    ends = [typical_and_odd(alike, some_faces.labels, label, 10) for label in (0, 3, 5, 6)]
    assert right[np.concatenate([end.typical for end in ends])].mean() > 0.9
    assert right[np.concatenate([end.odd for end in ends])].mean() < 0.5


def test_small_classes() -> None:
    vectors = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    labels = np.array([0, 1, 1, 1], np.uint8)
    alike = likeness(vectors, labels)
    assert alike[0] == 0
    assert typical_and_odd(alike, labels, 0).typical.tolist() == [0] and len(typical_and_odd(alike, labels, 0).odd) == 0
    three = typical_and_odd(alike, labels, 1)
    assert sorted([*three.typical.tolist(), *three.odd.tolist()]) == [1, 2, 3]
    assert len(typical_and_odd(alike, labels, 5).typical) == 0
    assert likeness(vectors[:0], labels[:0]).shape == (0,)
