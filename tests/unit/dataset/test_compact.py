"""FER2013 as three arrays in an ``.npz``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.faceset import FaceSet
from fer.dataset.opening import open_dataset
from fer.dataset.read import read_fer2013
from fer.errors import DataError

TRAINING_COUNTS = [3995, 436, 4097, 7215, 4830, 3171, 4965]
PUBLICTEST_COUNTS = [467, 56, 496, 895, 653, 415, 607]
"""Goodfellow et al. 2013, in FER2013's order."""


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_the_compact_form(tmp_path: Path, faces: FaceSet, assert_same: Callable[..., None], save: Callable[..., None]):
    path = tmp_path / "fer2013.npz"
    save(path, pixels=faces.images, emotion=faces.labels.astype(">i8"), usage=faces.usage)
    got = open_dataset(path)
    assert_same(got.faces, faces)
    assert got.kind == "npz" and got.problems == () and got.faces.source[8] == "row 9"


def test_the_real_counts(fer2013: Path):
    faces = read_fer2013(fer2013)
    for usage, counts in (("Training", TRAINING_COUNTS), ("PublicTest", PUBLICTEST_COUNTS)):
        assert np.bincount(faces.split(usage).labels, minlength=7).tolist() == counts


def test_splits(faces: FaceSet):
    assert len(faces.split("Training").images) == 5
    assert faces.split("PublicTest").labels.tolist() == [5, 6]
    assert faces.split("PrivateTest").source.tolist() == ["row 8", "row 9"]
    with pytest.raises(ValueError):
        faces.split("Validation")


def test_rows_are_taken_with_all_that_belongs_to_them(faces: FaceSet):
    voted = FaceSet(faces.images, faces.labels, faces.usage, votes=np.eye(9, 7, dtype=np.float32), drawn=True)
    for rows in (np.array([8, 0]), np.arange(9) % 4 == 3, slice(2, 5)):
        part = voted.take(rows)
        numbers = np.arange(9)[rows]
        assert part.source.tolist() == [f"row {number + 1}" for number in numbers]
        np.testing.assert_array_equal(part.images, faces.images[numbers])
        np.testing.assert_array_equal(part.votes, voted.votes[numbers])
        assert part.drawn and len(part) == len(numbers)
    with pytest.raises(ValueError, match="9 images"):
        FaceSet(faces.images, faces.labels[:8], faces.usage)


def test_no_such_file(tmp_path: Path):
    with pytest.raises(DataError, match=r"there is no such file\. Expected fer2013\.csv, icml_face_data\.csv"):
        open_dataset(tmp_path / "gone.csv")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pixels": np.zeros((9, 44, 44), np.uint8)}, r"expected pixels uint8 \(n, 48, 48\), got uint8 \(9, 44, 44\)"),
        ({"pixels": np.zeros((9, 48, 48), np.float32)}, r"got float32 \(9, 48, 48\)"),
        ({"pixels": np.zeros((9, 48, 48), np.int8)}, r"got int8 \(9, 48, 48\)"),
        ({"emotion": np.full(9, 7, np.uint8)}, r"expected 9 whole numbers 0\.\.6 in emotion"),
        ({"emotion": np.full(9, -1, np.int64)}, "in emotion"),
        ({"emotion": np.zeros(8, np.uint8)}, "in emotion"),
        ({"usage": np.zeros(9, np.float32)}, r"expected usage whole numbers \(n,\), got float32 \(9,\)"),
        ({"usage": np.array([object()] * 9)}, "expected usage whole numbers"),
        ({"pixels": np.zeros((0, 48, 48), np.uint8), "emotion": [], "usage": []}, "expected emotion whole numbers"),
    ],
)
def test_arrays_are_checked(tmp_path: Path, faces: FaceSet, changes: dict[str, np.ndarray], said: str):
    path = tmp_path / "fer2013.npz"
    np.savez(path, **({"pixels": faces.images, "emotion": faces.labels, "usage": faces.usage} | changes))
    with pytest.raises(DataError, match=said):
        open_dataset(path)


def test_none_at_all(tmp_path: Path, faces: FaceSet):
    none = faces.take(slice(0, 0))
    np.savez(tmp_path / "fer2013.npz", pixels=none.images, emotion=none.labels, usage=none.usage)
    with pytest.raises(DataError, match="holds no faces"):
        open_dataset(tmp_path / "fer2013.npz")


def test_an_array_is_missing(tmp_path: Path, faces: FaceSet):
    np.savez(tmp_path / "fer2013.npz", pixels=faces.images, emotion=faces.labels)
    with pytest.raises(DataError, match=r"\['usage'\] missing"):
        open_dataset(tmp_path / "fer2013.npz")


def test_neither_file_nor_folder():
    device = Path("/dev/zero")
    if not device.exists():
        pytest.skip("Windows has no such devices")
    with pytest.raises(DataError, match="neither a file nor a folder"):
        open_dataset(device)


def test_a_single_array(tmp_path: Path, faces: FaceSet):
    np.save(tmp_path / "faces.npy", faces.images)
    with pytest.raises(DataError, match=r"faces\.npy is a single array"):
        open_dataset(tmp_path / "faces.npy")
