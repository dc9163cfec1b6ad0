"""Real workers for the tests of runs; every one that was started is ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fer.runs.folder import Run, all_runs
from fer.runs.status import Lane, Status
from fer.runs.worker import start

PROBE = str(Path(__file__).with_name("probe_worker.py"))


@pytest.fixture
def probe(home: Path) -> Iterator[Callable[..., Run]]:
    """Return a function that creates a run and starts a real worker for it."""

    def begin(do: str = "count", lane: Lane = "quick") -> Run:
        run = Run.create("probe", lane, {"do": do})
        start(run, [PROBE])
        return run

    yield begin
    for run in all_runs():
        run.delete()


def until(run: Run, condition: Callable[[Status], object], patience_s: float = 90) -> Status:
    """Return the first status that fulfils a condition; the patience is for a loaded machine."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        status = run.status()
        if condition(status):
            return status
        time.sleep(0.05)
    log = run.folder / "log.txt"
    pytest.fail(f"{run.status()}\n{log.read_text() if log.exists() else 'no log'}")


@pytest.fixture(name="until")
def _until() -> Callable[..., Status]:
    return until
