"""``python -m fer dataset``, as a person types it: in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer.dataset.clean import apply, read_clean_list
from fer.dataset.command import Wanted, examine
from fer.dataset.export import write_csv
from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.opening import open_dataset
from fer.dataset.reading import silent
from fer.emotions import EMOTIONS
from fer.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


def fer(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [sys.executable, "-m", "fer", "dataset", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "FER_HOME": str(home)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert "Traceback" not in result.stderr, result.stderr
    return result


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    """Faces of noise with a twin across splits under another label, a twin within a split, and a blank one."""
    rng = np.random.default_rng(2)
    images, labels = rng.integers(0, 256, (42, 48, 48), np.uint8), (np.arange(42) % 7).astype(np.uint8)
    usage = np.repeat(np.arange(3, dtype=np.uint8), (34, 4, 4))
    images[-1], labels[-1] = images[0], (labels[0] + 1) % 7
    images[2], labels[2] = images[1], labels[1]
    images[3] = 0
    return FaceSet(images, labels, usage)


@pytest.fixture
def table(tmp_path: Path, faces: FaceSet) -> Path:
    path = tmp_path / "fer2013.csv"
    write_csv(faces, path)
    with path.open("a") as file:
        file.write("3,1 2 3,Training\n")
    return path


def test_counts_and_findings_as_json(home: Path, table: Path, faces: FaceSet):
    result = fer(home, table, "--json", "-")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["schema"] == 1 and document["rows"] == 42
    assert document["by_usage"] == {name: int((faces.usage == code).sum()) for code, name in enumerate(USAGES)}
    assert document["by_emotion"] == {name: int((faces.labels == n).sum()) for n, name in enumerate(EMOTIONS)}
    assert document["duplicates"] == {"groups": 2, "images": 4, "across_splits": 1, "label_conflicts": 1}
    assert document["blank"] == 1
    assert document["problems"] == [
        {"kind": "pixel_count", "source": "row 43", "message": "Row 43 has 3 pixels, not 2,304 (48 x 48)."}
    ]
    assert document["data"] == {"name": "fer2013.csv", "kind": "csv", "sha256": open_dataset(table).sha256}
    # What is kept makes the next answer no other.
    again = fer(home, table, "--json", table.with_name("out.json"), "--clean", table.with_name("clean.json"))
    assert json.loads(table.with_name("out.json").read_text()) == document
    assert "fer2013.csv: 42 faces." in again.stdout and "Row 43 has 3 pixels" in again.stdout
    assert "Identical images: 4 images in 2 groups; 1 of them across splits, 1 with different labels." in again.stdout
    assert "Blank: 1" in again.stdout
    # Of Training: the twin of the one in PrivateTest, one of two twins, the blank one.
    assert "clean.json: 3 faces of Training to leave out" in again.stdout
    kept = apply(open_dataset(table).faces, read_clean_list(table.with_name("clean.json")))
    assert kept.source.tolist() == [f"row {n}" for n in range(1, 43) if n not in (1, 3, 4)]


def test_there_and_back(home: Path, table: Path, faces: FaceSet, tmp_path: Path):
    out = fer(home, table, "--to-folders", tmp_path / "out", "--png")
    assert out.returncode == 0 and "42 images written" in out.stdout and "Identical" not in out.stdout
    back = fer(home, tmp_path / "out", "--to-csv", tmp_path / "back.csv")
    assert back.returncode == 0 and "42 rows written" in back.stdout, back.stderr
    got = open_dataset(tmp_path / "back.csv").faces
    order = [int(source[-12:-4]) - 1 for source in open_dataset(tmp_path / "out").faces.source]
    np.testing.assert_array_equal(got.images, faces.images[order])
    np.testing.assert_array_equal(got.labels, faces.labels[order])
    np.testing.assert_array_equal(got.usage, faces.usage[order])


def test_the_data_is_never_written_over(home: Path, table: Path):
    before = table.read_bytes()
    result = fer(home, table, "--json", table)
    assert result.returncode == 2 and "nothing was written" in result.stderr
    for name in ("json", "clean", "csv", "folders"):
        with pytest.raises(InputError, match="nothing was written"):
            examine(Wanted(table, **{name: table}), print, silent)
    assert table.read_bytes() == before


def test_without_usages_it_names_the_option(home: Path, tmp_path: Path):
    for n in range(10):
        path = tmp_path / "mine" / "happiness" / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((48, 48), 20 * n, np.uint8))  # all blank: nothing to compare
    asked = fer(home, tmp_path / "mine")
    assert asked.returncode == 2
    assert "does not say which of its images train and which test (10 faces)" in asked.stderr
    assert "--split 0.1,0.1" in asked.stderr
    told = fer(home, tmp_path / "mine", "--split", "0.2,0.1", "--json", "-")
    assert json.loads(told.stdout)["by_usage"] == {"Training": 7, "PublicTest": 2, "PrivateTest": 1}
    wrong = fer(home, tmp_path / "mine", "--split", "half")
    assert wrong.returncode == 2 and "--split takes the shares" in wrong.stderr


def test_what_cannot_be_read_ends_in_a_sentence(home: Path, tmp_path: Path):
    (tmp_path / "empty.csv").write_bytes(b"")
    result = fer(home, tmp_path / "empty.csv", "--json", tmp_path / "out.json")
    assert result.returncode == 2 and "empty.csv is empty" in result.stderr
    assert not (tmp_path / "out.json").exists()
    unwritable = fer(home, tmp_path / "empty.csv", "--json", tmp_path / "none" / "out.json")
    assert unwritable.returncode == 2 and "cannot be written" in unwritable.stderr


def test_votes_that_do_not_fit(home: Path, table: Path, tmp_path: Path):
    header = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
    (tmp_path / "v.csv").write_text(header + "PublicTest,a.png,10,0,0,0,0,0,0,0,0,0\n" * 50)
    result = fer(home, table, "--votes", tmp_path / "v.csv")
    assert result.returncode == 2 and "v.csv does not fit fer2013.csv" in result.stderr
