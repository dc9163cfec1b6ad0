"""A chat export as a signal of a class: when its messages were written, and their mean mood by the minute.

Nothing of a message but its time, its writer's number and its probabilities comes here, and only means stay. As with
faces, no mean is of fewer people than the class's setting: neighbouring minutes are taken together until enough wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np

from fer.classroom.records import ClassRow, FloatArray, HeardRow
from fer.errors import InputError

DAY_S = 86_400.0
MINUTE_S = 60
MOST_MINUTES = 10
"""A mean over more of a lesson says little about any moment of it."""
AROUND_S = 120.0
"""So long before the class's beginning and after its end a message still belongs to it: clocks differ."""


@dataclass(frozen=True)
class Written:
    """One message, without its words.

    Attributes:
        time_s: Seconds of the day or since the recording's beginning, as the export has it; None where it does not say.
        person: Its writer's number, or None.
        probabilities: Of the seven in FER2013's order, shape ``(7,)``; None where the message was not read.
        at: In seconds since 1970, where the export says the day as well; then that counts.
        at_turned: The same where the day's numbers may also be read with the month first; else None.
    """

    time_s: float | None
    person: int | None
    probabilities: FloatArray | None
    at: float | None = None
    at_turned: float | None = None


@dataclass(frozen=True)
class ChatSignal:
    """A chat laid over a class.

    Attributes:
        rows: Means, in the order of time.
        messages: How many messages the chat has.
        inside: How many of them were written during the class.
        read: How many of these could be read.
        used: How many of these went into the means; the others were written by too few people.
        first_s: When the first message was written, in seconds since 1970.
        last_s: When the last one was.
    """

    rows: list[HeardRow]
    messages: int
    inside: int
    read: int
    used: int
    first_s: float
    last_s: float


def lay_chat(
    written: Sequence[Written],
    row: ClassRow,
    now: float,
    zone: tzinfo,
    of_day: bool,
    shift_s: float = 0.0,
    turned: bool = False,
) -> ChatSignal:
    """Lay a chat over its class.

    Args:
        written: The messages in their order.
        row: The class.
        now: By the store's clock: until when a class that runs has come.
        zone: In which the export's times of day are told: the teacher's.
        of_day: Whether times are of the day; else they count from the class's beginning.
        shift_s: Added to every time.
        turned: Whether days that can be read in two ways are read with the month first.

    Raises:
        InputError: If no message has a time.
    """
    timed = [one for one in written if one.time_s is not None]
    if not timed:
        raise InputError(
            f"none of the {len(written):,} messages has a time, so they cannot be laid over the class. Take the saved "
            "chat of Zoom, Meet or Teams, or a table with a time column."
        )
    placed = _placed([float(one.time_s or 0.0) for one in timed], row.started, zone, of_day)
    dated = np.array([np.nan if (at := _moment(one, turned)) is None else at for one in timed])
    times = np.where(np.isnan(dated), placed, dated) + shift_s
    end = row.ended if row.ended is not None else now
    inside = (times >= row.started - AROUND_S) & (times <= end + AROUND_S)
    kept = [(float(at), one) for at, one, there in zip(times, timed, inside, strict=True) if there]
    read = [(at, one) for at, one in kept if one.probabilities is not None]
    rows = _by_minute(read, int(row.started), row.settings.min_shown)
    used = round(sum(found.count for found in rows))
    return ChatSignal(rows, len(written), len(kept), len(read), used, float(times.min()), float(times.max()))


def _moment(one: Written, turned: bool) -> float | None:
    return one.at_turned if turned and one.at_turned is not None else one.at


def _placed(times_s: Sequence[float], started: float, zone: tzinfo, of_day: bool) -> FloatArray:
    """Return times in seconds since 1970."""
    found = np.array(times_s, float)
    if not of_day:
        return found + started
    # By the clock on the wall, also on a day on which clocks are changed.
    begun = datetime.fromtimestamp(started, zone)
    found += started - (3600 * begun.hour + 60 * begun.minute + begun.second + begun.microsecond / 1e6)
    # A class that goes on after midnight, or a chat of the evening before it: whichever is nearer.
    return np.asarray(found - DAY_S * np.round((found - started) / DAY_S))


def _by_minute(read: Sequence[tuple[float, Written]], started: int, least: int) -> list[HeardRow]:
    """Return the means of whole minutes, of as many together as hold messages of ``least`` people."""
    minutes: dict[int, list[Written]] = {}
    for at, one in read:
        minutes.setdefault(max(0, int((at - started) // MINUTE_S)), []).append(one)
    rows: list[HeardRow] = []
    waiting: list[tuple[int, list[Written]]] = []
    for minute in sorted(minutes):
        waiting = [(then, found) for then, found in waiting if minute - then < MOST_MINUTES]
        waiting.append((minute, minutes[minute]))
        together = [one for _, found in waiting for one in found]
        if _people(together) < least:
            continue
        mean = np.mean([one.probabilities for one in together if one.probabilities is not None], axis=0)
        first = waiting[0][0]
        length_s = MINUTE_S * (minute - first + 1)
        rows.append(HeardRow("text", started + MINUTE_S * first, length_s, mean, float(len(together))))
        waiting = []
    return rows


def _people(written: Sequence[Written]) -> int:
    """Return how many people surely wrote; messages without a writer may all be of one, or of one who is named."""
    named = {one.person for one in written if one.person is not None}
    return len(named) or int(bool(written))
