"""What a sound is made of, for people to look at: the spectrum of a moment, spectrograms, and tones to mix.

Sources:
    Cooley & Tukey 1965, "An Algorithm for the Machine Calculation of Complex Fourier Series".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.audio.frames import RATE_HZ

FloatArray = npt.NDArray[np.float32]

MOMENT_S = 0.064
QUIETEST_DB = -100.0


@dataclass(frozen=True)
class Spectrum:
    """How strong each frequency is.

    Attributes:
        hz: From 0 to 8,000, shape ``(n,)``.
        level_db: Decibels of a full-scale sine, shape ``(n,)``, at least -100.
    """

    hz: FloatArray
    level_db: FloatArray

    def peaks(self, most: int = 5, apart_hz: float = 40.0) -> list[tuple[float, float]]:
        """Return the strongest frequencies with their levels, strongest first, none much weaker than the strongest.

        Args:
            most: How many.
            apart_hz: Of two that are closer the weaker one is left out.
        """
        from scipy.signal import find_peaks

        step_hz = float(self.hz[1] - self.hz[0])
        places, _ = find_peaks(
            self.level_db, height=float(self.level_db.max()) - 40, distance=max(1, apart_hz / step_hz)
        )
        best = sorted(places, key=lambda place: -self.level_db[place])[:most]
        return [(float(self.hz[place]), float(self.level_db[place])) for place in best]


@dataclass(frozen=True)
class Spectrogram:
    """One spectrum after the other.

    Attributes:
        times_s: Shape ``(n,)``.
        hz: Shape ``(m,)``.
        level_db: Shape ``(m, n)``: a row a frequency, as it is drawn.
    """

    times_s: FloatArray
    hz: FloatArray
    level_db: FloatArray


def spectrum_at(samples: FloatArray, time_s: float, length_s: float = MOMENT_S) -> Spectrum:
    """Return the spectrum around a moment by the Fourier transform, through a Hann window.

    Args:
        samples: Mono at 16 kHz, shape ``(n,)``.
        time_s: The moment's middle; beyond the ends there is silence.
        length_s: How much sound is looked at: longer tells frequencies closer together apart.
    """
    from scipy.fft import rfft
    from scipy.signal.windows import hann

    size = max(16, round(length_s * RATE_HZ))
    first = round(time_s * RATE_HZ) - size // 2
    padded = np.pad(samples, size)
    part = padded[np.clip(first + size, 0, len(padded) - size) :][:size]
    window = hann(size, sym=False)
    strength = 2 * np.abs(rfft(part * window, max(4096, size))) / window.sum()
    hz = np.linspace(0, RATE_HZ / 2, len(strength))
    return Spectrum(hz.astype(np.float32), _decibels(strength))


def spectrogram_of(samples: FloatArray, most_columns: int = 600) -> Spectrogram:
    """Return the spectrogram: spectra of 32 ms, so many that they fit the screen.

    Args:
        samples: Mono at 16 kHz, shape ``(n,)``, not empty; silence follows where they are fewer than 512.
        most_columns: The step between spectra grows with the sound's length.
    """
    from scipy.signal import ShortTimeFFT
    from scipy.signal.windows import hann

    hop = max(128, -(-len(samples) // most_columns))
    transform = ShortTimeFFT(hann(512, sym=False), hop, RATE_HZ, scale_to="magnitude")
    padded = np.pad(samples, (0, max(0, 512 - len(samples))))
    strength = 2 * np.abs(transform.stft(padded, p0=0, p1=-(-len(samples) // hop)))
    times = np.arange(strength.shape[1]) * hop / RATE_HZ
    return Spectrogram(times.astype(np.float32), transform.f.astype(np.float32), _decibels(strength))


def waveform_of(samples: FloatArray, most_points: int = 1200) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return times in seconds and the lowest and highest sample around each: what is drawn stays true when thinned."""
    size = max(1, -(-len(samples) // most_points))
    padded = np.pad(samples, (0, -len(samples) % size), mode="edge").reshape(-1, size)
    times = (np.arange(len(padded)) + 0.5) * size / RATE_HZ
    return times.astype(np.float32), padded.min(axis=1), padded.max(axis=1)


def mix_tones(tones: list[tuple[float, float]], seconds: float = 2.0) -> FloatArray:
    """Add sines and let them fade in and out for 20 ms, so that they do not click.

    Args:
        tones: Frequency in Hz and loudness in [0, 1] of each.
        seconds: How long.

    Returns:
        Mono at 16 kHz, float32; its peak is at most 0.8.
    """
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    sound = np.zeros(len(times))
    for hz, loudness in tones:
        sound += loudness * np.sin(2 * np.pi * hz * times)
    peak = float(np.abs(sound).max())
    if peak > 0.8:
        sound *= 0.8 / peak
    fade = np.clip(np.minimum(times, times[::-1]) / 0.02, 0, 1)
    return (sound * fade).astype(np.float32)


def wav_of(samples: FloatArray) -> bytes:
    """Return sound as a 16-bit WAV that every browser plays."""
    import io
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def _decibels(strength: npt.NDArray[np.floating]) -> FloatArray:
    return np.asarray(20 * np.log10(np.maximum(strength, 10 ** (QUIETEST_DB / 20))), np.float32)
