"""Faces without a usage are shared out by chance within each emotion, and twins stay together."""

from __future__ import annotations

import numpy as np
import pytest

from fer.dataset.faceset import FaceSet
from fer.dataset.splitting import SplitRule, split_faces
from fer.errors import InputError


def without_usage(n: int = 700) -> FaceSet:
    rng = np.random.default_rng(3)
    images, labels = rng.integers(0, 256, (n, 48, 48), np.uint8), (np.arange(n) % 7).astype(np.uint8)
    return FaceSet(images, labels, np.full(n, 255, np.uint8))


def test_every_emotion_has_its_shares():
    got = split_faces(without_usage(), SplitRule(public=0.2, private=0.1))
    for label in range(7):
        assert np.bincount(got.usage[got.labels == label], minlength=3).tolist() == [70, 20, 10]


def test_the_same_seed_gives_the_same_split_and_another_one_another():
    faces = without_usage()
    one, two, other = (split_faces(faces, SplitRule(seed=seed)).usage for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_twins_stay_together_whatever_their_labels():
    faces = without_usage(210)
    images = np.concatenate([faces.images, faces.images])
    labels = np.concatenate([faces.labels, (faces.labels + 1) % 7])
    got = split_faces(FaceSet(images, labels, np.full(420, 255, np.uint8)), SplitRule(public=0.3, private=0.3))
    np.testing.assert_array_equal(got.usage[:210], got.usage[210:])
    assert set(got.usage.tolist()) == {0, 1, 2}


def test_usages_that_are_there_stay():
    faces = without_usage(70)
    usage = faces.usage.copy()
    usage[:35] = 2
    got = split_faces(FaceSet(faces.images, faces.labels, usage), SplitRule(public=0.4, private=0))
    assert got.usage[:35].tolist() == [2] * 35
    assert np.bincount(got.usage[35:], minlength=3).tolist() == [21, 14, 0]


@pytest.mark.parametrize(("public", "private"), [(-0.1, 0), (0.5, 0.5), (1.2, 0), (float("nan"), 0), (0, float("nan"))])
def test_shares_that_are_none(public: float, private: float):
    with pytest.raises(InputError, match="two shares of 0 to 1 that leave something for Training"):
        SplitRule(public, private)


def test_a_copy_of_an_image_that_has_a_usage_goes_with_it():
    faces = without_usage(140)
    images, labels = np.concatenate([faces.images, faces.images]), np.concatenate([faces.labels, faces.labels])
    usage = np.full(280, 255, np.uint8)
    usage[140:210], usage[210:240] = 0, 2
    got = split_faces(FaceSet(images, labels, usage), SplitRule(public=0.5, private=0.2))
    assert got.usage[:70].tolist() == [0] * 70 and got.usage[70:100].tolist() == [2] * 30
    np.testing.assert_array_equal(got.usage[100:140], got.usage[240:])
    assert set(got.usage[240:].tolist()) == {0, 1, 2}
    everything_known = split_faces(FaceSet(images[:140], labels[:140], np.r_[usage[140:210], [2] * 70]), SplitRule())
    assert set(everything_known.usage.tolist()) == {0, 2}
