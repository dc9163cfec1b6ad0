"""What a public server trains: little enough that its one training lane stays open for others."""

from __future__ import annotations

from fer.errors import FerError, InputError
from fer.runs.folder import Run
from fer.training.recipe import Recipe
from fer.training.run import KIND
from fer.training.summary import lab_runs
from fer.ui.train import visible_runs

FACES = 1120
"""Of the drawn set, the only one there."""
MOST_EPOCHS = 30
MOST_PARAMETERS = 5_000_000
"""The largest architecture with its own options, MiniVGGNet at 48 x 48, has 4.8 million."""
MOST_WORK = 1e13
"""Multiplications of all faces over all epochs; the largest preset, the course's, does so many in 30."""
MOST_WAITING = 8
"""Trainings at work or in the queue, of all visits: a visit is a tab, and tabs are opened as one likes."""
ELSEWHERE = "or run Classmood on your own computer."


def refuse_large(recipe: Recipe, epochs: int | None = None) -> None:
    """Make sure that a public server can do what a recipe asks for.

    Args:
        recipe: What is asked for.
        epochs: How many passes are made; the recipe's by default.

    Raises:
        InputError: If it is too much; the sentence says what and how much there may be.
    """
    epochs = recipe.epochs if epochs is None else epochs
    if epochs > MOST_EPOCHS:
        raise InputError(
            f"This public server trains at most {MOST_EPOCHS} epochs; {epochs} were asked for. Take fewer, {ELSEWHERE}"
        )
    if recipe.is_baseline:
        return
    plan = recipe.plan()
    if plan.parameters > MOST_PARAMETERS:
        raise InputError(
            f"This public server trains networks of at most {MOST_PARAMETERS:,} parameters; this one has "
            f"{plan.parameters:,}. Take a smaller one, {ELSEWHERE}"
        )
    work = plan.multiplications * FACES * epochs
    if work > MOST_WORK:
        raise InputError(
            f"This public server does at most {MOST_WORK / 1e12:,.0f} million million multiplications a training; this "
            f"one needs {work / 1e12:,.1f} ({plan.multiplications / 1e6:,.0f} million a face, {FACES:,} faces, "
            f"{epochs} epochs). Take a smaller network or fewer epochs, {ELSEWHERE}"
        )


def refuse_second() -> None:
    """Make sure that a visit has one training at work at most, and that the queue has an end.

    Raises:
        InputError: If there is one, or if too many of other visits wait.
    """
    if any(run.kind == KIND and _is_living(run) for run in visible_runs()):
        raise InputError("You have a run at work already. Let it come to its end, or stop it, before the next one.")
    waiting = sum(run.kind == KIND and _is_living(run) for run in lab_runs())
    if waiting >= MOST_WAITING:
        raise InputError(
            f"{waiting} trainings are at work or waiting on this public server. Come back later, {ELSEWHERE}"
        )


def _is_living(run: Run) -> bool:
    try:
        return run.status().living
    except FerError:
        return False
