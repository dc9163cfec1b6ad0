"""How many cameras this server process analyses at a time: without a cap the first class of thirty stops everyone."""

from __future__ import annotations

import threading

from fer.settings import settings


class Places:
    """Counts the streams in analysis, and has no place for more than ``max_live_streams``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many are taken."""
        with self._lock:
            return self._taken

    def take(self) -> bool:
        """Take a place without waiting; False where all are taken."""
        most = settings().max_live_streams
        with self._lock:
            if self._taken >= most:
                return False
            self._taken += 1
            return True

    def give_back(self) -> None:
        """Give one back; once for each that was taken."""
        with self._lock:
            if self._taken == 0:
                raise ValueError("a place was given back that nobody had taken")
            self._taken -= 1


PLACES = Places()
"""The process's own."""
