"""A class's report: aggregates only, worked out from the same numbers that the teacher saw live.

The timeline is ``fer.classroom.overview``'s, in which nothing is told of fewer people than the class's setting; what
stands here are means of its seconds. No row of a single seat, no nickname and no token gets into the document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer.classroom.class_rows import Timeline
from fer.classroom.engagement import FORMULAS, checked_weights
from fer.classroom.overview import ClassWatch, open_watch
from fer.classroom.records import PULSES, ClassRow, EventRow, HeardKind, HeardRow
from fer.classroom.report_signals import KINDS, with_heard
from fer.classroom.report_story import in_short, limits, source_words
from fer.emotions import EMOTIONS, as_mapping
from fer.faces.video import clock

if TYPE_CHECKING:
    from fer.classroom.store import Store

Document = dict[str, Any]
Floats = npt.NDArray[np.float64]

STEPS_S = (10, 20, 30, 60, 120, 300, 600)
MOST_ROWS = 400
EMPTY_S = 60
"""A lesson is told until so long after the last one left."""
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
    began_s = row.started
    lesson = _Lesson(timeline, began_s, row.ended or store.now(), row.settings.min_shown)
    events = store.events(row.id)
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
        },
        "whole": lesson.part(0, lesson.length_s),
        "timeline": lesson.timeline(),
        "topics": _topics(lesson, timeline.topics),
        "participation": _participation(lesson, events, len(store.seats(row.id))),
        "alerts": _alerts(events, began_s),
        "formulas": _formulas(row, events),
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


class _Lesson:
    """The timeline in seconds from the class's beginning, one place a second; NaN where nothing is shown."""

    def __init__(self, timeline: Timeline, began_s: float, ended_s: float, min_shown: int):
        self.began_s = began_s
        at = np.asarray(timeline.t, np.int64) - int(began_s)
        there = at[np.asarray(timeline.present) > 0]
        length_s = ended_s - began_s
        # A class that somebody forgot to end is told until the last one left, not until the app ended it.
        self.length_s = max(1, int(np.ceil(min(length_s, there.max() + EMPTY_S) if len(there) else length_s)))
        inside = (at >= 0) & (at < self.length_s)
        self._at, self._inside = at[inside], inside
        self.moods = self._spread(timeline.moods, len(EMOTIONS))
        self.engagement = self._spread(timeline.engagement)
        self.low, self.high = self._spread(timeline.low), self._spread(timeline.high)
        present = np.nan_to_num(self._spread(timeline.present))
        self.contributing = np.nan_to_num(self._spread(timeline.contributing))
        # Also of how many they were nothing is told where they were few.
        self.present = np.where(present >= min_shown, present, np.nan)
        self.pulses = [(t - began_s, kind) for t, kind in timeline.pulses]

    def _spread(self, values: Any, width: int = 0) -> Floats:
        out = np.full((self.length_s, width) if width else self.length_s, np.nan)
        out[self._at] = np.asarray(values, np.float64)[self._inside]
        return out

    def shows(self, t: float) -> bool:
        """Whether enough people were there at a time, in seconds since 1970."""
        second = int(t) - int(self.began_s)
        return 0 <= second < self.length_s and not bool(np.isnan(self.present[second]))

    def part(self, from_s: float, to_s: float) -> dict[str, Any]:
        """Return the means of a stretch of time, and its clicks."""
        cut = slice(max(0, int(from_s)), max(0, int(np.ceil(to_s))))
        return {
            "present": _rounded(_mean(self.present[cut]), 1),
            "engagement": self._engagement(cut),
            "mood": self._mood(cut),
            "pulses": self._pulses(from_s, to_s, cut),
        }

    def _engagement(self, cut: slice) -> dict[str, float | None] | None:
        value = _mean(self.engagement[cut])
        if value is None:
            return None
        return {
            "value": _rounded(value, 4),
            "low": _rounded(_mean(self.low[cut]), 4),
            "high": _rounded(_mean(self.high[cut]), 4),
        }

    def _mood(self, cut: slice) -> dict[str, float] | None:
        shown = self.moods[cut][~np.isnan(self.moods[cut]).any(axis=1)]
        return as_mapping(shown.mean(axis=0)) if len(shown) else None

    def _pulses(self, from_s: float, to_s: float, cut: slice) -> dict[str, int] | None:
        if np.isnan(self.present[cut]).all():
            return None
        # The timeline has left out those of moments in which too few were there.
        counts = Counter(kind for t_s, kind in self.pulses if from_s <= t_s < to_s)
        return {kind: counts[kind] for kind in PULSES}

    def timeline(self) -> dict[str, Any]:
        """Return the means of equal steps."""
        longest_s = 3600 * int(np.ceil(self.length_s / 3600 / MOST_ROWS))
        step_s = next((step for step in STEPS_S if self.length_s / step <= MOST_ROWS), longest_s)
        return {
            "step_s": step_s,
            "rows": [
                {"t_s": from_s, **self.part(from_s, min(from_s + step_s, self.length_s))}
                for from_s in range(0, self.length_s, step_s)
            ],
        }


def _topics(lesson: _Lesson, events: list[EventRow]) -> list[dict[str, Any]]:
    topics = []
    starts = [min(max(0.0, event.t - lesson.began_s), lesson.length_s) for event in events]
    ends = [*starts[1:], float(lesson.length_s)][: len(starts)]
    for event, from_s, until_s in zip(events, starts, ends, strict=True):
        before = lesson.part(max(0.0, from_s - WINDOW_S), from_s)
        after = lesson.part(from_s, from_s + WINDOW_S)
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


def _changes(lesson: _Lesson, topics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return where engagement or an emotion rose or fell most, the largest first chosen, in the order of time."""
    names = [*EMOTIONS, "engagement"]
    values = np.column_stack([lesson.moods, lesson.engagement])
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


def _participation(lesson: _Lesson, events: list[EventRow], seats: int) -> dict[str, Any]:
    shown = ~np.isnan(lesson.present)
    clicked = {
        event.seat_id
        for event in events
        if event.kind == "pulse" and event.seat_id is not None and lesson.shows(event.t)
    }
    there = float(np.nansum(lesson.present))
    return {
        "seats": seats,
        "most_present": int(np.nanmax(lesson.present)) if shown.any() else None,
        "mean_present": _rounded(_mean(lesson.present), 1),
        "read_share": _rounded(float(lesson.contributing[shown].sum()) / there, 4) if there else None,
        "clicked": len(clicked) if shown.any() else None,
    }


def _alerts(events: list[EventRow], began_s: float) -> list[dict[str, Any]]:
    seen = {event.value for event in events if event.kind == "acknowledged"}
    return [
        {"t_s": round(event.t - began_s, 1), "text": event.value, "acknowledged": str(event.id) in seen}
        for event in events
        if event.kind == "alert"
    ]


def _formulas(row: ClassRow, events: list[EventRow]) -> list[dict[str, Any]]:
    """Return the formula in use at the end; those before it were noted as events when they were left."""
    settings = row.settings
    formula = FORMULAS[settings.formula]
    changes = [event for event in events if event.kind == "formula"]
    return [
        {
            "name": formula.name,
            "title": formula.title,
            "definition": formula.definition,
            "citation": formula.citation,
            "weights": None if formula.weights is None else checked_weights(settings.weights),
            "own_weights": formula.weights is not None and checked_weights(settings.weights) != formula.weights,
            "from_s": round(changes[-1].t - row.started, 1) if changes else None,
        }
    ]


def _mean(values: Floats) -> float | None:
    shown = values[~np.isnan(values)]
    return float(shown.mean()) if len(shown) else None


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _iso(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat(timespec="seconds")
