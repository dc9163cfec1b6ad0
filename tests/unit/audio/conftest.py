"""Voices made by arithmetic: a buzz through three resonances, so that no test needs anybody's voice."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

FloatArray = npt.NDArray[np.float32]
RATE_HZ = 16_000


def buzz(seconds: float = 2.0, hz: float = 150.0, glide: float = 0.0, rate_hz: int = RATE_HZ) -> FloatArray:
    """A vowel in syllables of a quarter of a second; ``glide`` moves the pitch by so many octaves."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    phase = np.cumsum(hz * 2 ** (glide * times / seconds)) / rate_hz
    sound = np.zeros(len(times))
    for n in range(1, 30):
        gain = sum(1 / (1 + ((n * hz - formant) / 90) ** 2) for formant in (600, 1300, 2600))
        sound += gain * np.sin(2 * np.pi * n * phase)
    sound *= 0.3 + 0.7 * np.sin(np.pi * times / 0.25) ** 2
    return (0.4 * sound / np.abs(sound).max()).astype(np.float32)


def write(path: Path, channels: FloatArray, rate_hz: int, codec: str = "pcm_s16le", form: str = "s16") -> Path:
    """Write sound, shape ``(channels, n)``, by FFmpeg."""
    channels = np.atleast_2d(channels)
    layout = {1: "mono", 2: "stereo", 8: "7.1"}[len(channels)]
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=rate_hz, layout=layout)
        converter = av.AudioResampler(format=form, layout=layout, rate=rate_hz, frame_size=1024)
        packed = np.ascontiguousarray(channels.T, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate = rate_hz
        frame.pts = 0
        for ready in [*converter.resample(frame), *converter.resample(None)]:
            out.mux(stream.encode(ready))
        out.mux(stream.encode(None))
    return path


def video(
    path: Path, samples: FloatArray, begins_s: float, picture_codec: str = "libx264", sound_codec: str = "aac"
) -> Path:
    """Write a picture of 20 s with sound, mono at 48 kHz, that begins later than it."""
    rate_hz = 48_000
    with av.open(str(path), "w") as out:
        picture: Any = out.add_stream(picture_codec, rate=2)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        voice: Any = out.add_stream(sound_codec, rate=rate_hz, layout="mono")
        for n in range(40):
            shown = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 6 * n, np.uint8), format="rgb24")
            shown.pts, shown.time_base = n, Fraction(1, 2)
            out.mux(picture.encode(shown))
        heard = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        heard.sample_rate, heard.pts, heard.time_base = rate_hz, round(begins_s * rate_hz), Fraction(1, rate_hz)
        converter = av.AudioResampler(format=voice.format.name, layout="mono", rate=rate_hz)
        for ready in converter.resample(heard):
            out.mux(voice.encode(ready))
        out.mux(picture.encode(None))
        out.mux(voice.encode(None))
    return path


@pytest.fixture(name="buzz")
def _buzz() -> Callable[..., FloatArray]:
    return buzz


@pytest.fixture(name="write")
def _write() -> Callable[..., Path]:
    return write


@pytest.fixture(name="video")
def _video() -> Callable[..., Path]:
    return video
