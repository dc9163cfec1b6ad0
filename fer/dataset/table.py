"""FER2013 as a table: ``fer2013.csv``, and ``icml_face_data.csv``, which is the same with spaces in its column names.

A line is a row. Rows are split by Python and their pixels parsed many rows at once, in a thread beside the one that
reads and hashes (docs/decisions/0013-reading-fer2013.md).
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import USAGES, FaceSet, numbered_rows
from fer.dataset.pixels import SIDE_PX, Fault, PixelParser, UInt8Array
from fer.dataset.problems import Problem
from fer.dataset.reading import NO_USAGE, Progress, Reading
from fer.emotions import EMOTIONS, canonical
from fer.errors import DataError

BLOCK_BYTES = 1 << 16
LONGEST_LINE = 1 << 20
"""A row of FER2013 has at most 9,240 bytes; what follows after this many is not kept."""
MOST_ROWS = 250_000
AT_ONCE = 32
"""Rows that are parsed together: their bytes stay in a core's cache."""
FIRST_ROOM = 4096
AHEAD = 8
"""Batches that may wait for the parsing thread: reading does not run away from it."""
DELIMITERS = (b",", b";", b"\t", b"|")
EXPECTED = "Expected the columns emotion, pixels and Usage, as Kaggle's fer2013.csv has them"

_LABELS = {str(label).encode(): label for label in range(len(EMOTIONS))}
_USAGES = {name.encode(): code for code, name in enumerate(USAGES)}
_DELIMITER_LINE = re.compile(rb'\s*"?sep=.?"?\s*', re.IGNORECASE)
_LIST_SIGNS = bytes.maketrans(b",;[]()", b"      ")


class Readable(Protocol):
    """Bytes, from wherever they come."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        ...


@dataclass(frozen=True)
class Columns:
    """Where a table's columns are.

    Attributes:
        delimiter: What stands between two of them.
        emotion: Position from 0.
        pixels: Position.
        usage: Position, or None where there is none.
        count: How many there are.
    """

    delimiter: bytes
    emotion: int
    pixels: int
    usage: int | None
    count: int

    @property
    def last_needed(self) -> int:
        """The last position that a row must have."""
        return max(self.emotion, self.pixels, self.usage or 0)


def read_table(stream: Readable, name: str, share_done: Callable[[], float], progress: Progress) -> Reading:
    """Read a table; rows that are not as they should be are named and left out.

    Args:
        stream: The text, unpacked.
        name: What the file is called in messages.
        share_done: How far the stream is, 0 to 1.
        progress: Called with each block that is read.

    Raises:
        DataError: If it is no such table, or no row of it can be used.
        OSError: If the stream cannot be read.
    """
    digest = hashlib.sha256()
    lines = _lines(stream, digest.update, lambda: progress(share_done(), f"Reading {name}"))
    columns = _columns(_header(lines, name), name)
    with ThreadPoolExecutor(1, thread_name_prefix="pixels") as parser:
        rows = _Rows(columns, parser)
        for line in lines:
            rows.add(line)
        images = rows.finish()
    if not rows.seen:
        raise DataError(f"{name} has a header and no rows. Download it again.")
    problems = tuple(problem for _, problem in sorted(rows.problems, key=lambda item: item[0]))
    if not len(images):
        raise DataError(f"{name}: none of its {rows.seen:,} rows can be used. {problems[0].message} {EXPECTED}.")
    source = numbered_rows(np.array(rows.numbers))
    faces = FaceSet(images, np.array(rows.labels, np.uint8), np.array(rows.usages, np.uint8), source)
    return Reading(faces, problems, "csv", digest.hexdigest())


def _lines(stream: Readable, keep: Callable[[bytes], object], said: Callable[[], None]) -> Iterator[bytes]:
    """Give a stream's lines without their ends; of a line that never ends only the beginning is kept."""
    rest = b""
    while block := stream.read(BLOCK_BYTES):
        keep(block)
        said()
        first, *others = block.split(b"\n")
        rest = (rest + first)[:LONGEST_LINE]
        if others:
            yield rest.removesuffix(b"\r")
            for line in others[:-1]:
                yield line.removesuffix(b"\r")
            rest = others[-1]
    if rest:
        yield rest.removesuffix(b"\r")


def _header(lines: Iterator[bytes], name: str) -> bytes:
    """Return the first line that is not blank, after a look at what kind of text it is."""
    first = next(lines, b"")
    if first.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in first[:1000]:
        if b"ustar" in first[:600]:
            raise DataError(f"{name} is a tar archive. Unpack it and open the fer2013.csv in it.")
        raise DataError(f"{name} is no plain text, or text in UTF-16. Save it as CSV in UTF-8. {EXPECTED}.")
    first = first.removeprefix(b"\xef\xbb\xbf")
    # Excel can be told by a first line what stands between two columns.
    while not first.strip() or _DELIMITER_LINE.fullmatch(first):
        if (following := next(lines, None)) is None:
            raise DataError(f"{name} is empty. {EXPECTED}; download it again.")
        first = following
    if b"\r" in first:
        raise DataError(f"{name} has line ends of the old Mac kind. Save it with the usual ones and open it again.")
    return first


def _columns(header: bytes, name: str) -> Columns:
    found: dict[bytes, list[str]] = {}
    for delimiter in DELIMITERS:
        cells = header.split(delimiter)
        found[delimiter] = [cell.decode("utf-8", "replace").strip().strip('"').strip().lower() for cell in cells]
    delimiter = max(DELIMITERS, key=lambda sign: len({"emotion", "pixels", "usage"} & set(found[sign])))
    names = found[delimiter]
    if missing := [column for column in ("emotion", "pixels") if column not in names]:
        came = ", ".join(name[:30] for name in names[:6])
        raise DataError(
            f"{name} has no column {' and no column '.join(missing)}; its first line is: {came}. {EXPECTED}."
        )
    for column in ("emotion", "pixels", "usage"):
        if names.count(column) > 1:
            raise DataError(f"{name} has the column {column} {names.count(column)} times. {EXPECTED}, once each.")
    usage = names.index("usage") if "usage" in names else None
    return Columns(delimiter, names.index("emotion"), names.index("pixels"), usage, len(names))


@dataclass
class _Rows:
    """The rows of a table while it is read.

    Attributes:
        columns: Where they have what.
        parser: The thread that turns pixels into faces.
        seen: Rows so far, blank lines aside.
        numbers: Of the good rows, from 1.
        labels: Of the good rows.
        usages: Of the good rows.
        problems: Each with its row's number.
    """

    columns: Columns
    parser: ThreadPoolExecutor
    seen: int = 0
    numbers: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    usages: list[int] = field(default_factory=list)
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    _batch: list[tuple[int, int, int, bytes]] = field(default_factory=list)
    _waiting: deque[tuple[list[tuple[int, int, int, bytes]], Future[tuple[UInt8Array, list[Fault | None]]]]] = field(
        default_factory=deque
    )
    _images: UInt8Array = field(default_factory=lambda: np.empty((FIRST_ROOM, SIDE_PX, SIDE_PX), np.uint8))
    _parse: PixelParser = field(default_factory=PixelParser)

    def add(self, line: bytes) -> None:
        """Take a line; its pixels are parsed with those of its neighbours."""
        if not line.strip():
            return
        self.seen += 1
        if self.seen > MOST_ROWS:
            raise DataError(f"The table has more than {MOST_ROWS:,} rows; FER2013 has 35,887. Open a smaller one.")
        cells = self._cells(line)
        if cells is None:
            return
        columns = self.columns
        label = _LABELS.get(cells[columns.emotion])
        if label is None:
            label = _label(cells[columns.emotion])
        usage: int | None = NO_USAGE
        if columns.usage is not None:
            usage = _USAGES.get(cells[columns.usage])
            if usage is None:
                usage = _usage(cells[columns.usage])
        if label is None:
            self._note("label", f"has {_shown(cells[columns.emotion])} as its emotion, not 0 to 6")
        if usage is None and columns.usage is not None:
            self._note("usage", f"has {_shown(cells[columns.usage])} as its usage, not one of {', '.join(USAGES)}")
        if label is None or usage is None:
            return
        self._batch.append((self.seen, label, usage, cells[columns.pixels]))
        if len(self._batch) >= AT_ONCE:
            self._hand_over()

    def finish(self) -> UInt8Array:
        """Return the good rows' faces, shape ``(n, 48, 48)``."""
        if self._batch:
            self._hand_over()
        while self._waiting:
            self._take_back()
        self._make_room(len(self.numbers))
        return self._images

    def _hand_over(self) -> None:
        batch, self._batch = self._batch, []
        self._waiting.append((batch, self.parser.submit(self._parse, [cell for *_, cell in batch])))
        if len(self._waiting) > AHEAD:
            self._take_back()

    def _take_back(self) -> None:
        batch, parsed = self._waiting.popleft()
        images, faults = parsed.result()
        good: npt.NDArray[np.bool_] = np.array([fault is None for fault in faults])
        begin, end = len(self.numbers), len(self.numbers) + int(good.sum())
        if end > len(self._images):
            self._make_room(end + end // 2)
        self._images[begin:end] = images if good.all() else images[good]
        for (number, label, usage, _), fault in zip(batch, faults, strict=True):
            if fault is None:
                self.numbers.append(number)
                self.labels.append(label)
                self.usages.append(usage)
            else:
                self._note(fault.kind, fault.words, number)

    def _make_room(self, rows: int) -> None:
        # The system moves a large array's pages instead of copying them.
        self._images.resize((rows, SIDE_PX, SIDE_PX), refcheck=False)

    def _note(self, kind: str, words: str, number: int | None = None) -> None:
        number = self.seen if number is None else number
        self.problems.append((number, Problem(kind, f"row {number}", f"Row {number:,} {words}.")))

    def _cells(self, line: bytes) -> list[bytes] | None:
        """Split a line, or name what is wrong with it."""
        columns = self.columns
        if b'"' not in line:
            cells = line.split(columns.delimiter)
        else:
            # Quotation marks are rare, so the slower reader does.
            try:
                texts = next(csv.reader([line.decode("latin-1")], delimiter=columns.delimiter.decode(), strict=True))
            except csv.Error:
                self._note("quoting", "has quotation marks that do not fit together")
                return None
            cells = [text.encode("latin-1") for text in texts]
            if len(cells) > columns.pixels:
                # A list of Python or NumPy, written as text, has brackets and commas.
                cells[columns.pixels] = cells[columns.pixels].translate(_LIST_SIGNS)
        beyond = b"".join(cells[columns.count :])
        if len(cells) <= columns.last_needed or beyond.strip():
            self._note("columns", f"has {len(cells)} columns, not {columns.count}")
            return None
        return cells


def _label(cell: bytes) -> int | None:
    """Return a label that is written otherwise than as a digit: ``3.0``, as pandas may write it, or ``happy``."""
    text = cell.decode("utf-8", "replace").strip().strip('"')
    emotion = canonical(text)
    if emotion is not None:
        return EMOTIONS.index(emotion)
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value in range(len(EMOTIONS)) else None


def _usage(cell: bytes) -> int | None:
    text = cell.decode("utf-8", "replace").strip().strip('"').lower()
    return next((code for code, name in enumerate(USAGES) if name.lower() == text), None)


def _shown(cell: bytes) -> str:
    text = cell.decode("utf-8", "replace").strip()
    return repr(text[:30]) if text else "nothing"
