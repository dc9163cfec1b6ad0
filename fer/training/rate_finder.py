"""The learning-rate finder: a fresh network, a rate that grows at every step, and where the loss falls fastest."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fer.errors import InputError
from fer.runs.files import replace_text
from fer.runs.folder import Run
from fer.runs.progress import Progress
from fer.training.material import DataSource, Material, prepare
from fer.training.precision import settle
from fer.training.recipe import Recipe
from fer.training.run import RATE, recipe_of

STEPS = 100
LOWEST, HIGHEST = 1e-6, 3.0
SMOOTH = 0.9
DIVERGED = 2.0
"""The search ends where the smoothed loss is this many times its lowest."""


def find_rate(
    material: Material,
    recipe: Recipe,
    report: Callable[[dict[str, Any]], None],
    stop_asked: Callable[[], bool] = lambda: False,
    steps: int = STEPS,
) -> float | None:
    """Try growing learning rates on a fresh network of a recipe.

    Args:
        material: What is learned from.
        recipe: Network, optimizer, loss, batches.
        report: Called at each step with ``rate``, ``loss`` and ``smoothed``.
        stop_asked: Looked at at each step.
        steps: How many rates are tried.

    Returns:
        The rate to begin with, or None where the loss never fell.

    Sources:
        Smith 2017, "Cyclical Learning Rates for Training Neural Networks", sec. 3.3.
    """
    from fer.training.batches import Batches
    from fer.training.compiling import compiled
    from fer.training.targets import class_weights_of, targets_of

    training = material.training
    targets = targets_of(training, recipe)
    model = compiled(recipe, 1, learning_rate=LOWEST)
    weights = class_weights_of(recipe.loss, training.labels)
    batches = Batches(training.images, targets, weights, recipe, material.spec, 0)
    rates: list[float] = []
    losses: list[float] = []
    mean = 0.0
    for step in range(steps):
        rate = LOWEST * (HIGHEST / LOWEST) ** (step / (steps - 1))
        model.optimizer.learning_rate = rate
        batch = batches[step % len(batches)]
        # Without a reset, what comes back would be the mean over all steps so far.
        loss = float(model.train_on_batch(*batch, return_dict=True)["loss"])
        model.reset_metrics()
        mean = SMOOTH * mean + (1 - SMOOTH) * loss
        smoothed = mean / (1 - SMOOTH ** (step + 1))
        if not math.isfinite(loss) or stop_asked() or (losses and smoothed > DIVERGED * min(losses)):
            break
        rates.append(rate)
        losses.append(smoothed)
        report({"event": "rate", "step": step + 1, "rate": rate, "loss": loss, "smoothed": smoothed})
    return steepest(rates, losses)


def steepest(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return the rate at which the loss falls fastest over the logarithm of the rate, before it is lowest.

    What comes after the lowest loss is left out: there a loss that has burst falls back to where guessing is.

    >>> round(steepest([1e-5, 1e-4, 1e-3, 1e-2, 1e-1], [2.0, 1.98, 1.9, 1.2, 1.1]), 4)
    0.01
    >>> round(steepest([1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1], [2.0, 1.98, 1.6, 1.5, 9.0, 3.0]), 4)
    0.001
    >>> steepest([1e-3, 1e-2, 1e-1], [1.0, 1.1, 2.0]) is None
    True
    """
    if len(rates) < 3:
        return None
    lowest = max(2, int(np.argmin(losses)))
    slopes = np.gradient(np.asarray(losses), np.log10(rates))
    at = int(slopes[1:lowest].argmin()) + 1
    return float(rates[at]) if slopes[at] < 0 else None


def run(run: Run) -> bool:
    """Find the rate for a run's recipe; leaves ``artifacts/rate.json``."""
    recipe = settle(recipe_of(run))
    if recipe.is_baseline:
        raise InputError(f"{recipe.architecture.kind} is a baseline and has no learning rate. Choose a network.")
    run.update(message="Reading the data.")
    material = prepare(DataSource.of(run.config()).open().faces, recipe)
    progress = Progress(run)

    def report(line: dict[str, Any]) -> None:
        run.append_metric(line)
        progress(line["step"] / STEPS, f"Learning rate {line['rate']:.1e}.")

    rate = find_rate(material, recipe, report, run.stop_asked)
    replace_text(run.artifacts / RATE, json.dumps({"schema": 1, "rate": rate}))
    return not run.stop_asked()
