"""What is done after every step: figures, a look at whether somebody wants to stop or pause, the average of weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fer.errors import InputError
from fer.training.recipe import Average, Recipe

FloatArray = npt.NDArray[np.float32]
POINTS_PER_EPOCH = 50
"""Lines of figures that an epoch's steps are summed up in."""


@dataclass(frozen=True)
class Listener:
    """Who listens to a training.

    Attributes:
        report: Called with each line of figures.
        progress: Called after every step with the share done.
        stop_asked: Looked at after every step; what was done of the epoch is then given up.
        wait_while_paused: Called after every step; returns when the training may go on.
    """

    report: Callable[[dict[str, Any]], None]
    progress: Callable[[float], None] = lambda share: None
    stop_asked: Callable[[], bool] = lambda: False
    wait_while_paused: Callable[[], None] = lambda: None


class Steps(keras.callbacks.Callback):  # type: ignore[misc]
    """Reports figures of every few steps, and ends the epoch when somebody asks for it.

    Args:
        recipe: Its epochs and batch size are used.
        faces: How many are learned from.
        listener: Who is told.

    Attributes:
        stopped: Whether somebody asked to stop.
        paused_s: How long the epoch stood still.
    """

    def __init__(self, recipe: Recipe, faces: int, listener: Listener):
        super().__init__()
        self.recipe, self.faces, self.listener = recipe, faces, listener
        self.steps = math.ceil(faces / recipe.batch_size)
        self.every = math.ceil(self.steps / POINTS_PER_EPOCH)
        self.stopped = False
        self.paused_s = 0.0
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Begin to count."""
        self._epoch = epoch
        self._sums = {"loss": 0.0, "accuracy": 0.0}
        self._seen, self._since = 0, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Report, and look at the stop and pause files, which costs microseconds beside a step."""
        logs = logs or {}
        if not math.isfinite(logs["loss"]):
            raise InputError(self.no_number())
        if (batch + 1) % self.every == 0 or batch + 1 == self.steps:
            self._report(batch + 1, logs)
        self.listener.progress((self._epoch + (batch + 1) / self.steps) / self.recipe.epochs)
        if self.listener.stop_asked():
            self.stopped = self.model.stop_training = True
            return
        began = time.monotonic()
        self.listener.wait_while_paused()
        paused_s = time.monotonic() - began
        self._since += paused_s
        self.paused_s += paused_s

    def _report(self, step: int, logs: dict[str, Any]) -> None:
        # Keras gives means over the epoch so far; what the last steps gave is their difference.
        seen = min(step * self.recipe.batch_size, self.faces)
        sums = {name: float(logs[name]) * seen for name in self._sums}
        now = time.monotonic()
        faces = seen - self._seen
        self.listener.report(
            {
                "event": "steps",
                "epoch": self._epoch + 1,
                "step": self._epoch * self.steps + step,
                "at": self._epoch + step / self.steps,
                **{name: (sums[name] - self._sums[name]) / faces for name in sums},
                "rate": float(self.model.optimizer.learning_rate),
                "faces_per_s": faces / max(1e-9, now - self._since),
            }
        )
        self._sums, self._seen, self._since = sums, seen, now

    def no_number(self) -> str:
        """Return what to say where weights ran away."""
        advice = f"a lower optimizer.learning_rate (it is {self.recipe.optimizer.learning_rate:g})"
        if self.recipe.precision == "bfloat16":
            advice += ", or precision: float32"
        # The same steps would come again.
        return f"Epoch {self._epoch + 1}: the loss is no number any more. Start a new run with {advice}."


class WeightAverage(keras.callbacks.Callback):  # type: ignore[misc]
    """Exponential average of all weights, batch normalisation's statistics included.

    It begins as a mean of what came so far, and forgets the more slowly the more it has seen: at a constant share the
    weights of the first steps would make up most of it for hundreds of steps, and of a small data set to the end.

    Args:
        how: The recipe's.
        steps: That were taken before, where a run goes on.

    Sources:
        Polyak & Juditsky 1992; Tarvainen & Valpola 2017 ("Mean teachers") for the exponential form; TensorFlow's
        ``ExponentialMovingAverage`` for its beginning (``num_updates``).
    """

    def __init__(self, how: Average, steps: int = 0):
        super().__init__()
        self.how, self.steps = how, steps
        self.weights: list[FloatArray] | None = None

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Take the model's weights into the average."""
        updates, rest = divmod(self.steps, self.how.every)
        self.steps += 1
        if rest:
            return
        now = self.model.get_weights()
        if self.weights is None:
            self.weights = now
        keep = min(self.how.keep, (1 + updates) / (10 + updates))
        for kept, new in zip(self.weights, now, strict=True):
            kept *= keep
            kept += (1 - keep) * new
