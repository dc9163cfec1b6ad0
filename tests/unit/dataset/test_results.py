"""Kept results: whole or not at all, for the same question only, with the upload that they come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.faceset import FaceSet
from fer.dataset.opening import Opened
from fer.dataset.origin import DEMO, Origin
from fer.dataset.results import MOST_DATA_SETS, Kept, labels_digest
from fer.errors import StorageError


@pytest.fixture
def opened(faces: FaceSet) -> Opened:
    return Opened(faces, (), "faces.csv", "csv", "a" * 64)


@pytest.fixture
def kept(opened: Opened) -> Kept:
    return Kept(Origin(data=DEMO), opened)


def test_there_and_back(kept: Kept) -> None:
    assert kept.arrays("view", model="1") is None and kept.document("said") is None
    kept.keep_arrays("view", {"xy": np.eye(3), "names": np.array(["é", "b"])}, model="1")
    kept.keep_document("said", {"schema": 1, "n": 3})
    found = kept.arrays("view", model="1")
    assert found is not None
    assert found["xy"].tolist() == np.eye(3).tolist() and found["names"].tolist() == ["é", "b"]
    assert kept.arrays("view", model="2") is None
    assert kept.document("said") == {"schema": 1, "n": 3}
    kept.delete()
    assert kept.document("said") is None


def test_other_data_has_other_results(kept: Kept, opened: Opened, faces: FaceSet) -> None:
    other = Kept(Origin(data=DEMO), Opened(faces, (), "faces.csv", "csv", "b" * 64))
    assert other.folder != kept.folder
    assert labels_digest(faces) != labels_digest(FaceSet(faces.images, faces.labels, faces.usage[::-1].copy()))


def test_damage_is_noticed(kept: Kept) -> None:
    kept.keep_arrays("view", {"xy": np.eye(3)})
    kept.keep_document("said", {"schema": 1})
    for path in kept.folder.iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert kept.arrays("view") is None and kept.document("said") is None


def test_what_fails_midway_leaves_what_was_there(kept: Kept) -> None:
    kept.keep_document("said", {"schema": 1, "n": 1})
    with pytest.raises(TypeError):
        kept.keep_document("said", {"schema": 1, "n": object()})
    with pytest.raises(ValueError):
        kept.keep_arrays("view", {"bad": np.array([object()])})
    assert kept.document("said") == {"schema": 1, "n": 1}
    assert kept.arrays("view") is None
    assert [path.suffix for path in kept.folder.iterdir()] == [".json"]


def test_a_place_that_cannot_be_written(home: Path, kept: Kept) -> None:
    (home / "datasets").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="Free some space or mend its permissions"):
        kept.keep_document("said", {"schema": 1})


def test_a_home_that_may_not_be_entered(as_nobody: Callable[[str], str]) -> None:
    code = """
import numpy as np
from fer.dataset.faceset import FaceSet
from fer.dataset.opening import Opened
from fer.dataset.origin import Origin
from fer.dataset.results import Kept
from fer.errors import StorageError
nine = np.zeros(9, np.uint8)
kept = Kept(Origin(data="demo"), Opened(FaceSet(np.zeros((9, 48, 48), np.uint8), nine, nine), (), "x", "csv", "a"))
assert kept.document("said") is None
try:
    kept.keep_document("said", {"schema": 1})
except StorageError as problem:
    print(problem)
"""
    assert "cannot be written" in as_nobody(code)


def test_what_is_made_from_an_upload_lies_with_it(home: Path, opened: Opened) -> None:
    run = home / "runs" / "20260101T000000Z-upload-abcdef"
    run.mkdir(parents=True)
    (run / "upload.csv").write_text("x")
    kept = Kept(Origin(data=str(run / "upload.csv")), opened)
    kept.keep_document("said", {"schema": 1})
    assert kept.folder.is_relative_to(run)
    assert Kept(Origin(data=str(home / "data.csv")), opened).folder.is_relative_to(home / "datasets")


def test_old_data_sets_make_room(faces: FaceSet) -> None:
    for number in range(MOST_DATA_SETS + 3):
        kept = Kept(Origin(data=DEMO), Opened(faces, (), "x", "csv", str(number)))
        kept.keep_document("said", {"schema": 1})
    assert len(list(kept.folder.parent.iterdir())) == MOST_DATA_SETS
    assert kept.document("said") is not None
