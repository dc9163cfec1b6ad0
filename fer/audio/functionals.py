"""From a window's frames to one row of numbers: how its sound is distributed, and how it moves.

Sources:
    Eyben et al. 2016, "The Geneva Minimalistic Acoustic Parameter Set" (which functionals carry emotion).
    Schuller et al. 2013, "The INTERSPEECH 2013 Computational Paralinguistics Challenge" (functionals of contours).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fer.audio.frames import HOP_S, Frames

FloatArray = npt.NDArray[np.float32]
Array = npt.NDArray[Any]

COEFFICIENTS = 20
PERCENTILES = (5, 25, 50, 75, 95)
VOICED = 0.6
LEAST_VOICED = 12
"""Frames; with fewer, a curve through the pitch would mean nothing."""
PAUSE_DB = 26.0
"""A frame this far below the loudest one is part of a pause."""
KILOHERTZ = 24
"""Bands below about 1 kHz, of 64."""


def functionals_of(frames: Frames) -> FloatArray:
    """Describe a window.

    Args:
        frames: Levelled (``fer.audio.windows``), at least 10 of them.

    Returns:
        Shape ``(functionals,)``, float32, finite; their order is fixed and their number the same for all windows.
    """
    active = frames.level_db > frames.level_db.max() - PAUSE_DB
    voiced = active & (frames.voicing > VOICED)
    if voiced.sum() <= LEAST_VOICED:
        # Whispered, or too short: what is loud stands for the voice.
        voiced = active if active.sum() > LEAST_VOICED else np.ones(len(frames), bool)
    cepstra = cepstra_of(frames.log_mel)
    parts = [
        *_timbre(frames, cepstra, active, voiced),
        *_change(frames, cepstra, active, voiced),
        *_melody(frames, active, voiced),
        *_rhythm(frames, active, voiced),
    ]
    row = np.concatenate([np.ravel(part) for part in parts])
    return np.asarray(np.nan_to_num(row, posinf=0.0, neginf=0.0), np.float32)


def cepstra_of(log_mel: FloatArray) -> FloatArray:
    """Return mel-frequency cepstral coefficients, shape ``(n, 20)``: the spectrum's envelope, coarse first.

    Args:
        log_mel: Shape ``(n, 64)``.
    """
    from scipy.fft import dct

    return np.asarray(dct(log_mel, axis=1, norm="ortho")[:, :COEFFICIENTS], np.float32)


def slope_of(contours: Array, reach: int = 2) -> Array:
    """Return how fast each column changes from frame to frame, by a straight line through five frames."""
    padded = np.pad(contours, ((reach, reach), (0, 0)), "edge")
    count = len(contours)
    steps = range(1, reach + 1)
    rise = sum(step * (padded[reach + step :][:count] - padded[reach - step :][:count]) for step in steps)
    slope: Array = rise / (2 * sum(step * step for step in steps))
    return slope


def semitones_of(pitch_hz: FloatArray) -> FloatArray:
    """Return pitch in semitones above 100 Hz: equal steps sound equally far apart."""
    return (12 * np.log2(pitch_hz / 100)).astype(np.float32)


def _spread(contours: Array) -> Array:
    """Return mean, deviation, three percentiles and two ranges of each column, shape ``(7 * columns,)``."""
    lowest, low, middle, high, highest = np.percentile(contours, PERCENTILES, axis=0)
    return np.concatenate(
        [contours.mean(axis=0), contours.std(axis=0), lowest, middle, highest, highest - lowest, high - low]
    )


def _timbre(frames: Frames, cepstra: FloatArray, active: Array, voiced: Array) -> list[Array]:
    """How the sound is coloured: the whole window, its speech, and its voice. The first 40 are the plain baseline's."""
    log_mel = frames.log_mel
    power = np.exp(log_mel)
    places = np.arange(power.shape[1])
    centre = (power * places).sum(axis=1) / power.sum(axis=1)
    sharpness = np.log(power[:, KILOHERTZ:].sum(axis=1) / power[:, :KILOHERTZ].sum(axis=1))
    of_voice = log_mel[voiced]
    coarse = log_mel.reshape(len(log_mel), 16, -1).mean(axis=2)
    return [
        _spread(cepstra),
        _spread(cepstra[active]),
        _spread(cepstra[voiced]),
        _spread(coarse[active]),
        of_voice.mean(axis=0),
        of_voice.std(axis=0),
        of_voice.mean(axis=0) - of_voice.mean(),
        np.percentile(of_voice - of_voice.mean(axis=1, keepdims=True), (10, 90), axis=0),
        _spread(np.stack([centre, sharpness], axis=1)[active]),
    ]


def _change(frames: Frames, cepstra: FloatArray, active: Array, voiced: Array) -> list[Array]:
    """How fast the colour changes, and how it differs between the window's thirds."""
    log_mel = frames.log_mel
    slope = slope_of(cepstra)
    flux = np.abs(np.diff(log_mel, axis=0, prepend=log_mel[:1])).mean(axis=1)
    wide = log_mel.reshape(len(log_mel), 8, -1).mean(axis=2)
    # How much eight bands move once to thirty times in 2.56 s.
    moves = np.abs(np.fft.rfft(wide - wide.mean(axis=0), 256, axis=0))[1:31]
    thirds = [part.mean(axis=0) for part in np.array_split(cepstra, 3)]
    return [
        _spread(slope),
        _spread(slope[voiced]),
        _spread(slope_of(slope)[active]),
        _spread(flux[active][:, None]),
        np.log(moves.reshape(6, 5, 8).mean(axis=1) + 1),
        *thirds,
    ]


def _melody(frames: Frames, active: Array, voiced: Array) -> list[Array]:
    """How high the voice is and how it moves."""
    semitones = semitones_of(frames.pitch_hz)
    steps = np.diff(semitones)[voiced[1:] & voiced[:-1]]
    # A jump of two semitones within 10 ms is a mistaken octave, not a voice.
    steps = steps[np.abs(steps) < 2]
    if len(steps) < 4:
        steps = np.zeros(4, np.float32)
    places = np.flatnonzero(voiced)
    trend = np.polyfit(places * HOP_S, semitones[voiced], 2)
    middle = float(np.median(semitones[voiced]))
    thirds = [
        float(part[heard].mean()) if heard.any() else middle
        for part, heard in zip(np.array_split(semitones, 3), np.array_split(voiced, 3), strict=True)
    ]
    return [
        _spread(semitones[voiced][:, None]),
        _spread(steps[:, None]),
        np.array([np.abs(steps).mean(), *trend[:2], *thirds]),
        _spread(frames.voicing[active][:, None]),
    ]


def _rhythm(frames: Frames, active: Array, voiced: Array) -> list[Array]:
    """How loudness moves, how long the voice lasts at a time, and how much is pause."""
    level = frames.level_db
    runs = np.diff(np.concatenate([[0], voiced.astype(int), [0]]))
    lengths_s = (np.flatnonzero(runs < 0) - np.flatnonzero(runs > 0)) * HOP_S
    window_s = len(level) * HOP_S
    moves = np.abs(np.fft.rfft(level - level.mean(), 256))[1:31]
    return [
        _spread(np.stack([level, slope_of(level[:, None])[:, 0]], axis=1)),
        np.array([level[voiced].std(), lengths_s.mean(), lengths_s.std(), lengths_s.max(), len(lengths_s) / window_s]),
        np.array([voiced.mean(), active.mean(), window_s]),
        np.log(moves.reshape(10, 3).mean(axis=1) + 1),
    ]
