"""Label noise: votes by hand, and the published agreement on FER2013."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.faceset import FaceSet
from fer.dataset.ferplus import read_ferplus
from fer.dataset.label_noise import label_noise
from fer.emotions import EMOTIONS
from fer.errors import DataError


def voted(labels: list[int], votes: list[list[float]]) -> FaceSet:
    n = len(labels)
    images = np.zeros((n, 48, 48), np.uint8)
    return FaceSet(
        images, np.array(labels, np.uint8), np.zeros(n, np.uint8), votes=np.array(votes, np.float32).reshape(n, 7)
    )


def test_by_hand() -> None:
    found = label_noise(
        voted(
            [3, 3, 0, 2],
            [[0, 0, 0, 1, 0, 0, 0], [0.5, 0, 0, 0.5, 0, 0, 0], [0.25, 0, 0, 0, 0.75, 0, 0], [0] * 7],
        )
    )
    assert (found.compared, found.without) == (3, 1)
    assert found.overall == pytest.approx(2 / 3)
    assert found.agreement[3] == 1 and found.agreement[0] == 0 and np.isnan(found.agreement[2])
    assert found.confusion[3, 3] == 2 and found.confusion[0, 4] == 1 and found.confusion.sum() == 3
    assert found.entropy_bits[:2].tolist() == [0, 1] and np.isnan(found.entropy_bits[3])
    assert found.entropy_bits[2] == pytest.approx(0.8113, abs=1e-4)
    assert found.mean_entropy_bits[3] == pytest.approx(0.5)
    assert found.label_share[:3].tolist() == [1, 0.5, 0.25]


def test_the_published_agreement(shared: Path, real_faces: FaceSet) -> None:
    votes = read_ferplus(shared / "data" / "fer2013" / "fer2013new.csv").shares[: len(real_faces)]
    found = label_noise(replace(real_faces, votes=votes))
    agreement = dict(zip(EMOTIONS, found.agreement, strict=True))
    # Measured elsewhere by the crowd's first choice: happy .92, fear .13 (ties there went to whoever comes first).
    assert agreement["happy"] == pytest.approx(0.93, abs=0.03)
    assert max(agreement, key=agreement.__getitem__) == "happy"
    assert agreement["fear"] < 0.45
    assert 0.6 < found.overall < 0.75
    assert found.compared + found.without == len(real_faces)
    np.testing.assert_array_equal(
        found.confusion.sum(axis=1), np.bincount(real_faces.labels[votes.sum(axis=1) > 0], minlength=7)
    )


def test_no_votes_at_all(faces: FaceSet) -> None:
    with pytest.raises(DataError, match="No votes are joined"):
        label_noise(faces)
    nobody = label_noise(voted([1, 2], [[0] * 7, [0] * 7]))
    assert nobody.compared == 0 and np.isnan(nobody.overall)
    assert label_noise(voted([], [])).compared == 0
