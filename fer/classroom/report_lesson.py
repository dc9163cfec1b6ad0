"""A lesson as its report tells it: second by second from its beginning, and the means of any stretch of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.classroom.class_rows import BIN_S, Timeline
from fer.classroom.formula_uses import FormulaUse, joined
from fer.classroom.records import PULSES
from fer.emotions import EMOTIONS, as_mapping

Floats = npt.NDArray[np.float64]

STEPS_S = (10, 20, 30, 60, 120, 300, 600)
MOST_ROWS = 400
EMPTY_S = 60
"""A lesson is told until so long after the last one left."""


class Lesson:
    """The timeline in seconds from the class's beginning, one place a second; NaN where nothing is shown.

    Args:
        timeline: Of the class, one place a second.
        began_s: In seconds since 1970.
        ended_s: The same.
        min_shown: Nothing is told of fewer people.
        uses: Which formulas were in use, in the order of time.

    Attributes:
        uses: Those by which some engagement that is shown was worked out; the last one where there is none.
        engagement_by_formula: For each of them engagement, NaN where another one was in use, shape ``(length_s,)``.
    """

    def __init__(
        self, timeline: Timeline, began_s: float, ended_s: float, min_shown: int, uses: Sequence[FormulaUse]
    ) -> None:
        self.began_s = began_s
        at = np.asarray(timeline.t, np.int64) - int(began_s)
        there = at[np.asarray(timeline.present) > 0]
        length_s = ended_s - began_s
        # A class that somebody forgot to end is told until the last one left, not until the app ended it.
        self.length_s = max(1, int(np.ceil(min(length_s, there.max() + EMPTY_S) if len(there) else length_s)))
        inside = (at >= 0) & (at < self.length_s)
        self._at, self._inside = at[inside], inside
        self.moods = self._spread(timeline.moods, len(EMOTIONS))
        self.engagement = self._spread(timeline.engagement)
        self.low, self.high = self._spread(timeline.low), self._spread(timeline.high)
        present = np.nan_to_num(self._spread(timeline.present))
        self.contributing = np.nan_to_num(self._spread(timeline.contributing))
        # Also of how many they were nothing is told where they were few.
        self.present = np.where(present >= min_shown, present, np.nan)
        self.pulses = [(t - began_s, kind) for t, kind in timeline.pulses]
        self.uses = self._told_apart(uses)
        self.engagement_by_formula = [self._only_in(use) for use in self.uses]

    def _spread(self, values: Any, width: int = 0) -> Floats:
        out = np.full((self.length_s, width) if width else self.length_s, np.nan)
        out[self._at] = np.asarray(values, np.float64)[self._inside]
        return out

    def _told_apart(self, uses: Sequence[FormulaUse]) -> list[FormulaUse]:
        """Return the formulas that were used, and leave out the seconds whose means are of two."""
        uses = joined(uses)
        for use in uses[1:]:
            begin = int(use.from_s) // BIN_S * BIN_S
            for values in (self.engagement, self.low, self.high):
                values[begin : begin + BIN_S] = np.nan
        known = [use for use in uses if not np.isnan(self.engagement[self._seconds_of(use)]).all()]
        return joined(known or uses[-1:])

    def _seconds_of(self, use: FormulaUse) -> slice:
        return slice(int(use.from_s), int(np.ceil(use.until_s)))

    def _only_in(self, use: FormulaUse) -> Floats:
        own, seconds = np.full(self.length_s, np.nan), self._seconds_of(use)
        own[seconds] = self.engagement[seconds]
        return own

    def shows(self, t: float) -> bool:
        """Whether enough people were there at a time, in seconds since 1970."""
        second = int(t) - int(self.began_s)
        return 0 <= second < self.length_s and not bool(np.isnan(self.present[second]))

    def part(self, from_s: float, to_s: float) -> dict[str, Any]:
        """Return the means of a stretch of time, and its clicks; no engagement across a change of the formula."""
        cut = slice(max(0, int(from_s)), max(0, int(np.ceil(to_s))))
        return {
            "present": rounded(mean(self.present[cut]), 1),
            "engagement": self._engagement(cut),
            "mood": self._mood(cut),
            "pulses": self._pulses(from_s, to_s, cut),
        }

    def _engagement(self, cut: slice) -> dict[str, float | None] | None:
        value = mean(self.engagement[cut])
        formulas = sum(not np.isnan(own[cut]).all() for own in self.engagement_by_formula)
        if value is None or formulas > 1:
            return None
        return {
            "value": rounded(value, 4),
            "low": rounded(mean(self.low[cut]), 4),
            "high": rounded(mean(self.high[cut]), 4),
        }

    def _mood(self, cut: slice) -> dict[str, float] | None:
        shown = self.moods[cut][~np.isnan(self.moods[cut]).any(axis=1)]
        return as_mapping(shown.mean(axis=0)) if len(shown) else None

    def _pulses(self, from_s: float, to_s: float, cut: slice) -> dict[str, int] | None:
        if np.isnan(self.present[cut]).all():
            return None
        # The timeline has left out those of moments in which too few were there.
        counts = Counter(kind for t_s, kind in self.pulses if from_s <= t_s < to_s)
        return {kind: counts[kind] for kind in PULSES}

    def timeline(self) -> dict[str, Any]:
        """Return the means of equal steps."""
        longest_s = 3600 * int(np.ceil(self.length_s / 3600 / MOST_ROWS))
        step_s = next((step for step in STEPS_S if self.length_s / step <= MOST_ROWS), longest_s)
        return {
            "step_s": step_s,
            "rows": [
                {"t_s": from_s, **self.part(from_s, min(from_s + step_s, self.length_s))}
                for from_s in range(0, self.length_s, step_s)
            ],
        }


def mean(values: Floats) -> float | None:
    """Return the mean of what is known, or None."""
    shown = values[~np.isnan(values)]
    return float(shown.mean()) if len(shown) else None


def rounded(value: float | None, digits: int) -> float | None:
    """Return a number to so many digits; None stays None."""
    return None if value is None else round(value, digits)
