"""What is to be said about a run from its folder alone, for pages and the command line."""

from __future__ import annotations

from fer.runs.folder import Run, all_runs
from fer.training.curves import Curves
from fer.training.run import KIND


def curves_of(run: Run) -> Curves:
    """Return a run's figures so far."""
    curves = Curves()
    curves.take(run.metrics()[0])
    return curves


def training_runs() -> list[Run]:
    """Return the trainings there are, the newest first."""
    return [run for run in reversed(all_runs()) if run.kind == KIND]
