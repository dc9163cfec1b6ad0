"""A microphone as it is heard: its last seconds in memory, a window of them classified at most once a second.

The frame callback never raises, never waits and knows nothing of Streamlit. Sound is in memory only, and only for the
four seconds of one window: nothing here writes, logs or sends it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache

import av
import numpy as np
import numpy.typing as npt

from fer.audio.classify import SpeechClassifier, open_classifier
from fer.audio.frames import RATE_HZ, frames_of
from fer.audio.windows import STEP_S, WINDOW_S, speech_mask, windows_of
from fer.errors import ClassFullError, FerError

FloatArray = npt.NDArray[np.float32]
OnHeard = Callable[[FloatArray, float, float], None]
"""Takes probabilities, shape ``(7,)``; the seconds of speech in them; when, on the process's monotonic clock."""

MOST_EARS = 30
"""Microphones of one process: each takes about a fortieth of a core."""
NEW_S = 0.5
"""A window is looked at again once it has so much new sound: one that stands still is not counted on."""
log = logging.getLogger(__name__)


class Ear:
    """One microphone. One object serves any number of starts and stops.

    Args:
        on_heard: Called by the ears' thread with what each window sounds like.
        ears: Whose thread listens; None takes the process's own.
    """

    def __init__(self, on_heard: OnHeard, ears: Ears | None = None):
        self.on_heard = on_heard
        self.problem = ""
        self._ears = ears or open_ears()
        self._lock = threading.Lock()
        self._resampler: av.AudioResampler | None = None
        self._parts: deque[FloatArray] = deque()
        self._held = self._new = 0
        self._came_s = self.looked_s = -np.inf

    def on_frame(self, frame: av.AudioFrame) -> None:
        """Take one frame of sound, of any rate and layout; for ``create_audio_sink_track``."""
        try:
            self._take(frame)
        # A callback that raises ends the sound in silence, so nothing may leave it.
        except Exception as problem:
            self._say(problem)

    def on_ended(self) -> None:
        """Forget the sound: the microphone was switched off, the tab was closed or the connection was lost."""
        self._ears.remove(self)
        with self._lock:
            self._parts.clear()
            self._held = self._new = 0
            self._resampler = None
            self._came_s = -np.inf

    def heard_s(self) -> float:
        """Return how long ago the last sound came; infinite where none did."""
        return time.monotonic() - self._came_s

    def _take(self, frame: av.AudioFrame) -> None:
        with self._lock:
            if self._resampler is None:
                self._resampler = av.AudioResampler("flt", "mono", RATE_HZ)
            for part in self._resampler.resample(frame):
                samples = np.nan_to_num(part.to_ndarray()[0].astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
                self._parts.append(samples)
                self._held += len(samples)
                self._new += len(samples)
            while self._parts and self._held - len(self._parts[0]) >= WINDOW_S * RATE_HZ:
                self._held -= len(self._parts.popleft())
            self._came_s = time.monotonic()
        self._ears.add(self)

    def due_s(self) -> float:
        """Return when the next window is due, on the monotonic clock; infinite where there is nothing new."""
        with self._lock:
            return self.looked_s + STEP_S if self._new >= NEW_S * RATE_HZ else np.inf

    def listen(self, classifier: SpeechClassifier) -> None:
        """Classify the last seconds, if somebody speaks in them; called by the ears' thread."""
        with self._lock:
            samples = np.concatenate(self._parts) if self._parts else np.empty(0, np.float32)
            came_s, self._new = self._came_s, 0
        if len(samples) < NEW_S * RATE_HZ:
            return
        frames = frames_of(samples[-round(WINDOW_S * RATE_HZ) :])
        windows = windows_of(frames, speech_mask(frames))
        if not windows:
            return
        rows = classifier.probabilities(windows[:1])
        self.problem = ""
        self.on_heard(rows[0], windows[0].speech_s, came_s)

    def _say(self, problem: Exception) -> None:
        sentence = str(problem) if isinstance(problem, FerError) else (
            f"The sound could not be heard ({type(problem).__name__}). What comes next is tried."
        )  # fmt: skip
        first, self.problem = sentence != self.problem, sentence
        if first:
            log.error("A microphone's sound was left out.", exc_info=problem)


class Ears:
    """The microphones of a process. One thread listens to all of them, while there is any."""

    def __init__(self, open_: Callable[[], SpeechClassifier] = open_classifier):
        self._open = open_
        self._changed = threading.Condition()
        self._ears: set[Ear] = set()
        self._thread: threading.Thread | None = None

    def add(self, ear: Ear) -> None:
        """Listen to a microphone; one that is listened to already changes nothing.

        Raises:
            ClassFullError: If ``MOST_EARS`` are listened to.
        """
        with self._changed:
            if ear not in self._ears:
                if len(self._ears) >= MOST_EARS:
                    raise ClassFullError(
                        f"This server listens to {MOST_EARS} microphones already and has no place for another."
                    )
                self._ears.add(ear)
            if self._thread is None:
                self._thread = threading.Thread(target=self._listen_on, name="ears", daemon=True)
                self._thread.start()

    def remove(self, ear: Ear) -> None:
        """Listen to a microphone no more; one that is not listened to is fine."""
        with self._changed:
            self._ears.discard(ear)
            self._changed.notify_all()

    def count(self) -> int:
        """Return how many microphones are listened to."""
        with self._changed:
            return len(self._ears)

    def _listen_on(self) -> None:
        while True:
            with self._changed:
                if not self._ears:
                    self._thread = None
                    return
                # The one that has waited longest: on a server under load all are heard less often.
                ear = min(self._ears, key=lambda one: one.due_s())
                wait_s = min(0.25, ear.due_s() - time.monotonic())
                if wait_s > 0:
                    self._changed.wait(wait_s)
                    continue
            ear.looked_s = time.monotonic()
            try:
                ear.listen(self._open())
            except Exception as problem:
                # Also of what takes the numbers: one microphone's fault must not silence the others.
                ear._say(problem)


@lru_cache(maxsize=1)
def open_ears() -> Ears:
    """Return the process's own."""
    return Ears()
