"""What was read in messages, as JSON and CSV: written as it comes, the same for the command line and the page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, TextIO

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.errors import InputError
from fer.faces.report import neutral_cell
from fer.text.chats import Line
from fer.text.classify import TextClassifier
from fer.text.reading import Reading, read_texts
from fer.text.sources import Source, read_lines

FloatArray = npt.NDArray[np.float64]

AT_ONCE = 1024
"""Messages in memory at a time."""
COLUMNS = ("number", "time", "person", "text", "emotion", "confidence", "unsure", *EMOTIONS, "note")

Sink = Callable[[Sequence[tuple[Line, Reading]]], None]


def message_as_json(line: Line, reading: Reading, persons: bool = True) -> dict[str, Any]:
    """Return one message's element of ``messages``; time and person are left out where there are none."""
    document = reading.as_json()
    extra: dict[str, Any] = {"time": line.time} if line.time else {}
    if persons and line.person is not None:
        extra["person"] = line.person
    return {**document, **extra}


def message_row(number: int, line: Line, reading: Reading, persons: bool = True) -> dict[str, Any]:
    """Return one message as a row of ``COLUMNS``."""
    document = reading.as_json()
    row = {name: document.get(name) for name in ("text", "emotion", "confidence", "unsure", "note")}
    person = line.person if persons else None
    return {"number": number, "time": line.time, "person": person, **row, **(document["probabilities"] or {})}


class JsonMessages:
    """Writes ``{"schema": 1, "messages": […]}``, element by element."""

    def __init__(self, out: TextIO, persons: bool = True):
        self.out, self.persons = out, persons
        self._any = False
        out.write('{"schema": 1, "messages": [')

    def __call__(self, found: Sequence[tuple[Line, Reading]]) -> None:
        """Write some messages."""
        for line, reading in found:
            self.element(message_as_json(line, reading, self.persons))

    def element(self, document: dict[str, Any]) -> None:
        """Write one element."""
        self.out.write((",\n" if self._any else "\n") + json.dumps(document, ensure_ascii=False))
        self._any = True

    def end(self) -> None:
        """Write what comes after the last element."""
        self.out.write("\n]}\n")
        self.out.flush()


class CsvMessages:
    """Writes a table with one row a message; texts that a spreadsheet would run as formulas are neutralised."""

    def __init__(self, out: TextIO, persons: bool = True):
        self.persons = persons
        self._table = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
        self._table.writeheader()
        self._number = 0

    def __call__(self, found: Sequence[tuple[Line, Reading]]) -> None:
        """Write some messages."""
        for line, reading in found:
            self._number += 1
            row = message_row(self._number, line, reading, self.persons)
            self._table.writerow({key: "" if cell is None else neutral_cell(cell) for key, cell in row.items()})


def csv_text(found: Sequence[tuple[Line, Reading]], persons: bool = True) -> str:
    """Return a table of messages as text."""
    out = io.StringIO()
    CsvMessages(out, persons)(found)
    return out.getvalue()


@dataclass
class Tally:
    """What was found on the whole, in memory that does not grow with the messages.

    Attributes:
        messages: How many there were.
        unread: How many were not read, by reason.
        unsure: How many were read but are unsure.
        counts: How often each emotion was the answer, FER2013's order.
        sums: Sum of the probabilities.
    """

    messages: int = 0
    unread: dict[str, int] = field(default_factory=dict)
    unsure: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EMOTIONS, 0))
    sums: FloatArray = field(default_factory=lambda: np.zeros(len(EMOTIONS)))

    def __call__(self, found: Sequence[tuple[Line, Reading]]) -> None:
        """Count some messages."""
        for _, reading in found:
            self.messages += 1
            if reading.probabilities is None:
                self.unread[reading.note] = self.unread.get(reading.note, 0) + 1
                continue
            self.unsure += reading.unsure
            self.counts[str(reading.emotion)] += 1
            self.sums += reading.probabilities

    @property
    def read(self) -> int:
        """How many messages were read."""
        return self.messages - sum(self.unread.values())

    @property
    def mood(self) -> FloatArray:
        """The mean over the messages that were read, shape ``(7,)``; zeros if none was."""
        return self.sums / max(1, self.read)

    def sentence(self) -> str:
        """Return it in words."""
        parts = [f"{self.messages:,} message{'s' * (self.messages != 1)}"]
        most = sorted(self.counts.items(), key=lambda pair: -pair[1])
        parts += [f"{emotion} {count:,}" for emotion, count in most if count]
        parts += [f"{self.unsure:,} of them unsure"] if self.unsure else []
        parts += [f"{count:,} {reason}" for reason, count in self.unread.items()]
        return "; ".join(parts) + "."


def read_file(
    file: BinaryIO,
    source: Source,
    classifier: TextClassifier,
    sinks: Iterable[Sink],
    on_progress: Callable[[float, int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Read a file's messages and hand them on in their order, some at a time.

    Args:
        file: Seekable, in binary mode.
        source: Of ``fer.text.sources.look``.
        classifier: What reads.
        sinks: Each is called with some messages after the other.
        on_progress: Called with the share that is done, in [0, 1], and how many messages that is.
        stop: Asked now and then; True ends the reading.

    Returns:
        Whether it came to the file's end.

    Raises:
        InputError: If the file cannot be read on, where what came before was handed on; or if it holds no messages.
    """
    whole = max(1, file.seek(0, 2))
    taken = list(sinks)
    done = 0
    for lines in _some(read_lines(file, source)):
        readings = read_texts([line.text for line in lines], classifier)
        for sink in taken:
            sink(list(zip(lines, readings, strict=True)))
        done += len(lines)
        if on_progress is not None:
            on_progress(min(1.0, file.tell() / whole), done)
        if stop():
            return False
    if not done:
        raise InputError(f"{source.name} holds no messages below its first line. Expected one row a message.")
    return True


def _some(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """Give messages some at a time; what comes before a fault is given before the fault."""
    while True:
        batch: list[Line] = []
        try:
            for line in islice(lines, AT_ONCE):
                batch.append(line)
        except Exception:
            if batch:
                yield batch
            raise
        if not batch:
            return
        yield batch
