"""Recordings made for the tests with PyAV: sound and damaged ones, no file is kept in the repository."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

UInt8Array = npt.NDArray[np.uint8]
MILLISECONDS = Fraction(1, 1000)
TURNS = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


@pytest.fixture
def clip(tmp_path: Path) -> Callable[..., Path]:
    """``clip(name, frames=60, fps=10, …) -> path``: a recording whose frame at time t is grey ``value_at(t)``."""

    def make(
        name: str,
        *,
        frames: int = 60,
        fps: int = 10,
        codec: str = "libx264",
        size: tuple[int, int] = (160, 120),
        times_s: Sequence[float] | None = None,
        images: Callable[[float], UInt8Array] | None = None,
        title: str = "",
        **options: str,
    ) -> Path:
        path = tmp_path / name
        times_s = [n / fps for n in range(frames)] if times_s is None else times_s
        with av.open(str(path), "w", options=options) as out:
            if title:
                out.metadata["title"] = title
            stream = out.add_stream(codec, rate=fps)
            stream.width, stream.height = size
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            # AVI keeps no times: its frames are evenly spaced.
            even = path.suffix in (".avi", ".wmv")
            if not even:
                stream.codec_context.time_base = MILLISECONDS
            for n, time_s in enumerate(times_s):
                image = grey(time_s, size) if images is None else images(time_s)
                frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format=stream.pix_fmt)
                frame.pts = n if even else round(time_s * 1000)
                frame.time_base = Fraction(1, fps) if even else MILLISECONDS
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        return path

    return make


@pytest.fixture
def sound_only(tmp_path: Path) -> Path:
    """An MP4 with half a second of sound and no picture."""
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("aac", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.rate = 16000
        frame.pts = 0
        for packet in stream.encode(frame) + stream.encode(None):
            out.mux(packet)
    return path


def value_at(time_s: float) -> int:
    """Return the grey value of a clip's frame: told apart after compression, 0 to 4 s and again."""
    return 20 + round(time_s * 50) % 200


def grey(time_s: float, size: tuple[int, int]) -> UInt8Array:
    """Return a frame whose upper left quarter is bright."""
    image = np.full((size[1], size[0], 3), value_at(time_s), np.uint8)
    image[: size[1] // 4, : size[0] // 4] = 255
    return image


def turned(path: Path, degrees: int) -> Path:
    """Write into an MP4's track header that players must turn the picture clockwise by that much."""
    data = bytearray(path.read_bytes())
    # ISO 14496-12, 8.3.2: after the type come version, times, track, duration, layer, group, volume, then the matrix.
    place = data.index(b"tkhd") + 4 + 4 + 16 + 4 + 8 + 8
    a, b, c, d = (value << 16 for value in TURNS[degrees])
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    out = path.with_name(f"turned-{degrees}.mp4")
    out.write_bytes(data)
    return out


def cut(path: Path, share: float) -> Path:
    """Keep the first part of a file's bytes."""
    data = path.read_bytes()
    out = path.with_name(f"cut-{path.name}")
    out.write_bytes(data[: int(len(data) * share)])
    return out


@pytest.fixture(name="turned")
def _turned() -> Iterator[Callable[[Path, int], Path]]:
    yield turned


@pytest.fixture(name="cut")
def _cut() -> Iterator[Callable[[Path, float], Path]]:
    yield cut


@pytest.fixture(name="value_at")
def _value_at() -> Iterator[Callable[[float], int]]:
    yield value_at
