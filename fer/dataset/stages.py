"""Long work in stages: one progress for all of them, and an end when somebody asks for it."""

from __future__ import annotations

from fer.dataset.reading import Progress
from fer.runs.folder import Run
from fer.runs.progress import Progress as RunProgress


class StopAskedError(Exception):
    """Raised by a worker's progress once the run was asked to stop; its job ends then, and keeps what is whole."""


def telling(run: Run) -> Progress:
    """Return a progress that tells a run's status, and raises ``StopAskedError`` when the run is to stop."""
    tell = RunProgress(run)

    def progress(share: float, doing: str) -> None:
        if run.stop_asked():
            raise StopAskedError
        tell(share, doing)

    return progress


def part_of(progress: Progress, begin: float, end: float) -> Progress:
    """Return the progress of a stage that goes from one share of the whole to another.

    >>> part_of(lambda share, doing: print(round(share, 2), doing), 0.2, 0.6)(0.5, "counting")
    0.4 counting
    """
    return lambda share, doing: progress(begin + share * (end - begin), doing)
