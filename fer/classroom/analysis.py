"""The analysis of one stream in a thread of its own: one frame waits at most, and it is always the newest."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from fer.classroom.meters import Latency, MoodMinute, Rate
from fer.errors import FerError
from fer.faces.detect import WEBCAM, DetectorName
from fer.faces.frames import FrameAnalyzer, Pace
from fer.faces.pipeline import open_analyzer
from fer.faces.track import TrackedFace

UInt8Array = npt.NDArray[np.uint8]

IDLE_S = 30.0
"""Without a frame for this time the stream counts as lost: its thread ends and its place is free."""
LIVE = Pace(detect_s=0.2, classify_s=0.0)
"""Each frame is classified, and boxes move with the picture between detections: the same answers as with a detection
in every frame, for less than half the work (docs/decisions/0004-live-frames.md)."""
log = logging.getLogger(__name__)
_numbers = itertools.count(1)


class Steps(Protocol):
    """What analyses a stream's frames, in order: ``FrameAnalyzer``, or a test's stand-in."""

    def step(self, image_bgr: UInt8Array, time_s: float) -> list[TrackedFace]:
        """See ``FrameAnalyzer.step``."""
        ...


@dataclass(frozen=True)
class Opened:
    """A stream's analysis, ready.

    Attributes:
        steps: Takes the frames.
        detector: Which detector it is, ``yunet`` or ``haar``.
        note: What the viewer should know about it, or "".
    """

    steps: Steps
    detector: DetectorName
    note: str = ""


def open_steps(detector: DetectorName, model: str | None = None) -> Opened:
    """Open the pipeline for one stream, with a face model of the registry or the default one.

    Raises:
        DetectorError: If the detector asked for by name cannot be had.
        ModelError: If there is no such face model or it is damaged.
    """
    # Several cameras run beside each other: a thread for each is faster than all cores for one.
    cv2.setNumThreads(1)
    analyzer = open_analyzer(detector, model)
    found_by: DetectorName = "haar" if analyzer.detector.name == "haar" else "yunet"
    return Opened(FrameAnalyzer(analyzer, LIVE, WEBCAM), found_by, analyzer.detector.note)


Open = Callable[[DetectorName, str | None], Opened]
"""``open_steps``, or a test's stand-in."""


@dataclass(frozen=True)
class Frame:
    """A frame on its way through the analysis; in memory only.

    Attributes:
        image_bgr: Shape ``(height, width, 3)``, uint8, as the viewer sees it.
        gray: Small grey copy.
        received_s: When it came, on the process's monotonic clock.
    """

    image_bgr: UInt8Array
    gray: UInt8Array
    received_s: float


@dataclass(frozen=True)
class Result:
    """What the newest analysed frame held.

    Attributes:
        faces: Largest first.
        gray: The frame's small grey copy, from which boxes are followed.
        size_px: Its width and height.
        received_s: When the frame came.
        brightness: Its mean grey value in [0, 255].
    """

    faces: list[TrackedFace]
    gray: UInt8Array
    size_px: tuple[int, int]
    received_s: float
    brightness: float


@dataclass(frozen=True)
class AnalysisNumbers:
    """What the analysis has to say at one moment; see ``LiveNumbers``."""

    analysed_hz: float
    analysed: int
    dropped: int
    latency_ms: tuple[float, float] | None
    mood: dict[str, npt.NDArray[np.floating]]
    last_face_s: float | None
    detector: DetectorName | None
    note: str
    problem: str
    failures: int


class Analysis:
    """Takes frames without ever waiting, analyses the newest one, and keeps what it found.

    Args:
        open_: Opens the pipeline; called in the analysis's own thread, since a detector is not shared.
        detector: Which to begin with.
        model: The same of the network; None takes the default.
        on_end: Called once when the thread ends.
        idle_s: See ``IDLE_S``.
    """

    def __init__(
        self,
        open_: Open,
        detector: DetectorName,
        model: str | None,
        on_end: Callable[[], None],
        idle_s: float = IDLE_S,
    ):
        self._open = open_
        self._wanted = (detector, model)
        self._on_end = on_end
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._came = threading.Condition(self._lock)
        self._waiting: Frame | None = None
        self._ended = False
        self._opened: tuple[tuple[DetectorName, str | None], Opened] | None = None
        self._result: Result | None = None
        self._began_s = time.monotonic()
        self._rate, self._latency, self._mood = Rate(), Latency(), MoodMinute()
        self._dropped = 0
        self._last_face_s: float | None = None
        self._failures = 0
        self._problem = ""
        self._logged: set[str] = set()
        self._thread = threading.Thread(target=self._work, name=f"live-analysis-{next(_numbers)}", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether frames are still taken."""
        with self._lock:
            return not self._ended

    @property
    def result(self) -> Result | None:
        """The newest result, or None before the first."""
        with self._lock:
            return self._result

    def post(self, frame: Frame) -> None:
        """Hand over a frame; one that still waits is dropped and counted."""
        with self._came:
            if self._waiting is not None:
                self._dropped += 1
            self._waiting = frame
            self._came.notify()

    def count_dropped(self, count: int) -> None:
        """Count frames that were dropped before they came here."""
        with self._lock:
            self._dropped += count

    def choose(self, detector: DetectorName, model: str | None = None) -> None:
        """Use another detector or network from the next frame on."""
        with self._lock:
            self._wanted = (detector, model)

    def end(self) -> None:
        """Ask the thread to end, and do not wait for it."""
        with self._came:
            self._ended = True
            self._waiting = None
            self._came.notify()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; for tests and for the end of the process."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def read(self, now_s: float) -> AnalysisNumbers:
        """Return the numbers of this moment."""
        with self._lock:
            opened = self._opened[1] if self._opened else None
            return AnalysisNumbers(
                analysed_hz=self._rate.hz(now_s),
                analysed=self._rate.total,
                dropped=self._dropped,
                latency_ms=self._latency.milliseconds(now_s),
                mood=self._mood.table(now_s - self._began_s),
                last_face_s=self._last_face_s,
                detector=opened.detector if opened else None,
                note=opened.note if opened else "",
                problem=self._problem,
                failures=self._failures,
            )

    def _work(self) -> None:
        try:
            while (frame := self._next()) is not None:
                self._take(frame)
        finally:
            with self._lock:
                self._ended = True
                # The pipeline holds a small copy of the last frame: nothing of a picture outlives its stream.
                self._waiting = self._result = self._opened = None
            self._on_end()

    def _next(self) -> Frame | None:
        """Wait for a frame; None ends the thread."""
        with self._came:
            self._came.wait_for(lambda: self._ended or self._waiting is not None, self._idle_s)
            frame, self._waiting = self._waiting, None
            return None if self._ended else frame

    def _take(self, frame: Frame) -> None:
        try:
            faces = self._steps().step(frame.image_bgr, frame.received_s)
        except FerError as problem:
            self._note(problem, str(problem))
            return
        except Exception as problem:
            self._note(problem, "")
            return
        faces = sorted(faces, key=lambda face: -face.face.box_xywh[2] * face.face.box_xywh[3])
        height, width = frame.image_bgr.shape[:2]
        result = Result(faces, frame.gray, (width, height), frame.received_s, float(frame.gray.mean()))
        now_s = time.monotonic()
        with self._lock:
            self._result = None if self._ended else result
            self._rate.add(now_s)
            self._latency.add(now_s, now_s - frame.received_s)
            if faces:
                self._mood.add(max(0.0, frame.received_s - self._began_s), faces[0].smoothed)
                self._last_face_s = frame.received_s
            self._problem = ""

    def _steps(self) -> Steps:
        """Return the pipeline, opened anew where another one was chosen or the last frame failed."""
        with self._lock:
            wanted = self._wanted
            if self._opened is not None and self._opened[0] == wanted:
                return self._opened[1].steps
        opened = self._open(*wanted)
        with self._lock:
            self._opened = (wanted, opened)
        return opened.steps

    def _note(self, problem: Exception, sentence: str) -> None:
        """Count a failure and keep a sentence for the page; the log hears of each kind once, and never of a picture."""
        kind = type(problem).__name__
        with self._lock:
            self._failures += 1
            self._problem = sentence or (
                f"The last frame could not be analysed ({kind}); {self._failures} so far. The video goes on. "
                "If this stays, stop the camera and start it again."
            )
            # A pipeline that failed half way may hold half a step.
            self._opened = self._result = None
            first = kind not in self._logged
            self._logged.add(kind)
        if first:
            log.error("A live frame could not be analysed.", exc_info=problem)
