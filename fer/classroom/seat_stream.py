"""What a camera's thread calls for every frame or still of one student, whichever way they come.

Neither raises, waits or knows of Streamlit. Most frames are not looked at, and those cost nothing but a look at the
clock: a frame is turned into pixels by the inference service, in its own threads, and is forgotten with the next one.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import VideoReformatter

from fer.classroom.inference import Inference, Stream, open_inference
from fer.classroom.seat import LiveSeat
from fer.classroom.sight import Picture
from fer.errors import ClassFullError
from fer.faces.stills import MOST_BYTES, read_still

LONGEST_PX = 640
"""Larger frames are shrunk before they are turned into BGR: one face before a camera is found as well."""
AGAIN_S = 5.0
"""So often a place is asked for where the server was full."""
QUIET_S = 3.0
"""A page that was ousted by another one, and whose camera was silent for so long, may take the seat over again."""
log = logging.getLogger(__name__)


class SeatStream:
    """One page's camera. One object serves any number of starts and stops.

    Args:
        seat: Whose.
        inference: Looks at the frames; None takes the process's own.
    """

    def __init__(self, seat: LiveSeat, inference: Inference | None = None):
        self._seat = seat
        self._inference = inference or open_inference()
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._ousted = False
        self._came_s = self._full_s = -np.inf
        self._logged: set[str] = set()

    def on_frame(self, frame: av.VideoFrame) -> None:
        """Take one frame; for ``create_video_sink_track``, which needs no thread of its own for a camera."""
        self._take(partial(shrunk, frame))

    async def on_frames(self, frames: list[av.VideoFrame]) -> list[av.VideoFrame]:
        """Take all frames that came since the last call; for ``queued_video_frames_callback``."""
        self.on_frame(frames[-1])
        return frames[-1:]

    def on_still(self, jpeg: bytes) -> None:
        """Take one still of the page's own component, as JPEG; what is none becomes a sentence on the page."""
        self._take(partial(read_still, jpeg[: MOST_BYTES + 1], longest_px=LONGEST_PX))

    def on_ended(self) -> None:
        """End the stream: the camera was stopped, the tab was closed or the connection was lost."""
        with self._lock:
            self._ousted = False
        self.let_go()
        self._seat.frames_ended(self)

    def oust(self) -> None:
        """Bring nothing while another page does: see ``fer.classroom.seat.Source``."""
        with self._lock:
            self._ousted = True
        self.let_go()

    def let_go(self) -> None:
        """Give the camera's place back; the next frame that the seat takes asks for another."""
        with self._lock:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _take(self, picture: Picture) -> None:
        try:
            now_s = time.monotonic()
            stream = self._admitted(now_s)
            if stream is not None and stream.wants(now_s):
                stream.post(picture, now_s)
        # A callback that raises freezes a stream in silence, so nothing may leave it.
        except Exception as problem:
            kind = type(problem).__name__
            first = kind not in self._logged
            self._logged.add(kind)
            if first:
                log.error("A frame of a class was left out.", exc_info=problem)

    def _admitted(self, now_s: float) -> Stream | None:
        """Return the stream that takes this frame; open one with the first frame; None where it is not looked at."""
        with self._lock:
            quiet = now_s - self._came_s > QUIET_S
            self._came_s = now_s
            self._ousted = self._ousted and not quiet
            if self._ousted:
                return None
            stream, full = self._stream, now_s - self._full_s < AGAIN_S
        # Also frames that are not looked at say that the student is there.
        self._seat.frame_came(self, now_s)
        if not self._seat.takes_frames:
            return None
        if stream is not None or full:
            return stream
        return self._opened(now_s)

    def _opened(self, now_s: float) -> Stream | None:
        try:
            stream = self._inference.open(self._seat.take)
        except ClassFullError as problem:
            with self._lock:
                self._full_s = now_s
            self._seat.trouble(str(problem))
            return None
        with self._lock:
            # Another frame's thread may have been quicker, or another page.
            kept = self._stream is None and not self._ousted
            self._stream = stream if kept else self._stream
            taken = self._stream
        if not kept:
            stream.close()
        if not self._seat.takes_frames:
            # Left or paused in this very moment: nobody would give the place back.
            self.let_go()
        self._seat.trouble("")
        return taken


def shrunk(frame: av.VideoFrame) -> npt.NDArray[np.uint8]:
    """Return a frame's pixels, shrunk where it is larger than needed.

    Args:
        frame: Of any size and format.

    Returns:
        Shape ``(height, width, 3)``, uint8, blue-green-red; neither side longer than 640.
    """
    share = min(1.0, LONGEST_PX / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * share)), max(1, round(frame.height * share))
    # By default PyAV starts threads for each single frame, which takes thirty times as long as the work itself. And a
    # frame's own reformatter crashes the process where two workers use it in one moment, as of a frame in two streams.
    smaller = VideoReformatter().reformat(frame, width, height, "bgr24", threads=1)
    return np.asarray(smaller.to_ndarray(), np.uint8)
