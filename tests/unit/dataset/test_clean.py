"""The clean list: chosen, written, read, applied, and refused where it belongs to other data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.clean import DEFAULT_KINDS, apply, choose, clean_text, kept_rows, read_clean_list, write_clean_list
from fer.dataset.faceset import FaceSet
from fer.dataset.finding import KINDS, Findings
from fer.dataset.opening import Opened, open_dataset
from fer.dataset.quality import structural_findings
from fer.errors import DataError, InputError, StorageError


@pytest.fixture
def opened(flawed: FaceSet) -> Opened:
    return Opened(flawed, (), "faces.csv", "csv", "0" * 64)


@pytest.fixture
def findings(flawed: FaceSet) -> Findings:
    return structural_findings(flawed)


def test_the_default_choice_leaves_the_tests_whole(opened: Opened, findings: Findings) -> None:
    clean = choose(opened, findings)
    rows = [entry.row for entry in clean.left_out]
    assert set(DEFAULT_KINDS) <= set(KINDS)
    # 0 and 5 are in PublicTest, too; 4 is there twice; 6 to 8 show nobody; 2 is in PrivateTest, nearly.
    assert {0, 2, 4, 5, 6, 7, 8} == set(rows) and rows == sorted(rows)
    assert clean.left_out[0].source == "row 1"
    assert clean.left_out[0].reason.startswith("Identical images: 3 identical images: happy 2, sad;")
    both = choose(opened, findings, ["exact_conflict"], ["Training", "PublicTest"])
    assert {0, 3, 5} <= {entry.row for entry in both.left_out}


def test_a_choice_can_be_corrected(opened: Opened, findings: Findings) -> None:
    clean = choose(opened, findings, ["blank"], spared=[6])
    assert [entry.row for entry in clean.left_out] == [7]
    assert choose(opened, findings, []).left_out == []
    with pytest.raises(InputError, match="there is no ugly, Test"):
        choose(opened, findings, ["ugly"], ["Test"])


def test_there_and_back(opened: Opened, findings: Findings, tmp_path: Path) -> None:
    clean = choose(opened, findings)
    write_clean_list(tmp_path / "clean.json", clean)
    assert read_clean_list(tmp_path / "clean.json") == clean
    document = json.loads(clean_text(clean))
    assert document["schema"] == 1
    assert document["data"] == {"name": "faces.csv", "sha256": "0" * 64, "rows": 24}
    assert set(document["left_out"][0]) == {"row", "source", "image", "reason"}
    left = apply(opened.faces, clean)
    assert len(left) == 24 - len(clean.left_out)
    assert left.source.tolist() == [f"row {row + 1}" for row in np.flatnonzero(kept_rows(opened.faces, clean))]
    empty = choose(opened, findings, [])
    write_clean_list(tmp_path / "empty.json", empty)
    assert len(apply(opened.faces, read_clean_list(tmp_path / "empty.json"))) == 24


def test_a_list_of_one_form_fits_the_same_data_in_another(
    fer2013: Path, kaggles_forms: Path, some_real: dict[str, np.ndarray], tmp_path: Path
) -> None:
    table = open_dataset(kaggles_forms / "fer2013.csv")
    np.savez(tmp_path / "faces.npz", **some_real)
    pack = open_dataset(tmp_path / "faces.npz")
    first = choose(table, structural_findings(table.faces), KINDS)
    assert first.left_out and table.sha256 != pack.sha256
    assert len(apply(pack.faces, first)) == 300 - len(first.left_out)


def test_other_data_is_refused_with_the_difference(opened: Opened, findings: Findings) -> None:
    clean = choose(opened, findings)
    with pytest.raises(DataError, match=r"made for faces\.csv with 24 rows; this data has 23"):
        apply(opened.faces.take(slice(23)), clean)
    with pytest.raises(DataError, match=r"its row 1 \(row 0 counted from 0\) shows another image"):
        apply(opened.faces.take(np.arange(24)[::-1]), clean)
    everything = choose(opened, findings, KINDS, ["Training", "PublicTest", "PrivateTest"])
    alone = opened.faces.take(np.array([entry.row for entry in everything.left_out]))
    all_of_it = Opened(alone, (), "bad.csv", "csv", "1")
    found = structural_findings(alone)
    with pytest.raises(DataError, match="leaves out all"):
        apply(
            alone,
            choose(
                all_of_it,
                Findings(tuple(_all(found, len(alone))), len(alone)),
                ["blank"],
                ["Training", "PublicTest", "PrivateTest"],
            ),
        )


def _all(found: Findings, n: int):
    from fer.dataset.finding import Finding

    return [Finding("blank", (row,), "as if", (row,)) for row in range(n)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is wrong"),
        (b"\xff\xfe", "is wrong"),
        (b"[]", "is wrong"),
        (b'{"schema": 2, "data": {"name": "", "sha256": "", "rows": 1}, "left_out": []}', "schema is wrong"),
        (b'{"schema": 1, "data": {"name": "", "sha256": "", "rows": -1}, "left_out": []}', r"data\.rows is wrong"),
        (
            b'{"schema": 1, "data": {"name": "", "sha256": "", "rows": 1}, "left_out": [{"row": "x"}]}',
            r"left_out\.0\.row is wrong",
        ),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "clean.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        read_clean_list(path)


def test_places_that_cannot_be_used(opened: Opened, findings: Findings, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such file"):
        read_clean_list(tmp_path / "gone.json")
    with pytest.raises(DataError, match="cannot be read"):
        read_clean_list(tmp_path)
    with pytest.raises(StorageError, match="cannot be written"):
        write_clean_list(tmp_path / "gone" / "clean.json", choose(opened, findings))
