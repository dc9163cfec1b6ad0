"""Meters of a live stream: frames a second, latency, and the mood of the last minute. Numbers only, never a picture."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS

FloatArray = npt.NDArray[np.float32]

WINDOW_S = 5.0
"""Frames a second and latency speak of this time."""
MINUTE_S = 60
SLOTS = MINUTE_S + 1
"""The sixty seconds that are over, and the one that runs."""


class Rate:
    """Counts events and says how many a second came lately. Not safe between threads: its owner holds a lock.

    Attributes:
        total: Events since the beginning.
    """

    def __init__(self) -> None:
        self.total = 0
        self._first_s: float | None = None
        self._times_s: deque[float] = deque()

    def add(self, time_s: float, count: int = 1) -> None:
        """Count events that came at one time."""
        self._first_s = time_s if self._first_s is None else self._first_s
        self.total += count
        self._times_s.extend([time_s] * count)
        self._forget(time_s)

    def hz(self, now_s: float) -> float:
        """Return events a second over the last five seconds, or over the time since the first where that is less.

        >>> rate = Rate()
        >>> for frame in range(16):
        ...     rate.add(frame / 15)
        >>> rate.hz(1.0)
        15.0
        """
        self._forget(now_s)
        if self._first_s is None or now_s <= self._first_s:
            return 0.0
        since_s = min(WINDOW_S, now_s - self._first_s)
        # The first event opens the interval that the others close.
        count = sum(time_s > now_s - since_s for time_s in self._times_s)
        return count / since_s

    def _forget(self, now_s: float) -> None:
        while self._times_s and self._times_s[0] < now_s - WINDOW_S:
            self._times_s.popleft()


class Latency:
    """How long frames waited for their result, over the last five seconds. Not safe between threads."""

    def __init__(self) -> None:
        self._taken: deque[tuple[float, float]] = deque()

    def add(self, now_s: float, taken_s: float) -> None:
        """Note one result."""
        self._taken.append((now_s, taken_s))
        self._forget(now_s)

    def milliseconds(self, now_s: float) -> tuple[float, float] | None:
        """Return median and 95th percentile, or None where nothing came lately.

        >>> latency = Latency()
        >>> for taken_s in (0.010, 0.020, 0.030):
        ...     latency.add(1.0, taken_s)
        >>> latency.milliseconds(1.0)
        (20.0, 29.0)
        """
        self._forget(now_s)
        if not self._taken:
            return None
        median, high = np.percentile([1000 * taken_s for _, taken_s in self._taken], (50, 95))
        return round(float(median), 3), round(float(high), 3)

    def _forget(self, now_s: float) -> None:
        while self._taken and self._taken[0][0] < now_s - WINDOW_S:
            self._taken.popleft()


class MoodMinute:
    """The mood of each of the last sixty seconds: a ring of numbers. Not safe between threads.

    A second's mood is the mean of the probabilities that were found in it; a second in which no face was
    seen has none.
    """

    def __init__(self) -> None:
        self._sums: FloatArray = np.zeros((SLOTS, len(EMOTIONS)), np.float32)
        self._counts = np.zeros(SLOTS, np.int64)
        self._second = -1

    def add(self, time_s: float, probabilities: FloatArray) -> None:
        """Take in one result.

        Args:
            time_s: Seconds since the stream began; not negative, growing.
            probabilities: Shape ``(7,)``, FER2013's order, sum 1.
        """
        self._turn_to(int(time_s))
        slot = self._second % SLOTS
        self._sums[slot] += probabilities
        self._counts[slot] += 1

    def table(self, time_s: float) -> dict[str, npt.NDArray[np.floating]]:
        """Return the last sixty full seconds, oldest first, as ``mood_over_time`` draws them.

        Args:
            time_s: Now, in seconds since the stream began.

        Returns:
            ``time_s``: when each second ended, -59 to 0, shape ``(60,)``; and for each emotion its share, shape
            ``(60,)``. The seven sum to 1, or to 0 in a second without a face and before the stream began.
        """
        self._turn_to(int(time_s))
        order = np.arange(self._second + 1, self._second + 1 + MINUTE_S) % SLOTS
        shares = self._sums[order] / np.maximum(self._counts[order], 1)[:, None]
        times = np.arange(1 - MINUTE_S, 1, dtype=np.float32)
        return {"time_s": times, **{name: shares[:, column] for column, name in enumerate(EMOTIONS)}}

    def _turn_to(self, second: int) -> None:
        """Empty the slots of the seconds that begin."""
        for passed in range(max(self._second + 1, second - SLOTS + 1), second + 1):
            self._sums[passed % SLOTS] = 0
            self._counts[passed % SLOTS] = 0
        self._second = max(self._second, second)
