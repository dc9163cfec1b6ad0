"""Read any recording's sound: mono, 16 kHz, in blocks, so that three hours need no more memory than a minute.

PyAV (FFmpeg) decodes WAV, FLAC, OGG, MP3, M4A, what browsers record (WebM, MP4), and the sound of videos, and its
resampler brings it to 16 kHz.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.error
import numpy as np
import numpy.typing as npt

from fer.audio.frames import RATE_HZ
from fer.errors import InputError

FloatArray = npt.NDArray[np.float32]

SOUND_SUFFIXES = (
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac", ".webm", ".mp4", ".mov", ".mkv", ".aif", ".aiff",
    ".wma", ".amr", ".3gp", ".avi",
)  # fmt: skip
EXPECTED = "Expected a recording of speech: WAV, FLAC, OGG, MP3, M4A, WebM, or a video with sound"
OPEN_OPTIONS = {
    # A play list named .mp3 would make FFmpeg open other files and addresses.
    "format_whitelist": "wav,w64,flac,ogg,mp3,mov,mp4,matroska,webm,aac,aiff,au,caf,amr,asf,avi,mpeg,mpegts,flv,3gp",
    "protocol_whitelist": "file",
}
FULL_SCALE = 0.999
FULL_SCALE_OF = {"pcm_u8": 0.99, "pcm_s8": 0.99, "pcm_mulaw": 0.98, "pcm_alaw": 0.98}
"""Of 8-bit samples, whose highest value lies further below 1: 127 / 128, and in telephones 0.980 and 0.984."""
CLIPPED_FROM = 0.002
"""Share of samples at full scale from which a recording is called clipped; loud music stays below it."""
MISSING_S = 1.0
CANCELLED = 0.05
"""Where the channels' mean has less than this share of the power it would have if they had nothing in common, they
cancel each other out."""
NO_OWN_LENGTH = ("matroska", "flv", "asf")
"""Containers with one length for all: that of the picture, which the sound may not fill."""
MOST_CHANNELS = 64
BLOCK_S = 60.0


@dataclass(frozen=True)
class SoundInfo:
    """What a recording's header says.

    Attributes:
        rate_hz: Samples a second and channel as recorded.
        channels: How many.
        duration_s: Length, or None where the file does not say (browsers' WebM).
        codec: Its name in FFmpeg.
        video: Whether there is a picture beside the sound.
    """

    rate_hz: int
    channels: int
    duration_s: float | None
    codec: str
    video: bool


@dataclass(frozen=True)
class Sound:
    """A whole recording.

    Attributes:
        samples: Mono at 16 kHz, shape ``(n,)``, float32.
        info: What its header says.
        notes: Sentences on what was wrong with it.
        begins_s: When the sound begins in the recording: in a video it may be later than the picture.
    """

    samples: FloatArray
    info: SoundInfo
    notes: tuple[str, ...]
    begins_s: float = 0.0

    @property
    def duration_s(self) -> float:
        """The samples' length in seconds."""
        return len(self.samples) / RATE_HZ


class SoundReader:
    """A recording, open for one reading from its beginning; use it in a ``with`` block.

    Attributes:
        name: What it is called in messages.
        info: What its header says.
        notes: Sentences on what was wrong and how it was read all the same; complete once all blocks are read.
        read_s: How much was read so far, in seconds.
        begins_s: When the sound begins in the recording; known once the first block is read.
    """

    def __init__(self, source: Path | BinaryIO, name: str | None = None):
        """Open a recording.

        Args:
            source: A file, or one that lies in memory.
            name: What it is called in messages; its own name by default.

        Raises:
            InputError: If it is empty, no recording, or has no sound.
        """
        self.name = name or (source.name if isinstance(source, Path) else "The recording")
        self.notes: list[str] = []
        self.read_s = self.begins_s = 0.0
        self._mixer = _Mixer()
        self._counted = self._not_numbers = self._clipped = self._damaged = 0
        _check_size(source, self.name)
        self._container = _open_container(source, self.name)
        try:
            self._stream = _sound_stream(self._container, self.name)
            self.info = _info_of(self._container, self._stream)
            self._full_scale = FULL_SCALE_OF.get(self.info.codec, FULL_SCALE)
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> SoundReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def blocks(self, block_s: float = BLOCK_S) -> Iterator[FloatArray]:
        """Yield the recording's sound; can be called once.

        Args:
            block_s: Length of each block but the last, in seconds.

        Yields:
            Mono at 16 kHz, shape ``(n,)``, float32, finite; not empty.

        Raises:
            InputError: If there is no sound in it at all.
        """
        size = round(block_s * RATE_HZ)
        parts: list[FloatArray] = []
        held = 0
        for part in self._resampled():
            parts.append(part)
            held += len(part)
            if held >= size:
                whole = np.concatenate(parts)
                for first in range(0, len(whole) - size + 1, size):
                    self.read_s += block_s
                    yield whole[first : first + size]
                parts = [whole[len(whole) // size * size :]]
                held = len(parts[0])
        if held:
            self.read_s += held / RATE_HZ
            yield np.concatenate(parts)
        self._note()

    def _resampled(self) -> Iterator[FloatArray]:
        resampler: Any = None
        rate_hz = 0
        for frame in self._decoded():
            mono = self._mono(frame)
            if not len(mono):
                continue
            if not rate_hz and frame.time is not None:
                self.begins_s = max(0.0, frame.time - (self._container.start_time or 0) / av.time_base)
            if frame.sample_rate != rate_hz:
                # A stream may change its rate on the way.
                yield from _flushed(resampler)
                rate_hz = frame.sample_rate
                resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
            own = av.AudioFrame.from_ndarray(mono[None], format="flt", layout="mono")
            own.sample_rate = rate_hz
            for out in resampler.resample(own):
                yield out.to_ndarray().reshape(-1)
        yield from _flushed(resampler)

    def _decoded(self) -> Iterator[Any]:
        for packet in self._packets():
            try:
                yield from self._stream.decode(packet)
            except MemoryError:
                raise
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                # One damaged place; the next packets may be whole.
                self._damaged += 1

    def _packets(self) -> Iterator[Any]:
        """Yield the sound's packets, and None at the end: then the decoder hands over what it holds back."""
        try:
            for packet in self._container.demux(self._stream):
                if packet.size:
                    yield packet
        except MemoryError:
            raise
        except av.error.FFmpegError:
            self._damaged += 1
        yield None

    def _mono(self, frame: Any) -> FloatArray:
        """Return a frame's sound as one channel, float32; what is no number becomes silence."""
        channels = _as_float(frame)
        wrong = ~np.isfinite(channels)
        self._counted += channels.size
        if wrong.any():
            self._not_numbers += int(wrong.sum())
            channels = np.where(wrong, np.float32(0), channels)
        self._clipped += int((np.abs(channels) >= self._full_scale).sum())
        # A float file may hold anything; beyond this its squares would leave float32's range.
        return np.ascontiguousarray(np.clip(self._mixer.mono(channels), -1e3, 1e3), np.float32)

    def _note(self) -> None:
        if not self.read_s:
            # No samples, or so few that none is left of them at 16 kHz.
            raise InputError(f"{self.name} holds no sound: 0 seconds could be read. {EXPECTED}; record it again.")
        if self._not_numbers:
            share = 100 * self._not_numbers / self._counted
            self.notes.append(
                f"{max(share, 0.1):.1f} % of its samples are no numbers (NaN or infinite); they were taken as silence."
            )
        if self._clipped > CLIPPED_FROM * self._counted:
            self.notes.append(
                "It is clipped: the loudest parts were cut off when it was recorded. Record more quietly."
            )
        if self.info.rate_hz < 16_000:
            self.notes.append(
                f"It was recorded at {self.info.rate_hz / 1000:g} kHz, so nothing above {self.info.rate_hz / 2000:g} "
                "kHz is in it: answers are less certain."
            )
        if self._mixer.cancel:
            self.notes.append("Its channels cancel each other out: one is inverted. Only the loudest was heard.")
        if self.begins_s >= MISSING_S:
            self.notes.append(
                f"Its sound begins after {self.begins_s:.1f} seconds; times count from the recording's beginning."
            )
        planned_s = self._planned_s()
        if self.read_s < planned_s - max(MISSING_S, 0.02 * planned_s):
            self.notes.append(f"It ends after {self.read_s:.1f} of {planned_s:.1f} seconds: the file is cut off there.")
        elif self._damaged:
            self.notes.append(f"Damaged places were left out ({self._damaged}).")

    def _planned_s(self) -> float:
        """Return how long the sound should be; 0 where the file does not say it."""
        form = self._container.format.name
        unknown = self.info.video and any(name in form for name in NO_OWN_LENGTH)
        return 0.0 if unknown else self.info.duration_s or 0.0


class _Mixer:
    """Makes one channel of several: their mean, or the loudest one where they cancel each other out.

    Attributes:
        cancel: Whether they do so, in all that came so far: single moments may, in any recording of two microphones.
    """

    def __init__(self) -> None:
        self.cancel = False
        self._chosen = 0
        self._power = np.zeros(0)
        self._power_of_mean = 0.0

    def mono(self, channels: FloatArray) -> FloatArray:
        """Return the next samples as one channel; they come in shape ``(channels, n)``."""
        mean: FloatArray = channels.mean(axis=0)
        count = len(channels)
        if count == 1:
            return mean
        if count != len(self._power):
            self._power, self._power_of_mean, self._chosen = np.zeros(count), 0.0, 0
        self._power += np.square(channels, dtype=np.float64).sum(axis=1)
        self._power_of_mean += float(np.square(mean, dtype=np.float64).sum())
        self.cancel = self._power_of_mean * count**2 < CANCELLED * float(self._power.sum())
        loudest = int(self._power.argmax())
        # Not to and fro between two that are as loud: each change turns the sound upside down.
        if self._power[loudest] > 2 * self._power[self._chosen]:
            self._chosen = loudest
        return channels[self._chosen] if self.cancel else mean


def read_sound(source: Path | BinaryIO, name: str | None = None, most_s: float = math.inf) -> Sound:
    """Read a whole recording.

    Args:
        source: A file, or one that lies in memory.
        name: What it is called in messages.
        most_s: A longer one is refused.

    Raises:
        InputError: If it cannot be read, holds no sound or is too long.
    """
    with SoundReader(source, name) as reader:
        parts = []
        for block in reader.blocks():
            parts.append(block)
            if max(reader.read_s, reader.info.duration_s or 0.0) > most_s + MISSING_S:
                raise InputError(
                    f"{reader.name} is longer than {most_s / 60:g} minutes. Take a shorter part of it, or analyse it "
                    "whole with: python -m fer speech FILE."
                )
        return Sound(np.concatenate(parts), reader.info, tuple(reader.notes), reader.begins_s)


def _flushed(resampler: Any) -> Iterator[FloatArray]:
    for out in resampler.resample(None) if resampler is not None else ():
        yield out.to_ndarray().reshape(-1)


def _as_float(frame: Any) -> FloatArray:
    """Return a decoded frame as float32 in about [-1, 1], shape ``(channels, n)``."""
    data: npt.NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        data = data.reshape(-1, len(frame.layout.channels)).T
    if data.dtype == np.uint8:
        return np.asarray((data.astype(np.float32) - 128) / 128)
    if np.issubdtype(data.dtype, np.integer):
        return data.astype(np.float32) / -float(np.iinfo(data.dtype).min)
    with np.errstate(over="ignore"):
        return data.astype(np.float32)


def _check_size(source: Path | BinaryIO, name: str) -> None:
    try:
        if isinstance(source, Path):
            if source.is_dir():
                raise InputError(f"{name} is a folder. {EXPECTED}.")
            size = source.stat().st_size
        else:
            size = source.seek(0, 2)
            source.seek(0)
    except OSError as problem:
        raise InputError(f"{source} cannot be read ({problem.strerror or problem}). Check the path.") from problem
    if size == 0:
        raise InputError(f"{name} is empty (0 bytes). {EXPECTED}; save or record it again.")


def _open_container(source: Path | BinaryIO, name: str) -> Any:
    # FFmpeg takes what stands before a colon for a protocol, as in 10:30.wav, unless the path is absolute.
    place = str(source.absolute()) if isinstance(source, Path) else source
    options = OPEN_OPTIONS if isinstance(source, Path) else {"format_whitelist": OPEN_OPTIONS["format_whitelist"]}
    try:
        return av.open(place, options=dict(options), metadata_errors="replace")
    except MemoryError:
        raise
    except av.error.PermissionError as problem:
        raise InputError(f"{source} cannot be read ({problem.strerror}). Check its permissions.") from problem
    except (av.error.FFmpegError, ValueError) as problem:
        raise InputError(f"{name} is not a recording that can be read. {EXPECTED}.") from problem


def _sound_stream(container: Any, name: str) -> Any:
    if not container.streams.audio:
        what = "a picture but no sound" if container.streams.video else "no sound"
        raise InputError(f"{name} has {what} in it. {EXPECTED}.")
    stream = container.streams.audio[0]
    context = stream.codec_context
    if context is None or not 1_000 <= (context.sample_rate or 0) <= 768_000:
        raise InputError(f"{name}: its sound cannot be decoded. {EXPECTED}; save it in another format.")
    if not 1 <= context.channels <= MOST_CHANNELS:
        raise InputError(f"{name} has {context.channels} channels; at most {MOST_CHANNELS} are taken. Save it as mono.")
    return stream


def _info_of(container: Any, stream: Any) -> SoundInfo:
    duration_s = None
    if stream.duration and stream.time_base:
        duration_s = float(stream.duration * stream.time_base)
    elif container.duration:
        duration_s = container.duration / av.time_base
    pictures = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    context = stream.codec_context
    return SoundInfo(
        rate_hz=int(context.sample_rate),
        channels=int(context.channels),
        duration_s=duration_s if duration_s and duration_s > 0 else None,
        codec=str(context.name),
        video=bool(pictures),
    )
