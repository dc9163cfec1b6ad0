"""Tables are read whatever their form, and what cannot be read is a sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from fer.errors import DataError, InputError
from fer.regression import tables
from fer.regression.cells import numbers_of
from fer.regression.sheets import SheetError
from fer.regression.tables import decimal_of, delimiter_of, pasted, read_table


def read(data: bytes, name: str = "own.csv", **options: object) -> tables.Table:
    return read_table(io.BytesIO(data), name, **options)


def book(**sheets: list[list[object]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return made


def saved(made: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_and_encodings(sep: str, encoding: str):
    text = f"größe{sep}wert\n1{sep}2.5\n3{sep}4.5\n"
    table = read(text.encode(encoding))
    assert list(table.frame.columns) == ["größe", "wert"]
    assert table.frame["wert"].tolist() == [2.5, 4.5]


def test_semicolons_and_decimal_commas():
    table = read(b"a;b;c\n1,5;2;1.234,5\n2,5;3;2.345,5\n")
    assert table.frame["a"].tolist() == [1.5, 2.5]
    assert table.how["decimal"] == "," and table.how["sep"] == ";"
    assert decimal_of(["1.5", "2.25", "a,b"]) == (".", None)
    assert delimiter_of(['"a;b",c', '"1;2",3']) == ","


def test_signs_for_thousands():
    table = read(b'n,income\n1,"950"\n2,"1,050"\n3,"1,234,567"\n')
    assert make_numbers(table) == [950, 1050, 1234567]
    # A lone point in a file with decimal commas divides thousands, however many there are.
    table = read(b"a;income\n1,5;1.234\n2,5;2.000\n3;850\n")
    assert table.decimal == "," and make_numbers(table) == [1234, 2000, 850]
    table = read(b"n;income\n1;1,050\n2;1,234,567\n")
    assert make_numbers(table) == [1050, 1234567] and not table.notes
    table = read(b"n;income\n1;1.234\n2;850\n")
    assert make_numbers(table) == [1.234, 850]
    assert table.notes[0].startswith("Nothing tells whether 1.234 has decimals or thousands; decimals were taken.")


def make_numbers(table: tables.Table) -> list[float]:
    return numbers_of(table.frame["income"], table.decimal).tolist()


def test_a_line_of_numbers_is_no_header():
    table = read(b"1,2\n3,4\n5,6\n")
    assert list(table.frame.columns) == ["column 1", "column 2"]
    assert len(table.frame) == 3
    assert "no names" in table.notes[0]


def test_names_are_trimmed_filled_and_once_each():
    table = read(b" LOR ,,LOR\n1,2,3\n")
    assert list(table.frame.columns) == ["LOR", "column 2", "LOR (2)"]


def test_empty_columns_and_lines_and_ragged_lines_are_left_out_and_said():
    table = read(b"a,b,c\n1,,2\n,,\n1,2,3,4\n5,,6\n")
    assert list(table.frame.columns) == ["a", "c"]
    assert table.frame["c"].tolist() == [2, 6]
    assert any("Empty columns" in note for note in table.notes)
    assert any("1 lines have more columns" in note for note in table.notes)


def test_rows_beyond_the_most_are_drawn_and_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 500)
    monkeypatch.setattr(tables, "CHUNK_CELLS", 1000)
    text = "a,b\n" + "".join(f"{n},{n % 7}\n" for n in range(5000))
    table = read(text.encode())
    assert len(table.frame) == 500 and table.rows_total == 5000
    assert "5,000 rows; 500 of them, drawn at random" in table.notes[0]
    # The rows come from everywhere, each once, and the same ones with the same seed.
    assert table.frame["a"].is_unique and 2000 < table.frame["a"].mean() < 3000
    assert table.frame.equals(read(text.encode()).frame)
    assert not table.frame.equals(read(text.encode(), seed=2).frame)


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "own.csv", "is empty"),
        (b"  \n \n", "own.csv", "is empty"),
        (b"a\n1\n2\n", "own.csv", "has one column ('a')"),
        (b"a,b\n", "own.csv", "names and no rows"),
        (b"a,b\n1,\n2,\n", "own.csv", "one column that holds anything"),
        (b"%PDF-1.7", "own.csv", "a PDF"),
        (b"\x89PNG\r\n", "own.csv", "a picture"),
        (b"\x80\x04\x95abc", "own.csv", "is a pickle"),
        (b'a,b\n1,"' + b"x" * 140_000 + b'"\n', "own.csv", "own.csv cannot be read as a table ("),
        (b"anything", "model.joblib", "any program on this computer"),
        (bytes(range(1, 32)) + b"\0" * 9, "own.csv", "binary data"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "own.xls", "old (.xls), locked or damaged"),
        (b"PK\x03\x04" + b"x" * 600, "own.xlsx", "old (.xls), locked or damaged"),
    ],
)
def test_what_is_no_table_is_a_sentence(data: bytes, name: str, said: str):
    with pytest.raises(DataError) as problem:
        read(data, name)
    assert said in str(problem.value)


def test_a_column_that_is_empty_in_the_drawn_rows_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 150)
    frame = pd.DataFrame({"a": np.arange(5000.0), "rare": np.nan, "b": 1.0})
    frame.loc[7, "rare"] = 2.0
    seeds = [seed for seed in range(5) if 7 not in frame.sample(150, random_state=seed).index]
    table = tables.finished(frame, "own.xlsx", 5000, [], {}, seeds[0])
    assert list(table.frame.columns) == ["a", "b"] and table.how["names"] == ["a", "rare", "b"]
    assert table.notes[0] == "Empty in the rows that were drawn, and left out: rare."
    with pytest.raises(DataError, match="one column that holds anything"):
        tables.finished(frame[["a", "rare"]], "own.xlsx", 5000, [], {}, seeds[0])


def test_paths(tmp_path: Path):
    with pytest.raises(InputError, match="is a folder"):
        read_table(tmp_path, "x")
    with pytest.raises(InputError, match="cannot be read"):
        read_table(tmp_path / "no.csv", "x")
    assert pasted("a;b\n1,5;2\n").frame["a"].tolist() == [1.5]


def test_five_thousand_columns():
    random = np.random.default_rng(1)
    lines = [",".join(f"c{n}" for n in range(5000))]
    lines += [",".join(map(str, row)) for row in random.integers(0, 9, (20, 5000))]
    table = read("\n".join(lines).encode())
    assert table.frame.shape == (20, 5000)
    with pytest.raises(DataError, match=r"10,001 columns; at most 10,000"):
        read((",".join(f"c{n}" for n in range(10_001)) + "\n" + "1," * 10_000 + "1\n").encode())


def test_excel_with_one_sheet_and_an_empty_one():
    made = book(Data=[["a", "b", "day"], [1, 2.5, date(2024, 1, 2)], [3, 4.5, date(2024, 1, 3)]], Empty=[])
    table = read(saved(made), "own.xlsx")
    assert table.how == {"kind": "excel", "sheet": "Data", "names": list(table.frame.columns)}
    assert table.frame["b"].tolist() == [2.5, 4.5]


def test_excel_with_several_sheets_asks_which():
    made = saved(book(One=[["a", "b"], [1, 2]], Two=[["c", "d"], [3, 4]]))
    with pytest.raises(SheetError, match="has 2 sheets: One, Two") as problem:
        read(made, "own.xlsx")
    assert problem.value.sheets == ["One", "Two"]
    assert read(made, "own.xlsx", sheet="Two").frame["d"].tolist() == [4]
    with pytest.raises(SheetError, match="no sheet called 'Three'"):
        read(made, "own.xlsx", sheet="Three")


def test_excel_with_merged_cells():
    made = book(Data=[["town", "n"], ["Bonn", 1], [None, 2], ["Kiel", 3]])
    made["Data"].merge_cells("A2:A3")
    table = read(saved(made), "own.xlsx")
    assert table.frame["town"].tolist() == ["Bonn", "Bonn", "Kiel"]
    assert "1 merged ranges" in table.notes[0]


def with_part(data: bytes, path: str, change: Callable[[str], str]) -> bytes:
    """Change one part of a workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            text = old.read(part)
            new.writestr(part, change(text.decode()).encode() if part == path else text)
    return out.getvalue()


WHOLE = "A1:XFD1048576"
ENTITY = '<!DOCTYPE worksheet [<!ENTITY m "&#60;mergeCell ref=&#39;A1:XFD1048576&#39;/>">]>'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('<mergeCell ref="A2:A3"', f'<mergeCell ref="{WHOLE}"', "over more than 1,000,000 cells"),
        ('<mergeCell ref="A2:A3"', f'<mergeCell ref="Data!$A$1:{WHOLE[3:]}"', "over more than 1,000,000 cells"),
        ('<mergeCell ref="A2:A3"', "<mergeCell ref='A:A'/><mergeCell ref='B:B'", "over more than 1,000,000 cells"),
        ("</mergeCells>", f"</mergeCells><hyperlinks><hyperlink ref='{WHOLE}'/></hyperlinks>", "over more than"),
        # A range that runs backwards must not make up for another.
        ("</mergeCells>", f"</mergeCells><hyperlinks><hyperlink ref='XFD1048576:A1'/><hyperlink ref='{WHOLE}'/>"
         "</hyperlinks>", "over more than"),
        ("<worksheet", f"{ENTITY}<worksheet", "abbreviates its XML by entities"),
    ],
)  # fmt: skip
def test_ranges_that_would_fill_the_memory_are_refused_before_openpyxl(
    old: str, new: str, said: str, monkeypatch: pytest.MonkeyPatch
):
    made = book(Data=[["town", "n"], ["Bonn", 1], [None, 2]])
    made["Data"].merge_cells("A2:A3")
    data = saved(made)
    harmful = with_part(data, "xl/worksheets/sheet1.xml", lambda text: text.replace(old, new, 1))
    assert harmful != with_part(data, "", str) and len(harmful) < 10_000
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *_, **__: pytest.fail("openpyxl must not see it"))
    with pytest.raises(DataError, match=said):
        read(harmful, "own.xlsx")


@pytest.mark.parametrize("tag", ["mergeCell", "hyperlink", "comment"])
def test_a_large_range_in_utf_16_and_in_any_part_is_refused(tag: str):
    made = io.BytesIO()
    sheet = f'<?xml version="1.0" encoding="utf-16"?><x:all xmlns:x="x"><x:{tag} ref="{WHOLE}"/></x:all>'
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("picture.png", sheet.encode("utf-16"))
    with pytest.raises(DataError, match="over more than 1,000,000 cells"):
        read(made.getvalue(), "own.xlsx")


def test_an_excel_file_too_large_unpacked():
    made = io.BytesIO(saved(book(Data=[["a", "b"], [1, 2]])))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open("x", "w") as out:
        for _ in range(101):
            out.write(bytes(1_000_000))
    with pytest.raises(DataError, match="over 100 MB unpacked"):
        read(made.getvalue(), "own.xlsx")


def test_one_excel_file_is_read_at_a_time(monkeypatch: pytest.MonkeyPatch):
    data, opened = saved(book(Data=[["a", "b"], [1, 2]])), openpyxl.load_workbook
    at_once, most = [], []

    def counted(*args: object, **options: object) -> openpyxl.Workbook:
        at_once.append(1)
        most.append(len(at_once))
        try:
            return opened(*args, **options)
        finally:
            at_once.pop()

    monkeypatch.setattr(openpyxl, "load_workbook", counted)
    with ThreadPoolExecutor(8) as pool:
        read_all = list(pool.map(lambda _: read(data, "own.xlsx").frame["b"].tolist(), range(24)))
    assert read_all == [[2]] * 24 and set(most) == {1}


def test_a_macro_is_not_run_and_said():
    data = io.BytesIO(saved(book(Data=[["a", "b"], [1, 2]])))
    with zipfile.ZipFile(data, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Sub AutoOpen()")
    assert "It holds macros; they were not run." in read(data.getvalue(), "own.xlsm").notes


def test_archives_that_are_no_workbook():
    for member, said in (("table.csv", "an archive, no table"), ("content.xml", "not an .xlsx file")):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr(member, "a,b\n1,2\n")
        with pytest.raises(DataError, match=said):
            read(data.getvalue(), "own.xlsx")
