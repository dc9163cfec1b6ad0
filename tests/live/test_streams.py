"""Streams begin and end: places, time limits, threads, and nothing that is left behind."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from live_stubs import Steps, picture, until

from fer.classroom import live as live_module
from fer.classroom.analysis import Opened
from fer.classroom.live import LiveFrames
from fer.classroom.places import Places
from fer.faces.track import TrackedFace

UInt8Array = npt.NDArray[np.uint8]


def analysis_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("live-analysis")]


def test_no_more_cameras_than_there_are_places(steps: Steps, places: Places, configure: Callable[..., None]) -> None:
    configure(FER_MAX_LIVE_STREAMS=2)
    streams = [LiveFrames(open_=steps.open, places=places) for _ in range(3)]
    for stream in streams:
        stream.on_frame(picture())
    assert [stream.read().stage for stream in streams] == ["on", "on", "full"]
    # A frame of the third comes back as it was, and its analysis never began.
    assert streams[2].on_frame(picture()).width == 64
    assert streams[2].read().analysis is None
    streams[0].on_ended()
    until(lambda: places.taken == 1)
    streams[2].on_frame(picture())
    assert streams[2].read().stage == "full", "a place is asked for at the start only"
    streams[2].on_ended()
    streams[2].await_start()
    streams[2].on_frame(picture())
    assert streams[2].read().stage == "on"
    for stream in streams:
        stream.on_ended()
    until(lambda: places.taken == 0)


def test_a_stream_ends_after_its_time(steps: Steps, places: Places, configure: Callable[..., None]) -> None:
    configure(FER_LIVE_MINUTES=0.0005)
    stream = LiveFrames(open_=steps.open, places=places)
    stream.on_frame(picture())

    def ended() -> bool:
        stream.on_frame(picture())
        return stream.read().stage == "over"

    until(ended)
    until(lambda: places.taken == 0)
    stream.on_ended()
    assert stream.read().stage == "over", "the page must still be able to say why"
    stream.await_start()
    stream.on_frame(picture())
    assert stream.read().stage == "on"
    stream.on_ended()
    until(lambda: places.taken == 0)


def test_twenty_starts_and_stops_leave_nothing_behind(live: LiveFrames, steps: Steps, places: Places) -> None:
    for number in range(20):
        live.await_start()
        live.on_frame(picture(number))
        assert live.read().stage == "on"
        live.on_ended()
        assert live.read().stage == "off"
    until(lambda: not analysis_threads())
    assert places.taken == 0


def test_nothing_of_a_picture_outlives_its_stream(places: Places, home: object) -> None:
    class KeepsTheLast(Steps):
        def step(self, image_bgr: UInt8Array, time_s: float) -> list[TrackedFace]:
            self.last = image_bgr
            pictures.append(weakref.ref(image_bgr))
            return super().step(image_bgr, time_s)

    pictures: list[weakref.ref[UInt8Array]] = []
    stream = LiveFrames(open_=lambda detector, model: Opened(KeepsTheLast(), detector), places=places)
    stream.on_frame(picture())
    until(lambda: bool(stream.read().faces))
    assert pictures[-1]() is not None
    stream.on_ended()
    until(lambda: not analysis_threads())
    gc.collect()
    assert pictures[-1]() is None
    assert stream._analysis is not None
    assert stream._analysis.result is None and stream._analysis._waiting is None


def test_a_frame_that_comes_after_the_end_begins_nothing(live: LiveFrames, places: Places) -> None:
    live.on_frame(picture())
    live.on_ended()
    until(lambda: places.taken == 0)
    late = live.on_frame(picture(7)).to_ndarray(format="bgr24")
    assert np.array_equal(late, picture(7).to_ndarray(format="bgr24"))
    assert places.taken == 0 and live.read().stage == "off"
    live.await_start()
    live.on_frame(picture())
    assert places.taken == 1 and live.read().stage == "on"


def test_a_stream_can_begin_again_without_a_word_from_the_page(
    live: LiveFrames, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "CLOSED_S", 0.02)
    live.on_frame(picture())
    live.on_ended()

    def on() -> bool:
        live.on_frame(picture())
        return live.read().stage == "on"

    until(on)
    assert places.taken == 1


def test_a_stream_that_is_lost_gives_its_place_back(steps: Steps, places: Places, home: object) -> None:
    stream = LiveFrames(open_=steps.open, places=places, idle_s=0.05)
    stream.on_frame(picture())
    # No on_ended: the connection was lost without a word.
    until(lambda: places.taken == 0 and not analysis_threads())
    began_s = stream._began_s
    stream.on_frame(picture())
    assert stream.read().stage == "on" and stream.read().received == 2
    assert stream._began_s == began_s, "a pause gives a stream no time"
    stream.on_ended()
    until(lambda: places.taken == 0)


def test_a_stream_that_fails_to_begin_takes_no_place(
    live: LiveFrames, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(live_module, "Analysis", fail)
    frame = picture()
    assert live.on_frame(frame) is frame
    assert places.taken == 0 and live.read().stage == "off"


def test_numbers_can_be_read_from_other_threads_all_the_time(live: LiveFrames) -> None:
    stop, problems = threading.Event(), []

    def page() -> None:
        while not stop.is_set():
            try:
                live.read()
            except Exception as problem:
                problems.append(problem)

    readers = [threading.Thread(target=page) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(100):
        live.on_frame(picture(number % 200))
    stop.set()
    for reader in readers:
        reader.join(20)
    assert problems == []
    assert live.read().received == 100


def test_a_place_cannot_be_given_back_twice() -> None:
    with pytest.raises(ValueError, match="nobody had taken"):
        Places().give_back()
