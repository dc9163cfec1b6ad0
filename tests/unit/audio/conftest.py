"""Voices made by arithmetic: a buzz through three resonances, so that no test needs anybody's voice."""

from __future__ import annotations

from collections.abc import Callable
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


@pytest.fixture(name="buzz")
def _buzz() -> Callable[..., FloatArray]:
    return buzz


@pytest.fixture(name="write")
def _write() -> Callable[..., Path]:
    return write
