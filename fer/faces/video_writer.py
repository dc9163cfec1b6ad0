"""Write frames as an MP4 file that browsers play, each frame at its own time.

It streams: what a recording needs in memory does not depend on its length.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]

ANNOTATED_WIDTH_PX = 1280
TICKS_A_SECOND = 1000
KEYFRAME_S = 5.0
CODECS: tuple[tuple[str, dict[str, str]], ...] = (
    # No B-frames: each frame is stored in its place, with its own length.
    ("libx264", {"preset": "veryfast", "crf": "25", "bf": "0"}),
    ("mpeg4", {"qscale": "4"}),
)
"""H.264 plays in every browser; a build of FFmpeg without it still writes a file that video players take."""


class VideoWriter:
    """Writes frames with times of their own to an MP4 file; use it in a ``with`` block.

    The file gets its name when all of it is written: a block that ends by an error leaves none.

    Attributes:
        path: The finished file.
        frames: How many were written.
    """

    def __init__(self, path: Path, fps: float):
        """Prepare a file.

        Args:
            path: Its name ends in .mp4.
            fps: About how many frames a second will come; the length of the last one.
        """
        self.path = path
        self.fps = fps
        self.frames = 0
        self._part = part_of(path)
        self._container: Any = None
        self._stream: Any = None
        self._last_tick = -1

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if self._container is None:
            return
        try:
            if kind is None:
                self._mux(self._stream.encode(None))
            self._container.close()
            if kind is None:
                self._part.replace(self.path)
        finally:
            self._part.unlink(missing_ok=True)

    def write(self, time_s: float, image_bgr: UInt8Array) -> None:
        """Append a frame.

        Args:
            time_s: When it is shown, in seconds, growing.
            image_bgr: Shape ``(height, width, 3)``, uint8; scaled to at most 1280 pixels across and to even sides.

        Raises:
            OSError: If the file cannot be written.
        """
        if self._container is None:
            self._open(*annotated_size(image_bgr.shape[1], image_bgr.shape[0]))
        frame = av.VideoFrame.from_ndarray(image_bgr, format="bgr24")
        frame = frame.reformat(self._stream.width, self._stream.height, "yuv420p")
        self._last_tick = frame.pts = max(round(time_s * TICKS_A_SECOND), self._last_tick + 1)
        frame.time_base = Fraction(1, TICKS_A_SECOND)
        self._mux(self._stream.encode(frame))
        self.frames += 1

    def _open(self, width: int, height: int) -> None:
        codec, options = next((name, options) for name, options in CODECS if name in av.codecs_available)
        self._container = av.open(str(self._part), "w", options={"movflags": "+faststart"})
        rate = Fraction(self.fps).limit_denominator(1001)
        stream = self._container.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.time_base = Fraction(1, TICKS_A_SECOND)
        context.gop_size = max(1, round(KEYFRAME_S * self.fps))
        context.thread_count = 1
        self._stream = stream

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            packet.duration = round(TICKS_A_SECOND / self.fps)
            self._container.mux(packet)


def part_of(path: Path) -> Path:
    """Return where a file is written until all of it is there."""
    return path.with_name(f"{path.stem}.part.mp4")


def annotated_size(width: int, height: int) -> tuple[int, int]:
    """Return the size a frame of that size is written in: at most 1280 across, even, as H.264 wants it.

    >>> annotated_size(1920, 1080), annotated_size(597, 337)
    ((1280, 720), (596, 336))
    """
    scale = min(1.0, ANNOTATED_WIDTH_PX / width)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def frame_at(path: Path, time_s: float) -> UInt8Array | None:
    """Return the frame that is shown at a time of a recording that ``VideoWriter`` wrote.

    Args:
        path: Any other recording may lack the index that makes this quick.
        time_s: In seconds.

    Returns:
        Shape ``(height, width, 3)``, uint8, blue-green-red; the last frame where the time is after the end; None if
        there is no frame.
    """
    found: Any = None
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        container.seek(round(time_s * av.time_base), backward=True)
        for frame in container.decode(stream):
            if found is not None and frame.time > time_s + 0.5 / TICKS_A_SECOND:
                break
            found = frame
        return None if found is None else found.to_ndarray(format="bgr24")
