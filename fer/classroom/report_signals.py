"""The report's part on signals together: faces, voice, chat and clicks on one scale; see ``fer.classroom.fusion``.

It is worked out from the report's own timeline, so that a chat can also be laid over a class whose rows are deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from fer.classroom.fusion import (
    CLICK_VALUES,
    FORMULA,
    NAMES,
    RULE,
    SIGNALS,
    WEIGHTS,
    Fusion,
    Signal,
    click_scores,
    fuse,
    pleasure,
    spread,
)
from fer.classroom.records import FloatArray, HeardKind, HeardRow
from fer.emotions import EMOTIONS, as_mapping

Document = dict[str, Any]
KINDS: tuple[HeardKind, ...] = ("voice", "text")


def with_heard(document: Document, heard: Sequence[HeardRow], started: float, kinds: Collection[HeardKind]) -> Document:
    """Return a report with what was heard and read in its class.

    Args:
        document: A report; what it says of kinds that are not named stays.
        heard: Of the class.
        started: The class's beginning, in seconds since 1970.
        kinds: Which are laid over it anew; one without rows is taken out.

    Returns:
        The same report with ``signals``: ``{scores: {signal: [...]}, moods: {voice, text}, apart: [...], formula, rule,
        weights}``, one number or null for each row of its timeline; without it where there is neither voice nor chat.
    """
    rows, step_s = document["timeline"]["rows"], float(document["timeline"]["step_s"])
    t = np.array([row["t_s"] for row in rows], float)
    known = document.get("signals")
    scores: dict[Signal, FloatArray] = {} if known is None else _numbers(known["scores"])
    moods: dict[str, Any] = {} if known is None else dict(known["moods"])
    for kind in kinds:
        scores.pop(kind, None)
        moods.pop(kind, None)
        own = [row for row in heard if row.kind == kind]
        if own:
            scores[kind] = spread(own, kind, t + int(started), step_s)
            weights = np.array([row.count for row in own])
            mean = (weights[:, None] * np.stack([row.probabilities for row in own])).sum(axis=0) / weights.sum()
            moods[kind] = as_mapping(mean)
    plain = {name: value for name, value in document.items() if name != "signals"}
    if not moods:
        return plain
    scores["face"], scores["pulse"] = _faces(rows), _clicks(rows, step_s)
    fusion = fuse(t, step_s, scores)
    return {
        **plain,
        "signals": {
            "scores": {name: cells(values) for name, values in fusion.scores.items()},
            "moods": moods,
            "apart": apart_of(fusion),
            "formula": FORMULA,
            "rule": RULE,
            "weights": {NAMES[name]: WEIGHTS[name] for name in fusion.scores},
        },
    }


def fusion_of(document: Mapping[str, Any], shown: Collection[Signal] = SIGNALS) -> Fusion | None:
    """Return a report's signals together; None where it has neither voice nor chat.

    Args:
        document: A report.
        shown: Signals that are switched on.
    """
    known = document.get("signals")
    if known is None:
        return None
    rows = document["timeline"]["rows"]
    t = np.array([row["t_s"] for row in rows], float)
    scores = {name: values for name, values in _numbers(known["scores"]).items() if name in shown}
    return fuse(t, float(document["timeline"]["step_s"]), scores)


def apart_of(fusion: Fusion) -> list[dict[str, Any]]:
    """Return where signals disagree, as a report holds it."""
    return [{"t_s": one.t, "until_s": one.until, "high": one.high, "low": one.low} for one in fusion.apart]


def _numbers(cells: Mapping[str, Sequence[float | None]]) -> dict[Signal, FloatArray]:
    return {
        name: np.array([np.nan if cell is None else cell for cell in cells[name]], float)
        for name in SIGNALS
        if name in cells
    }


def cells(values: FloatArray) -> list[float | None]:
    """Return numbers as JSON and CSV hold them: to four places, and None where one is unknown."""
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


def _faces(rows: Sequence[Mapping[str, Any]]) -> FloatArray:
    moods = [[row["mood"][name] if row["mood"] else np.nan for name in EMOTIONS] for row in rows]
    return pleasure(np.array(moods, float))


def _clicks(rows: Sequence[Mapping[str, Any]], step_s: float) -> FloatArray:
    counts = {kind: np.array([(row["pulses"] or {}).get(kind, 0) for row in rows], float) for kind in CLICK_VALUES}
    return click_scores(counts, step_s)
