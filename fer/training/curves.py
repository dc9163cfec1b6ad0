"""What a run's figures say: its lines without what was done twice, thinned out for a screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fer.emotions import EMOTIONS

MOST_POINTS = 400
"""More than a screen shows: longer curves are averaged."""


@dataclass
class Curves:
    """A run's figures so far.

    Attributes:
        steps: Lines of every few steps, in order.
        epochs: Lines of every epoch, in order.
        validation: What is looked at after every epoch.
        end: The last line of a run that came to its end, or None.
    """

    steps: list[dict[str, Any]] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    validation: str = "PublicTest"
    end: dict[str, Any] | None = None

    def take(self, lines: Iterable[dict[str, Any]]) -> None:
        """Take new lines of metrics.jsonl in.

        A run that was killed does its last epoch again: each start says from which epoch, and what came of it before
        is dropped.
        """
        for line in lines:
            match line.get("event"):
                case "start":
                    first = int(line["epoch"])
                    self.steps = [old for old in self.steps if old["epoch"] < first]
                    self.epochs = [old for old in self.epochs if old["epoch"] < first]
                    self.validation, self.end = str(line["validation"]), None
                case "steps":
                    self.steps.append(line)
                case "epoch":
                    self.epochs.append(line)
                case "end":
                    self.end = line

    @property
    def best(self) -> dict[str, Any] | None:
        """The epoch that was best by what the recipe monitors."""
        return next((line for line in reversed(self.epochs) if line.get("best")), None)

    @property
    def note(self) -> str:
        """What is to be said beside its figures, or ""."""
        if self.validation != "PublicTest":
            return ""
        return "PublicTest is the selection set: choices are made by it, so real accuracy is a little lower."

    @property
    def kept(self) -> float | None:
        """Validation accuracy of the network that a run left, 0 to 1; None before its end."""
        if self.end is None or not self.epochs:
            return None
        mean: dict[str, Any] = self.end.get("mean_of_cycles") or {}
        line = next((one for one in self.epochs if one["epoch"] == self.end["kept_epoch"]), self.epochs[-1])
        return float(mean.get("validation_accuracy", line["validation_accuracy"]))

    def column(self, name: str) -> list[float]:
        """Return one figure of every epoch that has it."""
        return [float(line[name]) for line in self.epochs if name in line]


def recall_of(confusion: Sequence[Sequence[int]]) -> dict[str, float | None]:
    """Return the share of each emotion's faces that were named rightly; None where there is no such face.

    Args:
        confusion: 7 x 7 counts with the truth in rows.
    """
    rows = dict(zip(EMOTIONS, confusion, strict=True))
    return {name: row[at] / sum(row) if sum(row) else None for at, (name, row) in enumerate(rows.items())}


def thinned(lines: Sequence[dict[str, Any]], names: Sequence[str], most: int = MOST_POINTS) -> dict[str, list[float]]:
    """Return some figures of lines, averaged into at most ``most`` points.

    >>> thinned([{"step": s, "loss": s} for s in range(4)], ["step", "loss"], most=2)
    {'step': [0.5, 2.5], 'loss': [0.5, 2.5]}
    """
    size = -(-len(lines) // most) or 1
    parts = [lines[first : first + size] for first in range(0, len(lines), size)]
    return {name: [sum(line[name] for line in part) / len(part) for part in parts] for name in names}
