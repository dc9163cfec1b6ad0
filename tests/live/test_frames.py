"""The frame callback: the newest frame wins, nothing waits, nothing leaves it as an exception."""

from __future__ import annotations

import logging
import threading
import time

import av
import numpy as np
import pytest
from live_stubs import Steps, awaited, picture, tracked, until

from fer.classroom.analysis import Opened, open_steps
from fer.classroom.live import LiveFrames
from fer.classroom.places import Places
from fer.emotions import EMOTIONS
from fer.errors import DetectorError
from fer.faces.frames import FrameAnalyzer


def test_the_newest_frame_wins_and_the_others_are_counted(live: LiveFrames, steps: Steps) -> None:
    steps.gate.clear()
    live.on_frame(picture(1))
    until(lambda: live.read().analysis is not None)
    # The first frame is held in the analysis, then three come while it is busy.
    until(lambda: live._analysis is not None and live._analysis._waiting is None)
    for number in (2, 3, 4):
        live.on_frame(picture(number))
    steps.gate.set()
    until(lambda: len(steps.seen) == 2)
    assert steps.seen == [1, 4]
    numbers = live.read()
    assert numbers.received == 4
    assert numbers.analysis is not None and numbers.analysis.dropped == 2


def test_frames_that_queued_up_are_counted_and_only_the_newest_is_shown(live: LiveFrames, steps: Steps) -> None:
    live.on_frame(picture(1))
    until(lambda: steps.seen == [1])
    out = awaited(live.on_frames([picture(2), picture(3), picture(4)]))
    assert len(out) == 1
    until(lambda: steps.seen == [1, 4])
    numbers = live.read()
    assert numbers.received == 4
    assert numbers.analysis is not None and numbers.analysis.dropped == 2


def test_the_callback_does_not_wait_for_the_analysis(live: LiveFrames, steps: Steps) -> None:
    steps.gate.clear()
    done = threading.Event()

    def camera() -> None:
        for number in range(30):
            live.on_frame(picture(number))
        done.set()

    threading.Thread(target=camera, daemon=True).start()
    # The gate is closed: a callback that waited would never come back.
    assert done.wait(20)
    steps.gate.set()


def test_boxes_are_drawn_once_a_frame_was_analysed(live: LiveFrames, steps: Steps) -> None:
    first = live.on_frame(picture(0, 320, 240)).to_ndarray(format="bgr24")
    steps.faces = [tracked(box=(100, 80, 90, 90))]
    until(lambda: bool(live.read().faces))
    live.on_frame(picture(0, 320, 240))
    until(lambda: live.read().faces == steps.faces)
    second = live.on_frame(picture(0, 320, 240)).to_ndarray(format="bgr24")
    assert first.shape == second.shape == (240, 320, 3)
    assert np.array_equal(first, picture(0, 320, 240).to_ndarray(format="bgr24"))
    assert not np.array_equal(first, second)


def test_the_picture_is_mirrored_before_it_is_analysed(steps: Steps, places: Places, home: object) -> None:
    live = LiveFrames(mirrored=True, open_=steps.open, places=places)
    image = np.zeros((48, 64, 3), np.uint8)
    image[0, -1] = 7
    out = live.on_frame(av.VideoFrame.from_ndarray(image, format="bgr24")).to_ndarray(format="bgr24")
    until(lambda: steps.seen == [7])
    assert out[0, 0, 0] == 7
    live.on_ended()
    until(lambda: places.taken == 0)


def test_the_size_may_change_while_the_stream_runs(live: LiveFrames, steps: Steps) -> None:
    for width, height in ((64, 48), (128, 96), (33, 27), (64, 48)):
        seen = len(steps.seen)
        out = live.on_frame(picture(1, width, height))
        assert (out.width, out.height) == (width, height)
        until(lambda seen=seen: len(steps.seen) > seen)
    assert steps.shapes == [(48, 64, 3), (96, 128, 3), (27, 33, 3), (48, 64, 3)]


def test_boxes_of_another_size_are_not_drawn(live: LiveFrames, steps: Steps) -> None:
    live.on_frame(picture(0, 320, 240))
    until(lambda: bool(live.read().faces))
    smaller = picture(0, 160, 120)
    out = live.on_frame(smaller).to_ndarray(format="bgr24")
    assert np.array_equal(out, smaller.to_ndarray(format="bgr24"))


def test_an_analysis_that_raises_is_counted_said_and_outlived(
    live: LiveFrames, steps: Steps, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret of the picture")

    steps.act = fail
    with caplog.at_level(logging.ERROR):
        for number in range(3):
            assert isinstance(live.on_frame(picture(number)), av.VideoFrame)
            until(lambda number=number: (a := live.read().analysis) is not None and a.failures == number + 1)
    numbers = live.read()
    assert numbers.stage == "on" and numbers.analysis is not None
    assert "ZeroDivisionError" in numbers.analysis.problem and "The video goes on" in numbers.analysis.problem
    assert len(caplog.records) == 1
    steps.act = lambda: None
    live.on_frame(picture(9))
    until(lambda: (a := live.read().analysis) is not None and a.problem == "" and a.analysed == 1)


def test_a_detector_that_cannot_be_had_is_said_in_its_own_words(places: Places, home: object) -> None:
    def refuse(_: str, __: str | None) -> Opened:
        raise DetectorError("YuNet's weights are missing.")

    live = LiveFrames("yunet", open_=refuse, places=places)
    frame = picture(1)
    live.on_frame(frame)
    until(lambda: (a := live.read().analysis) is not None and a.problem == "YuNet's weights are missing.")
    live.on_ended()
    until(lambda: places.taken == 0)


def test_another_network_is_opened_while_the_stream_runs(live: LiveFrames, steps: Steps) -> None:
    live.on_frame(picture(1))
    until(lambda: len(steps.seen) == 1)
    live.choose("auto", mirrored=False, model="classmood-face-1")
    live.on_frame(picture(2))
    until(lambda: len(steps.seen) == 2)
    assert steps.models == [None, "classmood-face-1"]


def test_the_network_that_is_chosen_reads_the_face(home: object) -> None:
    steps = open_steps("haar", "classmood-face-1").steps
    assert isinstance(steps, FrameAnalyzer)
    assert steps.analyzer.classifier.entry.name == "classmood-face-1"


def test_another_detector_is_opened_while_the_stream_runs(live: LiveFrames, steps: Steps) -> None:
    live.on_frame(picture(1))
    until(lambda: len(steps.seen) == 1)
    live.choose("haar", mirrored=False)
    live.on_frame(picture(2))
    until(lambda: len(steps.seen) == 2)
    assert steps.detectors == ["auto", "haar"]
    assert (analysis := live.read().analysis) is not None and analysis.detector == "haar"


def test_a_frame_that_cannot_be_read_goes_back_as_it_came(live: LiveFrames) -> None:
    class Broken:
        def to_ndarray(self, format: str) -> np.ndarray:
            raise ValueError("no such pixel format")

    broken = Broken()
    assert live.on_frame(broken) is broken  # type: ignore[arg-type]


def test_seconds_without_a_face_stay_empty(live: LiveFrames, steps: Steps) -> None:
    live.on_frame(picture(1))
    until(lambda: len(steps.seen) == 1)
    # A second is drawn once it is over.
    until(lambda: (a := live.read().analysis) is not None and a.mood["happy"].max() > 0)
    mood = live.read().analysis.mood  # type: ignore[union-attr]
    shares = np.stack([mood[name] for name in EMOTIONS], axis=1)
    assert shares.shape == (60, 7)
    assert np.isclose(shares.sum(axis=1).max(), 1, atol=1e-5)
    assert (shares.sum(axis=1) == 0).sum() >= 58


def test_a_real_face_is_read_through_the_real_pipeline(fer2013: object, yunet: object, places: Places) -> None:
    from pathlib import Path

    import cv2

    shared = Path(str(fer2013)).parents[2]
    photo = cv2.imread(str(shared / "data" / "faces" / "justin.jpg"))
    assert photo is not None
    live = LiveFrames(open_=open_steps, places=places)
    frame = av.VideoFrame.from_ndarray(np.asarray(photo, np.uint8), format="bgr24")
    end = time.monotonic() + 60
    while time.monotonic() < end and not live.read().faces:
        live.on_frame(frame)
        time.sleep(0.05)
    face = live.read().faces[0]
    assert face.emotion == "happy"
    out = live.on_frame(frame).to_ndarray(format="bgr24")
    assert not np.array_equal(out, cv2.flip(photo, 1))
    live.on_ended()
    until(lambda: places.taken == 0)
