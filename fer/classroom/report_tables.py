"""The report's numbers for spreadsheets and programs: CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from fer.classroom.records import PULSES
from fer.classroom.report_signals import cells, fusion_of
from fer.emotions import EMOTIONS
from fer.faces.report import neutral_cell

COLUMNS = (
    "t_s", "present", "engagement", "engagement_low", "engagement_high", *EMOTIONS,
    *(f"clicked_{kind}" for kind in PULSES), "topic",
)  # fmt: skip
"""One row for each step of the timeline; what may not be shown is left empty. ``topic`` is the one then running. Where
voice or chat was laid over the class, a column ``signal_…`` follows for each signal, and ``signals_together``."""


def report_csv(document: Mapping[str, Any]) -> str:
    """Write a report's timeline as CSV.

    Args:
        document: From ``fer.classroom.report.build_report``.
    """
    out = io.StringIO()
    signals = _signals(document)
    table = csv.DictWriter(out, [*COLUMNS, *signals], restval="", lineterminator="\n")
    table.writeheader()
    step_s = document["timeline"]["step_s"]
    for place, row in enumerate(document["timeline"]["rows"]):
        cells: dict[str, Any] = {"t_s": row["t_s"], "present": row["present"]}
        if row["engagement"]:
            cells["engagement"] = row["engagement"]["value"]
            cells["engagement_low"], cells["engagement_high"] = row["engagement"]["low"], row["engagement"]["high"]
        cells.update(row["mood"] or {})
        cells.update({f"clicked_{kind}": count for kind, count in (row["pulses"] or {}).items()})
        begun = [topic["text"] for topic in document["topics"] if topic["t_s"] < row["t_s"] + step_s]
        cells["topic"] = begun[-1] if begun else ""
        cells |= {name: values[place] for name, values in signals.items()}
        table.writerow({key: neutral_cell("" if value is None else value) for key, value in cells.items()})
    return out.getvalue()


def _signals(document: Mapping[str, Any]) -> dict[str, list[Any]]:
    fusion = fusion_of(document)
    if fusion is None:
        return {}
    columns = {f"signal_{name}": values for name, values in fusion.scores.items()}
    columns["signals_together"] = fusion.together
    return {name: cells(values) for name, values in columns.items()}


def report_json(document: Mapping[str, Any]) -> str:
    """Write the whole report as JSON, schema 1."""
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
