"""The teacher's own voice as a signal of a class: means of ten seconds, kept like the class's other rows.

Only the teacher's: of students nothing may be told of fewer people than the class's setting, and in a lesson one person
speaks at a time, so that a mean over students' voices would hardly ever be of enough of them.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fer.classroom.class_rows import BIN_S
from fer.classroom.law import permitted
from fer.classroom.records import ClassRow, ClassSettings, FloatArray, HeardRow
from fer.errors import DatabaseError

if TYPE_CHECKING:
    from fer.classroom.store import Store

LATE_S = 2.0
"""A stretch is closed so long after its end: a window's number may still be on its way."""
MOST_WAITING = 18
"""Stretches that a store which is away has not taken: three minutes, as for the seats' seconds."""
LEAST_SPEECH_S = 0.5
"""Of a stretch in which less was said nothing is kept."""
IN_WINDOWS = 4
"""Windows are four seconds long and come once a second: each second of speech is in so many."""


def voice_allowed(settings: ClassSettings) -> bool:
    """Whether a voice may be read in a class, by law; a demo class has no voice."""
    return settings.mode != "demo" and permitted(settings.region, settings.purpose).voice


@dataclass(frozen=True)
class VoiceNow:
    """What the teacher's page shows of the own voice.

    Attributes:
        probabilities: The newest window's, shape ``(7,)``; None where nothing was said of late.
        stretches: How many stretches were kept so far.
        problem: Why nothing is kept, or "".
    """

    probabilities: FloatArray | None
    stretches: int
    problem: str


class VoiceSignal:
    """One teacher's voice in one class. Safe between threads.

    Args:
        row: The class.
        store: Takes the means.
    """

    def __init__(self, row: ClassRow, store: Store) -> None:
        self._row, self._store = row, store
        self._lock = threading.Lock()
        self._place = -1
        self._sum, self._speech_s = np.zeros(7), 0.0
        self._waiting: list[HeardRow] = []
        self._kept = 0
        self._newest: tuple[float, FloatArray] | None = None
        self._problem = ""
        self._closed = False

    def hear(self, row: ClassRow) -> None:
        """Take in the class as its page knows it: while it is paused nothing counts."""
        with self._lock:
            self._row = row
            if not self._counts():
                self._forget()

    def take(self, probabilities: FloatArray, speech_s: float, at_s: float) -> None:
        """Take one window; for ``fer.audio.live.Ear``.

        Args:
            probabilities: Shape ``(7,)``, FER2013's order.
            speech_s: How long somebody speaks in it.
            at_s: When it ended, on the process's monotonic clock.
        """
        now_s = time.monotonic()
        at = self._store.now() - (now_s - at_s)
        with self._lock:
            if not self._counts() or at < self._row.started:
                return
            self._newest = (now_s, probabilities)
            place = int((at - int(self._row.started)) // BIN_S)
            if place > self._place:
                self._close()
                self._place = place
            if place == self._place:
                self._sum += speech_s * probabilities
                self._speech_s += speech_s
        self.write()

    def tick(self) -> None:
        """Close a stretch that is over, and write what waits; the page calls it while it is open."""
        now = self._store.now()
        with self._lock:
            if now - int(self._row.started) > BIN_S * (self._place + 1) + LATE_S:
                self._close()
                self._place = int((now - int(self._row.started)) // BIN_S)
        self.write()

    def end(self) -> None:
        """Keep what was heard until now: the microphone was switched off."""
        with self._lock:
            self._close()
            self._newest = None
        self.write()

    def now(self) -> VoiceNow:
        """Return what the page shows."""
        with self._lock:
            fresh = self._newest is not None and time.monotonic() - self._newest[0] < BIN_S / 2
            newest = self._newest[1] if self._newest is not None and fresh else None
            return VoiceNow(newest, self._kept, self._problem)

    def write(self) -> None:
        """Hand over what waits; where the store is away it goes on waiting. Never raises for that."""
        with self._lock:
            rows, self._waiting = self._waiting, []
        if not rows:
            return
        try:
            row = self._store.class_by_id(self._row.id)
            if row is not None and row.state == "open":
                # Asked here as well: the page that listens may not know yet that the class is paused or was deleted.
                self._store.heard.add(row.id, rows)
            with self._lock:
                self._closed = row is None or row.state == "ended"
                self._row = row or self._row
                self._kept += len(rows)
                self._problem = ""
        except DatabaseError as problem:
            with self._lock:
                self._waiting = [*rows, *self._waiting][-MOST_WAITING:]
                self._problem = str(problem)

    def _counts(self) -> bool:
        """Whether what is heard counts now; the lock is held."""
        return not self._closed and self._row.state == "open" and voice_allowed(self._row.settings)

    def _close(self) -> None:
        """Make a row of the stretch; the lock is held."""
        said_s = self._speech_s / IN_WINDOWS
        if said_s >= LEAST_SPEECH_S and self._place >= 0:
            t = int(self._row.started) + BIN_S * self._place
            self._waiting.append(HeardRow("voice", t, BIN_S, self._sum / self._speech_s, said_s))
        self._sum, self._speech_s = np.zeros(7), 0.0

    def _forget(self) -> None:
        """Drop the stretch that was begun; the lock is held."""
        self._sum, self._speech_s, self._newest = np.zeros(7), 0.0, None
