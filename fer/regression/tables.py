"""A CSV or Excel file in, a table out: delimiter, decimal sign, encoding and header are found, rows are sampled."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from fer.errors import DataError, InputError
from fer.regression.sheets import read_sheet

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20_000
MOST_CELLS = 10_000_000
"""What is kept of a table; of a larger one rows are drawn at random."""
MOST_COLUMNS = 10_000
LARGEST_BYTES = 1_000_000_000
HEAD_BYTES = 262_144
SNIFFED_LINES = 60
CHUNK_CELLS = 2_000_000
DELIMITERS = (",", ";", "\t", "|")
LONGEST_CELL = 100_000
EXPECTED = "Expected a CSV or Excel (.xlsx) file with a line of names and then one row a case"

_DECIMALS = {
    ",": re.compile(r"[+-]?((\d{1,3}(\.\d{3})+|\d*),\d+|[1-9]\d{0,2}(\.\d{3}){2,})"),
    ".": re.compile(r"[+-]?((\d{1,3}(,\d{3})+|\d*)\.\d+|[1-9]\d{0,2}(,\d{3}){2,})"),
}
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
"""1.234 and 1,234 have decimals or thousands."""
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_REFUSED = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "packed (gzip)",
    b"\x93NUMPY": "a NumPy array",
}
_PICKLES = (".pkl", ".pickle", ".joblib", ".sav")


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Attributes:
        frame: Its rows; columns have texts as names, each once.
        name: What it is called.
        rows_total: How many rows there were, before some were drawn.
        notes: What a reader should know, a sentence each.
        how: What reads it again: ``{"kind": "csv", "sep", "decimal", "encoding", "header"}``, ``{"kind": "excel",
            "sheet"}``, ``{"kind": "bundled", "loader"}`` or nothing; of a file also "names": of all its columns, as
            the reader made them.
        target: The column that is usually predicted, where that is known.
        classes: Whether that is a classification, where that is known.
    """

    frame: pd.DataFrame
    name: str
    rows_total: int
    notes: tuple[str, ...] = ()
    how: dict[str, Any] = field(default_factory=dict)
    target: str | None = None
    classes: bool | None = None

    @property
    def decimal(self) -> str:
        """The decimal sign of its texts."""
        return str(self.how.get("decimal", "."))


def read_table(source: BinaryIO | Path, name: str, sheet: str | None = None, seed: int = 1) -> Table:
    """Read a table.

    Args:
        source: A file, or a seekable stream of its bytes.
        name: What it is called; its ending does not matter.
        sheet: Of an Excel file with several sheets.
        seed: Of the rows that are drawn from a large table.

    Raises:
        SheetError: If it is an Excel file with several sheets and none was named, or one that is not there.
        DataError: If it is no table.
        InputError: If it cannot be read.
    """
    if not isinstance(source, Path):
        return _read(source, name, sheet, seed)
    try:
        with source.open("rb") as stream:
            return _read(stream, name, sheet, seed)
    except IsADirectoryError as problem:
        raise InputError(f"{source} is a folder. Name one file.") from problem
    except OSError as problem:
        raise InputError(f"{source} cannot be read ({problem.strerror or problem}). Check the path.") from problem


def _read(stream: BinaryIO, name: str, sheet: str | None, seed: int) -> Table:
    size = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    _check_kind(head, name, size)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        frame, notes, sheet = read_sheet(stream, name, sheet)
        return finished(frame, name, len(frame), notes, {"kind": "excel", "sheet": sheet}, seed)
    frame, total, notes, how = _read_csv(stream, head, name, seed)
    return finished(frame, name, total, notes, how, seed)


def _check_kind(head: bytes, name: str, size: int) -> None:
    if not head.strip():
        raise DataError(f"{name} is empty. {EXPECTED}.")
    if size > LARGEST_BYTES:
        raise DataError(f"{name} has {size / 1e6:,.0f} MB; at most {LARGEST_BYTES / 1e6:,.0f} are read. Take a part.")
    if name.lower().endswith(_PICKLES) or head[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        raise DataError(
            f"{name} is a pickle. Opening one can run any program on this computer, so it is refused. {EXPECTED}."
        )
    for begin, what in _REFUSED.items():
        if head.startswith(begin):
            raise DataError(f"{name} is {what}, no table. {EXPECTED}.")


def encoding_of(head: bytes, name: str) -> str:
    """Return the encoding of a text by its beginning.

    Raises:
        DataError: If it is no text.
    """
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in head:
        raise DataError(f"{name} holds binary data, no text. {EXPECTED}.")
    try:
        # A sign of several bytes may be cut in two at the end.
        head[: max(1, len(head) - 4)].decode("utf-8") if len(head) == HEAD_BYTES else head.decode("utf-8")
    except UnicodeDecodeError as problem:
        return "utf-8" if problem.start > HEAD_BYTES - 8 else "cp1252"
    return "utf-8"


def delimiter_of(lines: list[str]) -> str:
    """Return what stands between two columns: what divides most lines as it divides the first.

    >>> delimiter_of(["a;b", "1,5;2,5", "1;2"])
    ';'
    """
    best, best_score = ",", 0.0
    for sign in DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=sign)]
        if not counts or counts[0] < 2:
            continue
        score = sum(count == counts[0] for count in counts) / len(counts) + 0.001 * min(counts[0], 500)
        if score > best_score:
            best, best_score = sign, score
    return best


def decimal_of(cells: list[str]) -> tuple[str, str | None]:
    """Return the decimal sign that most numbers of some cells have, and a number that may be read in two ways.

    >>> decimal_of(["1,5", "1.234"]), decimal_of(["1.234", "850"])
    ((',', None), ('.', '1.234'))
    """
    either = [cell for cell in cells if _EITHER.fullmatch(cell)]
    sure = [cell for cell in cells if not _EITHER.fullmatch(cell)]
    for some in (sure, either):
        commas, points = (sum(bool(_DECIMALS[sign].fullmatch(cell)) for cell in some) for sign in (",", "."))
        if commas or points:
            return ("," if commas > points else "."), either[0] if some is either else None
    return ".", None


def _read_csv(stream: BinaryIO, head: bytes, name: str, seed: int) -> tuple[Any, int, list[str], dict[str, Any]]:
    import pandas as pd

    encoding = encoding_of(head, name)
    lines = [line for line in head.decode(encoding, "replace").splitlines() if line.strip()][:SNIFFED_LINES]
    if len(head) == HEAD_BYTES and len(lines) > 1 and len(lines) < SNIFFED_LINES:
        lines = lines[:-1]
    try:
        sep = delimiter_of(lines)
        rows = list(csv.reader(lines, delimiter=sep))
        # The limit of the csv module is the process's, and other parts of it raise it.
        longest = max((len(cell) for row in rows for cell in row), default=0)
        if longest > LONGEST_CELL:
            raise csv.Error(f"a cell of {longest:,} characters: a quotation mark may be open")
    except csv.Error as problem:
        raise DataError(f"{name} cannot be read as a table ({problem}). {EXPECTED}.") from problem
    decimal, doubtful = decimal_of([cell.strip() for row in rows[1:] for cell in row]) if sep != "," else (".", None)
    named = not all(_NUMBER.fullmatch(cell.strip()) for cell in rows[0])
    notes = [] if named else ["The first line holds numbers: the columns have no names and are numbered."]
    if doubtful:
        notes.append(
            f"Nothing tells whether {doubtful} has decimals or thousands; decimals were taken. If that is wrong, write "
            "the numbers without the sign."
        )
    how = {"kind": "csv", "sep": sep, "decimal": decimal, "encoding": encoding, "header": 0 if named else None}
    width = len(rows[0])
    if width > MOST_COLUMNS:
        raise DataError(f"{name} has {width:,} columns; at most {MOST_COLUMNS:,} are read. Leave some out.")
    if width < 2:
        raise DataError(
            f"{name} has one column ({rows[0][0].strip()[:40]!r}). Expected at least two, divided by a comma, "
            "semicolon, tab or |: one to predict and one to predict it from."
        )
    options: dict[str, Any] = {
        "sep": sep, "decimal": decimal, "header": how["header"], "encoding": encoding, "encoding_errors": "replace",
        "on_bad_lines": "warn", "chunksize": max(100, CHUNK_CELLS // width), "index_col": False, "low_memory": False,
        "skipinitialspace": True,
    }  # fmt: skip
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            frame, total = _drawn(pd.read_csv(stream, **options), kept_rows(width), seed)
        except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, UnicodeError) as problem:
            raise DataError(f"{name} cannot be read as a table ({problem}). {EXPECTED}.") from problem
    skipped = sum(str(one.message).count("Skipping line") for one in said)
    if skipped:
        notes.append(f"{skipped:,} lines have more columns than the first one and are left out.")
    return frame, total, notes, how


def kept_rows(columns: int) -> int:
    """Return how many rows of a table with so many columns are kept."""
    return max(100, min(MOST_ROWS, MOST_CELLS // max(1, columns)))


def _drawn(chunks: Iterator[pd.DataFrame], most: int, seed: int) -> tuple[pd.DataFrame, int]:
    """Draw rows at random from chunks whose number is not known, each row with the same chance, in flat memory."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(seed)
    kept: pd.DataFrame | None = None
    keys = np.empty(0)
    total = 0
    for chunk in chunks:
        total += len(chunk)
        keys = np.concatenate([keys, random.random(len(chunk))])
        kept = chunk if kept is None else pd.concat([kept, chunk])
        if len(kept) > most:
            chosen = np.sort(np.argpartition(keys, most)[:most])
            kept, keys = kept.iloc[chosen], keys[chosen]
    return (pd.DataFrame() if kept is None else kept.reset_index(drop=True)), total


def finished(
    frame: pd.DataFrame, name: str, total: int, notes: list[str], how: dict[str, Any], seed: int = 1, **known: Any
) -> Table:
    """Name the columns, leave out what is empty, draw rows where there are too many, and check what is left.

    Raises:
        DataError: If fewer than two columns or no rows are left.
    """
    names = _names(list(frame.columns))
    frame = frame.set_axis(names, axis=1)
    rows_before = len(frame)
    frame, empty = _without_empty(frame)
    frame = frame.dropna(how="all").reset_index(drop=True)
    total -= rows_before - len(frame)
    if empty and len(frame):
        notes = [*notes, f"Empty columns are left out: {listed(empty)}."]
    _check_columns(frame, name)
    if not len(frame):
        raise DataError(f"{name} has names and no rows. {EXPECTED}.")
    most = kept_rows(frame.shape[1])
    if len(frame) > most:
        # A column that is filled in a few cells may be empty in the rows that were drawn.
        frame, empty = _without_empty(frame.sample(most, random_state=seed).sort_index().reset_index(drop=True))
        if empty:
            notes = [*notes, f"Empty in the rows that were drawn, and left out: {listed(empty)}."]
        _check_columns(frame, name)
    if total > len(frame):
        notes = [*notes, f"It has {total:,} rows; {len(frame):,} of them, drawn at random, are used."]
    return Table(frame, name, total, tuple(notes), {**how, "names": names}, **known)


def _without_empty(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return a table without the columns that hold nothing, and their names."""
    empty = [column for column in frame.columns if frame[column].isna().all()]
    return frame.drop(columns=empty), empty


def _check_columns(frame: pd.DataFrame, name: str) -> None:
    if frame.shape[1] < 2 and len(frame):
        raise DataError(
            f"{name} has one column that holds anything. Expected two or more: one to predict, one to predict from."
        )


def _names(columns: list[Any]) -> list[str]:
    """Return texts as names, each once."""
    names: list[str] = []
    for place, column in enumerate(columns, 1):
        name = str(column).strip()
        # A sheet's missing name is None or NaN, which is a float.
        if not name or name == "None" or name.startswith("Unnamed:") or isinstance(column, int | float):
            name = f"column {place}"
        name, number, first = name[:80], 2, name[:80]
        while name in names[-400:] or (len(names) > 400 and name in set(names)):
            name, number = f"{first} ({number})", number + 1
        names.append(name)
    return names


def listed(names: list[str], most: int = 5) -> str:
    """Return names as a sentence lists them.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def pasted(text: str, name: str = "pasted table") -> Table:
    """Read a table that was typed or pasted.

    Raises:
        DataError: If it is no table.
    """
    return read_table(io.BytesIO(text.encode()), name)
