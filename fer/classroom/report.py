"""A class's report: aggregates only, worked out from the same numbers that the teacher saw live.

The timeline is ``fer.classroom.overview``'s, in which nothing is told of fewer people than the class's setting; what
stands here are means of its seconds. No row of a single seat, no nickname and no token gets into the document.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from fer.classroom.formula_uses import uses_of
from fer.classroom.overview import ClassWatch, open_watch
from fer.classroom.records import ClassMode, ClassRow, EventRow, HeardKind, HeardRow
from fer.classroom.report_lesson import Floats, Lesson, mean, rounded
from fer.classroom.report_signals import KINDS, with_heard
from fer.classroom.report_story import in_short, limits, source_words
from fer.emotions import EMOTIONS
from fer.faces.video import clock

if TYPE_CHECKING:
    from fer.classroom.store import Store

Document = dict[str, Any]

WINDOW_S = 60
"""Before and after a topic's beginning; ours."""
CHANGE_WINDOW_S = 30
"""Before and after a change; ours. Long enough that a mean over it does not follow one person's smile."""
APART_S = 60
MOST_CHANGES = 6
LEAST_CHANGE = 0.08
"""Smaller changes of a class's mean come and go with nothing behind them; ours."""
BESIDE_S = 120
"""A change stands beside a topic that began up to so long before it; ours."""


def build_report(store: Store, row: ClassRow) -> Document:
    """Work out a class's report.

    Args:
        store: Where the class's rows are.
        row: The class; one that still runs is reported up to now.

    Returns:
        As JSON holds it, schema 1. Times are seconds from the class's beginning, but for ``started`` and ``ended``
        (ISO, UTC). ``None`` stands where there is nothing, or nothing that may be shown.

    Raises:
        DatabaseError: If the store cannot be read.
    """
    # A recording writes minutes that are long past, and its worker is another process: a watch that reads what is new
    # would miss them.
    watch = ClassWatch(store, row) if row.settings.mode == "gallery" else open_watch(store, row)
    watch.refresh(whole=True)
    timeline = watch.timeline()
    began_s, ended_s = row.started, row.ended or store.now()
    events = store.events(row.id)
    recording = next((event for event in events if event.kind == "recording"), None)
    if recording is not None and recording.value:
        # The class ended when its recording did, not when it had been read.
        ended_s = min(ended_s, began_s + float(recording.value))
    lesson = Lesson(timeline, began_s, ended_s, row.settings.min_shown, uses_of(row, events, ended_s - began_s))
    document: Document = {
        "schema": 1,
        "class": {
            "title": row.settings.title,
            "course": row.settings.course,
            "mode": row.settings.mode,
            "region": row.settings.region,
            "purpose": row.settings.purpose,
            "demo": row.settings.mode == "demo",
            "pulse_only": row.settings.mode == "pulse",
            "started": _iso(began_s),
            "ended": _iso(began_s + lesson.length_s),
            "duration_s": lesson.length_s,
            "recording_read": _iso(recording.t) if recording is not None else None,
        },
        "whole": lesson.part(0, lesson.length_s),
        "timeline": lesson.timeline(),
        "topics": _topics(lesson, timeline.topics),
        "participation": _participation(lesson, events, row.settings.mode, len(store.seats(row.id))),
        "alerts": _alerts(events, began_s),
        "formulas": _formulas(lesson),
        "settings": {
            "min_shown": row.settings.min_shown,
            "baseline_strength": row.settings.baseline_strength,
            "per_seat": row.settings.per_seat,
            "window_s": WINDOW_S,
            "change_window_s": CHANGE_WINDOW_S,
            "source": source_words(row.settings.mode),
        },
        "limits": limits(row.settings),
    }
    document["changes"] = _changes(lesson, document["topics"])
    document["in_short"] = in_short(document)
    return with_heard(document, store.heard.of(row.id), began_s, KINDS)


def report_of(store: Store, row: ClassRow) -> Document | None:
    """Return a class's report: the saved one, or one worked out now while its rows are there; None where both are gone.

    Raises:
        DatabaseError: If the store cannot be read.
    """
    saved = store.report(row.id)
    if saved is not None or (row.state == "ended" and not store.seats(row.id)):
        return saved
    return build_report(store, row)


def lay_over(store: Store, row: ClassRow, kind: HeardKind, rows: Sequence[HeardRow]) -> None:
    """Put a signal over a class in the place of what was there of its kind, also over a report that was saved.

    Args:
        store: Where the class is.
        row: The class.
        kind: Which signal.
        rows: Its stretches; none takes it away.

    Raises:
        DatabaseError: If the store does not answer.
    """
    store.heard.replace(row.id, kind, rows)
    saved = store.report(row.id)
    if saved is not None:
        store.save_report(row.id, with_heard(saved, rows, row.started, [kind]))


def _topics(lesson: Lesson, events: list[EventRow]) -> list[dict[str, Any]]:
    topics = []
    starts = [min(max(0.0, event.t - lesson.began_s), lesson.length_s) for event in events]
    ends = [*starts[1:], float(lesson.length_s)][: len(starts)]
    for event, from_s, until_s in zip(events, starts, ends, strict=True):
        before = lesson.part(max(0.0, from_s - WINDOW_S), from_s)
        after = lesson.part(from_s, from_s + WINDOW_S)
        if lesson.part(max(0.0, from_s - WINDOW_S), from_s + WINDOW_S)["engagement"] is None:
            # The formula changed between them.
            before["engagement"] = after["engagement"] = None
        topics.append(
            {
                "t_s": round(from_s, 1),
                "until_s": round(until_s, 1),
                "text": event.value or "New topic",
                "before": before,
                "after": after,
                "whole": lesson.part(from_s, until_s),
                "mood_change": _mood_change(before["mood"], after["mood"]),
            }
        )
    return topics


def _mood_change(before: dict[str, float] | None, after: dict[str, float] | None) -> dict[str, Any] | None:
    if before is None or after is None:
        return None
    emotion = max(EMOTIONS, key=lambda name: abs(after[name] - before[name]))
    return {"emotion": emotion, "before": before[emotion], "after": after[emotion]}


def _changes(lesson: Lesson, topics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return where engagement or an emotion rose or fell most, the largest first chosen, in the order of time."""
    # Of each formula's engagement a column of its own: from one to another there is no change.
    columns = lesson.engagement_by_formula
    names = [*EMOTIONS, *["engagement"] * len(columns)]
    values = np.column_stack([lesson.moods, *columns])
    means = _window_means(values)
    if len(means) <= CHANGE_WINDOW_S:
        return []
    before, after = means[:-CHANGE_WINDOW_S], means[CHANGE_WINDOW_S:]
    sizes = np.abs(np.nan_to_num(after - before))
    chosen: list[dict[str, Any]] = []
    for place in np.argsort(-sizes, axis=None, kind="stable"):
        second, column = (int(i) for i in np.unravel_index(place, sizes.shape))
        if len(chosen) == MOST_CHANGES or sizes[second, column] < LEAST_CHANGE:
            break
        # Border between the seconds before and after.
        t_s = second + CHANGE_WINDOW_S
        if all(abs(t_s - other["t_s"]) >= APART_S for other in chosen):
            chosen.append(
                {
                    "t_s": t_s,
                    "what": names[column],
                    "before": round(float(before[second, column]), 4),
                    "after": round(float(after[second, column]), 4),
                    "beside": _beside(t_s, topics),
                }
            )
    return sorted(chosen, key=lambda change: float(change["t_s"]))


def _window_means(values: Floats) -> Floats:
    """Return the mean of each window of ``CHANGE_WINDOW_S`` rows; NaN where less than half of it is shown."""
    shown = ~np.isnan(values)
    zero = np.zeros((1, values.shape[1]))
    sums = np.cumsum(np.vstack([zero, np.nan_to_num(values)]), axis=0)
    counts = np.cumsum(np.vstack([zero, shown]), axis=0)
    count = counts[CHANGE_WINDOW_S:] - counts[:-CHANGE_WINDOW_S]
    count[count < CHANGE_WINDOW_S / 2] = np.nan
    return np.asarray((sums[CHANGE_WINDOW_S:] - sums[:-CHANGE_WINDOW_S]) / count)


def _beside(t_s: float, topics: list[dict[str, Any]]) -> str:
    for number, topic in reversed(list(enumerate(topics, 1))):
        gap_s = t_s - topic["t_s"]
        if -CHANGE_WINDOW_S / 2 <= gap_s <= BESIDE_S:
            when = "as it began" if abs(gap_s) < CHANGE_WINDOW_S / 2 else f"{clock(gap_s)} after it began"
            return f"{number}. {topic['text']}, {when}"
        if gap_s > BESIDE_S:
            return f"within {number}. {topic['text']}"
    return "no topic was marked"


def _participation(lesson: Lesson, events: list[EventRow], mode: ClassMode, seats: int) -> dict[str, Any]:
    shown = ~np.isnan(lesson.present)
    clicked = {
        event.seat_id
        for event in events
        if event.kind == "pulse" and event.seat_id is not None and lesson.shows(event.t)
    }
    there = float(np.nansum(lesson.present))
    most_present = int(np.nanmax(lesson.present)) if shown.any() else None
    return {
        # A seat of a shared screen is a place on it, on which one may follow another, and who clicks may sit there too.
        "seats": most_present if mode == "gallery" else seats,
        "most_present": most_present,
        "mean_present": rounded(mean(lesson.present), 1),
        "read_share": rounded(float(lesson.contributing[shown].sum()) / there, 4) if there else None,
        "clicked": len(clicked) if shown.any() else None,
    }


def _alerts(events: list[EventRow], began_s: float) -> list[dict[str, Any]]:
    seen = {event.value for event in events if event.kind == "acknowledged"}
    return [
        {"t_s": round(event.t - began_s, 1), "text": event.value, "acknowledged": str(event.id) in seen}
        for event in events
        if event.kind == "alert"
    ]


def _formulas(lesson: Lesson) -> list[dict[str, Any]]:
    """Return each formula by which engagement was worked out, with its stretch where there are several."""
    several = len(lesson.uses) > 1
    return [
        {
            **use.as_json(),
            "from_s": round(use.from_s, 1) if several else None,
            "until_s": round(use.until_s, 1) if several else None,
        }
        for use in lesson.uses
    ]


def _iso(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat(timespec="seconds")
