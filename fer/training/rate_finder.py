"""The learning-rate finder: a fresh network, a rate that grows at every step, and where the loss falls fastest."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fer.errors import InputError
from fer.runs.files import replace_text
from fer.runs.folder import Run
from fer.runs.progress import Progress
from fer.training.material import Material, prepare
from fer.training.precision import settle
from fer.training.recipe import Recipe
from fer.training.run import RATE, recipe_of, source_of

STEPS, LEAST_STEPS = 100, 40
"""How many rates are tried: as many as ``FIT_S`` allows."""
LOWEST, HIGHEST = 1e-6, 3.0
SMOOTH = 0.9
DIVERGED = 2.0
"""The search ends where the smoothed loss is this many times its lowest."""
MOST_WORK, LEAST_BATCH = 5e10, 16
"""Multiplications of a step's faces, from which on the batch is made smaller: recordings wait in the same lane."""
FIT_S, MOST_S = 90.0, 180.0
"""Seconds that the steps are chosen for, and after which the search ends wherever it is: others may take the cores."""


@dataclass(frozen=True)
class Found:
    """What the finder found.

    Attributes:
        rate: To begin with, or None where the loss never fell.
        notes: What was done otherwise than the recipe says, a sentence each.
    """

    rate: float | None
    notes: tuple[str, ...] = ()


def find_rate(
    material: Material,
    recipe: Recipe,
    report: Callable[[dict[str, Any]], None],
    stop_asked: Callable[[], bool] = lambda: False,
    most_s: float = MOST_S,
) -> Found:
    """Try growing learning rates on a fresh network of a recipe.

    Args:
        material: What is learned from.
        recipe: Network, optimizer, loss, batches.
        report: Called at each step with ``rate``, ``loss``, ``smoothed`` and the share ``done``.
        stop_asked: Looked at at each step.
        most_s: Seconds after which the search ends wherever it is.

    Sources:
        Smith 2017, "Cyclical Learning Rates for Training Neural Networks", sec. 3.3.
    """
    recipe, notes = _within_reach(recipe)
    step_at = _stepper(material, recipe)
    began = time.monotonic()
    steps = _steps_that_fit(step_at)
    rates: list[float] = []
    raw: list[float] = []
    losses: list[float] = []
    mean = 0.0
    for step in range(steps):
        if stop_asked():
            break
        if time.monotonic() - began > most_s:
            notes.append(_ended_early(rates, most_s))
            break
        rate = LOWEST * (HIGHEST / LOWEST) ** (step / (steps - 1))
        loss = step_at(step, rate)
        mean = SMOOTH * mean + (1 - SMOOTH) * loss
        smoothed = mean / (1 - SMOOTH ** (step + 1))
        if not math.isfinite(loss) or (losses and smoothed > DIVERGED * min(losses)):
            break
        rates.append(rate)
        raw.append(loss)
        losses.append(smoothed)
        done = (step + 1) / steps
        report({"event": "rate", "step": step + 1, "rate": rate, "loss": loss, "smoothed": smoothed, "done": done})
    return Found(steepest(rates, raw), tuple(notes))


def _within_reach(recipe: Recipe) -> tuple[Recipe, list[str]]:
    """Return the recipe with a batch that a step can do, and what is to be said about it."""
    most = max(LEAST_BATCH, int(MOST_WORK / recipe.plan().multiplications))
    if recipe.batch_size <= most:
        return recipe, []
    said = (
        f"Batches of {most:,} faces were tried, not of {recipe.batch_size:,}, which would take too long here. "
        "Larger batches bear higher rates."
    )
    return recipe.model_copy(update={"batch_size": most}), [said]


def _stepper(material: Material, recipe: Recipe) -> Callable[[int, float], float]:
    """Return what takes a numbered step at a rate, on a fresh network, and gives the loss before it."""
    from fer.training.batches import Batches
    from fer.training.compiling import compiled
    from fer.training.targets import class_weights_of, targets_of

    training = material.training
    targets = targets_of(training, recipe)
    model = compiled(recipe, 1, learning_rate=LOWEST)
    weights = class_weights_of(recipe.loss, training.labels)
    batches = Batches(training.images, targets, weights, recipe, material.spec, 0)

    def step_at(step: int, rate: float) -> float:
        model.optimizer.learning_rate = rate
        batch = batches[step % len(batches)]
        # Without a reset, what comes back would be the mean over all steps so far.
        loss = float(model.train_on_batch(*batch, return_dict=True)["loss"])
        model.reset_metrics()
        return loss

    return step_at


def _steps_that_fit(step_at: Callable[[int, float], float]) -> int:
    """Return how many steps take ``FIT_S``, by one step at the lowest rate, which moves hardly anything."""
    # The first one builds the graph.
    step_at(0, LOWEST)
    began = time.monotonic()
    step_at(0, LOWEST)
    return int(min(STEPS, max(LEAST_STEPS, FIT_S / max(1e-9, time.monotonic() - began))))


DECADES = 1.0
"""Of rates, over which a slope is taken."""
SURE = 4.0
"""Standard errors by which a slope must lie below 0: of a hundred windows some fall by chance."""


def _ended_early(rates: Sequence[float], most_s: float) -> str:
    reached = f"at a rate of {rates[-1]:.1e}" if rates else "before its first step"
    return f"It ended {reached}, after {most_s:g} seconds: steps of this network are slow here. Take a smaller one."


def steepest(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return the rate around which the loss falls fastest over the logarithm of the rate, before it is lowest.

    The slope is that of a straight line through the losses of ``DECADES`` decades of rates: a batch's loss is as often
    above as below, and from one step to the next that is far more than what a step gains. What comes after the lowest
    loss is left out: there a loss that has burst falls back to where guessing is.

    Args:
        rates: Growing by the same factor.
        losses: Of a batch at each, as they come.

    Returns:
        The rate; None where the loss nowhere falls by more than chance.

    >>> round(steepest([1e-5, 1e-4, 1e-3, 1e-2, 1e-1], [2.0, 1.98, 1.9, 1.2, 1.1]), 4)
    0.01
    >>> round(steepest([1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1], [2.0, 1.98, 1.6, 1.5, 9.0, 3.0]), 4)
    0.001
    >>> steepest([1e-3, 1e-2, 1e-1], [1.0, 1.1, 2.0]) is None
    True
    """
    if len(rates) < 3:
        return None
    decades, values = np.log10(rates), np.asarray(losses, np.float64)
    half = max(1, round(DECADES / 2 / (decades[1] - decades[0])))
    size = 2 * half + 1
    if len(values) < size + 1:
        half, size = 1, 3
    windows = sliding_window_view(values, size)
    x = np.arange(size) * (decades[1] - decades[0])
    x -= x.mean()
    slopes = windows @ x / (x @ x)
    means = windows.mean(axis=1)
    at = int(slopes[: int(means.argmin()) + 1].argmin())
    rest = windows[at] - means[at] - slopes[at] * x
    # How far a slope may be off by the batches alone; three points tell nothing of that.
    off = float(np.sqrt(rest @ rest / (size - 2) / (x @ x))) if size > 3 else 0.0
    return float(rates[at + half]) if slopes[at] < -SURE * off else None


def run(run: Run) -> bool:
    """Find the rate for a run's recipe; leaves ``artifacts/rate.json``.

    Raises:
        InputError: If the recipe is a baseline's, or memory runs out.
    """
    # It leads to Keras, which ``steepest`` and its readers do without.
    from fer.training.run_job import memory_said

    recipe = settle(recipe_of(run))
    if recipe.is_baseline:
        raise InputError(f"{recipe.architecture.kind} is a baseline and has no learning rate. Choose a network.")
    run.update(message="Reading the data.")
    material = prepare(source_of(run).open().faces, recipe)
    progress = Progress(run)

    def report(line: dict[str, Any]) -> None:
        run.append_metric(line)
        progress(line["done"], f"Learning rate {line['rate']:.1e}.")

    advice = f"Try a smaller batch_size (it is {recipe.batch_size}) or a smaller network, or close other programs"
    with memory_said(f"{advice}; then start it again."):
        found = find_rate(material, recipe, report, run.stop_asked)
    replace_text(run.artifacts / RATE, json.dumps({"schema": 1, "rate": found.rate, "notes": found.notes}))
    return not run.stop_asked()
