"""A recording in, emotions out: with the model that ships, and what happens where nobody speaks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer.audio.classify import open_classifier
from fer.audio.pipeline import analyze_sound, analyze_speech
from fer.audio.read import read_sound
from fer.audio.report import SPEECH_COLUMNS, csv_text, speech_rows
from fer.audio.samples import SAMPLES
from fer.audio.spectra import wav_of
from fer.emotions import EMOTIONS
from fer.errors import InputError
from fer.registry import SpeechInput, find

Write = Callable[..., Path]


def memory(samples: np.ndarray) -> io.BytesIO:
    return io.BytesIO(wav_of(samples))


def test_a_sample_follows_the_contract():
    document = analyze_speech(SAMPLES[0].path).as_json()
    assert document["input"] == "a-lesson.flac"
    assert document["emotion"] == max(document["probabilities"], key=document["probabilities"].__getitem__)
    assert document["confidence"] == pytest.approx(max(document["probabilities"].values()), abs=1e-3)
    assert list(document["probabilities"]) == list(EMOTIONS)
    assert isinstance(document["unsure"], bool)
    assert 0 < document["speech_s"] < document["duration_s"]
    assert len(document["windows"]) > 5
    for window in document["windows"]:
        assert set(window) == {"start_s", "end_s", "emotion", "confidence", "unsure", "probabilities"}
        assert 0 <= window["start_s"] < window["end_s"] <= document["duration_s"] + 0.1
        assert sum(window["probabilities"].values()) == pytest.approx(1, abs=1e-3)


def test_file_memory_and_sound_give_the_same():
    sample = SAMPLES[1]
    from_file = analyze_speech(sample.path, "x").as_json()
    from_memory = analyze_speech(io.BytesIO(sample.path.read_bytes()), "x").as_json()
    from_sound = analyze_sound(sample.sound(), "x").as_json()
    assert from_file == from_memory == from_sound


@pytest.mark.parametrize("gain", [0.03, 0.25])
def test_the_microphones_level_does_not_change_the_answer(gain: float):
    sound = SAMPLES[1].sound()
    loud, soft = (analyze_speech(memory(sound.samples * np.float32(g)), "x").probabilities for g in (1.0, gain))
    np.testing.assert_allclose(loud, soft, atol=0.03)


def test_silence_around_speech_does_not_change_the_answer():
    samples = SAMPLES[1].sound().samples
    quiet = np.zeros(16_000, np.float32)
    alone, among = (analyze_speech(memory(s), "x") for s in (samples, np.concatenate([quiet, samples, quiet])))
    np.testing.assert_allclose(alone.probabilities, among.probabilities, atol=0.05)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros(32_000, np.float32), r"is silent \(2\.0 s, nothing above -75 dB\)\. Check the microphone"),
        (np.random.default_rng(0).normal(size=32_000) * 0.1, r"no speech was found in its 2\.0 s\. Expected at least"),
        (np.full(100, 0.1), r"no speech was found in its 0\.0 s"),
    ],
)
def test_where_nobody_speaks_a_sentence_says_so(samples: np.ndarray, said: str):
    with pytest.raises(InputError, match=said):
        analyze_speech(memory(samples), "x")


@pytest.mark.parametrize("noise", [0.0, 10 ** (-55 / 20)])
def test_few_words_in_a_minute_are_heard_as_in_a_short_recording(noise: float):
    minute = (np.random.default_rng(0).normal(size=60 * 16_000) * noise).astype(np.float32)
    minute[480_000:504_000] += SAMPLES[1].sound().samples[:24_000]
    long, short = (analyze_speech(memory(samples), "x") for samples in (minute, minute[464_000:520_000]))
    assert len(long.windows) == 1 and long.speech_s == pytest.approx(short.speech_s, abs=0.1)
    np.testing.assert_allclose(long.probabilities, short.probabilities, atol=0.05)


def test_times_count_from_the_videos_beginning(video: Write, tmp_path: Path, buzz):
    path = video(tmp_path / "a.mkv", buzz(10.0, rate_hz=48_000), 6.0)
    found = analyze_speech(path)
    assert found.windows[0].start_s == pytest.approx(6.0, abs=0.2)
    assert found.duration_s == pytest.approx(16.0, abs=0.2)
    assert found.windows[-1].end_s <= found.duration_s + 0.1
    assert [note.split(".")[0] for note in found.notes] == [
        "It is a video: only its sound was used", "Its sound begins after 6"
    ]  # fmt: skip
    assert analyze_sound(read_sound(path), "a.mkv").as_json() == found.as_json()


def test_a_recording_of_many_blocks_is_heard_to_its_end(buzz):
    found = analyze_speech(memory(np.tile(buzz(5.0), 30)), "x")
    assert found.duration_s == pytest.approx(150)
    assert found.windows[-1].end_s > 148
    starts = [window.start_s for window in found.windows]
    # One each second; the last of a block ends with it, and the next begins with the next block.
    assert starts == sorted(starts) and max(np.diff(starts)) < 3.1


def test_progress_is_told(buzz):
    told: list[tuple[float | None, str]] = []
    analyze_speech(memory(np.tile(buzz(5.0), 15)), "x", None, lambda share, words: told.append((share, words)))
    assert [share for share, _ in told] == [pytest.approx(0.8), pytest.approx(1.0)]


def test_clipping_nan_and_a_telephone_are_answered_with_a_note(write: Write, tmp_path: Path, buzz):
    clipped = analyze_speech(write(tmp_path / "a.wav", np.clip(buzz(2.0) * 8, -1, 1), 16_000))
    assert any("clipped" in note for note in clipped.notes)
    telephone = analyze_speech(write(tmp_path / "b.wav", buzz(2.0, rate_hz=8_000), 8_000))
    assert any("8 kHz" in note for note in telephone.as_json()["notes"])


def test_the_table_has_the_whole_and_each_window():
    found = analyze_speech(SAMPLES[0].path, "=1+1.wav")
    rows = list(csv.DictReader(io.StringIO(csv_text(speech_rows(found)))))
    assert list(rows[0]) == list(SPEECH_COLUMNS)
    assert [row["window"] for row in rows] == [str(n) for n in range(len(found.windows) + 1)]
    assert {row["input"] for row in rows} == {"'=1+1.wav"}, "no spreadsheet runs a file's name"
    assert float(rows[0]["end_s"]) == pytest.approx(found.duration_s, abs=0.01)


def test_the_model_that_ships_says_what_it_is():
    entry = find(kind="speech")
    assert isinstance(entry.input, SpeechInput) and entry.input.rate_hz == 16_000
    assert "NC" in entry.licence and "Burkhardt" in entry.licence
    assert (
        entry.figures["ravdess, speakers left out"]["uar"] > entry.figures["ravdess, speakers left out"]["baseline_uar"]
    )


@pytest.mark.parametrize("corpus", ["ravdess", "emodb"])
def test_the_model_that_ships_knows_what_it_learned(shared: Path, corpus: str):
    # No measure of how good it is: it learned from these. It would fail if features or labels were mixed up.
    from fer.audio.corpora import Clips, read_corpora
    from fer.audio.evaluation import evaluate_model

    clips = read_corpora(shared / "data" / "speech")
    some = [clip for clip in clips.clips if clip.corpus == corpus][::16]
    assert evaluate_model(Clips(tuple(some)))[corpus]["accuracy"] > 0.8


def test_a_model_for_other_functionals_is_refused():
    from fer.errors import ModelError

    with pytest.raises(ModelError, match=r"takes \d+ functionals, and this version of Classmood makes 3"):
        open_classifier().from_functionals(np.zeros((1, 3), np.float32))


def test_samples_are_speech_at_16_khz():
    for sample in SAMPLES:
        sound = read_sound(sample.path)
        assert sound.info.rate_hz == 16_000 and 2 < sound.duration_s < 20
