"""Which formula of engagement was in use when: values of two formulas are two things, never set side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fer.classroom.engagement import FORMULAS, checked_weights
from fer.classroom.records import ClassRow, ClassSettings, EventRow, FormulaName


@dataclass(frozen=True)
class FormulaUse:
    """A stretch of a lesson with one formula.

    Attributes:
        from_s: From the class's beginning.
        until_s: The same.
        formula: Its name; None where an earlier version of the app did not note it.
        weights: Of each emotion; None where the formula weighs none.
    """

    from_s: float
    until_s: float
    formula: FormulaName | None
    weights: dict[str, float] | None

    def same_as(self, other: FormulaUse) -> bool:
        """Whether it is the same formula with the same weights."""
        return (self.formula, self.weights) == (other.formula, other.weights)

    def as_json(self) -> dict[str, Any]:
        """Return what a report tells of it, but for its time."""
        if self.formula is None:
            return {
                "name": None, "title": "Not noted", "definition": "", "citation": "none", "weights": None,
                "own_weights": False,
            }  # fmt: skip
        formula = FORMULAS[self.formula]
        return {
            "name": formula.name,
            "title": formula.title,
            "definition": formula.definition,
            "citation": formula.citation,
            "weights": self.weights,
            "own_weights": self.weights != formula.weights,
        }


def change_value(before: ClassSettings, after: ClassSettings) -> str:
    """Return the value of the event that notes a change: a line for people, and one for the report."""
    formula = FORMULAS[after.formula]
    own = " with weights of your own" if after.weights and formula.weights else ""
    noted = [{"formula": one.formula, "weights": one.weights} for one in (before, after)]
    return f"{formula.title}{own}\n{json.dumps(noted)}"


def change_words(event: EventRow) -> str:
    """Return to what the formula was changed, for people."""
    return event.value.partition("\n")[0]


def uses_of(row: ClassRow, events: Sequence[EventRow], length_s: float) -> list[FormulaUse]:
    """Return which formulas a class used, in the order of time, from its beginning to its end.

    Args:
        row: The class, whose settings hold the last formula.
        events: All of the class.
        length_s: How long it is.
    """
    changes = sorted((event for event in events if event.kind == "formula"), key=lambda event: (event.t, event.id))
    edges = [0.0, *(min(max(0.0, event.t - row.started), length_s) for event in changes), length_s]
    last = {"formula": row.settings.formula, "weights": row.settings.weights}
    noted = [*(_noted(event)[0] for event in changes), last]
    return [_use(edges[place], edges[place + 1], one) for place, one in enumerate(noted)]


def joined(uses: Sequence[FormulaUse]) -> list[FormulaUse]:
    """Return the same with neighbours of the same formula as one."""
    found: list[FormulaUse] = []
    for use in uses:
        if found and found[-1].same_as(use):
            use = FormulaUse(found.pop().from_s, use.until_s, use.formula, use.weights)
        found.append(use)
    return found


def _noted(event: EventRow) -> list[dict[str, Any] | None]:
    """Return the formulas before and after a change; None where they were not noted."""
    line = event.value.partition("\n")[2]
    return list(json.loads(line)) if line else [None, None]


def _use(from_s: float, until_s: float, noted: dict[str, Any] | None) -> FormulaUse:
    if noted is None:
        return FormulaUse(from_s, until_s, None, None)
    weighs = FORMULAS[noted["formula"]].weights is not None
    weights = checked_weights(noted["weights"]) if weighs else None
    return FormulaUse(from_s, until_s, noted["formula"], weights)
