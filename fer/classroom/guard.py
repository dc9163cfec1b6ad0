"""The load guard: every stream is looked at less often before frames begin to wait for each other."""

from __future__ import annotations

from collections.abc import Sequence

FULL_HZ = 2.0
"""Frames a second that are analysed of each stream while there is time for it."""
LEAST_HZ = 0.5
"""What is left of it on a server that has too little."""
BUSY_SHARE = 0.8
"""So much of the workers' time may be planned for. The rest is for frames that come at the same moment, for the pages
and for decoding what the cameras send."""
AIM_S = 0.3
"""From when a stream asks for its turn to its number: where one in twenty takes longer, the rate falls whatever was
planned."""
LATE_SHARE = 0.05
LATE_AT_LEAST = 3
"""Late frames in a second that are more than chance."""
JUDGE_EVERY_S = 1.0
FALL = 0.75
RISE = 1.15
_LEARN = 0.04
"""A frame's weight in the mean cost: about the last second of a class of 25."""


class LoadGuard:
    """Plans from what a frame costs, and corrects the plan by how long frames really took. Not safe between threads.

    A frame's cost is measured by the clock and not by the processor, so it grows with what else runs on the machine.

    Args:
        workers: How many frames are worked on at a time.
    """

    def __init__(self, workers: int):
        self._workers = workers
        self._cost_s: float | None = None
        self._eased = 1.0
        self._judged_s: float | None = None
        self._frames = self._late = 0

    @property
    def cost_s(self) -> float | None:
        """Mean time that a worker spends on a frame, or None before the first."""
        return self._cost_s

    def note(self, taken_s: Sequence[float], spent_s: float) -> None:
        """Note a batch.

        Args:
            taken_s: Of each of its streams: the time from when it asked for its turn to its number.
            spent_s: How long one worker was busy with all of them.
        """
        cost_s = spent_s / len(taken_s)
        if self._cost_s is None:
            self._cost_s = cost_s
        self._cost_s += (1 - (1 - _LEARN) ** len(taken_s)) * (cost_s - self._cost_s)
        self._frames += len(taken_s)
        self._late += sum(one > AIM_S for one in taken_s)

    def due(self, now_s: float) -> bool:
        """Whether it is time to judge again."""
        return self._judged_s is None or now_s - self._judged_s >= JUDGE_EVERY_S

    def judge(self, streams: int, now_s: float) -> float:
        """Return how many frames a second are to be analysed of each stream, from what was noted since the last time.

        Args:
            streams: How many are open.
            now_s: On a monotonic clock.

        >>> guard = LoadGuard(workers=2)
        >>> guard.note([0.05], spent_s=0.010)
        >>> guard.judge(streams=50, now_s=0.0), guard.judge(streams=200, now_s=1.0)
        (2.0, 0.8)
        """
        self._judged_s = now_s
        late = self._late >= max(LATE_AT_LEAST, LATE_SHARE * self._frames)
        self._frames = self._late = 0
        self._eased = max(LEAST_HZ / FULL_HZ, self._eased * FALL) if late else min(1.0, self._eased * RISE)
        planned_hz = FULL_HZ
        if self._cost_s and streams:
            planned_hz = BUSY_SHARE * self._workers / (self._cost_s * streams)
        return float(min(FULL_HZ, max(LEAST_HZ, min(planned_hz, FULL_HZ * self._eased))))
