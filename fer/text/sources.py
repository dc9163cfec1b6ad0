"""Where messages come from: a file's bytes to messages in their order, row by row, so that memory stays flat.

Three forms are told apart: a chat export, a table with a message column, and plain lines.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile
from typing import BinaryIO

from fer.errors import InputError
from fer.text.chat_times import clock_of, when_of
from fer.text.chats import ELAPSED, SPOKEN, Line, People, chat_form, chat_lines, speakers_of

HEAD_BYTES = 1 << 16
"""So much of a file is looked at to tell what it is."""
LONGEST_CELL = 16_000_000
MESSAGE_COLUMNS = (
    "message", "messages", "text", "texts", "comment", "comments", "feedback", "review", "reviews", "chat", "content",
    "contents", "body", "response", "responses", "answer", "answers", "post", "sentence", "remark", "remarks",
)  # fmt: skip
_ABOUT_MESSAGES = {"id", "ids", "type", "count", "length", "date", "time", "language", "lang", "score", "from", "to"}
"""A column called message_id holds no messages."""
TIME_COLUMNS = ("time", "timestamp", "date", "datetime", "sent", "created", "created_at", "date_reviews", "time_s")
ELAPSED_COLUMN = "time_s"
"""Holds seconds since a recording's beginning, as our own tables do."""
PERSON_COLUMNS = (
    "name", "names", "from", "sender", "author", "user", "username", "person", "student", "reviewer", "reviewers",
    "speaker",
)  # fmt: skip
"""Never read out: dropped, or replaced with numbers."""
_SEPARATOR = re.compile(r"^\ufeff?\"?sep=([,;|\t])\"?\s*$", re.I)
"""What Excel reads and writes before a table: what stands between its cells."""
_BINARY = {
    b"%PDF": "a PDF", b"PK\x03\x04": "a ZIP or an Office document", b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture", b"\xd0\xcf\x11\xe0": "an old Office document", b"\x1f\x8b": "a compressed file",
    b"RIFF": "a recording", b"\x7fELF": "a program", b"MZ": "a program", b"SQLite": "a database",
}  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


class ColumnError(InputError):
    """A table has no column that is known to hold messages.

    Attributes:
        columns: Those that it has.
    """

    def __init__(self, name: str, columns: list[str]):
        self.columns = columns
        shown = ", ".join(column or "(no name)" for column in columns[:20])
        super().__init__(
            f"{name}: which column holds the messages? None is called message, text, comment or the like; there are: "
            f"{shown}. Name one: --column NAME."
        )


@dataclass(frozen=True)
class Source:
    """A file whose messages can be read once or again.

    Attributes:
        name: What it is called.
        form: ``lines``, ``table``, or the name of a chat export.
        columns: A table's columns.
        encoding: How its bytes are text.
    """

    name: str
    form: str
    encoding: str
    columns: tuple[str, ...] = ()
    delimiter: str = ","
    column: int = 0
    header: bool = False
    time_column: int | None = None
    date_column: int | None = None
    person_column: int | None = None

    @property
    def in_seconds(self) -> bool:
        """Whether a table's times are seconds since a recording's beginning."""
        return self.time_column is not None and self.columns[self.time_column].lower() == ELAPSED_COLUMN

    @property
    def elapsed(self) -> bool:
        """Whether times count from a recording's beginning, and are none of the day."""
        return self.form in ELAPSED or self.in_seconds

    @property
    def may_name(self) -> bool:
        """Whether it may say who wrote; names inside a message stay in any case."""
        return self.form not in ("lines", "table") or self.person_column is not None


def look(file: BinaryIO, name: str, column: str | None = None) -> Source:
    """Tell what a file is, from its beginning.

    Args:
        file: Seekable, in binary mode.
        name: What it is called; ``.csv`` and ``.tsv`` are tables.
        column: The column that holds the messages; None: one that is known to.

    Raises:
        ColumnError: If it is a table without a column that is known to hold messages.
        InputError: If it is empty or no text.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    encoding = encoding_of(head, name)
    # A letter may be cut in two at the end of the head.
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    if not text.strip("\ufeff\r\n\t "):
        raise InputError(f"{name} is empty. Expected a message a line, a CSV with a message column, or a chat export.")
    lines = text.splitlines()
    suffix = name.lower().rsplit(".", 1)[-1]
    form = "" if column or suffix in ("csv", "tsv") else chat_form(lines[:200])
    if form:
        return Source(name, form, encoding)
    return _table(name, encoding, lines, suffix, column) or Source(name, "lines", encoding)


def encoding_of(head: bytes, name: str) -> str:
    """Return how a file's beginning is text: UTF-8, UTF-16 and UTF-32 with or without their mark, else Windows' own.

    Raises:
        InputError: If it is no text.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    kind = next((kind for sign, kind in _BINARY.items() if head.startswith(sign)), None)
    zeros = head.count(0)
    if kind is None and zeros:
        odd, even = head[1::2].count(0), head[::2].count(0)
        wide = "utf-16-le" if odd > even else "utf-16-be"
        if max(odd, even) > 0.4 * len(head) / 2 and _mostly_readable(head, wide):
            return wide
        kind = "binary data"
    if kind is None:
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head)
        except UnicodeDecodeError:
            if _mostly_readable(head, "cp1252"):
                return "cp1252"
            kind = "binary data"
        else:
            return "utf-8"
    raise InputError(
        f"{name} is no text but {kind}. Expected a .txt or .csv file: export or copy the messages as text."
    )


def _mostly_readable(head: bytes, encoding: str) -> bool:
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    control = sum(1 for char in text if unicodedata.category(char) in ("Cc", "Cn", "Co") and not char.isspace())
    return control <= len(text) / 100


def _table(name: str, encoding: str, lines: list[str], suffix: str, column: str | None) -> Source | None:
    """Return a table's form from its first lines, or None if the file holds plain lines."""
    rest = list(dropwhile(_before_table, lines))
    first = rest[0].removeprefix("\ufeff") if rest else ""
    told = next((found[1] for line in lines[: len(lines) - len(rest)] if (found := _SEPARATOR.match(line))), None)
    delimiter = told or ("\t" if suffix == "tsv" else max(",;\t|", key=first.count))
    if told is None and delimiter not in first and suffix == "csv":
        delimiter = ","
    try:
        cells = next(csv.reader([first], delimiter=delimiter), [])
    except csv.Error:
        cells = [first]
    names = [cell.strip().lower() for cell in cells]
    known = _known_column(names)
    if column is None and suffix not in ("csv", "tsv"):
        # Lines with commas are no table: one names its columns exactly, and its next row has as many.
        exact = len(cells) > 1 and any(one in names for one in MESSAGE_COLUMNS)
        if not exact or rest[1:2] == [] or rest[1].count(delimiter) < len(cells) - 1:
            return None
    form = {"delimiter": delimiter, "columns": tuple(cell.strip() for cell in cells)}
    if column is not None:
        if column.strip().lower() not in names:
            raise InputError(f"{name} has no column called {column}. There are: {', '.join(names)}. Name one of them.")
        known = names.index(column.strip().lower())
    elif known is None and len(cells) > 1:
        raise ColumnError(name, [cell.strip() for cell in cells])
    # The only column, with a first line that names nothing, is all messages.
    header = known is not None
    time = next((one for one in TIME_COLUMNS if one in names), None)
    others = {
        "time_column": None if time is None else names.index(time),
        "date_column": names.index("date") if time == "time" and "date" in names else None,
        "person_column": next((names.index(one) for one in PERSON_COLUMNS if one in names), None),
    }
    return Source(name, "table", encoding, column=known or 0, header=header, **form, **others)  # type: ignore[arg-type]


def _before_table(line: str) -> bool:
    return not line.strip("\ufeff\r\n\t ") or _SEPARATOR.match(line) is not None


def _known_column(names: list[str]) -> int | None:
    """Return the place of the column that holds messages by its name: exactly, else as one of the name's words."""
    exact = next((names.index(one) for one in MESSAGE_COLUMNS if one in names), None)
    if exact is not None:
        return exact
    for place, name in enumerate(names):
        words = set(re.split(r"[^a-z]+", name))
        if words & set(MESSAGE_COLUMNS) and not words & _ABOUT_MESSAGES:
            return place
    return None


def read_lines(file: BinaryIO, source: Source) -> Iterator[Line]:
    """Give a file's messages in their order, none left out; persons come as numbers.

    Args:
        file: As ``look`` took it.
        source: What ``look`` returned.

    Raises:
        InputError: If a table cannot be read on from some row.
    """
    file.seek(0)
    # Universal newlines only where the csv module does not want to see them itself.
    newline = "" if source.form == "table" else None
    text = io.TextIOWrapper(file, encoding=source.encoding, errors="replace", newline=newline)
    try:
        if source.form == "table":
            yield from _rows(text, source)
        elif source.form == "lines":
            for line in text:
                yield Line(line.rstrip("\n").removeprefix("\ufeff"))
        elif source.form in SPOKEN:
            speakers = speakers_of(text, source.form)
            text.seek(0)
            yield from chat_lines(text, source.form, speakers)
        else:
            yield from chat_lines(text, source.form)
    finally:
        # The file is its owner's to close.
        text.detach()


def _rows(text: io.TextIOWrapper, source: Source) -> Iterator[Line]:
    csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(dropwhile(_before_table, text), delimiter=source.delimiter)
    people = People()
    try:
        if source.header:
            next(rows, None)
        for row in rows:
            if not row:
                continue  # an empty line between two rows
            cell = _cell(row, source.column)
            yield Line(
                cell.removeprefix("\ufeff"),
                _time(row, source),
                people.number(_cell(row, source.person_column)),
            )
    except csv.Error as problem:
        raise InputError(
            f"{source.name}: row {rows.line_num:,} cannot be read ({problem}). A quotation mark may be open; close it, "
            "or export the table again."
        ) from problem


def _time(row: list[str], source: Source) -> str:
    """Return a row's time, with its day where another column has it; seconds come as a clock."""
    time = _cell(row, source.time_column).strip()
    if source.in_seconds:
        return clock_of(time)
    clock = when_of(time)
    if source.date_column is None or clock is None or clock.day:
        return time
    joined = f"{_cell(row, source.date_column).strip()} {time}"
    return joined if when_of(joined) else time


def _cell(row: list[str], column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""
