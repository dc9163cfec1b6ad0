"""Strain: how much more than usual a face looks angry, disgusted, afraid or sad. Not confusion, and not stress.

The seven emotions contain no confusion; who is lost clicks so. Strain is a number of ours, without a study behind it:
the sum of four probabilities over ten seconds, minus the same student's own median. Somebody whose face at rest looks
sad to the network has none.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from fer.classroom.records import FloatArray
from fer.emotions import EMOTIONS

NEGATIVE = ("angry", "disgust", "fear", "sad")
WINDOW_S = 10.0
"""Strain speaks of this time. Ours, after Whitehill et al. 2014, who rate clips of ten seconds."""
READINGS = 3
"""With fewer answers in the window it is unknown. Ours."""
SETTLED_S = 60.0
"""Before a student was seen for this long, their median says little, and strain is unknown. Ours."""
LONGEST_GAP_S = 3.0
"""Between two answers at most this counts as seen. Ours."""
BINS = 200
"""The median is read from a histogram, so that hours take no more memory than minutes: exact to half a percent."""

_COLUMNS = [EMOTIONS.index(name) for name in NEGATIVE]


class Strain:
    """One student's strain. Not safe between threads."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float]] = deque()
        self._counts = np.zeros(BINS, np.int64)
        self._seen_s = 0.0
        self._last_t: float | None = None

    def add(self, t: float, probabilities: FloatArray) -> float | None:
        """Take in one answer of the network and return the strain after it.

        Args:
            t: When, in seconds; growing. An answer from before the last one is left out.
            probabilities: Shape ``(7,)``, FER2013's order, sum 1.

        Returns:
            In [-1, 1], 0 where the last ten seconds are as usual; None while it is unknown.
        """
        if self._last_t is None or t >= self._last_t:
            if self._last_t is not None:
                self._seen_s += min(t - self._last_t, LONGEST_GAP_S)
            self._last_t = t
            negative = float(np.clip(np.asarray(probabilities)[_COLUMNS].sum(), 0, 1))
            self._recent.append((t, negative))
            self._counts[min(BINS - 1, int(negative * BINS))] += 1
            while self._recent[0][0] <= t - WINDOW_S:
                self._recent.popleft()
        if len(self._recent) < READINGS or self._seen_s < SETTLED_S:
            return None
        return float(np.mean([value for _, value in self._recent])) - self.median

    @property
    def median(self) -> float:
        """The student's own median so far, in [0, 1]; 0 before the first answer."""
        if not self._counts.any():
            return 0.0
        half = np.searchsorted(np.cumsum(self._counts), self._counts.sum() / 2)
        return (float(half) + 0.5) / BINS
