"""The seats that this process serves: found by their token, ticked once a second, and let go when nobody is there."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from weakref import WeakValueDictionary

from fer.classroom.seat import GRACE_S, LiveSeat
from fer.classroom.store import Store, open_store
from fer.classroom.writer import Writer, open_writer
from fer.errors import FerError, JoinError

CLASS_EVERY_S = 3.0
"""So often seats and their classes are read again: who consented or was deleted, what is paused or ended, and which
formula is used."""
log = logging.getLogger(__name__)


class LiveSeats:
    """The seats. Two threads run while anybody is there: one closes the seconds, the other one reads the classes.

    They are two because a database may take long to answer, and the seconds may not wait for it.

    Args:
        store: Where classes and seats are; opened when it is first needed.
        writer: Takes the rows.
    """

    def __init__(self, store: Callable[[], Store] = open_store, writer: Callable[[], Writer] = open_writer):
        self._store, self._writer = store, writer
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        # A page that was silent and comes back still holds its seat, and must find it here.
        self._known: WeakValueDictionary[str, LiveSeat] = WeakValueDictionary()
        self._active: set[LiveSeat] = set()
        self._threads: dict[str, threading.Thread] = {}
        self._logged: set[str] = set()

    def get(self, token_hash: str) -> LiveSeat:
        """Return the seat of a token; the same object for every page of it while one of them holds it.

        Args:
            token_hash: See ``fer.classroom.codes.digest``.

        Raises:
            JoinError: If there is no such seat (any more).
            DatabaseError: If the database cannot be asked.
        """
        with self._lock:
            known = self._known.get(token_hash)
        if known is not None and not known.closed:
            return known
        store = self._store()
        seat = store.seat_by_token(token_hash)
        row = store.class_by_id(seat.class_id) if seat is not None else None
        if seat is None or row is None:
            raise JoinError("This seat is no longer there. Join the class again with its code.")
        made = LiveSeat(row, seat, self._writer(), store, self._wake)
        with self._lock:
            known = self._known.get(token_hash)
            if known is None or known.closed:
                self._known[token_hash] = known = made
            return known

    def close(self, token_hash: str) -> None:
        """End a seat in this process: the student left or deleted it, or shall begin anew."""
        with self._lock:
            seat = self._known.pop(token_hash, None)
            if seat is not None:
                self._active.discard(seat)
        if seat is not None:
            seat.close()

    def active(self) -> int:
        """Return how many seats somebody sits on."""
        with self._lock:
            return len(self._active)

    def stop(self, timeout_s: float) -> bool:
        """Let every seat rest, end the threads, and say whether they ended in time; for tests and benchmarks."""
        with self._changed:
            seats, self._active = self._active, set()
            threads = list(self._threads.values())
            self._changed.notify_all()
        for seat in seats:
            seat.rest()
        end_s = time.monotonic() + timeout_s
        for thread in threads:
            thread.join(max(0.0, end_s - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    # -- the threads

    def _wake(self, seat: LiveSeat) -> None:
        with self._changed:
            self._active.add(seat)
            for name, work in (("class-seconds", self._tick), ("class-reader", self._read)):
                if name not in self._threads:
                    self._threads[name] = threading.Thread(
                        target=self._repeat, args=(name, work), name=name, daemon=True
                    )
                    self._threads[name].start()

    def _repeat(self, name: str, work: Callable[[list[LiveSeat]], float]) -> None:
        """Do one thing until nobody is there."""
        while True:
            with self._lock:
                seats = list(self._active)
                if not seats:
                    self._threads.pop(name)
                    return
            try:
                wait_s = work(seats)
            except Exception as problem:
                wait_s = 1.0
                self._log_once(name, problem)
            del seats
            with self._changed:
                self._changed.wait_for(lambda: not self._active, wait_s)

    def _tick(self, seats: list[LiveSeat]) -> float:
        """Close the seconds that are over, and let those rest of whom nothing was heard."""
        store = self._store()
        now = store.now()
        for seat in seats:
            try:
                seat.tick(now)
            # One seat's fault must not keep the others' seconds.
            except Exception as problem:
                self._log_once("class-seconds", problem)
            if seat.closed or seat.idle():
                with self._lock:
                    self._active.discard(seat)
                seat.rest()
        # The next second is over a little after the clock's own.
        return max(0.02, 1.0 - (store.now() - GRACE_S) % 1.0)

    def _read(self, seats: list[LiveSeat]) -> float:
        """Tell the seats what became of them and of their classes."""
        store = self._store()
        for class_id in {seat.class_id for seat in seats}:
            row = store.class_by_id(class_id)
            rows = {one.id: one for one in store.seats(class_id)} if row is not None else {}
            for seat in seats:
                if seat.class_id == class_id:
                    seat.hear(row, rows.get(seat.seat.id))
        return CLASS_EVERY_S

    def _log_once(self, name: str, problem: Exception) -> None:
        """Log each kind of failure once; a database that is away is the writer's to tell."""
        kind = f"{name} {type(problem).__name__}"
        first = kind not in self._logged and not isinstance(problem, FerError)
        self._logged.add(kind)
        if first:
            log.error("%s: a round was left out.", name, exc_info=problem)


LIVE_SEATS = LiveSeats()
"""The process's own."""
