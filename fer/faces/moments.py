"""The moments that stand out: where a five-second mean of an emotion rises or falls most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS

FloatArray = npt.NDArray[np.float64]

WINDOW_S = 5
APART_S = 10
MOST = 5
LEAST_CHANGE = 0.05
"""Smaller changes of a mean are not worth a look."""
SEEN_AT_LEAST = 2
"""Seconds of each window in which a face must have been seen, so that one odd frame makes no moment."""


@dataclass(frozen=True)
class Moment:
    """One change of mood.

    Attributes:
        time_s: The five seconds before it and the five from it on differ most here.
        emotion: Which emotion changed most.
        before: Its mean probability in the five seconds before.
        after: Its mean probability in the five seconds from there on.
        picture_s: Middle of the second, among those five, in which the change shows most.
    """

    time_s: float
    emotion: str
    before: float
    after: float
    picture_s: float

    @property
    def change(self) -> float:
        """How much it rose; negative where it fell."""
        return self.after - self.before

    def as_json(self) -> dict[str, Any]:
        """Return the moment as summary.json has it."""
        return {
            "time_s": self.time_s,
            "emotion": self.emotion,
            "change": round(self.change, 4),
            "before": round(self.before, 4),
            "after": round(self.after, 4),
            "picture_s": self.picture_s,
        }


def find_moments(mood: FloatArray) -> list[Moment]:
    """Find where the mood changed most.

    Args:
        mood: The mean probabilities of each second from 0 on, shape ``(seconds, 7)`` in FER2013's order; NaN in
            seconds without a face.

    Returns:
        At most five moments, at least ten seconds apart, in the order of time: the largest change first chosen, then
        the largest that is far enough from those chosen. None in recordings shorter than two windows.

    >>> smile = np.full((20, 7), 0.1); smile[12:, 3] = 0.6
    >>> [(m.time_s, m.emotion, round(m.change, 2)) for m in find_moments(smile)]
    [(12.0, 'happy', 0.5)]
    """
    if len(mood) < 2 * WINDOW_S:
        return []
    means = _window_means(mood)
    before, after = means[:-WINDOW_S], means[WINDOW_S:]
    changes = np.nan_to_num(after - before)
    moments: list[Moment] = []
    # Row i is the border between seconds i + WINDOW_S - 1 and i + WINDOW_S.
    for row in np.argsort(-np.abs(changes).max(axis=1), kind="stable"):
        column = int(np.abs(changes[row]).argmax())
        time_s = float(row + WINDOW_S)
        if len(moments) == MOST or abs(changes[row, column]) < LEAST_CHANGE:
            break
        if all(abs(time_s - other.time_s) >= APART_S for other in moments):
            shown = mood[int(time_s) : int(time_s) + WINDOW_S, column] * np.sign(changes[row, column])
            picture_s = time_s + int(np.nanargmax(shown)) + 0.5
            values = float(before[row, column]), float(after[row, column])
            moments.append(Moment(time_s, EMOTIONS[column], *values, picture_s))
    return sorted(moments, key=lambda moment: moment.time_s)


def _window_means(mood: FloatArray) -> FloatArray:
    """Return the mean of each window of ``WINDOW_S`` rows, NaN where faces were seen in too few of them."""
    seen = ~np.isnan(mood[:, 0])
    sums = np.cumsum(np.vstack([np.zeros((1, mood.shape[1])), np.nan_to_num(mood)]), axis=0)
    counts = np.concatenate([[0], np.cumsum(seen)])
    count = (counts[WINDOW_S:] - counts[:-WINDOW_S]).astype(float)
    count[count < SEEN_AT_LEAST] = np.nan
    return np.asarray((sums[WINDOW_S:] - sums[:-WINDOW_S]) / count[:, None])
