"""The patch that the convolutional network sees: of one size, in the middle, silence at -1."""

from __future__ import annotations

import numpy as np
import pytest

from fer.audio.frames import frames_of
from fer.audio.patches import BANDS, FLOOR, STEPS, patch_of
from fer.audio.windows import whole_window


@pytest.mark.parametrize("seconds", [0.5, 2.0, 4.0, 9.0])
def test_every_window_has_the_same_size(buzz, seconds: float):
    patch = patch_of(whole_window(frames_of(buzz(seconds))).frames)
    assert patch.shape == (STEPS * BANDS,) and patch.dtype == np.float32
    assert patch.min() >= -1 and 0 < patch.max() < 2


def test_a_short_window_stands_in_the_middle_of_silence(buzz):
    frames = whole_window(frames_of(buzz(1.0))).frames
    steps = patch_of(frames).reshape(STEPS, BANDS)
    loud = np.flatnonzero((steps > -1).any(axis=1))
    assert len(loud) == pytest.approx(len(frames) / 4, abs=2)
    assert loud[0] == pytest.approx(STEPS - 1 - loud[-1], abs=2) and (steps[: loud[0]] == -1).all()


def test_time_runs_down_the_rows_and_pitch_along_the_columns(buzz):
    frames = whole_window(frames_of(buzz(2.0))).frames
    frames.log_mel[:] = FLOOR
    frames.log_mel[-20:, -2:] = 0
    steps = patch_of(frames).reshape(STEPS, BANDS)
    assert set(np.flatnonzero(steps.max(axis=0) > 0)) == {BANDS - 1}
    assert np.flatnonzero(steps.max(axis=1) > 0).min() > STEPS // 2
