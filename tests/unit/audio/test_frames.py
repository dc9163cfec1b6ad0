"""Frames: levels, pitch and bands of sounds that are known."""

from __future__ import annotations

import numpy as np
import pytest

from fer.audio.frames import frames_of, mel_bands


@pytest.mark.parametrize("hz", [80.0, 120.0, 220.0, 350.0, 500.0])
def test_pitch_of_a_buzz(buzz, hz: float):
    frames = frames_of(buzz(1.0, hz))
    heard = frames.voicing > 0.8
    assert heard.mean() > 0.8
    assert np.median(frames.pitch_hz[heard]) == pytest.approx(hz, rel=0.01)


def test_noise_has_no_pitch():
    noise = np.random.default_rng(0).normal(size=32_000).astype(np.float32) * 0.1
    assert np.percentile(frames_of(noise).voicing, 99) < 0.5


def test_level_is_in_decibels_of_full_scale():
    times = np.arange(16_000) / 16_000
    frames = frames_of((0.1 * np.sin(2 * np.pi * 1000 * times)).astype(np.float32))
    # 20 dB below full scale, and 3 dB because a sine's power is half its peak's.
    assert np.median(frames.level_db) == pytest.approx(-23.01, abs=0.05)
    assert len(frames) == 101


def test_digital_silence_is_finite():
    frames = frames_of(np.zeros(8000, np.float32))
    assert np.isfinite(frames.log_mel).all() and frames.voicing.max() == 0
    assert frames.level_db.max() == pytest.approx(-140)


def test_a_tone_is_loudest_in_its_own_band():
    bands = mel_bands()
    times = np.arange(16_000) / 16_000
    for band in (5, 20, 40, 60):
        hz = float((bands[band] * np.arange(257)).sum() * 16_000 / 512)
        frames = frames_of((0.3 * np.sin(2 * np.pi * hz * times)).astype(np.float32))
        assert abs(int(np.median(frames.log_mel, axis=0).argmax()) - band) <= 1


def test_bands_share_weights_of_one():
    np.testing.assert_allclose(mel_bands().sum(axis=1), 1, rtol=1e-5)
