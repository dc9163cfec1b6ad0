"""One of a kind in a process, also where several pages ask for it first at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """What can be closed."""

    def close(self) -> None:
        """Let go of threads and connections."""


Kind = TypeVar("Kind", bound=Closable)


class Once(Generic[Kind]):
    """Makes something at the first call, and returns the same at every other.

    ``functools.lru_cache`` would hand each of two first callers its own. A lock around the making would let all wait
    in line for a database that does not answer. So each makes one, the first stays, and the others are closed.

    Args:
        make: Its failures are raised to the caller; the next call tries again.
    """

    def __init__(self, make: Callable[[], Kind]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Kind | None = None
        self.__doc__ = make.__doc__

    def __call__(self) -> Kind:
        """Return it."""
        with self._lock:
            if self._made is not None:
                return self._made
        made = self._make()
        with self._lock:
            if self._made is None:
                self._made = made
            kept = self._made
        if kept is not made:
            made.close()
        return kept

    @property
    def made(self) -> Kind | None:
        """It, where it was made already."""
        with self._lock:
            return self._made

    def cache_clear(self) -> None:
        """Forget it, without closing it; for tests."""
        with self._lock:
            self._made = None
