"""What is to be said about a run from its folder alone, for pages and the command line."""

from __future__ import annotations

from dataclasses import dataclass

from fer.errors import StorageError
from fer.runs.folder import Run, all_runs
from fer.training.curves import Curves
from fer.training.publishing import JOB
from fer.training.run import KIND, RATE, RATE_FINDER, json_of

LAB_KINDS = (KIND, RATE_FINDER, JOB)
"""What the lab does."""


@dataclass(frozen=True)
class FoundRate:
    """What a finder found.

    Attributes:
        rate: To begin with; None where the loss fell at none, or the finder is not done.
        notes: What it did otherwise than the recipe says, a sentence each.
    """

    rate: float | None = None
    notes: tuple[str, ...] = ()


def curves_of(run: Run) -> Curves:
    """Return a run's figures so far."""
    curves = Curves()
    curves.take(run.metrics()[0])
    return curves


def found_rate(run: Run) -> FoundRate:
    """Return what a finder found so far."""
    try:
        found = json_of(run.artifacts / RATE) or {}
    except StorageError:
        return FoundRate()
    # Finders from before there were notes wrote none.
    return FoundRate(found.get("rate"), tuple(found.get("notes", ())))


def lab_runs() -> list[Run]:
    """Return the trainings there are, the finders and what published them, the newest first."""
    return [run for run in reversed(all_runs()) if run.kind in LAB_KINDS]
