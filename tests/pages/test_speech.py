"""The speech page: recordings, bad files, samples, views, tones, and comparing."""

from __future__ import annotations

import io
import json
import time
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from fer.audio.comparison_run import new_comparison
from fer.audio.samples import SAMPLES
from fer.settings import ROOT


def speech_page(source: str = "Record") -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90).run()
    app.switch_page("pages/speech.py").run()
    if source != "Record":
        app.button_group(key="speech.source").set_value(source).run()
    assert not app.exception
    return app


def text_of(app: AppTest) -> str:
    return " ".join(part.value for part in app.markdown)


def captions(app: AppTest) -> str:
    return " ".join(part.value for part in app.caption)


def silence() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(64_000))
    return out.getvalue()


def test_the_empty_page_says_how_to_begin_and_what_the_law_says(home: Path):
    app = speech_page()
    assert "Press the microphone" in text_of(app) and "forgotten when you leave" in captions(app)
    assert "A voice counts as biometric data" in captions(app) and "Art. 5(1)(f)" in captions(app)
    words = text_of(app).replace("\\", "")
    assert "A random split of the clips would claim" in words and "non-commercial" in words


def test_a_sample_is_heard_over_time(home: Path):
    app = speech_page("Sample")
    assert [header.value for header in app.header] == ["A lesson", "Numbers"]
    assert [header.value for header in app.subheader] == ["Over time"]
    assert "confidence" in text_of(app) and "no person, and no feeling" in captions(app)
    assert not app.error


def test_files_good_and_bad_each_get_their_answer(home: Path, monkeypatch: pytest.MonkeyPatch):
    managers: list[MemoryUploadedFileManager] = []
    make = MemoryUploadedFileManager.__init__

    def note(self: MemoryUploadedFileManager, *arguments: str) -> None:
        make(self, *arguments)
        managers.append(self)

    monkeypatch.setattr(MemoryUploadedFileManager, "__init__", note)
    app = speech_page("Files")
    good = SAMPLES[1].path.read_bytes()
    files = [("good.flac", good, "audio/flac"), ("notes*.wav", b"dear diary " * 50, "audio/wav"),
             ("quiet.wav", silence(), "audio/wav")]  # fmt: skip
    app.file_uploader(key="speech.files").set_value(files).run()
    assert not app.exception
    assert [header.value for header in app.header] == ["good.flac", "Numbers"]
    said = " ".join(error.value for error in app.error)
    assert "is not a recording that can be read" in said and "is silent" in said and len(app.error) == 2
    app.switch_page("pages/past.py").run()
    assert "speech.results" not in app.session_state, "another page forgets the voice"
    assert not any(managers[-1].file_storage.values()), "and the server its bytes"
    assert not list(home.rglob("*.flac")), "nothing was written"


def test_a_heard_recording_is_not_heard_again(home: Path, monkeypatch: pytest.MonkeyPatch):
    import fer.ui.speech

    app = speech_page("Files")
    file = ("good.flac", SAMPLES[1].path.read_bytes(), "audio/flac")
    app.file_uploader(key="speech.files").set_value([file]).run()

    def refuse(*arguments: object) -> None:
        raise AssertionError("heard again")

    monkeypatch.setattr(fer.ui.speech, "analyze_sound", refuse)
    app.run()
    assert not app.exception and [header.value for header in app.header] == ["good.flac", "Numbers"]


def test_a_recording_of_the_microphone(home: Path):
    app = speech_page()
    app.audio_input(key="speech.microphone").set_value(
        ("recording.wav", _wav(SAMPLES[1].sound().samples), "audio/wav")
    ).run()
    assert not app.exception and not app.error
    assert "Your recording" in [header.value for header in app.header]
    app.button_group(key="speech.source").set_value("Look inside").run()
    assert app.selectbox(key="speech.inside.which").value == "Your recording"


def _wav(samples: np.ndarray) -> bytes:
    from fer.audio.spectra import wav_of

    return wav_of(samples)


def test_seven_views_each_with_a_sentence(home: Path):
    app = speech_page("Look inside")
    titles = ["Waveform", "Fourier transform", "Spectrogram", "Mel spectrogram", "Pitch", "MFCC", "Loudness"]
    assert all(title in text_of(app).replace("\\", "") for title in titles)
    assert len(app.get("plotly_chart")) == 7
    before = next(caption.value for caption in app.caption if "Strongest here" in caption.value)
    slider = next(slider for slider in app.slider if slider.label == "Moment to look at")
    slider.set_value(0.7).run()
    after = next(caption.value for caption in app.caption if "Strongest here" in caption.value)
    assert not app.exception and before != after


def test_tones_are_mixed_and_silence_is_said(home: Path):
    app = speech_page("Mix tones")
    assert app.slider(key="speech.tones.hz.0").value == 262
    app.button(key="speech.tones.like_a_voice").click().run()
    assert app.slider(key="speech.tones.hz.0").value == 150 and not app.exception
    for number in range(3):
        app.slider(key=f"speech.tones.loudness.{number}").set_value(0)
    app.run()
    assert "All three are silent" in text_of(app)


def test_tones_that_beat_are_both_named(home: Path):
    app = speech_page("Mix tones")
    app.button(key="speech.tones.two_that_beat").click().run()
    spectrum = json.loads(app.get("plotly_chart")[1].proto.spec)
    assert [name["text"] for name in spectrum["layout"]["annotations"]] == ["440 Hz", "446 Hz"]


def test_a_blink_of_sound_is_not_offered_to_look_at(home: Path):
    app = speech_page()
    blink = _wav(np.full(100, 0.5, np.float32))
    app.audio_input(key="speech.microphone").set_value(("recording.wav", blink, "audio/wav")).run()
    assert "no speech was found" in app.error[0].value
    app.button_group(key="speech.source").set_value("Look inside").run()
    assert not app.exception and app.selectbox(key="speech.inside.which").value == SAMPLES[0].title


def test_unsure_is_said_of_sentences_and_a_late_sound_is_played_whole(home: Path, monkeypatch: pytest.MonkeyPatch):
    import fer.ui.speech
    from fer.audio.pipeline import Heard, Speech

    torn = np.full(7, 1 / 7, np.float32)
    sound = replace(SAMPLES[1].sound(), begins_s=6.0)
    end_s = 6 + sound.duration_s
    speech = Speech("late", end_s, 2, (Heard(6, 8, 2, torn), Heard(7, end_s, 2, torn)), "m", 0.5, ())
    monkeypatch.setattr(fer.ui.speech, "analyze_sound", lambda *_: speech)
    monkeypatch.setattr("fer.audio.samples.Sample.sound", lambda _: sound)
    app = speech_page("Sample")
    assert "single sentences with so low a confidence were heard wrong more often" in text_of(app)
    assert "Played here" not in captions(app)


def test_comparing_needs_corpora(home: Path, tmp_path: Path):
    app = speech_page("Train & compare")
    app.text_input(key="speech.compare.data").set_value(str(tmp_path)).run()
    app.button(key="speech.compare.begin").click().run()
    assert "holds no speech corpus" in app.error[0].value


@pytest.fixture
def comparison(home: Path, tmp_path: Path):
    place = tmp_path / "ravdess"
    place.mkdir()
    (place / "03-01-01-01-01-01-01.wav").write_bytes(silence())
    return new_comparison(tmp_path, ["baseline"])


def opened(run) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90).run()
    app.query_params.update({"run": run.id, "key": run.key()})
    app.switch_page("pages/speech.py").run()
    app.button_group(key="speech.source").set_value("Train & compare").run()
    assert not app.exception
    return app


def test_a_comparison_is_watched_and_stopped(comparison):
    import psutil

    me = psutil.Process()
    comparison.update(state="running", pid=me.pid, pid_created=me.create_time(), heartbeat=time.time(), progress=0.3,
                      message="Judging: Support vector machine")  # fmt: skip
    app = opened(comparison)
    app.button(key="speech.compare.cancel").click().run()
    assert comparison.stop_asked()
    comparison.update(state="stopped")


def test_a_comparisons_results_are_shown_beside_what_a_random_split_claims(comparison):
    figures = {"ravdess": {"uar": 0.5, "uar_deviation": 0.04}}
    comparison.append_metric({"model": "baseline", "title": "Baseline", "seconds": 1.5, "figures": figures,
                              "random_split": {"ravdess": 0.71}})  # fmt: skip
    comparison.update(state="done")
    app = opened(comparison)
    (table,) = [frame.value for frame in app.dataframe if "Model" in frame.value]
    assert table.iloc[0].tolist() == ["Baseline", 50.0, 4.0, 71.0, 1.5]
    app.button(key="speech.compare.delete").click().run()
    assert not comparison.folder.exists() and not app.exception


def test_the_downloads_hold_every_file():
    from fer.audio.pipeline import analyze_speech
    from fer.ui.speech_results import document_of, table_of

    results = [analyze_speech(SAMPLES[1].path), ("bad.wav", "No sound.")]
    files = json.loads(document_of(results))["files"]
    assert files[1] == {"input": "bad.wav", "error": "No sound."} and files[0]["emotion"]
    assert table_of(results).splitlines()[-1].startswith("bad.wav,") and "No sound." in table_of(results)


def test_gaps_and_unsure_stretches_are_drawn_as_such():
    from fer.audio.pipeline import Heard, Speech
    from fer.ui.speech_results import over_time, spans_of

    sure, torn = np.eye(7, dtype=np.float32)[3], np.full(7, 1 / 7, np.float32)
    windows = (Heard(0, 4, 3, sure), Heard(1, 5, 3, sure), Heard(12, 16, 3, torn))
    speech = Speech("x", 20, 9, windows, "m", 0.5, ())
    table = over_time(speech)
    assert table["time_s"].tolist() == [0, 2, 3, 5, 5, 12, 12, 14, 16]
    assert table["happy"].tolist()[:6] == [1, 1, 1, 1, 0, 0]
    spans = spans_of(speech)
    assert [(span.start_s, span.end_s, span.emotion, span.unsure) for span in spans] == [
        (0, 5, "happy", False), (12, 16, "angry", True)
    ]  # fmt: skip
