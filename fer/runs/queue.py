"""Lanes: one run of each lane works at a time, the others wait in the order they were created."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from fer.errors import StorageError
from fer.runs.folder import Run, all_runs, runs_folder
from fer.runs.status import Lane, Status

LOOK_S = 0.5


def place_in_queue(run: Run) -> int:
    """Return how many runs of its lane come before it: 0 for one that works or is next.

    Raises:
        StorageError: If the run's own status is damaged; damaged ones beside it are left out.
    """
    mine = run.status()
    if mine.state != "queued":
        return 0
    return sum(_before(other, status, run, mine) for other, status in _living(mine.lane))


def next_in(lane: Lane) -> Run | None:
    """Return the run that has waited longest in a lane."""
    waiting = [(status.created, run.id, run) for run, status in _living(lane) if status.state == "queued"]
    return min(waiting, key=lambda item: item[:2])[2] if waiting else None


@contextmanager
def slot(run: Run, lane: Lane) -> Iterator[bool]:
    """Wait for the lane, and hold it.

    Yields:
        True once it is this run's turn; False if it was asked to stop while it waited.

    Raises:
        OSError: If the lane's lock cannot be made.
    """
    # The system lets go of the lock when the process ends, however it ends.
    lock = FileLock(runs_folder() / f"{lane}.lock")
    try:
        yield _wait_for(lock, run, lane)
    finally:
        lock.release()


def _wait_for(lock: FileLock, run: Run, lane: Lane) -> bool:
    while not run.stop_asked():
        first = next_in(lane)
        if first is None or first.id == run.id:
            try:
                lock.acquire(timeout=0)
                return True
            except Timeout:
                pass
        time.sleep(LOOK_S)
    return False


def _living(lane: Lane) -> Iterator[tuple[Run, Status]]:
    for run in all_runs():
        try:
            status = run.status()
        except StorageError:
            continue
        if status.lane == lane and status.living:
            yield run, status


def _before(other: Run, status: Status, run: Run, mine: Status) -> bool:
    return other.id != run.id and (status.state != "queued" or (status.created, other.id) < (mine.created, run.id))
