"""Watches a camera's connection being made, so that a page can say what to do where it is not."""

from __future__ import annotations

LATE_AFTER_S = 10.0
GIVEN_UP_AFTER_S = 2.0
"""An attempt that ends sooner was ended by the visitor: the browser itself gives up later."""


class ConnectionWatch:
    """Tells an attempt that takes too long or was given up from one that is young. Used by one page only."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._given_up = False

    def note(self, signalling: bool, playing: bool, now_s: float) -> None:
        """Take in what the browser reports.

        Args:
            signalling: Whether it offers a connection.
            playing: Whether one is made.
            now_s: On a monotonic clock.
        """
        if playing:
            self._since_s, self._given_up = None, False
        elif signalling:
            if self._since_s is None:
                self._since_s, self._given_up = now_s, False
        elif self._since_s is not None:
            self._given_up = now_s - self._since_s >= GIVEN_UP_AFTER_S
            self._since_s = None

    def late(self, now_s: float) -> bool:
        """Whether to say what to do: ten seconds have passed, or the attempt was given up."""
        return self._given_up or (self._since_s is not None and now_s - self._since_s >= LATE_AFTER_S)
