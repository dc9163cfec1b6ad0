"""One seat, one tab: which of a student's open tabs takes part, and which of them rests."""

from __future__ import annotations

import threading

MOST = 10_000


class Tabs:
    """Knows for each seat the tab that took it last. Safe between threads: every visitor's page asks it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: dict[int, str] = {}
        self._rested: set[int] = set()

    def claim(self, seat_id: int, tab: str) -> None:
        """Give the seat to a tab; the one that had it rests from its next second on."""
        with self._lock:
            self._owner.pop(seat_id, None)
            self._owner[seat_id] = tab
            self._rested.discard(seat_id)
            while len(self._owner) > MOST:
                # The longest ago: its class ended long since.
                self._owner.pop(next(iter(self._owner)))

    def owns(self, seat_id: int, tab: str) -> bool:
        """Whether the seat is this tab's; a seat that nobody claimed is whose who asks."""
        with self._lock:
            return self._owner.setdefault(seat_id, tab) == tab

    def rest(self, seat_id: int) -> None:
        """Note that a tab saw that another one took its seat: so it was open, and not merely reloaded."""
        with self._lock:
            self._rested.add(seat_id)

    def another_rests(self, seat_id: int) -> bool:
        """Whether another tab of this seat is open and rests; said once."""
        with self._lock:
            if seat_id not in self._rested:
                return False
            self._rested.remove(seat_id)
            return True


TABS = Tabs()
"""The process's own."""
