"""How far a run is, in words."""

from __future__ import annotations

from fer.runs.folder import Run
from fer.runs.queue import place_in_queue
from fer.runs.status import Status


def progress_words(run: Run, status: Status, first: str = "Getting the face detector and the network ready") -> str:
    """Return how far a run is, for the line above its bar.

    Args:
        run: The run.
        status: Its status.
        first: What it does before it can say how far it is.

    Raises:
        StorageError: If the run's status is damaged.
    """
    if status.state == "queued":
        before = place_in_queue(run)
        if before:
            return f"Waiting: {before} {'other job is' if before == 1 else 'other jobs are'} before yours"
        return "Starting"
    if not status.message:
        return first
    left = "" if status.eta_s is None else f", {time_left_words(status.eta_s)} left"
    return f"{100 * status.progress:.0f}\u00a0%{left}. {status.message}"


def time_left_words(seconds: float) -> str:
    """Return a time left as people say it.

    >>> time_left_words(3), time_left_words(48), time_left_words(130), time_left_words(4000)
    ('a few seconds', 'about 50 seconds', 'about 2 minutes', 'about 1 h 10 min')
    """
    if seconds < 8:
        return "a few seconds"
    if seconds < 85:
        return f"about {max(10, round(seconds / 10) * 10)} seconds"
    if seconds < 3570:
        return f"about {round(seconds / 60)} minutes"
    hours, minutes = divmod(round(seconds / 600) * 10, 60)
    return f"about {hours} h {minutes} min"
