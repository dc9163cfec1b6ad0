"""The writer: seconds of all seats of this process go to the store in batches; a store that is away is waited for."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import deque

from fer.classroom.once import Once
from fer.classroom.records import SecondRow
from fer.classroom.store import Store, open_store
from fer.errors import DatabaseError

EVERY_S = 0.5
"""So much is lost when the process is killed, besides the second that is just being counted: less than two in all."""
KEEP_S = 180.0
"""Rows that the store has not taken for so long are given up, so that memory does not grow for ever."""
BATCH = 2000
"""Rows in one transaction: after an outage a long queue is written in parts, each short enough to be retried."""
log = logging.getLogger(__name__)


class Writer:
    """Takes rows without waiting, and writes them in batches, in a thread of its own.

    Args:
        store: Where.
        every_s: Seconds between two batches.
        keep_s: See ``KEEP_S``.
    """

    def __init__(self, store: Store, every_s: float = EVERY_S, keep_s: float = KEEP_S) -> None:
        self._store, self._every_s, self._keep_s = store, every_s, keep_s
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting: deque[tuple[float, int, SecondRow]] = deque()
        self._busy = False
        self._since_s: float | None = None
        self._lost = 0
        self._closing = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._work, name="class-writer", daemon=True)
        self._thread.start()

    @property
    def store(self) -> Store:
        """Where it writes."""
        return self._store

    def put(self, class_id: int, row: SecondRow) -> None:
        """Hand over a row; never waits and never raises."""
        with self._lock:
            self._waiting.append((time.monotonic(), class_id, row))

    def behind_s(self) -> float:
        """Return for how long the store has not taken rows; 0 while all is well."""
        with self._lock:
            return 0.0 if self._since_s is None else time.monotonic() - self._since_s

    def lost(self) -> int:
        """Return how many rows were given up."""
        with self._lock:
            return self._lost

    def flush(self, timeout_s: float) -> bool:
        """Write what waits; return whether all of it was written in that time."""
        self._hurry.set()
        with self._idle:
            return self._idle.wait_for(lambda: not self._waiting and not self._busy, timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits, and end the thread."""
        self.flush(timeout_s)
        self._closing.set()
        self._hurry.set()
        self._thread.join(timeout_s)

    def _work(self) -> None:
        while not self._closing.is_set():
            self._hurry.wait(self._every_s)
            self._hurry.clear()
            self._write_all()

    def _write_all(self) -> None:
        while batch := self._take():
            try:
                lost = self._write(batch)
            except DatabaseError as problem:
                self._put_back(batch, problem)
                return
            self._done(lost)

    def _take(self) -> list[tuple[float, int, SecondRow]]:
        with self._idle:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            self._busy = bool(batch)
            if not batch:
                self._idle.notify_all()
            return batch

    def _write(self, batch: list[tuple[float, int, SecondRow]]) -> int:
        """Write a batch, class by class, and return how many rows no database takes."""
        by_class: dict[int, list[SecondRow]] = {}
        for _, class_id, row in batch:
            by_class.setdefault(class_id, []).append(row)
        lost = 0
        for class_id, rows in by_class.items():
            try:
                self._store.add_seconds(class_id, rows)
            except DatabaseError:
                raise
            except Exception as problem:
                # A mistake of ours in one class would hold all the others up for ever.
                log.error("%d rows could not be written and were left out.", len(rows), exc_info=problem)
                lost += len(rows)
        return lost

    def _done(self, lost: int) -> None:
        with self._lock:
            if self._since_s is not None:
                log.warning("The store takes rows again, after %.0f s.", time.monotonic() - self._since_s)
            self._since_s = None
            self._lost += lost

    def _put_back(self, batch: list[tuple[float, int, SecondRow]], problem: DatabaseError) -> None:
        """Keep a batch for the next try, in its order, and give up what waits too long."""
        now_s = time.monotonic()
        with self._idle:
            if self._since_s is None:
                self._since_s = now_s
                log.warning("The store does not take rows; they are kept for %.0f s. %s", self._keep_s, problem)
            self._waiting.extendleft(reversed(batch))
            while self._waiting and now_s - self._waiting[0][0] > self._keep_s:
                self._waiting.popleft()
                self._lost += 1
            if not self._waiting:
                # Nothing is behind any more; whether the store is back shows the next row.
                self._since_s = None
            self._busy = False
            self._idle.notify_all()


def flush_writer(store: Store, timeout_s: float) -> None:
    """Have the process's own writer, if there is one, write what waits for a store; no longer than that time."""
    writer = open_writer.made
    if writer is not None and writer.store is store:
        writer.flush(timeout_s)


@Once
def open_writer() -> Writer:
    """Return the process's own writer.

    Raises:
        DatabaseError: If the store does not answer; the next call tries again.
    """
    writer = Writer(open_store())
    # A server that is stopped in an orderly way loses nothing.
    atexit.register(writer.close, 2.0)
    return writer
