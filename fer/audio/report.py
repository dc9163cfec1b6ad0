"""What was heard, as a table: the same for the command line and the page's downloads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fer.audio.pipeline import Speech
from fer.emotions import EMOTIONS
from fer.faces.report import neutral_cell

SPEECH_COLUMNS = (
    "input", "window", "start_s", "end_s", "emotion", "confidence", "unsure", *EMOTIONS, "error",
)  # fmt: skip
"""One row for the whole of each recording (window 0), then one a window; a recording that fails has only its error."""


def speech_rows(speech: Speech) -> Iterator[dict[str, Any]]:
    """Yield a recording's rows of ``SPEECH_COLUMNS``."""
    document = speech.as_json()
    yield _row(speech.name, 0, {**document, "start_s": 0.0, "end_s": document["duration_s"]})
    for number, window in enumerate(document["windows"], 1):
        yield _row(speech.name, number, window)


def _row(name: str, number: int, mood: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("start_s", "end_s", "emotion", "confidence", "unsure")
    return {"input": name, "window": number, **{key: mood[key] for key in keys}, **mood["probabilities"]}


def csv_text(rows: Iterable[Mapping[str, Any]], header: bool = True) -> str:
    """Write rows of ``SPEECH_COLUMNS`` as CSV."""
    out = io.StringIO()
    table = csv.DictWriter(out, SPEECH_COLUMNS, restval="", lineterminator="\n")
    if header:
        table.writeheader()
    table.writerows({key: neutral_cell(value) for key, value in row.items()} for row in rows)
    return out.getvalue()
