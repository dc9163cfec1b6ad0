"""What a class is like now and was until now: aggregates of its seats' seconds, as the teacher's page shows them.

A watch reads what is new in the store and keeps the last good view: where the database is gone, the page goes on with
what it knew. Who looks, looks at the same numbers: they depend on the store's rows and on the store's clock alone.

Nothing but the head count is told where fewer people are present than the class's setting says, neither now nor later
in the timeline. "Unknown" (no face, unsure, camera off) is left out of means; it is never a zero.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from fer.classroom.alerts import APART_S, due
from fer.classroom.class_now import Moment, Now, SeatNow
from fer.classroom.class_rows import BIN_S, ClassRows, Clicks, Minutes, Timeline
from fer.classroom.fusion import SIGNALS, Fusion, Signal, of_timeline
from fer.classroom.records import ClassRow, EventRow, HeardKind, HeardRow, SeatRow, SecondRow
from fer.errors import DatabaseError, JoinError

if TYPE_CHECKING:
    from fer.classroom.store import Store

__all__ = ["BIN_S", "ClassWatch", "Minutes", "Now", "SeatNow", "Timeline", "open_watch"]

log = logging.getLogger(__name__)

LATE_S = 10
LATEST_S = 200
"""Rows come up to 10 s late in daily life, and up to three minutes late after the database was away (the writer keeps
them so long): the one is read again every time, the other every half minute."""
ALL_AGAIN_S = 30.0
EVENTS_AGAIN_S = 5.0
"""Events are edited and deleted, and of two processes the later id may come first: all are read again now and then."""
TICK_S = 1.0
LOOKED_S = 15.0
"""So long after the last look a watch goes on reading."""
MOST_WATCHES = 200


class ClassWatch:
    """A teacher's reader of one class. Safe between threads: all tabs of one process share it.

    Args:
        store: Where the class is.
        row: The class as it was read last.
    """

    def __init__(self, store: Store, row: ClassRow) -> None:
        self._store = store
        # Reading may wait for a database that is gone; who looks at what is known must not wait with it.
        self._reading = threading.Lock()
        self._lock = threading.RLock()
        self._row = row
        self._begin()
        self._problem = ""
        self._looked = 0.0
        self._used = time.monotonic()
        self._thread: threading.Thread | None = None

    def _begin(self) -> None:
        """Know nothing yet, or no longer."""
        self._rows = ClassRows(self._row.started)
        self._seats: dict[int, SeatRow] = {}
        self._events: dict[int, EventRow] = {}
        self._clicks = Clicks([])
        self._heard: list[HeardRow] = []
        self._at = self._row.started
        self._now: Now | None = None
        self._read_once = False
        self._rows_again = self._events_again = 0.0

    @property
    def store(self) -> Store:
        """Where the class is."""
        return self._store

    @property
    def row(self) -> ClassRow:
        """The class as it was read last."""
        return self._row

    @property
    def at(self) -> float:
        """When the class was read last, by the store's clock."""
        return self._at

    @property
    def problem(self) -> str:
        """Why the class cannot be read now, as a sentence; "" where all is well."""
        return self._problem

    def refresh(self, whole: bool = False) -> None:
        """Read what is new since the last time, and again what may have come late.

        Args:
            whole: Whether to read every event, and what came very late, again: as after the teacher changed one.

        Raises:
            DatabaseError: If the store cannot be read; what was known stays.
            JoinError: If the class was deleted.
        """
        with self._reading:
            at, tick = self._store.now(), time.monotonic()
            self._used = tick
            row = self._store.class_by_id(self._row.id)
            if row is None:
                with self._lock:
                    self._begin()
                raise JoinError("This class was deleted, with everything that belonged to it.")
            seats = {seat.id: seat for seat in self._store.seats(row.id)}
            # Somebody had their numbers deleted: what was worked out with them goes too.
            gone = bool(self._seats.keys() - seats.keys())
            # So does a beginning that was moved, as by a recording whose first second is long past.
            anew = gone or row.started != self._row.started
            asked, whole = whole, whole or anew or tick >= self._events_again
            events = self._store.events(row.id, 0 if whole else max(self._events, default=0))
            heard = self._store.heard.of(row.id) if whole else self._heard
            again = asked or tick >= self._rows_again
            oldest = int(min(at, self._at)) - LATEST_S - LATE_S
            new: list[SecondRow] = []
            if anew or not self._read_once:
                rows = self._read_from_the_beginning(row, seats.keys(), int(at) - LATEST_S - LATE_S)
            else:
                rows = self._rows
                new = self._store.seconds(row.id, max(0, int(self._at) - (LATEST_S if again else LATE_S)))
            with self._lock:
                rows.add(new, seats.keys())
                rows.forget_before(oldest)
                known = {} if whole else self._events
                self._events = {**known, **{event.id: event for event in events}}
                self._clicks = Clicks(self._events.values())
                self._heard = heard
                self._rows, self._row, self._seats, self._at = rows, row, seats, at
                self._read_once, self._now, self._problem = True, None, ""
            self._used = time.monotonic()
            self._events_again = tick + EVENTS_AGAIN_S if whole else self._events_again
            self._rows_again = tick + ALL_AGAIN_S if again else self._rows_again

    def _read_from_the_beginning(self, row: ClassRow, seats: Collection[int], oldest: int) -> ClassRows:
        """Read all rows of a class, part by part: of a long lesson they are a hundred megabytes at once.

        Who looks at what is known does not wait for it.
        """
        rows = ClassRows(row.started)
        for part in self._store.seconds_in_parts(row.id):
            rows.add(part, seats)
            if part:
                # The next part may go on in the last row's stretch of time.
                rows.forget_before(min(part[-1].t, oldest))
        return rows

    def now(self) -> Now:
        """Return the class as it was when it was read last."""
        with self._lock:
            if self._now is None:
                self._now = self._moment().count()
            return self._now

    def timeline(self, step_s: int = 1) -> Timeline:
        """Return the class from its beginning.

        Args:
            step_s: 1: one place a second; ``BIN_S``: one for each stretch over which means are taken. The values are
                the same: each second has those of its stretch.

        Raises:
            ValueError: If it is another step.
        """
        if step_s not in (1, BIN_S):
            raise ValueError(f"expected 1 or {BIN_S} seconds, got {step_s}")
        with self._lock:
            end = self._row.ended or self._at
            line = self._rows.timeline(self._row, end, list(self._events.values()), self._clicks)
            return line if step_s == BIN_S else line.by_second(end)

    def heard(self) -> set[HeardKind]:
        """Return which of voice and chat the class has."""
        with self._lock:
            return {row.kind for row in self._heard}

    def fusion(self, shown: Collection[Signal] = SIGNALS) -> Fusion | None:
        """Return the class's signals together; None where it has neither voice nor chat.

        Args:
            shown: Signals that are switched on.
        """
        line = self.timeline(BIN_S)
        with self._lock:
            return of_timeline(line, self._heard, shown)

    def minutes(self) -> Minutes:
        """Return the heat strip's table."""
        return self.timeline(BIN_S).minutes()

    def seats_now(self) -> list[SeatNow]:
        """Return the seats that opted in, by number.

        Empty where the class does not offer it or is hidden, and also where the seats that did not opt in are so few
        that the class's numbers less those shown here would tell about them.
        """
        with self._lock:
            return self._moment().seats(self._seats.values())

    def opted_in(self) -> int:
        """Return how many seats opted in to be seen by themselves."""
        with self._lock:
            return sum(seat.opted_in for seat in self._seats.values())

    def topics(self) -> list[EventRow]:
        """Return the topics' markers in the order of time."""
        with self._lock:
            return sorted(
                (event for event in self._events.values() if event.kind == "topic"), key=lambda e: (e.t, e.id)
            )

    def open_alert(self) -> EventRow | None:
        """Return the newest alert if nobody has acknowledged it yet, or None."""
        with self._lock:
            alerts = [event for event in self._events.values() if event.kind == "alert"]
            seen = {event.value for event in self._events.values() if event.kind == "acknowledged"}
        newest = max(alerts, key=lambda event: (event.t, event.id), default=None)
        return newest if newest is not None and str(newest.id) not in seen else None

    def give_alert(self) -> None:
        """Write an alert where one is due; at most one in five minutes, whichever process finds it.

        Raises:
            DatabaseError: If the store cannot be written.
        """
        row, now = self._row, self.now()
        if row.state != "open" or now.hidden:
            return
        sentence = due(now.engagement_30s, now.lost_30s, row.settings.alerts)
        if sentence is not None and self._store.add_event_unless(row.id, "alert", sentence, APART_S) is not None:
            self.refresh(whole=True)

    def idle(self) -> bool:
        """Whether nobody has looked for a while."""
        return time.monotonic() - max(self._looked, self._used) > LOOKED_S

    def forget(self) -> None:
        """Let go of everything that is known of the class where nobody looks; who looks again reads it again.

        A browser's page may hold the watch long after that.
        """
        with self._reading, self._lock:
            if self.idle():
                self._begin()

    def follow(self) -> None:
        """Note that somebody looks: while that is so, a thread of its own reads the class once a second."""
        with self._lock:
            self._looked = time.monotonic()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._keep_reading, name="classmood-watch", daemon=True)
                self._thread.start()

    def _keep_reading(self) -> None:
        while time.monotonic() - self._looked < LOOKED_S:
            began = time.monotonic()
            try:
                self.refresh()
                self.give_alert()
            except DatabaseError as problem:
                self._problem = str(problem)
            except JoinError as problem:
                self._problem = str(problem)
                return
            except Exception:
                log.exception("A class could not be read; it is tried again.")
                self._problem = "The class could not be read; the server's log says more."
            time.sleep(max(0.1, TICK_S - (time.monotonic() - began)))

    def _moment(self) -> Moment:
        return Moment(self._row, self._rows, self._clicks, self._at)


_watches: dict[int, ClassWatch] = {}
_watches_lock = threading.Lock()


def open_watch(store: Store, row: ClassRow) -> ClassWatch:
    """Return this process's watch of a class: one for all who look, and for the report."""
    with _watches_lock:
        watch = _watches.pop(row.id, None)
        if watch is None or watch.store is not store:
            watch = ClassWatch(store, row)
        _watches[row.id] = watch
        while len(_watches) > MOST_WATCHES:
            # The one that was asked for the longest ago.
            _watches.pop(next(iter(_watches)))
        return watch


def forget_unwatched() -> None:
    """Let go of what this process knows of classes that nobody looks at: their rows may be deleted by now."""
    with _watches_lock:
        idle = {class_id: watch for class_id, watch in _watches.items() if watch.idle()}
        for class_id in idle:
            del _watches[class_id]
    for watch in idle.values():
        watch.forget()


def forget_deleted(store: Store, class_id: int) -> None:
    """Let go at once of what was deleted of a class, or of all of it."""
    with _watches_lock:
        watch = _watches.get(class_id)
    if watch is None or watch.store is not store:
        return
    watch.forget()
    # Who looks goes on with what is left. A store that is away now is read by the next look.
    with suppress(DatabaseError, JoinError):
        if not watch.idle():
            watch.refresh()
