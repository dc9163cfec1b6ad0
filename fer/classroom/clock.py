"""The clock of everything stored: the database's, kept here between two looks at it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from fer.errors import DatabaseError

EVERY_S = 60.0
"""The database's clock is read again after this time."""
SLEPT_S = 1.0
"""Where this machine's own two clocks differ by more than they did, it slept or was set: the same."""
log = logging.getLogger(__name__)


class Clock:
    """Seconds since 1970 by another machine's clock.

    Args:
        ask: Reads that clock; raises DatabaseError where it does not answer.

    Raises:
        DatabaseError: If the clock does not answer the first time.
    """

    def __init__(self, ask: Callable[[], float]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._offset_s, self._read_s, self._wall_s = 0.0, 0.0, 0.0
        self._read()

    def now(self) -> float:
        """Return its time. While it does not answer, time runs on from its last answer."""
        with self._lock:
            since_s = time.monotonic() - self._read_s
            due = since_s > EVERY_S or abs(time.time() - self._wall_s - since_s) > SLEPT_S
            if due:
                # Those who come while this caller asks go on with the last answer.
                self._read_s, self._wall_s = time.monotonic(), time.time()
        if due:
            try:
                self._read()
            except DatabaseError as problem:
                log.warning("The database's clock could not be read: %s", problem)
        return time.monotonic() + self._offset_s

    def _read(self) -> None:
        before_s = time.monotonic()
        theirs = self._ask()
        after_s = time.monotonic()
        with self._lock:
            self._offset_s = theirs - (before_s + after_s) / 2
            self._read_s, self._wall_s = after_s, time.time()
