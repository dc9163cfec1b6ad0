"""A camera's frames and stills on their way to the seat: nothing is raised, nothing waits, nothing is kept."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from class_stubs import Clock, Eyes, Rows, image, row, seat_row, video_frame
from live_stubs import awaited, until
from PIL import Image
from streamlit_webrtc.sink import VideoSinkTrack

from fer.classroom import seat_stream
from fer.classroom.inference import Inference
from fer.classroom.seat import LiveSeat
from fer.classroom.seat_stream import SeatStream, shrunk
from fer.emotions import EMOTIONS


@pytest.fixture
def seat() -> LiveSeat:
    return LiveSeat(row(), seat_row(), Rows(), Clock())  # type: ignore[arg-type]


def jpeg(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1])).save(out, "JPEG", quality=90)
    return out.getvalue()


def test_frames_become_a_mood(seat: LiveSeat, service: Inference) -> None:
    stream = SeatStream(seat, service)
    stream.on_frame(video_frame(image()))
    until(lambda: seat.view().face)
    assert seat.view().emotion == "happy"
    assert service.numbers().streams == 1
    stream.on_ended()
    assert service.numbers().streams == 0
    assert not seat.view().face


def test_stills_become_a_mood_the_same_way(seat: LiveSeat, service: Inference) -> None:
    SeatStream(seat, service).on_still(jpeg(image()))
    until(lambda: seat.view().face)
    assert service.numbers().analysed == 1


def test_the_queued_callback_gives_back_what_came(seat: LiveSeat, service: Inference) -> None:
    frames = [video_frame(image(number)) for number in range(3)]
    out = awaited(SeatStream(seat, service).on_frames(frames))
    assert out == [frames[2]]
    until(lambda: service.numbers().analysed == 1)


class Camera(MediaStreamTrack):
    """A track of some frames, as aiortc hands it to a sink."""

    kind = "video"

    def __init__(self, frames: int) -> None:
        super().__init__()
        self._left = frames

    async def recv(self) -> av.VideoFrame:
        if not self._left:
            raise MediaStreamError
        self._left -= 1
        await asyncio.sleep(0.01)
        return video_frame(image(self._left))


def test_streamlit_webrtcs_sink_feeds_it_and_ends_it(seat: LiveSeat, service: Inference) -> None:
    """What the join page uses: no thread and no queue for a camera."""
    stream = SeatStream(seat, service)
    sink = VideoSinkTrack(stream.on_frame)
    sink._on_ended_callback = stream.on_ended

    async def play() -> None:
        sink.addTrack(Camera(20))
        sink.start()
        while sink.readyState == "live":
            await asyncio.sleep(0.01)

    awaited(play())
    assert service.numbers().streams == 0
    assert service.numbers().analysed <= 1, "of frames that come quickly few are looked at"


def test_frames_faster_than_needed_are_not_even_decoded(
    seat: LiveSeat, service: Inference, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []
    monkeypatch.setattr(seat_stream, "shrunk", lambda frame: decoded.append(1) or image())
    stream = SeatStream(seat, service)
    began_s = time.monotonic()
    for _ in range(500):
        stream.on_frame(video_frame(image()))
    until(lambda: service.numbers().analysed >= 1 and not service._waiting)
    # The first, and one more where the first was looked at before the last had come.
    assert len(decoded) <= 2 + 2.5 * (time.monotonic() - began_s)


def test_the_callback_does_not_wait(seat: LiveSeat, service: Inference, eyes: Eyes) -> None:
    eyes.gate.clear()
    stream = SeatStream(seat, service)
    done = threading.Event()

    def camera() -> None:
        for number in range(30):
            stream.on_frame(video_frame(image(number)))
            stream.on_still(b"no picture")
        done.set()

    threading.Thread(target=camera, daemon=True).start()
    assert done.wait(20)


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [
        (1, 1, (1, 1, 3)),
        (2, 2000, (640, 1, 3)),
        (320, 240, (240, 320, 3)),
        (1280, 720, (360, 640, 3)),
        (7680, 4320, (360, 640, 3)),
        (333, 77, (77, 333, 3)),
    ],
)
@pytest.mark.parametrize("kind", ["yuv420p", "rgb24", "gray"])
def test_a_frame_of_any_size_and_format(width: int, height: int, shape: tuple[int, ...], kind: str) -> None:
    pixels = shrunk(av.VideoFrame(width, height, kind))
    assert pixels.shape == shape and pixels.dtype == np.uint8


def test_the_size_may_change_in_mid_stream(seat: LiveSeat, service: Inference, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer.classroom.inference.Stream.wants", lambda self, now_s: True)
    stream = SeatStream(seat, service)
    for number, size in enumerate([(64, 48), (1, 1), (640, 480), (1920, 1080), (48, 64)], 1):
        stream.on_frame(video_frame(image(0, *size)))
        until(lambda number=number: service.numbers().analysed == number)  # type: ignore[misc]
    assert service.numbers().failures == 0


def test_a_hostile_still_is_one_sentence(seat: LiveSeat, service: Inference, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer.classroom.inference.Stream.wants", lambda self, now_s: True)
    stream = SeatStream(seat, service)
    fine = jpeg(image())
    for number, still in enumerate((b"", b"GIF89a" * 9, fine[: len(fine) // 2], b"\xff\xd8" * 2_000_000), 1):
        stream.on_still(still)
        until(lambda number=number: service.numbers().failures == number)  # type: ignore[misc]
        # A failure is counted before the seat hears of it.
        until(lambda: "picture" in seat.view().problem)
    stream.on_still(fine)
    until(lambda: seat.view().face)
    assert seat.view().problem == ""


def test_nothing_leaves_the_callback_and_the_log_hears_of_each_kind_once(
    seat: LiveSeat, service: Inference, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: object, now_s: float) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(seat, "frame_came", fail)
    stream = SeatStream(seat, service)
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            stream.on_frame(video_frame(image()))
            stream.on_still(b"")
    assert len(caplog.records) == 1


def test_a_full_server_is_said_and_asked_again(
    seat: LiveSeat, service: Inference, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(FER_MAX_CLASS_STREAMS=1)
    other = service.open(lambda sight: None)
    stream = SeatStream(seat, service)
    stream.on_frame(video_frame(image()))
    assert "has no place for another" in seat.view().problem
    other.close()
    stream.on_frame(video_frame(image()))
    assert service.numbers().streams == 0, "it does not ask for every frame"
    monkeypatch.setattr(seat_stream, "AGAIN_S", 0.0)
    stream.on_frame(video_frame(image()))
    until(lambda: seat.view().face)
    assert seat.view().problem == ""


def test_a_pause_gives_the_place_back_and_going_on_takes_one(seat: LiveSeat, service: Inference) -> None:
    stream = SeatStream(seat, service)
    stream.on_frame(video_frame(image()))
    assert service.numbers().streams == 1
    seat.pause()
    assert service.numbers().streams == 0
    for _ in range(3):
        stream.on_frame(video_frame(image()))
    assert service.numbers().streams == 0
    seat.resume()
    stream.on_frame(video_frame(image()))
    assert service.numbers().streams == 1
    until(lambda: seat.view().face)
    seat.close()
    stream.on_frame(video_frame(image()))
    assert service.numbers().streams == 0


def test_the_newer_page_has_the_seat(
    seat: LiveSeat, service: Inference, monkeypatch: pytest.MonkeyPatch, eyes: Eyes
) -> None:
    older, newer = SeatStream(seat, service), SeatStream(seat, service)
    older.on_frame(video_frame(image(1)))
    newer.on_frame(video_frame(image(2)))
    assert service.numbers().streams == 1
    for _ in range(5):
        older.on_frame(video_frame(image(1)))
    assert newer._stream is not None and older._stream is None, "they do not take it from each other again and again"
    # The newer one stops, the older tab is chosen again after a while.
    newer.on_ended()
    monkeypatch.setattr(seat_stream, "QUIET_S", -1.0)
    older.on_frame(video_frame(image(1)))
    assert older._stream is not None and service.numbers().streams == 1
    older.on_ended()
    assert service.numbers().streams == 0


def test_a_real_face_by_frame_and_by_still(
    seat: LiveSeat, yunet: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = cv2.imread(str(shared / "data" / "faces" / "justin.jpg"))
    assert photo is not None
    monkeypatch.setattr("fer.classroom.inference.Stream.wants", lambda self, now_s: True)
    service = Inference()
    stream = SeatStream(seat, service)
    answers = []
    for number, bring in enumerate((lambda: stream.on_frame(video_frame(photo)), lambda: stream.on_still(jpeg(photo)))):
        bring()
        until(lambda number=number: service.numbers().analysed == number + 1 and seat.view().face)  # type: ignore[misc]
        view = seat.view()
        assert view.emotion == "happy" and view.attention is not None
        answers.append(view.probabilities)
        seat.frames_ended(stream)
    stream.on_ended()
    assert answers[0] is not None and answers[1] is not None
    happy = EMOTIONS.index("happy")
    assert abs(answers[0][happy] - answers[1][happy]) < 0.15
    until(lambda: not service._threads)


def test_fifty_cameras_come_and_go_and_nothing_stays(home: Path, eyes: Eyes) -> None:
    service = Inference(eyes.open, workers=2)
    seats = [LiveSeat(row(), seat_row(), Rows(), Clock()) for _ in range(50)]  # type: ignore[arg-type]
    for _ in range(3):
        streams = [SeatStream(seat, service) for seat in seats]
        for stream in streams:
            stream.on_frame(video_frame(image()))
        until(lambda: all(seat.view().face for seat in seats))
        assert service.numbers().streams == 50
        for stream in streams:
            stream.on_ended()
        assert service.numbers().streams == 0 and not service._waiting
        until(lambda: not service._threads)
