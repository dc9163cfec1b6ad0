"""From samples to frames: what every view, every feature and the network begin with. A hundred frames a second.

This is the only way from sound to numbers: training, evaluation, the command line and the page all call
``frames_of``. Levels are kept as they are recorded; ``fer.audio.windows`` sets each window's level against its own
speech.

Sources:
    Davis & Mermelstein 1980, "Comparison of Parametric Representations" (mel bands, cepstral coefficients).
    Boersma 1993, "Accurate Short-term Analysis of the Fundamental Frequency" (autocorrelation divided by the window's).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

RATE_HZ = 16_000
"""Samples a second, mono: all that comes is resampled to it."""
HOP_S = 0.01
"""From one frame to the next."""
MELS = 64
LOWEST_HZ, HIGHEST_HZ = 60.0, 7_600.0
PITCH_HZ = (60.0, 600.0)
"""Voices lie in between: a low man's creak, a high shout."""
QUIETEST = 1e-14
"""Power below this (-140 dB of full scale) is taken for this: a logarithm needs something, and less than a 16-bit
recording of a distant voice has in its weakest band."""

_HOP = round(HOP_S * RATE_HZ)
_WINDOW = 400
_FFT = 512
_PITCH_RATE_HZ = RATE_HZ // 2
_PITCH_WINDOW = 512
_FINER = 2
_OCTAVE_COST = 0.03
"""Taken from a candidate's strength for each octave below the highest: without it, half the pitch often wins."""


@dataclass(frozen=True)
class Frames:
    """A stretch of sound, one row each 10 ms.

    Attributes:
        log_mel: Natural logarithm of the mean power in each mel band, shape ``(n, 64)``, float32.
        level_db: Mean power of the samples in decibels of full scale, shape ``(n,)``, float32, at least -140.
        pitch_hz: The likeliest period as a frequency, shape ``(n,)``, float32; meant where voicing is high.
        voicing: How well the sound repeats after that period, shape ``(n,)``, float32 in [0, 1].
    """

    log_mel: FloatArray
    level_db: FloatArray
    pitch_hz: FloatArray
    voicing: FloatArray

    def __len__(self) -> int:
        return len(self.level_db)

    def __getitem__(self, part: slice) -> Frames:
        return Frames(self.log_mel[part], self.level_db[part], self.pitch_hz[part], self.voicing[part])


def frames_of(samples: FloatArray) -> Frames:
    """Analyse a stretch of sound.

    Args:
        samples: Mono at 16 kHz, shape ``(n,)``, float32 in [-1, 1]; not empty, no NaN.

    Returns:
        One frame each 10 ms, the first one centred on the first sample: ``1 + n // 160`` of them.
    """
    cut = _cut(samples, _WINDOW, _HOP)
    power = power_spectra(cut)
    log_mel = np.log(power @ mel_bands().T + np.float32(QUIETEST))
    level_db = 10 * np.log10(np.mean(cut**2, axis=1) + np.float32(QUIETEST))
    pitch_hz, voicing = _pitch(samples)
    count = len(log_mel)
    return Frames(log_mel, level_db.astype(np.float32), pitch_hz[:count], voicing[:count])


def power_spectra(cut: FloatArray) -> FloatArray:
    """Return the power in each of 257 frequencies from 0 to 8 kHz, scaled so that a full-scale sine has about 0.25.

    Args:
        cut: Stretches of 25 ms, shape ``(n, 400)``.
    """
    from scipy.fft import rfft

    window = _hann(_WINDOW)
    spectra = rfft(cut * window, _FFT, axis=1)
    power: FloatArray = (spectra.real**2 + spectra.imag**2) / np.float32(window.sum() ** 2)
    return power


@lru_cache(maxsize=1)
def mel_bands() -> FloatArray:
    """Return the weights of the mel bands, shape ``(64, 257)``, each band's summing to 1."""
    edges_hz = _hz_of(np.linspace(mel_of(LOWEST_HZ), mel_of(HIGHEST_HZ), MELS + 2))
    hz = np.arange(_FFT // 2 + 1) * RATE_HZ / _FFT
    low, middle, high = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    weights = np.maximum(0, np.minimum((hz - low) / (middle - low), (high - hz) / (high - middle)))
    # The lowest bands are narrower than the distance of two frequencies: each takes at least the nearest one.
    empty = weights.sum(axis=1) == 0
    weights[empty, np.abs(hz - middle[empty]).argmin(axis=1)] = 1
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def mel_of(hz: float) -> float:
    """Return a frequency on the mel scale, on which equal steps sound equally far apart.

    >>> round(mel_of(1000.0)), round(mel_of(4000.0))
    (1000, 2146)
    """
    return float(2595 * np.log10(1 + hz / 700))


def _hz_of(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(700 * (10 ** (mel / 2595) - 1), np.float64)


def _cut(samples: FloatArray, length: int, hop: int) -> FloatArray:
    """Cut sound into overlapping stretches, the first centred on the first sample; shape ``(n, length)``, a view."""
    padded = np.pad(samples, (length // 2, length // 2 + hop))
    count = 1 + len(samples) // hop
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop][:count]


def _pitch(samples: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return pitch in Hz and voicing in [0, 1] by autocorrelation, at half the rate: that is enough for a voice."""
    from scipy.fft import irfft, rfft
    from scipy.signal import resample_poly

    half = resample_poly(samples, 1, 2).astype(np.float32)
    cut = _cut(half, _PITCH_WINDOW, _HOP // 2)
    window = _hann(_PITCH_WINDOW)
    size = 2 * _PITCH_WINDOW
    spectra = rfft((cut - cut.mean(axis=1, keepdims=True)) * window, size, axis=1)
    power = (spectra.real**2 + spectra.imag**2) * _voice_band(size // 2 + 1)
    # Twice the size: lags of half a sample. On a coarser grid a period between two lags loses to its double or triple.
    fine = _FINER * size
    shortest, longest = (int(_FINER * _PITCH_RATE_HZ / hz) for hz in (PITCH_HZ[1], PITCH_HZ[0]))
    own = irfft(power, fine, axis=1)[:, : longest + 2]
    of_window = irfft(np.abs(rfft(window, size)) ** 2, fine)[: longest + 2]
    # What is added below is far less than a 16-bit step: digital silence has no period.
    strength = own / (own[:, :1] + np.float32(1e-9)) / (of_window / of_window[0])
    lags = np.arange(shortest, longest + 1)
    weighed = strength[:, shortest : longest + 1] - _OCTAVE_COST * np.log2(lags / shortest)
    best = np.clip(weighed.argmax(axis=1), 1, len(lags) - 2)
    rows = np.arange(len(best))
    before, here, after = (weighed[rows, best + step] for step in (-1, 0, 1))
    bend = np.minimum(before - 2 * here + after, -1e-9)
    lag = (shortest + best + np.clip((before - after) / (2 * bend), -0.5, 0.5)) / _FINER
    voicing = np.clip(strength[rows, shortest + best], 0, 1)
    return (_PITCH_RATE_HZ / lag).astype(np.float32), voicing.astype(np.float32)


@lru_cache(maxsize=1)
def _voice_band(count: int) -> FloatArray:
    """Return weights that let through 0.1 to 1.2 kHz, and nothing of rumble below 50 Hz or hiss above 2.4 kHz."""
    hz = np.linspace(0, _PITCH_RATE_HZ / 2, count)
    upper = 0.5 + 0.5 * np.cos(np.pi * np.clip((hz - 1200) / 1200, 0, 1))
    return np.asarray(upper * np.clip((hz - 50) / 50, 0, 1), np.float32)


@lru_cache(maxsize=4)
def _hann(length: int) -> FloatArray:
    from scipy.signal.windows import hann

    return np.asarray(hann(length, sym=False), np.float32)
