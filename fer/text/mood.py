"""A chat's mood over time, in memory that does not grow with the chat: neighbouring messages share a bin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.text.chat_times import DAY_S, when_of
from fer.text.chats import Line
from fer.text.reading import Reading

FloatArray = npt.NDArray[np.float64]

MOST_BINS = 120
SMOOTH = 0.25
"""Each bin's part of the running mean that is drawn: single messages jump."""


class MoodSeries:
    """Adds up what was read, bin by bin; when there are too many bins, two neighbours become one.

    Attributes:
        per_bin: Messages in a bin.
    """

    def __init__(self) -> None:
        self.per_bin = 1
        self._sums: list[FloatArray] = []
        self._read: list[int] = []
        self._times: list[float | None] = []
        self._in_last = 0
        self._timed = True
        self._day: str | None = None

    def __call__(self, found: Sequence[tuple[Line, Reading]]) -> None:
        """Take some messages."""
        for line, reading in found:
            if not self._sums or self._in_last == self.per_bin:
                self._begin_bin(line)
            self._in_last += 1
            if reading.probabilities is not None:
                self._sums[-1] = self._sums[-1] + reading.probabilities
                self._read[-1] += 1

    def _begin_bin(self, line: Line) -> None:
        if len(self._sums) == MOST_BINS:
            self._sums = [a + b for a, b in zip(self._sums[::2], self._sums[1::2], strict=True)]
            self._read = [a + b for a, b in zip(self._read[::2], self._read[1::2], strict=True)]
            self._times = self._times[::2]
            self.per_bin *= 2
        when = when_of(line.time) if line.time else None
        time_s = None if when is None else when.clock_s
        if when is not None:
            # Days may be far apart: a chat of several is drawn in the order of its messages.
            self._timed = self._timed and self._day in (None, when.day)
            self._day = when.day
        last = self._times[-1] if self._times else None
        if time_s is not None and last is not None:
            # A chat that goes on after midnight.
            time_s += DAY_S if time_s < last - DAY_S / 2 else 0.0
        self._timed = self._timed and time_s is not None and (last is None or time_s >= last)
        self._sums.append(np.zeros(len(EMOTIONS)))
        self._read.append(0)
        self._times.append(time_s)
        self._in_last = 0

    def table(self) -> dict[str, Any]:
        """Return the running mean as ``fer.ui.charts.mood_over_time`` takes it.

        Returns:
            ``time_s``: seconds from the first message where every bin has a time of one day that does not fall, else
            the number of the bin's first message; a column for each emotion, rows summing to 1; ``timed``: which of
            both.
        """
        rows, running = [], None
        for total, read in zip(self._sums, self._read, strict=True):
            mean = total / read if read else None
            if mean is not None:
                running = mean if running is None else running + SMOOTH * (mean - running)
            rows.append(np.zeros(len(EMOTIONS)) if running is None else running)
        timed = bool(self._times) and self._timed
        begins = [float(number * self.per_bin + 1) for number in range(len(rows))]
        if timed:
            begins = [float(time) - float(self._times[0] or 0) for time in self._times if time is not None]
        shares = np.array(rows).reshape(len(rows), len(EMOTIONS))
        return {
            "time_s": begins,
            **{name: shares[:, column].round(4).tolist() for column, name in enumerate(EMOTIONS)},
            "timed": timed,
        }
