"""FER2013 as a table, in each way in which people's tools write it, and each way in which a row can be wrong."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.faceset import FaceSet
from fer.dataset.opening import open_dataset
from fer.dataset.splitting import SplitRule
from fer.errors import DataError, SplitNeededError

Writer = Callable[..., str]
Check = Callable[[FaceSet, FaceSet], None]
GOOD = " ".join(["7"] * 2304)


def opened(path: Path, data: str | bytes):
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return open_dataset(path)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("emotion,pixels,Usage", "{emotion},{pixels},{usage}"),
        ("emotion, Usage, pixels", "{emotion},{usage},{pixels}"),
        (" emotion , Usage , pixels ", " {emotion} , {usage} , {pixels} "),
        ("emotion;pixels;Usage", "{emotion};{pixels};{usage}"),
        ("emotion\tpixels\tUsage", "{emotion}\t{pixels}\t{usage}"),
        ('"emotion","pixels","Usage"', '{emotion},"{pixels}","{usage}"'),
        ("emotion,pixels,Usage", '{emotion},"[{pixels}]",{usage}'),
        (",emotion,pixels,Usage", "0,{emotion},{pixels},{usage}"),
        ("EMOTION,PIXELS,USAGE", "{emotion}.0,{pixels},{usage}"),
        ("emotion,pixels,Usage", "{name},{pixels},{usage},"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ways_to_write_it(
    tmp_path: Path, faces: FaceSet, csv_of: Writer, assert_same: Check, header: str, row: str, end: str
):
    got = opened(tmp_path / "fer2013.csv", csv_of(faces, header, row, end))
    assert_same(got.faces, faces)
    assert got.problems == () and got.kind == "csv" and got.name == "fer2013.csv"
    assert got.faces.source.tolist() == [f"row {number}" for number in range(1, 10)]


def test_pixels_as_a_list_of_python(tmp_path: Path, faces: FaceSet, csv_of: Writer, assert_same: Check):
    text = csv_of(faces, row='{emotion},"[{pixels}]",{usage}')
    lines = [line if "[" not in line else line.replace(" ", ", ") for line in text.splitlines()]
    assert_same(opened(tmp_path / "fer2013.csv", "\n".join(lines)).faces, faces)


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "\ufeffSEP=;\r"])
def test_excel_s_line_about_the_delimiter_is_no_header(
    tmp_path: Path, faces: FaceSet, csv_of: Writer, assert_same: Check, first: str
):
    text = csv_of(faces, "emotion;pixels;Usage", "{emotion};{pixels};{usage}")
    got = opened(tmp_path / "fer2013.csv", f"{first}\n{text}")
    assert_same(got.faces, faces)
    assert got.problems == ()


def test_a_byte_order_mark_blank_lines_and_no_last_line_end(
    tmp_path: Path, faces: FaceSet, csv_of: Writer, assert_same: Check
):
    text = "\ufeff\n" + csv_of(faces).replace("\n", "\n\n").rstrip("\n")
    got = opened(tmp_path / "fer2013.csv", text)
    assert_same(got.faces, faces)
    assert got.faces.source[-1] == "row 9" and got.problems == ()


def test_packed(tmp_path: Path, faces: FaceSet, csv_of: Writer, assert_same: Check):
    text = csv_of(faces).encode()
    plain = opened(tmp_path / "fer2013.csv", text)
    gz = opened(tmp_path / "fer2013.csv.gz", gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("notes.txt", "hello")
        pack.writestr("other.csv", "a,b\n1,2\n")
        pack.writestr("challenge/icml_face_data.csv", text)
    zipped = open_dataset(tmp_path / "a.zip")
    for got in (gz, zipped):
        assert_same(got.faces, faces)
        # The content is the same however it is packed.
        assert got.sha256 == plain.sha256 and got.kind == "csv"


def test_a_name_says_nothing(tmp_path: Path, faces: FaceSet, csv_of: Writer, assert_same: Check):
    assert_same(opened(tmp_path / "upload.bin", gzip.compress(csv_of(faces).encode())).faces, faces)


def test_what_the_shared_tool_writes(kaggles_forms: Path, some_real: dict[str, np.ndarray], assert_same: Check):
    expected = FaceSet(some_real["pixels"], some_real["emotion"], some_real["usage"])
    for name in ("fer2013.csv", "icml_face_data.csv"):
        got = open_dataset(kaggles_forms / name)
        assert_same(got.faces, expected)
        assert got.problems == ()


@pytest.mark.parametrize(
    ("row", "kind", "said"),
    [
        (f"3,{GOOD[2:]},Training", "pixel_count", "Row 2 has 2,303 pixels, not 2,304 (48 x 48)."),
        (f"3,{GOOD[1:]}256,Training", "pixel_count", "Row 2 has 2,303 pixels"),
        (f"3,{GOOD[:-1]}256,Training", "pixel_value", "Row 2 has 256 as its pixel 2,304, not a whole number of 0"),
        (f"3,{GOOD[:-1]}-1,Training", "pixel_value", "Row 2 has -1 as its pixel 2,304"),
        (f"3,{GOOD[:-1]}=1+1,Training", "pixel_value", "Row 2 has =1+1 as its pixel"),
        ("3,,Training", "pixel_count", "Row 2 has 0 pixels"),
        (f"7,{GOOD},Training", "label", "Row 2 has '7' as its emotion, not 0 to 6."),
        (f"-1,{GOOD},Training", "label", "Row 2 has '-1' as its emotion"),
        (f"1.5,{GOOD},Training", "label", "Row 2 has '1.5' as its emotion"),
        (f"NaN,{GOOD},Training", "label", "Row 2 has 'NaN' as its emotion"),
        (f"inf,{GOOD},Training", "label", "Row 2 has 'inf' as its emotion"),
        (f",{GOOD},Training", "label", "Row 2 has nothing as its emotion"),
        (f"contempt,{GOOD},Training", "label", "Row 2 has 'contempt' as its emotion"),
        (f"3,{GOOD},Validation", "usage", "Row 2 has 'Validation' as its usage, not one of Training, PublicTest"),
        (f"3,{GOOD},", "usage", "Row 2 has nothing as its usage"),
        (f"3,{GOOD}", "columns", "Row 2 has 2 columns, not 3."),
        (f"3,{GOOD},Training,more", "columns", "Row 2 has 4 columns, not 3."),
        ("garbage", "columns", "Row 2 has 1 columns, not 3."),
        (f'3,"{GOOD},Training', "quoting", "Row 2 has quotation marks that do not fit together."),
        (f'3,"{GOOD}"7,Training', "quoting", "Row 2 has quotation marks"),
    ],
)
def test_a_wrong_row_is_named_and_the_good_ones_are_kept(tmp_path: Path, row: str, kind: str, said: str):
    good = f"3,{GOOD},Training"
    got = opened(tmp_path / "fer2013.csv", "\n".join(["emotion,pixels,Usage", good, row, good, ""]))
    assert [(problem.kind, problem.source) for problem in got.problems] == [(kind, "row 2")]
    assert said in got.problems[0].message
    assert got.faces.source.tolist() == ["row 1", "row 3"]
    assert (got.faces.images == 7).all() and len(got.faces) == 2


def test_problems_stand_in_the_order_of_the_rows(tmp_path: Path):
    # Labels are looked at when a line comes, pixels later, many at once.
    rows = [f"3,{GOOD} 7,Training", f"9,{GOOD},Training", f"3,{GOOD},Nowhere", "3,1,Training", f"3,{GOOD},Training"]
    got = opened(tmp_path / "fer2013.csv", "\n".join(["emotion,pixels,Usage", *rows]))
    assert [problem.source for problem in got.problems] == ["row 1", "row 2", "row 3", "row 4"]
    assert [problem.kind for problem in got.problems] == ["pixel_count", "label", "usage", "pixel_count"]


def test_a_row_with_two_mistakes_is_named_with_both(tmp_path: Path):
    got = opened(tmp_path / "f.csv", f"emotion,pixels,Usage\n9,{GOOD},Nowhere\n3,{GOOD},Training\n")
    assert [problem.kind for problem in got.problems] == ["label", "usage"]


def test_many_rows_with_bad_ones_between(tmp_path: Path, csv_of: Writer):
    # More than one batch of rows, and a bad one in some of them.
    rng = np.random.default_rng(1)
    many = FaceSet(
        rng.integers(0, 256, (500, 48, 48), np.uint8), rng.integers(0, 7, 500, np.uint8), np.zeros(500, np.uint8)
    )
    lines = csv_of(many).splitlines()
    for row in (3, 50, 51, 499):
        lines[row] = lines[row].replace(" ", " 300 ", 1)
    got = opened(tmp_path / "f.csv", "\n".join(lines))
    assert [problem.source for problem in got.problems] == ["row 3", "row 50", "row 51", "row 499"]
    kept = np.setdiff1d(np.arange(500), [2, 49, 50, 498])
    np.testing.assert_array_equal(got.faces.images, many.images[kept])
    np.testing.assert_array_equal(got.faces.labels, many.labels[kept])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "fer2013.csv is empty. Expected the columns emotion, pixels and Usage"),
        (b"\n\n \n", "is empty"),
        (b"emotion,pixels,Usage\n", "has a header and no rows"),
        (b"label,pixels,Usage\n1,2,3\n", "has no column emotion; its first line is: label, pixels, usage"),
        (b"a\n1,2,3\n", "has no column emotion and no column pixels; its first line is: a"),
        (b"emotion,emotion,pixels\n1,2,3\n", "has the column emotion 2 times"),
        (f"3,{GOOD},Training\n".encode(), "has no column emotion and no column pixels; its first line is: 3, 7 7 7"),
        (
            "emotion,pixels,Usage\n3,7,Training\n".encode("utf-16"),
            "no plain text, or text in UTF-16. Save it as CSV in UTF-8",
        ),
        ("emotion,pixels,Usage\n3,7,Training\n".encode("utf-16-be"), "no plain text, or text in UTF-16"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no column emotion"),
        (b"\0" * 257 + b"ustar\0" + b"\0" * 300, "is a tar archive. Unpack it"),
        (f"emotion,pixels,Usage\r3,{GOOD},Training\r".encode(), "line ends of the old Mac kind"),
        (b"emotion,pixels,Usage\n3,7,Training\n9,8,Training\n", "none of its 2 rows can be used. Row 1 has 1 pixels"),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, data: bytes, said: str):
    with pytest.raises(DataError) as raised:
        opened(tmp_path / "fer2013.csv", data)
    assert said in str(raised.value) and "fer2013.csv" in str(raised.value)


def test_a_row_without_an_end_is_not_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from fer.dataset import table

    monkeypatch.setattr(table, "BLOCK_BYTES", 10_000)
    monkeypatch.setattr(table, "LONGEST_LINE", 20_000)
    endless = "8 " * 500_000
    got = opened(tmp_path / "f.csv", f"emotion,pixels,Usage\n3,{endless},Training\n3,{GOOD},Training\n")
    assert [problem.source for problem in got.problems] == ["row 1"]
    assert got.faces.source.tolist() == ["row 2"]


def test_a_table_of_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from fer.dataset import table

    monkeypatch.setattr(table, "MOST_ROWS", 2)
    with pytest.raises(DataError, match="more than 2 rows"):
        opened(tmp_path / "f.csv", "emotion,pixels,Usage\n" + f"3,{GOOD},Training\n" * 3)


def test_without_usages_it_asks_how_to_split(tmp_path: Path, faces: FaceSet, csv_of: Writer):
    path = tmp_path / "train.csv"
    path.write_text(csv_of(faces, "emotion,pixels", "{emotion},{pixels}"))
    with pytest.raises(SplitNeededError, match=r"train\.csv has no Usage column \(9 faces\)\. Say how to"):
        open_dataset(path)
    got = open_dataset(path, split_missing=SplitRule(public=0.5, private=0))
    np.testing.assert_array_equal(got.faces.images, faces.images)
    # One of the two or three happy faces; of an emotion with a single face, half rounds down.
    assert np.bincount(got.faces.usage, minlength=3).tolist() == [7, 2, 0]


def test_progress_goes_from_nothing_to_all(
    tmp_path: Path, csv_of: Writer, monkeypatch: pytest.MonkeyPatch, faces: FaceSet
):
    from fer.dataset import table

    monkeypatch.setattr(table, "BLOCK_BYTES", 10_000)
    path = tmp_path / "f.csv"
    path.write_text(csv_of(faces))
    said: list[tuple[float, str]] = []
    open_dataset(path, progress=lambda share, doing: said.append((share, doing)))
    shares = [share for share, _ in said]
    assert shares == sorted(shares) and len(shares) > 5 and shares[-1] == 1.0
    assert said[0][1] == "Reading f.csv"
