"""The inference service: one for all students' cameras of a process.

A frame waits in its stream's one place, and a newer one replaces it. Each worker takes the frames that have waited
longest, finds the largest face of each, and classifies them all in one call of ONNX Runtime. Frames are in memory only,
and only until they were looked at: nothing here writes, logs or sends them.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from fer.classroom.guard import FULL_HZ, LoadGuard
from fer.classroom.meters import Latency, Rate
from fer.classroom.sight import Look, Picture, Sight, look_at, not_seen, sight_of
from fer.errors import ClassFullError, FerError
from fer.faces.pipeline import FaceAnalyzer, open_analyzer
from fer.settings import settings

BATCH_S = 0.05
"""A worker that collected frames for so long classifies them, whatever still waits: the first must not wait for all."""
BATCH = 16
EARLY = 0.25
"""A frame that comes earlier than it is due, by this share of the time between two, is taken: no camera keeps time."""
log = logging.getLogger(__name__)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class InferenceNumbers:
    """What the service has to say at one moment; rates and times are of the last five seconds.

    Attributes:
        streams: Open ones.
        analysed_hz: Frames a second, of all streams together.
        analysed: Frames since the beginning.
        dropped: Frames that were replaced by a newer one before they were looked at.
        failures: Frames that could not be looked at.
        p50_ms: Median time from a frame's coming to its number; None where none came.
        p95_ms: The 95th percentile of it.
        rate_hz: How many frames a second are taken of each stream now.
        detector: ``yunet`` or ``haar``; None before the first frame.
        note: What should be known about it, or "".
        problem: Why the last frame could not be looked at, or "".
    """

    streams: int
    analysed_hz: float
    analysed: int
    dropped: int
    failures: int
    p50_ms: float | None
    p95_ms: float | None
    rate_hz: float
    detector: str | None
    note: str
    problem: str


class Stream:
    """One camera's place in the service, from ``Inference.open``. Nothing here waits or raises."""

    def __init__(self, service: Inference, on_sight: Callable[[Sight], None]):
        self.on_sight = on_sight
        self._service = service
        self._due_s = 0.0

    def wants(self, now_s: float) -> bool:
        """Whether a frame that comes now should be posted; one that is not needs no decoding.

        While one still waits for its turn, every newer one is wanted in its place: then no number is of an old picture.

        Args:
            now_s: On the process's monotonic clock.
        """
        return now_s >= self._due_s - EARLY / self._service.rate_hz or self._service.has_waiting(self)

    def post(self, picture: Picture, now_s: float) -> None:
        """Hand over a frame; one of this stream that still waits is dropped and counted.

        Args:
            picture: See ``Picture``.
            now_s: When it came, on the process's monotonic clock.
        """
        if self._service.post(self, picture, now_s):
            between_s = 1 / self._service.rate_hz
            # Counted from when it was due and not from when it came, so that five frames a second give two, not 1.7.
            self._due_s = (self._due_s if now_s - self._due_s < between_s else now_s) + between_s

    def close(self) -> None:
        """Give the place back; a frame that waits is forgotten. Closing twice is harmless."""
        self._service.close(self)


@dataclass(frozen=True)
class _Waiting:
    """A frame that waits: when it came, and since when its stream has waited for its turn."""

    picture: Picture
    received_s: float
    since_s: float


class Inference:
    """The service. Its threads begin with the first stream and end with the last one.

    Args:
        open_: Makes an analyzer for each worker, in the worker's own thread.
        workers: How many; by default the cores there are, at most two: more would take the pages' time.
    """

    def __init__(self, open_: Callable[[], FaceAnalyzer] = open_analyzer, workers: int | None = None):
        self._open = open_
        self._workers = workers or min(2, os.cpu_count() or 1)
        self._lock = threading.Lock()
        self._came = threading.Condition(self._lock)
        self._streams: set[Stream] = set()
        # In the order of waiting: a stream whose frame is replaced keeps its turn.
        self._waiting: dict[Stream, _Waiting] = {}
        self._threads: set[threading.Thread] = set()
        self._guard = LoadGuard(self._workers)
        self.rate_hz = FULL_HZ
        self._rate, self._latency = Rate(), Latency()
        self._dropped = self._failures = 0
        self._detector: str | None = None
        self._note = self._problem = ""
        self._logged: set[str] = set()

    def open(self, on_sight: Callable[[Sight], None]) -> Stream:
        """Take a place for a camera.

        Args:
            on_sight: Called by a worker with what each frame held; it must not wait.

        Raises:
            ClassFullError: If ``max_class_streams`` cameras are looked at already.
        """
        most = settings().max_class_streams
        stream = Stream(self, on_sight)
        with self._lock:
            if len(self._streams) >= most:
                raise ClassFullError(
                    f"This server looks at {most} cameras already and has no place for another. "
                    "Take part by your clicks; the camera begins by itself when a place is free."
                )
            self._streams.add(stream)
            self._begin()
        return stream

    def post(self, stream: Stream, picture: Picture, now_s: float) -> bool:
        """See ``Stream.post``; False where it took the place of one that waited, or is not taken at all."""
        with self._came:
            if stream not in self._streams:
                return False
            before = self._waiting.get(stream)
            self._waiting[stream] = _Waiting(picture, now_s, now_s if before is None else before.since_s)
            if before is not None:
                self._dropped += 1
                return False
            self._came.notify()
            return True

    def has_waiting(self, stream: Stream) -> bool:
        """Whether a frame of this stream waits for its turn."""
        return stream in self._waiting

    def close(self, stream: Stream) -> None:
        """See ``Stream.close``."""
        with self._came:
            self._streams.discard(stream)
            self._waiting.pop(stream, None)
            if not self._streams:
                self._came.notify_all()

    def numbers(self) -> InferenceNumbers:
        """Return the numbers of this moment."""
        now_s = time.monotonic()
        with self._lock:
            latency = self._latency.milliseconds(now_s)
            return InferenceNumbers(
                streams=len(self._streams),
                analysed_hz=self._rate.hz(now_s),
                analysed=self._rate.total,
                dropped=self._dropped,
                failures=self._failures,
                p50_ms=latency[0] if latency else None,
                p95_ms=latency[1] if latency else None,
                rate_hz=self.rate_hz,
                detector=self._detector,
                note=self._note,
                problem=self._problem,
            )

    # -- the workers

    def _begin(self) -> None:
        """Begin the workers that are missing; the lock is held."""
        for _ in range(self._workers - len(self._threads)):
            thread = threading.Thread(target=self._work, name=f"inference-{next(_numbers)}", daemon=True)
            self._threads.add(thread)
            thread.start()

    def _work(self) -> None:
        # Workers run beside each other: a core for each is faster than all cores for one.
        cv2.setNumThreads(1)
        analyzer: FaceAnalyzer | None = None
        while self._awaited():
            analyzer = self._batch(analyzer)
        # With the last stream the analyzer goes as well: it holds a copy of the last frame.

    def _awaited(self) -> bool:
        """Wait for a frame; False ends the thread."""
        with self._came:
            self._came.wait_for(lambda: self._waiting or not self._streams)
            if self._streams:
                return True
            self._threads.discard(threading.current_thread())
            return False

    def _batch(self, analyzer: FaceAnalyzer | None) -> FaceAnalyzer | None:
        """Take frames for a while, classify them together, and hand over what they held.

        Returns:
            The analyzer for the next batch; None where it failed and may hold half a step.
        """
        looks: list[tuple[Stream, _Waiting, Look]] = []
        began_s = time.monotonic()
        while len(looks) < BATCH and time.monotonic() - began_s < BATCH_S:
            taken = self._next()
            if taken is None:
                break
            stream, frame = taken
            try:
                if analyzer is None:
                    analyzer = self._opened()
                    began_s = time.monotonic()
                looks.append((stream, frame, look_at(analyzer, frame.picture)))
            except Exception as problem:
                self._fail([taken], problem)
                # What a visitor's picture can cause says nothing about the analyzer.
                analyzer = analyzer if isinstance(problem, FerError) else None
        if analyzer is None or not looks:
            return analyzer
        try:
            probabilities = iter(analyzer.classifier.probabilities(np.concatenate([look.crop for *_, look in looks])))
        except Exception as problem:
            self._fail([(stream, frame) for stream, frame, _ in looks], problem)
            return None
        unsure_below, done_s = analyzer.classifier.unsure_below, time.monotonic()
        self._count([frame for _, frame, _ in looks], done_s - began_s, done_s)
        for stream, frame, look in looks:
            mood = next(probabilities) if len(look.found) else None
            self._tell(stream, sight_of(look, mood, unsure_below, frame.received_s, done_s))
        return analyzer

    def _next(self) -> tuple[Stream, _Waiting] | None:
        with self._lock:
            stream = next(iter(self._waiting), None)
            return None if stream is None else (stream, self._waiting.pop(stream))

    def _opened(self) -> FaceAnalyzer:
        analyzer = self._open()
        with self._lock:
            self._detector, self._note = analyzer.detector.name, analyzer.detector.note
        return analyzer

    def _count(self, frames: list[_Waiting], spent_s: float, now_s: float) -> None:
        with self._lock:
            self._rate.add(now_s, len(frames))
            for frame in frames:
                self._latency.add(now_s, now_s - frame.received_s)
            self._problem = ""
            self._guard.note([now_s - frame.since_s for frame in frames], spent_s)
            if self._guard.due(now_s):
                self.rate_hz = self._guard.judge(len(self._streams), now_s)

    def _tell(self, stream: Stream, sight: Sight) -> None:
        with self._lock:
            if stream not in self._streams:
                return
        try:
            stream.on_sight(sight)
        except Exception as problem:
            self._log_once(problem, "What a frame held could not be taken.")

    def _fail(self, frames: list[tuple[Stream, _Waiting]], problem: Exception) -> None:
        """Say that frames could not be looked at; the log hears of each kind once, and never of a picture."""
        kind = type(problem).__name__
        sentence = str(problem) if isinstance(problem, FerError) else (
            f"The last picture could not be looked at ({kind}). The next one is tried."
        )  # fmt: skip
        with self._lock:
            self._failures += len(frames)
            self._problem = sentence
        self._log_once(problem, "A frame of a class could not be looked at.")
        now_s = time.monotonic()
        for stream, frame in frames:
            self._tell(stream, not_seen(sentence, frame.received_s, now_s))

    def _log_once(self, problem: Exception, sentence: str) -> None:
        kind = type(problem).__name__
        with self._lock:
            first = kind not in self._logged
            self._logged.add(kind)
        if first:
            log.error(sentence, exc_info=problem)


@lru_cache(maxsize=1)
def open_inference() -> Inference:
    """Return the process's own service."""
    return Inference()
