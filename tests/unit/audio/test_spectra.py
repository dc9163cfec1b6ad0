"""Spectra: tones that are mixed are found again."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from fer.audio.spectra import mix_tones, spectrogram_of, spectrum_at, wav_of, waveform_of


def test_mixed_tones_are_found_with_their_levels():
    sound = mix_tones([(262.0, 0.4), (330.0, 0.2), (1000.0, 0.1)])
    peaks = spectrum_at(sound, 1.0, 0.5).peaks()
    assert [round(hz / 2) * 2 for hz, _ in peaks] == [262, 330, 1000]
    levels = [level for _, level in peaks]
    # Half as loud is 6 dB less; 0.4 of full scale is -8 dB.
    assert levels[0] == pytest.approx(20 * np.log10(0.4), abs=0.3)
    assert np.diff(levels) == pytest.approx([-6.02, -6.02], abs=0.4)


def test_tones_of_the_mixer_are_told_apart_down_to_a_beat():
    spectrum = spectrum_at(mix_tones([(440.0, 0.7), (446.0, 0.7)]), 1.0, 0.5)
    assert sorted(hz for hz, _ in spectrum.peaks(3, 4.0)) == [440, 446]
    assert len(spectrum.peaks(3)) == 1, "a voice's teeth are further apart"
    # An odd frequency lies between two of the transform's: its own ripples are not named.
    assert len(spectrum_at(mix_tones([(441.0, 0.7)]), 1.0, 0.5).peaks(3, 4.0)) == 1


@pytest.mark.parametrize("count", [1, 10, 100, 255, 511])
def test_the_shortest_sounds_have_a_spectrogram(count: int):
    picture = spectrogram_of(np.full(count, 0.5, np.float32))
    assert picture.level_db.shape == (257, len(picture.times_s)) and len(picture.times_s) >= 1


def test_a_moment_beyond_the_ends_is_silent():
    sound = mix_tones([(440.0, 0.5)], 0.5)
    assert spectrum_at(sound, -5.0).level_db.max() < -60
    assert spectrum_at(sound, 0.25).peaks(1)[0][0] == pytest.approx(440, abs=4)


def test_a_mix_never_clips_and_does_not_click():
    sound = mix_tones([(100.0, 1.0), (200.0, 1.0), (300.0, 1.0)])
    assert np.abs(sound).max() <= 0.8 + 1e-6
    assert abs(float(sound[0])) < 1e-3 and abs(float(sound[-1])) < 1e-2


def test_a_rising_tone_rises_in_the_spectrogram():
    times = np.arange(32_000) / 16_000
    sound = (0.5 * np.sin(2 * np.pi * (500 * times + 500 * times**2))).astype(np.float32)
    picture = spectrogram_of(sound, 100)
    assert picture.level_db.shape == (len(picture.hz), len(picture.times_s))
    loudest = picture.hz[picture.level_db.argmax(axis=0)]
    middle = slice(5, -5)
    expected = 500 + 1000 * picture.times_s
    np.testing.assert_allclose(loudest[middle], expected[middle], atol=40)


def test_a_thinned_waveform_keeps_its_peaks():
    sound = np.zeros(160_000, np.float32)
    sound[77_777] = 0.9
    times, low, high = waveform_of(sound)
    assert len(times) <= 1200 and high.max() == np.float32(0.9) and low.min() == 0
    assert times[high.argmax()] == pytest.approx(77_777 / 16_000, abs=0.01)


def test_wav_is_what_browsers_play():
    with wave.open(io.BytesIO(wav_of(np.array([0, 1, -1, 2], np.float32)))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert np.frombuffer(file.readframes(4), "<i2").tolist() == [0, 32767, -32767, 32767]
