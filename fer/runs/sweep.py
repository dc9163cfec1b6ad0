"""Delete what visitors uploaded, and what was made from it, once its time is over."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta

from fer.errors import StorageError
from fer.runs.folder import all_runs
from fer.runs.jobs import JOBS
from fer.settings import settings

EVERY_S = 900.0

log = logging.getLogger(__name__)
_lock = threading.Lock()
_sweeper: threading.Thread | None = None


def sweep(now: datetime | None = None) -> int:
    """Delete the runs that hold uploads (on a public server all) and are older than ``keep_uploads_h``, running or not.

    Args:
        now: The time to measure from; now by default.

    Returns:
        How many were deleted. One that cannot be deleted is logged and tried again the next time.
    """
    oldest = (now or datetime.now(UTC)) - timedelta(hours=settings().keep_uploads_h)
    deleted = 0
    for run in all_runs():
        # On a public server nobody tidies up after a visitor's trainings.
        goes = run.kind in JOBS and (JOBS[run.kind].holds_upload or settings().hosted)
        if goes and run.created_at < oldest:
            try:
                run.delete()
                deleted += 1
            except StorageError as problem:
                log.warning("%s", problem)
    return deleted


def keep_sweeping(every_s: float = EVERY_S) -> None:
    """Sweep now and then for as long as this process lives; a second call does nothing.

    A server may run for weeks: sweeping when it starts would keep the last visitor's faces for as long.
    """
    global _sweeper
    with _lock:
        if _sweeper is None:
            _sweeper = threading.Thread(target=_sweep_forever, args=(every_s,), name="sweep", daemon=True)
            _sweeper.start()


def _sweep_forever(every_s: float) -> None:
    pause = threading.Event()
    while True:
        try:
            sweep()
        except Exception:
            # The next round may find the disk mended; a thread that ends would leave uploads lying in silence.
            log.exception("sweeping failed")
        pause.wait(every_s)
