"""A paused training waits as long as one likes at home, and not for ever on a public server."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fer.runs import worker
from fer.runs.folder import Run
from fer.runs.progress import Progress
from fer.training import run_job
from fer.training.material import DataSource
from fer.training.recipe_files import read_recipe
from fer.training.run import new_training_run

MOST_S = 0.5


@pytest.fixture
def paused(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose work is to wait as a training does that somebody paused."""
    recipe = read_recipe("quick")

    def work(run: Run) -> bool:
        listener = run_job._listener(run, Progress(run), "", None)
        listener.wait_while_paused()
        listener.wait_while_paused()
        return not run.stop_asked()

    monkeypatch.setattr(run_job, "MOST_PAUSED_S", MOST_S)
    monkeypatch.setattr(worker, "work_of", lambda kind: work)
    run = new_training_run(recipe, DataSource(data="demo"))
    run.ask_pause()
    return run


@pytest.mark.timeout(60)
def test_a_public_server_stops_what_is_paused_for_long(paused: Run, configure: Callable[..., Any]) -> None:
    configure(FER_HOSTED="true")
    assert worker.main([str(paused.folder)]) == 0
    status = paused.status()
    assert (status.state, status.message) == ("stopped", run_job.PAUSED_TOO_LONG), "it can go on"
    worker.make_ready(paused)
    assert not paused.stop_asked() and not paused.pause_asked()


@pytest.mark.timeout(60)
def test_all_pauses_together_count(paused: Run, configure: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    configure(FER_HOSTED="true")
    now = 1000.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(run_job, "time", SimpleNamespace(monotonic=lambda: now, sleep=sleep))
    # The first pause ends in time; once the second has begun, nobody lets it go on.
    went_on: list[float] = []

    def asked(run: Run) -> bool:
        if now < 1000 + 0.7 * MOST_S or went_on:
            return True
        went_on.append(now)
        return False

    monkeypatch.setattr(Run, "pause_asked", asked)
    assert worker.main([str(paused.folder)]) == 0
    assert paused.status().message == run_job.PAUSED_TOO_LONG and went_on
    assert now - 1000 <= MOST_S + 2 * run_job.LOOK_S, "a second pause does not begin anew"


def test_at_home_it_waits_until_it_may_go_on(paused: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    until = time.monotonic() + 3 * MOST_S
    monkeypatch.setattr(Run, "pause_asked", lambda run: time.monotonic() < until)
    assert worker.main([str(paused.folder)]) == 0
    assert time.monotonic() >= until and paused.status().state == "done"
