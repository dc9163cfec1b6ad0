"""Share done and time left, told to the status not too often."""

from __future__ import annotations

import logging
import time

from fer.errors import StorageError
from fer.runs.folder import Run

log = logging.getLogger(__name__)

TELL_S = 0.5
"""Pages look once a second."""
SETTLE_S = 2.0
"""Before this time nothing is said about the time left: the first steps are not like the others."""


class Progress:
    """Tells a run's status how far its work is.

    Attributes:
        run: Whose status.
        from_share: What was done already when this start began, in [0, 1): a resumed run.
    """

    def __init__(self, run: Run, from_share: float = 0.0):
        self.run = run
        self.from_share = from_share
        self._began = time.monotonic()
        self._told = -TELL_S

    def leave_out(self, seconds: float) -> None:
        """Leave time that was spent waiting out of what the time left is reckoned from."""
        self._began += seconds

    def __call__(self, share: float | None, message: str = "") -> None:
        """Note how far the work is; most calls cost nothing.

        Args:
            share: What is done, in [0, 1], or None where that cannot be told.
            message: One sentence for the person at the screen.
        """
        now = time.monotonic()
        if now - self._told < TELL_S:
            return
        self._told = now
        share = min(1.0, max(0.0, share or 0.0))
        own_share = (share - self.from_share) / (1 - self.from_share)
        try:
            self.run.update(progress=share, eta_s=seconds_left(now - self._began, own_share), message=message)
        except StorageError as problem:
            # A full disk may have room again at the next; a result that cannot be kept ends the work with its reason.
            log.warning("how far it is could not be noted: %s", problem)


def seconds_left(elapsed_s: float, share: float) -> float | None:
    """Return the time left if the rest goes as fast as what is done, or None where it is too early to tell.

    >>> seconds_left(10, 0.25), seconds_left(10, 0), seconds_left(0.5, 0.25)
    (30.0, None, None)
    """
    if elapsed_s < SETTLE_S or share < 0.005:
        return None
    return round(elapsed_s * (1 - share) / share, 1)
