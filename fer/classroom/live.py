"""Live frames: what the camera's thread calls for every frame, and what the page reads.

The callback never raises, never waits and knows nothing of Streamlit. Frames are in memory only, and
only until the next one: nothing here writes, logs or sends them.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Literal

import av
import cv2
import numpy as np
import numpy.typing as npt

from fer.classroom.analysis import IDLE_S, Analysis, AnalysisNumbers, Frame, Open, Result, open_steps
from fer.classroom.follow import follow_faces, small_gray
from fer.classroom.meters import Rate
from fer.classroom.places import PLACES, Places
from fer.faces.detect import DetectorName
from fer.faces.draw import draw_faces
from fer.faces.track import TrackedFace
from fer.settings import settings

Stage = Literal["off", "on", "full", "over"]
STALE_S = 1.0
"""Boxes of an older result are not drawn: the analysis hangs, or the face may be somewhere else by now."""
CLOSED_S = 1.0
"""So long after a stream's end frames that were still on their way do not begin it again, unless a start is awaited."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LiveNumbers:
    """What a page shows of a stream at one moment. Numbers and sentences, no picture.

    Attributes:
        stage: ``off`` before the first frame and after the last; ``on``; ``full``: the server has no place for another
            camera; ``over``: the stream lasted as long as it may.
        faces: Of the newest analysed frame, largest first.
        size_px: Width and height of that frame, or None before the first.
        brightness: Its mean grey value in [0, 255], or None before the first.
        received_hz: Frames a second that came, over the last five seconds.
        received: Frames that came since the start.
        no_face_s: Seconds since a face was last seen, or since the start.
        analysis: Rate, latency, drops, the last minute's mood and problems of the analysis; None before the start.
    """

    stage: Stage
    faces: list[TrackedFace]
    size_px: tuple[int, int] | None
    brightness: float | None
    received_hz: float
    received: int
    no_face_s: float
    analysis: AnalysisNumbers | None


class LiveFrames:
    """One camera's frames. One object serves any number of starts and stops.

    Args:
        detector: Which detector to begin with.
        model: Which network; None takes the default.
        mirrored: Whether the picture is flipped, as people know themselves; boxes and names are drawn after it.
        open_: Opens the pipeline.
        places: Where a place is taken for each start.
        idle_s: See ``fer.classroom.analysis.IDLE_S``.
    """

    def __init__(
        self,
        detector: DetectorName = "auto",
        model: str | None = None,
        mirrored: bool = True,
        open_: Open = open_steps,
        places: Places = PLACES,
        idle_s: float = IDLE_S,
    ):
        self._detector, self._model = detector, model
        self._mirrored = mirrored
        self._open = open_
        self._places = places
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._stage: Stage = "off"
        self._analysis: Analysis | None = None
        self._received = Rate()
        self._began_s = 0.0
        self._closed_until_s = 0.0
        self._logged: set[str] = set()

    async def on_frames(self, frames: list[av.VideoFrame]) -> list[av.VideoFrame]:
        """Take all frames that came since the last call, oldest first: the newest is shown, the others are counted.

        For ``queued_video_frames_callback``: it alone lets the frames that were skipped be counted.
        """
        analysis = self._analysis
        if len(frames) > 1 and analysis is not None:
            analysis.count_dropped(len(frames) - 1)
            with self._lock:
                self._received.add(time.monotonic(), len(frames) - 1)
        return [self.on_frame(frames[-1])]

    def on_frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Take one frame and return it with the faces marked; a frame that cannot be worked on goes back as it came."""
        try:
            return self._shown(frame, time.monotonic())
        # A callback that raises freezes the stream in silence, so nothing may leave it.
        except Exception as problem:
            self._log_once(problem)
            return frame

    def on_ended(self) -> None:
        """End the stream: the camera was stopped, the tab was closed or the connection was lost."""
        with self._lock:
            analysis = self._analysis
            self._closed_until_s = time.monotonic() + CLOSED_S
            # Full and over stay to be read until the next start.
            self._stage = "off" if self._stage == "on" else self._stage
        if analysis is not None:
            analysis.end()

    def await_start(self) -> None:
        """Make ready for another start, also after ``full`` or ``over``: the visitor asked for it."""
        with self._lock:
            self._closed_until_s = 0.0
            if self._stage in ("full", "over"):
                self._stage = "off"

    def choose(self, detector: DetectorName, mirrored: bool, model: str | None = None) -> None:
        """Change detector, mirroring or network, also while the stream runs."""
        with self._lock:
            self._detector, self._mirrored, self._model = detector, mirrored, model
            analysis = self._analysis
        if analysis is not None:
            analysis.choose(detector, model)

    def read(self) -> LiveNumbers:
        """Return the numbers of this moment."""
        now_s = time.monotonic()
        with self._lock:
            stage, analysis, began_s = self._stage, self._analysis, self._began_s
            received_hz, received = self._received.hz(now_s), self._received.total
        numbers = analysis.read(now_s) if analysis else None
        result = analysis.result if analysis else None
        seen_s = numbers.last_face_s if numbers and numbers.last_face_s is not None else began_s
        fresh = result is not None and now_s - result.received_s <= STALE_S
        return LiveNumbers(
            stage=stage,
            faces=result.faces if result and fresh else [],
            size_px=result.size_px if result else None,
            brightness=result.brightness if result else None,
            received_hz=received_hz,
            received=received,
            no_face_s=now_s - seen_s,
            analysis=numbers,
        )

    def _shown(self, frame: av.VideoFrame, now_s: float) -> av.VideoFrame:
        # By default PyAV starts threads for each single frame, which takes longer than the work itself.
        image = np.asarray(frame.reformat(format="bgr24", threads=1).to_ndarray(), np.uint8)
        with self._lock:
            mirrored = self._mirrored
        if mirrored:
            image = np.ascontiguousarray(cv2.flip(image, 1), np.uint8)
        analysis = self._admitted(now_s)
        if analysis is not None:
            gray = small_gray(image)
            # Drawn from what is known already: this frame's own result comes a frame later.
            faces = _faces_now(analysis.result, gray, image, now_s)
            analysis.post(Frame(image, gray, now_s))
            image = draw_faces(image, faces, bars=False)
        return av.VideoFrame.from_ndarray(image, format="bgr24")

    def _admitted(self, now_s: float) -> Analysis | None:
        """Return the analysis that takes this frame; begin one with the first frame; None where none is allowed.

        A stream whose analysis ended because no frames came goes on with a new one; its time does not begin again.
        """
        with self._lock:
            if self._stage in ("full", "over") or now_s < self._closed_until_s:
                return None
            if self._stage == "off":
                self._began_s, self._received = now_s, Rate()
            self._received.add(now_s)
            running = self._analysis if self._stage == "on" else None
            if now_s - self._began_s > 60 * settings().live_minutes:
                self._stage = "over"
                if running is not None:
                    running.end()
                return None
            return running if running is not None and running.alive else self._begun()

    def _begun(self) -> Analysis | None:
        """Begin an analysis where there is a place for it; the lock is held."""
        if not self._places.take():
            self._stage = "full"
            return None
        try:
            self._analysis = Analysis(self._open, self._detector, self._model, self._places.give_back, self._idle_s)
        except Exception:
            self._places.give_back()
            raise
        self._stage = "on"
        return self._analysis

    def _log_once(self, problem: Exception) -> None:
        kind = type(problem).__name__
        with self._lock:
            first = kind not in self._logged
            self._logged.add(kind)
        if first:
            log.error("A live frame was handed back as it came.", exc_info=problem)


def _faces_now(
    result: Result | None, gray: npt.NDArray[np.uint8], image: npt.NDArray[np.uint8], now_s: float
) -> list[TrackedFace]:
    """Return the last result's faces where they are by now; none where the picture's size changed since."""
    size_px = (image.shape[1], image.shape[0])
    if result is None or result.size_px != size_px or now_s - result.received_s > STALE_S:
        return []
    return follow_faces(result.faces, result.gray, gray, size_px)
