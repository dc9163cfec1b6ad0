"""Windows: where somebody speaks, trimmed, and whatever the microphone's level was."""

from __future__ import annotations

import numpy as np
import pytest

from fer.audio.frames import Frames, frames_of
from fer.audio.functionals import functionals_of
from fer.audio.samples import SAMPLES
from fer.audio.windows import speech_mask, whole_window, windows_of

SILENCE = np.zeros(16_000, np.float32)


def hiss(seconds: float, level: float, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=round(seconds * 16_000)) * level).astype(np.float32)


def cut(samples: np.ndarray):
    frames = frames_of(samples)
    return windows_of(frames, speech_mask(frames))


def test_nobody_speaks_in_silence_noise_or_a_click():
    click = np.concatenate([SILENCE, [np.float32(0.9)], SILENCE])
    rumble = np.cumsum(hiss(3, 0.1))
    rumble = (rumble - rumble.mean()) / np.abs(rumble).max() / 3
    for sound in (SILENCE, hiss(3, 0.1), hiss(3, 1e-4), rumble, click):
        assert cut(sound) == []


def test_silence_and_noise_around_speech_are_trimmed(buzz):
    voice = np.concatenate([SILENCE, buzz(2.0), SILENCE]) + hiss(4, 0.003)
    (window,) = cut(voice)
    assert window.start_s == pytest.approx(0.9, abs=0.12) and window.end_s == pytest.approx(3.1, abs=0.12)
    assert 1.5 < window.speech_s <= 2.3


def test_long_speech_gives_a_window_each_second(buzz):
    windows = cut(buzz(12.0))
    # The last one is shorter: it ends with the recording.
    assert [round(window.start_s) for window in windows] == list(range(10))
    assert all(len(window.frames) <= 400 for window in windows)
    assert windows[-1].end_s == pytest.approx(12, abs=0.1)


def test_a_pause_leaves_a_gap(buzz):
    windows = cut(np.concatenate([buzz(6.0), np.zeros(16_000 * 8, np.float32), buzz(6.0)]))
    covered = np.zeros(20, bool)
    for window in windows:
        covered[int(window.start_s) : int(np.ceil(window.end_s))] = True
    assert not covered[7:13].any() and covered[:6].all() and covered[15:].all()


@pytest.mark.parametrize("noise", [0.0, 0.002])
@pytest.mark.parametrize("seconds", [0.8, 1.5, 2.5])
def test_few_words_in_a_minute_are_found_and_nothing_else(buzz, noise: float, seconds: float):
    minute = hiss(60, noise)
    minute[480_000 : 480_000 + round(seconds * 16_000)] += buzz(seconds)
    (window,) = cut(minute)
    assert window.start_s == pytest.approx(29.9, abs=0.1) and window.end_s == pytest.approx(30.1 + seconds, abs=0.1)
    assert window.speech_s == pytest.approx(seconds, abs=0.25)


def test_less_than_a_word_in_a_minute_of_noise_does_not_make_it_speech(buzz):
    minute = hiss(60, 0.002)
    minute[480_000:484_800] += buzz(0.3)
    assert cut(minute) == []


def test_a_bang_does_not_hide_speech_in_noise(buzz):
    voice = np.tile(buzz(5.0), 4) + hiss(20, 0.05)
    banged = voice.copy()
    banged[160_000:165_000] += hiss(0.3125, 1.0, 1)
    outside = np.r_[:950, 1080:2001]
    before, after = (speech_mask(frames_of(sound)) for sound in (voice, banged))
    assert before[outside].any()
    np.testing.assert_array_equal(before[outside], after[outside])


def mask_by_the_percentile(frames: Frames) -> np.ndarray:
    """Speech as the shipped model's figures were measured with it: the loudest is the 97th percentile, always."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer.audio.windows._loudest_voice", lambda frames: -np.inf)
        return speech_mask(frames)


def test_ordinary_recordings_are_cut_as_those_that_the_figures_are_of(buzz):
    ordinary = [sample.sound().samples for sample in SAMPLES]
    for noise in (0.0, 1e-4, 0.01, 0.1):
        ordinary += [buzz(3.0) + hiss(3, noise), np.concatenate([SILENCE, buzz(4.0), SILENCE]) + hiss(6, noise)]
        ordinary.append(np.concatenate([hiss(3, 0.0), buzz(0.5), SILENCE]) + hiss(4.5, noise))
    for samples in ordinary:
        frames = frames_of(samples)
        np.testing.assert_array_equal(speech_mask(frames), mask_by_the_percentile(frames))


def test_half_a_word_is_too_short(buzz):
    assert cut(np.concatenate([SILENCE, buzz(0.25), SILENCE])) == []


@pytest.mark.parametrize("gain", [0.02, 0.3])
def test_the_microphones_level_does_not_matter(buzz, gain: float):
    voice = np.concatenate([SILENCE, buzz(2.0, glide=0.5), SILENCE])
    loud, soft = (functionals_of(cut(voice * g)[0].frames) for g in (1.0, gain))
    np.testing.assert_allclose(loud, soft, atol=0.02, rtol=0.02)


def test_a_clip_without_speech_is_taken_whole():
    window = whole_window(frames_of(hiss(1.0, 0.05)))
    assert len(window.frames) == 101


def test_functionals_are_finite_and_as_many_for_every_window(buzz):
    rows = [
        functionals_of(whole_window(frames_of(sound)).frames)
        for sound in (buzz(3.0), buzz(0.4), hiss(1.0, 0.1), SILENCE, np.sign(buzz(1.0)))
    ]
    assert len({row.shape for row in rows}) == 1
    assert all(np.isfinite(row).all() for row in rows)


def test_functionals_tell_high_from_low(buzz):
    low, high = (functionals_of(cut(buzz(2.0, hz))[0].frames) for hz in (110.0, 220.0))
    # One octave: the mean of the semitones differs by twelve, wherever it stands.
    assert np.isclose(high - low, 12, atol=0.3).any()
