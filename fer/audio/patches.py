"""From a window's frames to a small picture of its sound, as one row of numbers: what convolutions see."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer.audio.frames import MELS, Frames
from fer.audio.windows import DYNAMICS_DB

FloatArray = npt.NDArray[np.float32]

STEPS, BANDS = 100, MELS // 2
"""Of 40 ms each, four seconds in all; two mel bands of ``fer.audio.frames`` in each."""
FRAMES = 4
FLOOR = np.float32(-DYNAMICS_DB * np.log(10) / 10)
"""Where the levels of ``fer.audio.windows`` end: silence."""


def patch_of(frames: Frames) -> FloatArray:
    """Describe a window by its log-mel levels, coarse in time and frequency.

    Args:
        frames: Levelled (``fer.audio.windows``), at least one.

    Returns:
        Shape ``(STEPS * BANDS,)``, float32, row by row in time, from -1 (silence) to about 1. A shorter window stands
        in the middle of silence; of a longer one the middle is taken.
    """
    whole = STEPS * FRAMES
    mel = frames.log_mel.reshape(len(frames), BANDS, MELS // BANDS).mean(axis=2)
    first = max(0, (len(mel) - whole) // 2)
    mel = mel[first : first + whole]
    before = (whole - len(mel)) // 2
    padded = np.full((whole, BANDS), FLOOR, np.float32)
    padded[before : before + len(mel)] = mel
    steps: FloatArray = padded.reshape(STEPS, FRAMES, BANDS).mean(axis=1)
    return np.asarray(1 - 2 * steps / FLOOR, np.float32).ravel()
