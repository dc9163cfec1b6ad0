"""How long a run waits for better figures: the best epoch, early stopping, and plateaus of the learning rate.

Keras has callbacks for both; they forget what they saw when a run is stopped, and a run that goes on must not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fer.training.recipe import Plateau, Recipe


@dataclass
class Patience:
    """What was seen so far.

    Attributes:
        best: The best value of the recipe's ``monitor``; None before the first epoch.
        best_epoch: In which epoch, from 1.
        waited: Epochs since it last improved by more than ``min_delta``.
        plateau_waited: Epochs since it improved or the learning rate was lowered.
        reference: The value that an improvement is measured from.
    """

    best: float | None = None
    best_epoch: int = 0
    waited: int = 0
    plateau_waited: int = 0
    reference: float | None = None

    def look(self, epoch: int, value: float, recipe: Recipe) -> bool:
        """Take an epoch's value in; return whether it is the best so far."""
        # Larger is better from here on.
        value = -value if recipe.monitor == "validation_loss" else value
        delta = recipe.early_stopping.min_delta if recipe.early_stopping else 0.0
        if self.reference is None or value > self.reference + delta:
            self.reference, self.waited = value, 0
        else:
            self.waited += 1
        is_best = self.best is None or value > self.best
        self.plateau_waited = 0 if is_best else self.plateau_waited + 1
        if is_best:
            self.best, self.best_epoch = value, epoch
        return is_best

    def is_over(self, recipe: Recipe) -> bool:
        """Whether early stopping ends the run now."""
        return recipe.early_stopping is not None and self.waited >= recipe.early_stopping.patience

    def next_rate(self, rate: float, recipe: Recipe) -> float:
        """Return the learning rate for the next epoch: lower after a plateau."""
        schedule = recipe.schedule
        if not isinstance(schedule, Plateau) or self.plateau_waited < schedule.patience:
            return rate
        self.plateau_waited = 0
        return max(schedule.least_rate, rate * schedule.factor)

    def as_state(self) -> dict[str, Any]:
        """Return it as a checkpoint holds it; ``Patience(**state)`` reads it back."""
        return asdict(self)
