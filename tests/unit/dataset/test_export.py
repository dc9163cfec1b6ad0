"""What is written is read again as it was, and what was read is never written over."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer.dataset.export import write_csv, write_folders
from fer.dataset.faceset import FaceSet
from fer.dataset.opening import open_dataset
from fer.errors import InputError, StorageError
from fer.settings import ROOT


def test_a_csv_is_written_as_kaggles_is(tmp_path: Path, faces: FaceSet, csv_of: Callable[..., str]):
    images = faces.images.copy()
    images[0], images[1] = 0, 255
    faces = FaceSet(images, faces.labels, faces.usage)
    write_csv(faces, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == csv_of(faces)
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_many_rows_come_back(tmp_path: Path, assert_same: Callable[..., None]):
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 7, 200, np.uint8), rng.integers(0, 3, 200, np.uint8)
    faces = FaceSet(rng.integers(0, 256, (200, 48, 48), np.uint8), *codes)
    write_csv(faces, tmp_path / "out.csv")
    assert_same(open_dataset(tmp_path / "out.csv").faces, faces)


def test_folders_are_laid_out_as_kaggles_are(tmp_path: Path, faces: FaceSet):
    write_folders(faces, tmp_path / "out", form="png")
    names = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.png"))
    assert names[0] == "test/happy/PrivateTest_00000008.png" and "train/angry/Training_00000001.png" in names
    assert len(names) == 9 and len(list((tmp_path / "out").glob("*/*"))) == 14
    got = open_dataset(tmp_path / "out")
    assert got.problems == ()
    rows = np.array([int(source[-12:-4]) - 1 for source in got.faces.source])
    np.testing.assert_array_equal(got.faces.images, faces.images[rows])
    np.testing.assert_array_equal(got.faces.labels, faces.labels[rows])
    np.testing.assert_array_equal(got.faces.usage, faces.usage[rows])


def test_jpegs_by_default(tmp_path: Path, some_real: dict[str, np.ndarray]):
    faces = FaceSet(some_real["pixels"][:5], some_real["emotion"][:5], some_real["usage"][:5])
    write_folders(faces, tmp_path / "out")
    files = sorted((tmp_path / "out").rglob("*.jpg"), key=lambda path: path.name)
    assert len(files) == 5
    off = np.stack([cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in files]).astype(int) - faces.images
    assert np.abs(off).mean() < 2


def test_inputs_are_never_written_over(tmp_path: Path, faces: FaceSet):
    data = tmp_path / "set" / "fer2013.csv"
    data.parent.mkdir()
    data.write_text("precious")
    (tmp_path / "link.csv").symlink_to(data)
    os.link(data, tmp_path / "hard.csv")
    for target in (data, tmp_path / "link.csv", tmp_path / "hard.csv", tmp_path / "set" / ".." / "set" / "fer2013.csv"):
        with pytest.raises(InputError, match="nothing was written"):
            write_csv(faces, target, inputs=(data,))
    for target in (tmp_path / "set", tmp_path, data):
        with pytest.raises(InputError, match="nothing was written"):
            write_folders(faces, target, inputs=(data,))
    with pytest.raises(InputError, match="lies in what is read"):
        write_csv(faces, tmp_path / "set" / "new.csv", inputs=(tmp_path / "set",))
    assert data.read_text() == "precious" and sorted(path.name for path in tmp_path.iterdir()) == [
        "hard.csv",
        "home",
        "link.csv",
        "set",
    ]


def test_a_folder_with_something_in_it(tmp_path: Path, faces: FaceSet):
    (tmp_path / "out").mkdir()
    write_folders(faces, tmp_path / "out", form="png")
    with pytest.raises(InputError, match="not an empty folder; nothing was written"):
        write_folders(faces, tmp_path / "out")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="not an empty folder"):
        write_folders(faces, tmp_path / "file")


def test_places_that_are_not_there(tmp_path: Path, faces: FaceSet):
    with pytest.raises(StorageError, match=r"out\.csv cannot be written \(No such file"):
        write_csv(faces, tmp_path / "none" / "out.csv")
    with pytest.raises(StorageError, match="cannot be written"):
        write_csv(faces, tmp_path)


def test_a_full_disk_leaves_no_half(tmp_path: Path, faces: FaceSet):
    pytest.importorskip("resource", reason="Windows has no limits of this kind")
    (tmp_path / "out.csv").write_text("older")
    write_csv(faces, tmp_path / "data.csv")
    code = f"""
import resource
from pathlib import Path
from fer.dataset.export import write_csv
from fer.dataset.opening import open_dataset
from fer.errors import StorageError
faces = open_dataset(Path({str(tmp_path / "data.csv")!r})).faces
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
try:
    write_csv(faces, Path({str(tmp_path / "out.csv")!r}))
except StorageError as problem:
    print(problem)
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "out.csv cannot be written (File too large)" in run.stdout, run.stderr
    assert (tmp_path / "out.csv").read_text() == "older"
    assert list(tmp_path.glob("*.part")) == []
