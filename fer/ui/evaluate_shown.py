"""What a tab of the page Evaluate is given: the model that is looked at, the others, and their data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fer.evaluation.evaluated import Evaluated
from fer.ui.dataset_held import Held

Made = TypeVar("Made")
SLOWER = 2.5
"""A worker beside everything else takes so many times as long as the network alone on a free core."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What is on the page.

    Attributes:
        evaluated: The model that is looked at, with its answers.
        models: All models that were chosen, this one among them, in the order chosen.
        held: The data set, as the page Data set holds it.
    """

    evaluated: Evaluated
    models: tuple[Evaluated, ...]
    held: Held

    def once(self, name: str, make: Callable[[], Made], words: str = "Working it out") -> Made:
        """Return what has that name for this model and these rows; it is made the first time."""
        return self.held.once(f"evaluate.{name} {self.evaluated.key}", make, words)


def time_words(evaluated: Evaluated, faces: int) -> str:
    """Return about how long a worker takes to ask a model about so many faces."""
    minutes = faces * evaluated.ms_per_face * SLOWER / 60e3
    return "less than a minute" if minutes < 1 else f"about {minutes:.0f} minute{'s' * (round(minutes) != 1)}"
