"""A class's rows in memory: the newest as they came, the older ones as means over stretches of ten seconds."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Generic, TypeVar, cast

import numpy as np
import numpy.typing as npt

from fer.classroom.interval import Interval, class_interval, enough_of
from fer.classroom.records import ClassMode, ClassRow, EventRow, FloatArray, PulseKind, SeatState, SecondRow
from fer.emotions import EMOTIONS

Value = TypeVar("Value")
BIN_S = 10
"""Over so long each seat's mean is taken, then the mean of the seats. Ours: less would show single faces' flutter."""
CLOSED_S = 4
"""A stretch is shown when it has been over for so long: its rows are there, and its mean no longer moves."""
PULSE_S = 120.0
"""A click counts for so long, or until the seat's next one. A raised hand counts until it is lowered. Ours."""
MINUTE_BINS = 60 // BIN_S
BY_CLICKS: tuple[SeatState, ...] = ("connecting", "camera_off", "paused")
"""States of a seat in which no face is looked at."""


@dataclass(frozen=True)
class Timeline:
    """A class from its beginning; NaN where numbers are hidden or unknown.

    Attributes:
        t0: The class's beginning, in whole seconds since 1970 by the store's clock.
        step_s: Seconds from one place to the next.
        t: When each place begins, shape ``(n,)``, seconds since 1970.
        moods: Mean probabilities, shape ``(n, 7)``.
        engagement: Mean, shape ``(n,)``.
        low: Lower end of its interval, shape ``(n,)``.
        high: Upper end, shape ``(n,)``.
        present: Seats that were there, shape ``(n,)``: the head count, which is always shown.
        contributing: Seats with a mood, shape ``(n,)``; 0 where hidden.
        lost: Share of those present who were lost or found it too fast, shape ``(n,)``.
        pulses: Clicks as (when, kind), without those of hidden stretches.
        topics: Markers in the order of time.
        alerts: The same.
        formulas: Changes of the formula; the same.
        pauses: From when to when the class was paused.
    """

    t0: int
    step_s: int
    t: npt.NDArray[np.int64]
    moods: FloatArray
    engagement: FloatArray
    low: FloatArray
    high: FloatArray
    present: npt.NDArray[np.int64]
    contributing: npt.NDArray[np.int64]
    lost: FloatArray
    pulses: list[tuple[float, PulseKind]]
    topics: list[EventRow]
    alerts: list[EventRow]
    formulas: list[EventRow]
    pauses: list[tuple[float, float]]

    def by_second(self, end: float) -> Timeline:
        """Return the same with one place a second: each has the values of its stretch.

        Args:
            end: Nothing after it.
        """
        t = (self.t[:, None] + np.arange(self.step_s)).ravel()
        kept = t < end

        def spread(values: Any) -> Any:
            return np.repeat(values, self.step_s, axis=0)[kept]

        return replace(
            self,
            step_s=1,
            t=t[kept],
            moods=spread(self.moods),
            engagement=spread(self.engagement),
            low=spread(self.low),
            high=spread(self.high),
            present=spread(self.present),
            contributing=spread(self.contributing),
            lost=spread(self.lost),
        )

    def minutes(self) -> Minutes:
        """Return the means of whole minutes, and the clicks within them."""
        count = -(-len(self.t) * self.step_s // 60)
        edges = self.t0 + 60 * np.arange(count + 1)
        places = [(self.t >= low) & (self.t < high) for low, high in pairwise(edges)]
        clicks = [dict[PulseKind, int]() for _ in places]
        for at, kind in self.pulses:
            minute = int((at - self.t0) // 60)
            if 0 <= minute < count:
                clicks[minute][kind] = clicks[minute].get(kind, 0) + 1
        return Minutes(
            np.arange(count),
            np.array([_mean(self.engagement[place]) for place in places], float),
            np.array([[_mean(column) for column in self.moods[place].T] for place in places]).reshape(
                count, len(EMOTIONS)
            ),
            np.array([_mean(self.lost[place]) for place in places], float),
            clicks,
        )


@dataclass(frozen=True)
class Minutes:
    """The heat strip's table; NaN where hidden or unknown.

    Attributes:
        minute: From 0, shape ``(n,)``.
        engagement: Mean, shape ``(n,)``.
        moods: Mean probabilities, shape ``(n, 7)``.
        lost: Mean share of those who were lost or found it too fast, shape ``(n,)``.
        clicks: Of each minute, by kind.
    """

    minute: npt.NDArray[np.int64]
    engagement: FloatArray
    moods: FloatArray
    lost: FloatArray
    clicks: list[dict[PulseKind, int]]


@dataclass(frozen=True)
class _Bin:
    """What ten seconds of a class are: nothing of a single seat."""

    present: int
    clicking: int
    contributing: int
    moods: FloatArray
    engagement: Interval | None
    seats: frozenset[int]


def head_count(seats: int, clicking: int, mode: ClassMode) -> int:
    """Return how many people so many seats are.

    On a shared screen a place is a seat, and whoever is on it may join with the code as well, to click: who clicks and
    who is seen may be the same people. So only the larger of both is sure, and nothing is shown of fewer.

    Args:
        seats: All that are there.
        clicking: Of these, those in which no face is looked at.
        mode: Of the class.

    >>> head_count(6, 3, "cameras"), head_count(6, 3, "gallery"), head_count(21, 3, "gallery")
    (6, 3, 18)
    """
    return max(clicking, seats - clicking) if mode == "gallery" else seats


def mean_of_seat(rows: Iterable[SecondRow]) -> tuple[FloatArray, float | None] | None:
    """Return one seat's mean probabilities and attention over its seconds with a mood; None where it has none."""
    moods = [row for row in rows if row.state == "mood" and row.probabilities is not None]
    if not moods:
        return None
    attention = [row.attention for row in moods if row.attention is not None]
    mean = np.mean(np.array([row.probabilities for row in moods], np.float64), axis=0)
    return mean, float(np.mean(attention)) if attention else None


class ClassRows:
    """Takes rows in any order, also twice.

    Args:
        started: The class's beginning, in seconds since 1970.
    """

    def __init__(self, started: float) -> None:
        self.t0 = int(started)
        self._raw: dict[int, dict[tuple[int, int], SecondRow]] = defaultdict(dict)
        self._bins: dict[int, _Bin] = {}
        self._kept_from = -1

    def add(self, rows: Iterable[SecondRow], seats: Collection[int]) -> None:
        """Take rows.

        Args:
            rows: Those that are known already change nothing.
            seats: Ids of the seats that there are; rows of others are left out.
        """
        touched = set()
        for row in rows:
            place = self._place(row.t)
            known = self._raw[place].get((row.seat_id, row.t))
            if row.seat_id not in seats or place < self._kept_from or (known is not None and _same(known, row)):
                continue
            self._raw[place][row.seat_id, row.t] = row
            touched.add(place)
        for place in touched:
            self._bins[place] = _folded(self._raw[place].values())

    def forget_before(self, t: int) -> None:
        """Let go of single rows before a time; the means stay."""
        self._kept_from = max(self._kept_from, self._place(t))
        for place in [place for place in self._raw if place < self._kept_from]:
            del self._raw[place]

    def by_seat(self, from_t: int, to_t: int) -> Iterator[tuple[int, list[SecondRow]]]:
        """Yield each seat's rows with ``from_t <= t <= to_t``, by seat and time."""
        found: dict[int, list[SecondRow]] = defaultdict(list)
        for place in range(self._place(from_t), self._place(to_t) + 1):
            for (seat_id, t), row in self._raw.get(place, {}).items():
                if from_t <= t <= to_t:
                    found[seat_id].append(row)
        for seat_id in sorted(found):
            yield seat_id, sorted(found[seat_id], key=lambda row: row.t)

    def latest(self, from_t: int, to_t: int) -> dict[int, SecondRow]:
        """Return the newest row of each seat that has one in that time."""
        return {seat_id: rows[-1] for seat_id, rows in self.by_seat(from_t, to_t)}

    def timeline(self, row: ClassRow, end: float, events: list[EventRow], clicks: Clicks) -> Timeline:
        """Return the class from its beginning, without what may not be shown.

        Args:
            row: The class, for how few people nothing is shown.
            end: When the class ended, or now.
            events: All of the class.
            clicks: The same events' clicks.
        """
        least = row.settings.min_shown
        # Of a class that goes on, a stretch is shown once it no longer changes; of one that ended, to the last second.
        count = self._place(end - CLOSED_S) if row.ended is None else self._place(end) + 1
        t = self.t0 + BIN_S * np.arange(max(0, count))
        bins = [self._bins.get(place) for place in range(len(t))]
        people = [
            0 if found is None else head_count(found.present, found.clicking, row.settings.mode) for found in bins
        ]
        shown = [found if count >= least else None for found, count in zip(bins, people, strict=True)]
        read = [found if found is not None and found.contributing >= least else None for found in shown]
        mean = [
            found.engagement
            if found is not None
            and found.engagement is not None
            and enough_of(found.engagement.n, found.contributing, least)
            else None
            for found in read
        ]
        events = sorted(events, key=lambda event: (event.t, event.id))
        return Timeline(
            self.t0,
            BIN_S,
            t,
            np.array([np.full(len(EMOTIONS), np.nan) if found is None else found.moods for found in read]).reshape(
                -1, 7
            ),
            np.array([np.nan if found is None else found.value for found in mean]),
            np.array([np.nan if found is None else found.low for found in mean]),
            np.array([np.nan if found is None else found.high for found in mean]),
            np.array(people, np.int64),
            np.array([0 if found is None else found.contributing for found in shown], np.int64),
            np.array(
                [
                    _lost(found, clicks, float(at) + BIN_S) / (count or 1)
                    for found, at, count in zip(shown, t, people, strict=True)
                ]
            ),
            [(at, kind) for at, kind in clicks.all() if self._shows(at, shown)],
            [event for event in events if event.kind == "topic"],
            [event for event in events if event.kind == "alert"],
            [event for event in events if event.kind == "formula"],
            _pauses(events, end),
        )

    def _place(self, t: float) -> int:
        # A row from before the beginning, by a clock that is a little behind, counts with the first stretch.
        return max(0, int((t - self.t0) // BIN_S))

    def _shows(self, at: float, shown: list[_Bin | None]) -> bool:
        place = self._place(at)
        return place < len(shown) and shown[place] is not None


class Clicks:
    """What seats clicked, by time.

    Args:
        events: Of one class, all kinds, in any order.
    """

    def __init__(self, events: Iterable[EventRow]) -> None:
        self._pulses: dict[int, _Changes[PulseKind]] = defaultdict(_Changes)
        self._hands: dict[int, _Changes[bool]] = defaultdict(_Changes)
        self._all: list[tuple[float, PulseKind]] = []
        for event in sorted(events, key=lambda event: (event.t, event.id)):
            if event.seat_id is None or event.kind not in ("pulse", "hand_down"):
                continue
            kind = cast(PulseKind, event.value)
            if event.kind == "hand_down" or kind == "hand_up":
                self._hands[event.seat_id].add(event.t, event.kind == "pulse")
            else:
                self._pulses[event.seat_id].add(event.t, kind)
            if event.kind == "pulse":
                self._all.append((event.t, kind))

    def all(self) -> list[tuple[float, PulseKind]]:
        """Return every click and raised hand as (when, kind), by time."""
        return self._all

    def at(self, t: float) -> dict[int, PulseKind]:
        """Return for each seat the click that counts at a time."""
        found = {seat_id: clicks.last(t) for seat_id, clicks in self._pulses.items()}
        return {seat_id: last[1] for seat_id, last in found.items() if last is not None and t - last[0] < PULSE_S}

    def hands(self, t: float) -> set[int]:
        """Return the seats whose hand is up at a time."""
        found = {seat_id: hands.last(t) for seat_id, hands in self._hands.items()}
        return {seat_id for seat_id, last in found.items() if last is not None and last[1]}


class _Changes(Generic[Value]):
    """What one seat said, in the order of time."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._values: list[Value] = []

    def add(self, t: float, value: Value) -> None:
        self._times.append(t)
        self._values.append(value)

    def last(self, t: float) -> tuple[float, Value] | None:
        """Return the last one until a time, and when it was said."""
        place = bisect_right(self._times, t)
        return (self._times[place - 1], self._values[place - 1]) if place else None


def _folded(rows: Iterable[SecondRow]) -> _Bin:
    by_seat: dict[int, list[SecondRow]] = defaultdict(list)
    for row in rows:
        by_seat[row.seat_id].append(row)
    means = [mean for seat_id in sorted(by_seat) if (mean := mean_of_seat(by_seat[seat_id])) is not None]
    # Engagement as it was stored: by the formula of that time.
    values = [
        float(np.mean(known))
        for seat_id in sorted(by_seat)
        if (known := [row.engagement for row in by_seat[seat_id] if row.state == "mood" and row.engagement is not None])
    ]
    moods = np.mean([mood for mood, _ in means], axis=0) if means else np.full(len(EMOTIONS), np.nan)
    clicking = sum(all(row.state in BY_CLICKS for row in found) for found in by_seat.values())
    return _Bin(len(by_seat), clicking, len(means), moods, class_interval(values), frozenset(by_seat))


def _same(one: SecondRow, other: SecondRow) -> bool:
    return (one.state, one.engagement, one.attention) == (other.state, other.engagement, other.attention) and (
        one.probabilities is other.probabilities
        or (
            one.probabilities is not None
            and other.probabilities is not None
            and np.array_equal(one.probabilities, other.probabilities)
        )
    )


def _lost(found: _Bin | None, clicks: Clicks, at: float) -> float:
    if found is None:
        return float("nan")
    clicked = clicks.at(at)
    return sum(clicked.get(seat) in ("lost", "too_fast") for seat in found.seats)


def _pauses(events: list[EventRow], end: float) -> list[tuple[float, float]]:
    pauses: list[tuple[float, float]] = []
    since: float | None = None
    for event in events:
        if event.kind == "paused" and since is None:
            since = event.t
        elif event.kind in ("resumed", "ended") and since is not None:
            pauses.append((since, event.t))
            since = None
    return pauses if since is None else [*pauses, (since, end)]


def _mean(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
