"""Other voices, rooms, microphones and codecs, made from the clips that there are: for training only.

Sources:
    Ko et al. 2015, "Audio Augmentation for Speech Recognition" (speed).
    Ko et al. 2017, "A Study on Data Augmentation of Reverberant Speech" (rooms).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.audio.frames import RATE_HZ

FloatArray = npt.NDArray[np.float32]

CODECS = (("mp3", "libmp3lame", 24_000), ("mp3", "libmp3lame", 48_000), ("ogg", "libopus", 12_000),
          ("ogg", "libopus", 24_000), ("adts", "aac", 32_000))  # fmt: skip


def another_take(samples: FloatArray, others: Sequence[FloatArray], random: np.random.Generator) -> FloatArray:
    """Make a clip sound as if another voice had said it in another room, through another microphone and codec.

    Args:
        samples: Mono at 16 kHz, float32 in [-1, 1].
        others: Clips of the training speakers, for a babble of voices behind.
        random: Draws what is done.

    Returns:
        Another recording of it, float32 in [-1, 1], of about the same length.
    """
    samples = samples / max(1e-4, float(np.abs(samples).max())) * 0.5
    if random.random() < 0.7:
        samples = _faster(samples, random.uniform(0.88, 1.14))
    if random.random() < 0.4:
        samples = _in_a_room(samples, random)
    if random.random() < 0.7:
        samples = _with_noise(samples, others, random)
    if random.random() < 0.6:
        samples = _through_a_microphone(samples, random)
    if random.random() < 0.3:
        samples = _through_a_codec(samples, random)
    if random.random() < 0.06:
        samples = np.clip(samples * random.uniform(2, 6), -0.5, 0.5)
    peak = float(np.abs(samples).max())
    return (samples / max(1e-4, peak) * random.uniform(0.05, 0.95)).astype(np.float32)


def _faster(samples: FloatArray, factor: float) -> FloatArray:
    """Play it faster or slower, with all its frequencies: another throat."""
    from scipy.signal import resample_poly

    return resample_poly(samples, 100, max(1, round(100 * factor))).astype(np.float32)


def _in_a_room(samples: FloatArray, random: np.random.Generator) -> FloatArray:
    """Add a room's echo: noise that dies away, 60 dB in 0.1 to 0.7 s."""
    from scipy.signal import fftconvolve

    lasts_s = random.uniform(0.1, 0.7)
    times = np.arange(int(lasts_s * RATE_HZ)) / RATE_HZ
    echo = random.normal(size=len(times)) * 10 ** (-3 * times / lasts_s)
    echo *= random.uniform(0.2, 1.0) / np.sqrt((echo**2).sum())
    echo[0] = 1.0
    return fftconvolve(samples, echo)[: len(samples)].astype(np.float32)


def _with_noise(samples: FloatArray, others: Sequence[FloatArray], random: np.random.Generator) -> FloatArray:
    """Add noise 5 to 35 dB below: hiss, rumble, hum, or other people far away."""
    kind = random.choice(["coloured", "babble", "hum"], p=[0.6, 0.25, 0.15])
    count = len(samples)
    noise: npt.NDArray[np.floating]
    if kind == "babble" and len(others):
        noise = np.sum([np.resize(other, count) for other in others], axis=0)
    elif kind == "hum":
        base_hz = random.choice([50.0, 60.0, 100.0, 120.0])
        times = np.arange(count) / RATE_HZ
        overtones = np.arange(1, 6)[:, None]
        noise = (np.sin(2 * np.pi * base_hz * overtones * times) / overtones).sum(axis=0)
        noise += random.normal(size=count) * 0.3
    else:
        spectrum = np.fft.rfft(random.normal(size=count))
        spectrum *= np.maximum(1.0, np.arange(len(spectrum))) ** -random.uniform(0.0, 1.0)
        noise = np.fft.irfft(spectrum, count)
    below_db = random.uniform(5, 35)
    share = np.sqrt(np.mean(samples**2) / (np.mean(np.square(noise)) + 1e-12)) * 10 ** (-below_db / 20)
    return np.asarray(samples + noise * share, np.float32)


def _through_a_microphone(samples: FloatArray, random: np.random.Generator) -> FloatArray:
    """Raise some frequencies and lower others by some decibels; one time in four cut what a telephone cuts."""
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    at_hz = np.array([0, 150, 400, 1000, 2500, 5000, 8000])
    gain_db = np.interp(hz, at_hz, random.normal(0, 3.5, len(at_hz)))
    if random.random() < 0.25:
        highest = random.choice([3400.0, 3800.0, 5500.0])
        gain_db -= 60 * np.clip((hz - highest) / 400, 0, 1)
        if random.random() < 0.5:
            gain_db -= 40 * np.clip((300 - hz) / 200, 0, 1)
    return np.fft.irfft(spectrum * 10 ** (gain_db / 20), len(samples)).astype(np.float32)


def _through_a_codec(samples: FloatArray, random: np.random.Generator) -> FloatArray:
    """Write and read it again as MP3, Opus or AAC at a low rate."""
    import av

    form, codec, bits = CODECS[random.integers(len(CODECS))]
    memory = io.BytesIO()
    with av.open(memory, "w", format=form) as out:
        stream: Any = out.add_stream(codec, rate=RATE_HZ, layout="mono")
        stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="fltp", layout="mono")
        frame.sample_rate = RATE_HZ
        frame.pts = 0
        for part in [frame, None]:
            out.mux(stream.encode(part))
    memory.seek(0)
    from fer.audio.read import read_sound

    return read_sound(memory, "codec").samples
