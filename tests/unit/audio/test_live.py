"""A microphone as it is heard: frames of any kind in, one window a second out, nothing kept, nothing raised."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import av
import numpy as np
import pytest

from fer.audio import live
from fer.audio.classify import open_classifier
from fer.audio.frames import RATE_HZ
from fer.audio.live import Ear, Ears
from fer.audio.pipeline import analyze_sound
from fer.audio.read import Sound, SoundInfo
from fer.audio.samples import SAMPLES
from fer.audio.windows import WINDOW_S
from fer.errors import ClassFullError, ModelError

PATIENCE_S = 60.0


def frames_of(samples: np.ndarray, rate_hz: int = 48_000, layout: str = "stereo") -> Iterator[av.AudioFrame]:
    """The frames of 20 ms that aiortc hands over: 16 bits, interleaved."""
    whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32)[None], format="flt", layout="mono")
    whole.sample_rate = RATE_HZ
    converter = av.AudioResampler("s16", layout, rate_hz, frame_size=rate_hz // 50)
    yield from converter.resample(whole)


@pytest.fixture
def ears() -> Iterator[Ears]:
    made = Ears()
    yield made
    for ear in list(made._ears):
        made.remove(ear)
    wait_for(lambda: made._thread is None)


def wait_for(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not done() and time.monotonic() < end:
        time.sleep(0.02)
    assert done()


def test_a_voice_is_heard_as_the_page_hears_it():
    samples = SAMPLES[-1].sound().samples[: round(WINDOW_S * RATE_HZ)]
    found: list[tuple[Any, ...]] = []
    came = threading.Event()
    # Nobody listens before all of it has come: on a busy machine a part of it would be heard first.
    ears = Ears(lambda: came.wait(PATIENCE_S) and open_classifier())
    ear = Ear(lambda *heard: found.append(heard), ears)
    for frame in frames_of(samples):
        ear.on_frame(frame)
    came.set()
    wait_for(lambda: bool(found))
    ears.remove(ear)
    probabilities, speech_s, at_s = found[-1]
    info = SoundInfo(RATE_HZ, 1, None, "none", False)
    page = analyze_sound(Sound(samples, info, ()), "the same", open_classifier())
    assert probabilities.argmax() == page.windows[0].probabilities.argmax()
    assert np.abs(probabilities - page.windows[0].probabilities).max() < 0.25
    assert speech_s == pytest.approx(page.windows[0].speech_s, abs=0.5) and at_s <= time.monotonic()


def test_only_the_last_seconds_are_held_and_the_end_forgets_them(ears: Ears):
    ear = Ear(lambda *heard: None, ears)
    for frame in frames_of(np.zeros(30 * RATE_HZ), 44_100, "mono"):
        ear.on_frame(frame)
    assert WINDOW_S <= ear._held / RATE_HZ < WINDOW_S + 1 and ears.count() == 1
    ear.on_ended()
    assert ear._held == 0 and not ear._parts and ears.count() == 0 and ear.heard_s() == np.inf


def test_silence_and_noise_say_nothing(ears: Ears):
    found: list[tuple[Any, ...]] = []
    random = np.random.default_rng(0)
    for samples in (np.zeros(4 * RATE_HZ), 0.3 * random.normal(size=4 * RATE_HZ), np.full(4 * RATE_HZ, np.nan)):
        ear = Ear(lambda *heard: found.append(heard), ears)
        for frame in frames_of(samples):
            ear.on_frame(frame)
        wait_for(lambda ear=ear: np.isfinite(ear.looked_s) and ear._new < live.NEW_S * RATE_HZ)
        ear.on_ended()
    assert found == []


def test_a_window_is_looked_at_once_a_second_and_never_twice_with_nothing_new():
    looks = []
    ear = Ear(lambda *heard: None, Ears())
    ear._ears.add = lambda ear: None  # type: ignore[method-assign]
    assert ear.due_s() == np.inf
    for frame in frames_of(np.zeros(RATE_HZ)):
        ear.on_frame(frame)
    ear.looked_s = time.monotonic()
    assert ear.due_s() == pytest.approx(ear.looked_s + 1.0)
    ear.listen(looks)  # type: ignore[arg-type]
    assert ear.due_s() == np.inf


def test_nothing_leaves_the_callback_and_one_fault_does_not_silence_the_ears(ears: Ears, caplog):
    def broken(*heard: object) -> None:
        raise RuntimeError("a fault of ours")

    samples = SAMPLES[-1].sound().samples[: round(WINDOW_S * RATE_HZ)]
    ear = Ear(broken, ears)
    ear.on_frame("no frame")  # type: ignore[arg-type]
    assert "could not be heard" in ear.problem
    for frame in frames_of(samples):
        ear.on_frame(frame)
    wait_for(lambda: "RuntimeError" in ear.problem)
    heard: list[object] = []
    other = Ear(lambda *found: heard.append(found), ears)
    for frame in frames_of(samples):
        other.on_frame(frame)
    wait_for(lambda: bool(heard))
    assert len([record for record in caplog.records if "left out" in record.message]) <= 2, "each fault is told once"


def test_a_model_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch):
    def missing() -> Any:
        raise ModelError("There is no speech model.")

    ears = Ears(missing)
    ear = Ear(lambda *heard: None, ears)
    for frame in frames_of(np.zeros(RATE_HZ)):
        ear.on_frame(frame)
    wait_for(lambda: ear.problem == "There is no speech model.")
    ear.on_ended()


def test_there_is_an_end_to_how_many_are_heard(ears: Ears, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "MOST_EARS", 1)
    first, second = (Ear(lambda *heard: None, ears) for _ in range(2))
    ears.add(first)
    ears.add(first)
    with pytest.raises(ClassFullError, match="1 microphones already"):
        ears.add(second)
    ears.remove(first)
    ears.add(second)
