"""A file of messages, read in a worker: what is too long for a page's turn.

artifacts/
messages.csv    one row a message; written while it goes
messages.json   what the command line writes
summary.json    how many, how often each emotion, mood over time; the first messages
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import BaseModel

from fer.errors import StorageError
from fer.runs.files import delete_folder, read_text, replace_text
from fer.runs.folder import Run, runs_folder
from fer.runs.progress import Progress
from fer.text.chats import Line
from fer.text.classify import open_text_classifier
from fer.text.mood import MoodSeries
from fer.text.reading import Reading
from fer.text.report import CsvMessages, JsonMessages, Tally, message_as_json, read_file
from fer.text.sources import look

ROOM_LEFT_BYTES = 200_000_000
ROOM_FOR_EACH = 6
"""Results take about so many bytes for each byte of messages."""
SHOWN = 500
"""First messages that the page shows; the rest is in the downloads."""


class FileConfig(BaseModel):
    """What a file's run was asked for.

    Attributes:
        path: Within the run's folder.
        name: What the file is called.
        column: A table's column that holds the messages; None: one that is known to.
        persons: Whether persons are kept, as numbers.
    """

    path: str
    name: str
    column: str | None = None
    persons: bool = True


def new_file_run(upload: BinaryIO, name: str, column: str | None, persons: bool) -> Run:
    """Make a run for a file of messages; ``fer.runs.worker.start`` sets it going.

    Raises:
        ColumnError: If it is a table and the column is not known.
        InputError: If it holds no messages.
        StorageError: If it cannot be kept.
    """
    look(upload, name, column)
    size = upload.seek(0, 2)
    upload.seek(0)
    config = FileConfig(path="upload", name=name, column=column, persons=persons)
    run = Run.create("text_file", "quick", config.model_dump())
    try:
        free = shutil.disk_usage(runs_folder()).free
        if free < ROOM_FOR_EACH * size + ROOM_LEFT_BYTES:
            raise StorageError(
                f"{name} has {size / 1e6:,.0f} MB, its results may take {ROOM_FOR_EACH * size / 1e6:,.0f} MB, and "
                f"{runs_folder()} has room for {free / 1e6:,.0f} MB. Delete runs, or take a smaller file."
            )
        with (run.folder / config.path).open("wb") as out:
            shutil.copyfileobj(upload, out, 1 << 20)
    except OSError as problem:
        run.delete()
        raise StorageError(f"{runs_folder()} cannot be written ({problem.strerror or problem}).") from problem
    except StorageError:
        run.delete()
        raise
    return run


class FirstMessages:
    """Keeps the first messages, for the page's table."""

    def __init__(self, persons: bool) -> None:
        self.persons = persons
        self.messages: list[dict[str, Any]] = []

    def __call__(self, found: Sequence[tuple[Line, Reading]]) -> None:
        """Take some messages."""
        for line, reading in found[: max(0, SHOWN - len(self.messages))]:
            self.messages.append(message_as_json(line, reading, self.persons))


def run(run: Run) -> bool:
    """Read a run's file; see ``fer.runs.jobs.Work``. Started again, it begins anew.

    Raises:
        InputError: If the file cannot be read on.
        ModelError: If the model cannot be loaded.
    """
    config = FileConfig.model_validate(run.config())
    out = run.artifacts
    delete_folder(out)
    out.mkdir()
    classifier = open_text_classifier()
    progress, tally, mood, first = Progress(run), Tally(), MoodSeries(), FirstMessages(config.persons)
    with ExitStack() as stack:
        source_file = stack.enter_context((run.folder / config.path).open("rb"))
        how: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace"}
        table = CsvMessages(stack.enter_context((out / "messages.csv").open("w", newline="", **how)), config.persons)
        document = JsonMessages(stack.enter_context((out / "messages.json").open("w", **how)), config.persons)
        source = look(source_file, config.name, config.column)
        try:
            complete = read_file(
                source_file, source, classifier, [table, document, tally, mood, first],
                on_progress=lambda share, count: progress(share, f"{count:,} messages read."), stop=run.stop_asked,
            )  # fmt: skip
        finally:
            document.end()
            summary = summarize(config.name, source.form, tally, mood, first.messages)
            replace_text(out / "summary.json", json.dumps(summary, ensure_ascii=False))
    return complete


def summarize(name: str, form: str, tally: Tally, mood: MoodSeries, first: list[dict[str, Any]]) -> dict[str, Any]:
    """Return summary.json's content."""
    return {
        "schema": 1,
        "name": name,
        "form": form,
        "messages": tally.messages,
        "read": tally.read,
        "unsure": tally.unsure,
        "unread": tally.unread,
        "counts": tally.counts,
        "mean": [round(float(share), 4) for share in tally.mood],
        "mood": mood.table(),
        "first": first,
    }


def summary_of(run: Run) -> dict[str, Any] | None:
    """Return what was found, or None where the run did not come so far.

    Raises:
        StorageError: If summary.json is damaged.
    """
    path: Path = run.artifacts / "summary.json"
    if not path.is_file():
        return None
    try:
        summary: dict[str, Any] = json.loads(read_text(path))
    except (OSError, ValueError) as problem:
        raise StorageError(f"run {run.id}: summary.json is damaged. Start the file again.") from problem
    return summary
