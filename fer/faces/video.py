"""Read recordings frame by frame, upright and with their own times.

They stream: what a recording needs in memory does not depend on its length.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import numpy.typing as npt

from fer.errors import InputError
from fer.settings import settings

UInt8Array = npt.NDArray[np.uint8]

RECORDING_SUFFIXES = (
    ".mp4", ".m4v", ".mov", ".avi", ".webm", ".mkv", ".3gp", ".mpg", ".mpeg", ".ts", ".wmv", ".flv", ".ogv", ".y4m",
    ".mjpeg",
)  # fmt: skip
EXPECTED = "Expected an MP4, MOV, AVI or WebM recording"
OPEN_OPTIONS = {
    # A play list named .mp4 would make FFmpeg open other files and addresses.
    "format_whitelist": "mov,mp4,avi,matroska,webm,mpeg,mpegts,asf,flv,ogg,yuv4mpegpipe",
    "protocol_whitelist": "file",
}
MOST_MEGAPIXELS = 36.0
"""8K has 33. A decoder holds a dozen frames at a time, so the limit is lower than a photo's."""
SAME_TIME_S = 0.002
"""WebM keeps whole milliseconds: a frame this much early still counts for its time."""
REST_FROM = 8.0
"""With this many source frames an analysed one, those that no other frame needs are not even decoded: it costs half
as much, and moves a sample by three source frames at most."""
LONGEST_GAP_S = 3600.0
"""A longer gap between two frames is a damaged time stamp, not a pause."""
MISSING_S = 1.0
"""A picture that ends this long before its header says was cut off."""
ENOUGH_FRAMES = 0.9
"""Headers count a few frames more than there are; one that counts a tenth more tells of a cut."""


@dataclass(frozen=True)
class VideoInfo:
    """What a recording's header says.

    Attributes:
        width: Of the upright picture, in pixels.
        height: Likewise.
        fps: Frames a second, the mean where they are not evenly spaced.
        duration_s: Length in seconds, or None where the file does not say (WebM written by browsers).
        rotation: Degrees clockwise by which the stored picture was turned to be upright: 0, 90, 180 or 270.
        frames: How many there are, or None where the file does not say.
    """

    width: int
    height: int
    fps: float
    duration_s: float | None
    rotation: int
    frames: int | None


class VideoReader:
    """A recording, open for one reading from its beginning; use it in a ``with`` block.

    Attributes:
        info: What its header says.
        notes: Sentences on what was wrong with it and how it was read all the same; complete once all frames are read.
        end_s: Where the last frame that was decoded ends, in seconds.
    """

    def __init__(self, path: Path, name: str | None = None):
        """Open a recording and decode its first frame.

        Args:
            path: The file.
            name: What it is called in messages; its own name by default.

        Raises:
            InputError: If it is empty, no recording, without a picture, too large or cut off at its beginning.
        """
        self.name = name or path.name
        self.notes: list[str] = []
        self.end_s = 0.0
        self._damaged = 0
        self._packets_read = 0
        self._read_bytes = 0
        self._size_bytes = _size_of(path, self.name)
        self._container = _open_container(path, self.name)
        try:
            self._stream = _video_stream(self._container, self.name)
            self._decoded = self._decode()
            self._first = next(self._decoded, None)
            if self._first is None:
                raise InputError(f"{self.name}: no picture in it can be decoded. {EXPECTED}; save or record it again.")
            self.info = _info_of(self._container, self._stream, self._first)
        except BaseException:
            self._container.close()
            raise
        start = self._container.start_time
        self._start_s = self._stamp(self._first) or 0.0
        if start is not None and 0 <= self._start_s - start / av.time_base < 3600:
            self._start_s = start / av.time_base

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    @property
    def share_read(self) -> float:
        """How much of the recording was read, in [0, 1]: of its length, or of its bytes where that is not known."""
        if self.info.duration_s:
            return min(1.0, self.end_s / self.info.duration_s)
        return min(1.0, self._read_bytes / self._size_bytes)

    def frames(self, fps: float | None = None) -> Iterator[tuple[float, UInt8Array]]:
        """Yield frames at their own times; can be called once.

        Args:
            fps: How many a second; None takes all. Of frames that are not evenly spaced, the first one at or after
                each tick is taken, and a gap in the recording stays a gap.

        Yields:
            Time in seconds from the recording's beginning, growing; and the picture, shape ``(height, width, 3)``,
            uint8, blue-green-red, upright, all of one size.
        """
        if fps is not None and self.info.fps >= REST_FROM * fps:
            self._stream.codec_context.skip_frame = "NONREF"
        due_s = 0.0
        previous_s = -1.0
        for frame in self._all_frames():
            time_s = self._time_of(frame, previous_s)
            self.end_s = max(self.end_s, time_s + self._length_of(frame))
            previous_s = time_s
            if fps is not None:
                if time_s + SAME_TIME_S < due_s:
                    continue
                due_s = (math.floor((time_s + SAME_TIME_S) * fps) + 1) / fps
            yield time_s, self._upright(frame)
        self._note_damage()

    def _all_frames(self) -> Iterator[Any]:
        assert self._first is not None, "a recording is read once"
        first, self._first = self._first, None
        yield first
        del first
        yield from self._decoded

    def _decode(self) -> Iterator[Any]:
        for packet in self._packets():
            try:
                frames = self._stream.decode(packet)
            except MemoryError:
                raise
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                # One damaged place; the next packets may be whole.
                self._damaged += 1
                continue
            yield from frames

    def _packets(self) -> Iterator[Any]:
        """Yield the picture's packets, and None at the end: then the decoder hands over what it holds back."""
        try:
            for packet in self._container.demux(self._stream):
                if packet.size:
                    self._read_bytes = max(self._read_bytes, packet.pos or 0)
                    self._packets_read += 1
                    yield packet
        except MemoryError:
            raise
        except av.error.FFmpegError:
            self._damaged += 1
        yield None

    def _stamp(self, frame: Any) -> float | None:
        ticks = frame.pts if frame.pts is not None else frame.dts
        # The stream's own ticks: frames that the decoder held back until the end come with its ticks, which differ.
        return None if ticks is None else float(ticks * self._stream.time_base)

    def _time_of(self, frame: Any, previous_s: float) -> float:
        stamp = self._stamp(frame)
        if stamp is None:
            # Raw streams carry no times: then frames are evenly spaced.
            return max(0.0, previous_s + 1 / self.info.fps) if previous_s >= 0 else 0.0
        if stamp - self._start_s > previous_s + LONGEST_GAP_S:
            stamp = self._start_s + max(0.0, previous_s) + 1 / self.info.fps
        # Old AVI files give two frames the same time.
        return max(stamp - self._start_s, previous_s + 0.001, 0.0)

    def _length_of(self, frame: Any) -> float:
        length_s = float((frame.duration or 0) * self._stream.time_base)
        return length_s if 0 < length_s < 60 else 1 / self.info.fps

    def _upright(self, frame: Any) -> UInt8Array:
        width, height = self.info.width, self.info.height
        if self.info.rotation in (90, 270):
            width, height = height, width
        # A stream may change its size on the way; boxes and the annotated recording need one.
        image: UInt8Array = frame.to_ndarray(format="bgr24", width=width, height=height)
        turns = self.info.rotation // 90
        return np.ascontiguousarray(np.rot90(image, -turns)) if turns else image

    def _note_damage(self) -> None:
        planned_s = self.info.duration_s or 0.0
        # A cut AVI's length is guessed from its bytes; its header still knows how many frames there were.
        planned_s = max(planned_s, (self.info.frames or 0) / self.info.fps)
        too_few = self._packets_read < ENOUGH_FRAMES * (self.info.frames or 0)
        if too_few or self.end_s < (self.info.duration_s or 0.0) - max(MISSING_S, 2 / self.info.fps):
            self.notes.append(
                f"The picture ends at {clock(self.end_s)} of {clock(planned_s)}: the file is cut off or damaged there."
            )
        elif self._damaged:
            self.notes.append(f"Damaged places were left out ({self._damaged}).")


def read_info(path: Path, name: str | None = None) -> VideoInfo:
    """Return what a recording's header says; its first frame is decoded to make sure.

    Raises:
        InputError: As ``VideoReader``.
    """
    with VideoReader(path, name) as reader:
        return reader.info


def clock(seconds: float) -> str:
    """Return a time as people write it.

    >>> clock(75.4), clock(3725)
    ('1:15', '1:02:05')
    """
    minutes, whole = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{whole:02}" if hours else f"{minutes}:{whole:02}"


def _size_of(path: Path, name: str) -> int:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError(f"{name} is a folder. {EXPECTED}.")
    except OSError as problem:
        raise InputError(f"{path} cannot be read ({problem.strerror or problem}). Check the path.") from problem
    if size == 0:
        raise InputError(f"{name} is empty (0 bytes). {EXPECTED}; save or record it again.")
    return size


def _open_container(path: Path, name: str) -> Any:
    options = dict(OPEN_OPTIONS)
    if path.suffix.lower() == ".mjpeg":
        # Only by its name: a photo called lesson.mp4 is no recording.
        options["format_whitelist"] += ",mjpeg,jpeg_pipe"
    try:
        # Old cameras write titles in their own code page. FFmpeg takes what stands before a colon for a protocol, as in
        # 10:30.mp4, unless the path is absolute.
        return av.open(str(path.absolute()), options=options, metadata_errors="replace")
    except MemoryError:
        raise
    except av.error.FFmpegError as problem:
        if isinstance(problem, OSError):
            raise InputError(f"{path} cannot be read ({problem.strerror}). Check the path.") from problem
        with path.open("rb") as source:
            head = source.read(12)
        if head[4:8] == b"ftyp":
            raise InputError(
                f"{name} is damaged or cut off: the index, which an MP4 or MOV file keeps at its end, is missing. "
                "Copy or record it again."
            ) from problem
        raise InputError(f"{name} is not a recording that can be read. {EXPECTED}.") from problem


def _video_stream(container: Any, name: str) -> Any:
    # A song's cover is a video stream of one picture.
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not streams:
        what = "only sound" if container.streams.audio else "no picture"
        raise InputError(f"{name} has {what} in it. {EXPECTED}, with a picture.")
    stream = max(streams, key=lambda s: s.codec_context.width * s.codec_context.height)
    context = stream.codec_context
    pixels = context.width * context.height
    if pixels > _most_pixels():
        raise InputError(
            f"{name} is {context.width:,} x {context.height:,} pixels ({pixels / 1e6:,.0f} megapixels) a frame; "
            f"at most {_most_pixels() / 1e6:g} are taken. Scale it down and try again."
        )
    # What the header says does not bind the frames that follow.
    context.options = {"max_pixels": str(_most_pixels())}
    stream.thread_type = "AUTO"
    return stream


def _most_pixels() -> int:
    return int(min(MOST_MEGAPIXELS, settings().max_megapixels) * 1e6)


def _info_of(container: Any, stream: Any, first: Any) -> VideoInfo:
    rotation = round(-first.rotation / 90) % 4 * 90
    width, height = (first.height, first.width) if rotation in (90, 270) else (first.width, first.height)
    rate = stream.average_rate or stream.guessed_rate
    fps = float(rate) if rate and 0 < rate <= 1000 else 25.0
    duration_s = None
    if stream.duration and stream.time_base:
        duration_s = float(stream.duration * stream.time_base)
    elif container.duration:
        duration_s = container.duration / av.time_base
    if duration_s is not None and duration_s <= 0:
        duration_s = None
    return VideoInfo(width, height, fps, duration_s, rotation, stream.frames or None)
