"""Whether this machine computes quicker in bfloat16: measured, since what it is called says little."""

from __future__ import annotations

import time
from typing import Literal

from fer.training.recipe import Recipe

Settled = Literal["float32", "bfloat16"]
WORTH_IT = 1.2
"""So many times as quick bfloat16 must be: it costs precision. Processors without it are ten times as slow, or more."""
ROUNDS = 3


def settle(recipe: Recipe, before: str | None = None) -> Recipe:
    """Return the recipe with a precision that is no longer left to the machine.

    Args:
        recipe: Of a network; a baseline's is returned as it is.
        before: What it was when the run began, which a run that goes on keeps.
    """
    if recipe.precision != "auto" or recipe.is_baseline:
        return recipe
    return recipe.model_copy(update={"precision": before or measured()})


def measured() -> Settled:
    """Return the quicker precision of a convolution and its gradient, as Keras's backend computes them here."""
    times = {precision: _seconds(precision) for precision in ("float32", "bfloat16")}
    return "bfloat16" if times["bfloat16"] * WORTH_IT < times["float32"] else "float32"


def _seconds(precision: str) -> float:
    """Return how long one step of a small network takes: the least of a few rounds, without what building it takes."""
    import keras
    import numpy as np

    policy = "mixed_bfloat16" if precision == "bfloat16" else precision
    layers = [keras.layers.Conv2D(32, 3, padding="same", dtype=policy) for _ in range(2)]
    model = keras.Sequential([keras.Input((24, 24, 32)), *layers, keras.layers.GlobalAveragePooling2D(dtype="float32")])
    model.compile("sgd", "mse")
    faces, targets = np.ones((16, 24, 24, 32), np.float32), np.zeros((16, 32), np.float32)
    model.train_on_batch(faces, targets)
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        model.train_on_batch(faces, targets)
        times.append(time.perf_counter() - began)
    return min(times)
