"""The inference service: newest wins, one call for a batch, no stream starves, and nothing that is left behind."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from class_stubs import Eyes, image
from live_stubs import until

from fer.classroom.inference import Inference, Stream
from fer.classroom.sight import Sight
from fer.emotions import EMOTIONS
from fer.errors import ClassFullError, InputError, ModelError
from fer.faces.detect import WEBCAM, Detections
from fer.faces.pipeline import FaceAnalyzer, open_analyzer


def workers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("inference-")]


def busy(service: Inference, eyes: Eyes) -> None:
    """Hold the only worker in a frame, so that what comes now waits."""
    eyes.gate.clear()
    service.open(lambda sight: None).post(image(99), 0.0)
    until(lambda: not service._waiting)


def test_the_newest_frame_wins_and_replaced_ones_are_counted(service: Inference, eyes: Eyes) -> None:
    sights: list[Sight] = []
    stream = service.open(sights.append)
    busy(service, eyes)
    for number in (1, 2, 3):
        stream.post(image(number), time.monotonic())
    eyes.gate.set()
    until(lambda: len(sights) == 1)
    assert eyes.seen == [99, 3]
    assert service.numbers().dropped == 2
    assert service.numbers().analysed == 2


def test_waiting_frames_of_all_streams_are_classified_in_one_call(
    service: Inference, eyes: Eyes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine may take longer than the bound for six frames; here only the batch counts.
    monkeypatch.setattr("fer.classroom.inference.BATCH_S", 60.0)
    sights: list[Sight] = []
    streams = [service.open(sights.append) for _ in range(6)]
    busy(service, eyes)
    for number, stream in enumerate(streams):
        stream.post(image(number), time.monotonic())
    eyes.gate.set()
    until(lambda: len(sights) == 6)
    # The held frame opened its batch, and the six that waited joined it: one call of the network for all.
    assert eyes.batches == [7]
    assert eyes.seen == [99, 0, 1, 2, 3, 4, 5], "who waited longest comes first"


def test_a_batch_ends_at_its_latency_bound(service: Inference, eyes: Eyes, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each frame takes longer than the bound, so each is a batch of its own.
    monkeypatch.setattr("fer.classroom.inference.BATCH_S", 0.02)
    sights: list[Sight] = []
    streams = [service.open(sights.append) for _ in range(3)]
    eyes.act = lambda number: time.sleep(0.03)
    busy(service, eyes)
    for number, stream in enumerate(streams):
        stream.post(image(number), time.monotonic())
    eyes.gate.set()
    until(lambda: len(sights) == 3)
    assert eyes.batches == [1, 1, 1, 1]


def test_a_stream_that_posts_all_the_time_starves_nobody(service: Inference, eyes: Eyes) -> None:
    greedy = service.open(lambda sight: None)
    sights: list[Sight] = []
    modest = service.open(sights.append)
    busy(service, eyes)
    greedy.post(image(1), time.monotonic())
    modest.post(image(2), time.monotonic())
    for _ in range(50):
        greedy.post(image(3), time.monotonic())
    eyes.gate.set()
    until(lambda: len(sights) == 1)
    # The greedy one keeps its turn and gets one frame; it does not get another before the modest one.
    assert eyes.seen[:3] == [99, 3, 2]


def test_posting_never_waits(service: Inference, eyes: Eyes) -> None:
    busy(service, eyes)
    stream = service.open(lambda sight: None)
    done = threading.Event()

    def camera() -> None:
        for number in range(100):
            stream.post(image(number), time.monotonic())
            service.numbers()
        done.set()

    threading.Thread(target=camera, daemon=True).start()
    # The gate is closed: a camera that waited would never come back.
    assert done.wait(20)
    assert not eyes.gate.is_set()


def test_full_is_full_until_somebody_leaves(service: Inference, configure: Callable[..., None]) -> None:
    configure(FER_MAX_CLASS_STREAMS=2)
    first = service.open(lambda sight: None)
    service.open(lambda sight: None)
    with pytest.raises(ClassFullError, match="2 cameras already"):
        service.open(lambda sight: None)
    first.close()
    first.close()
    service.open(lambda sight: None)
    assert service.numbers().streams == 2


def test_only_the_largest_face_counts(service: Inference, eyes: Eyes) -> None:
    boxes = np.array([[0, 0, 10, 10], [20, 5, 60, 45], [0, 20, 12, 32]], np.float32)
    eyes.found = Detections(boxes, np.array([0.9, 0.7, 0.6], np.float32), np.full((3, 5, 2), np.nan, np.float32))
    sights: list[Sight] = []
    service.open(sights.append).post(image(), time.monotonic())
    until(lambda: len(sights) == 1)
    assert sights[0].box_xywh == (20, 5, 40, 40)
    assert sights[0].landmarks_xy is None, "the cascade gives none, and none are made up"
    assert eyes.batches == [1], "the others' faces are not classified at all"


def test_no_face_is_told_too(service: Inference, eyes: Eyes) -> None:
    eyes.found = Detections.none()
    sights: list[Sight] = []
    service.open(sights.append).post(image(), time.monotonic())
    until(lambda: len(sights) == 1)
    assert sights[0].probabilities is None and sights[0].box_xywh is None and not sights[0].unsure
    assert sights[0].size_px == (64, 48)
    assert 85 < sights[0].brightness < 95
    assert sights[0].problem == ""


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 700, 3), (700, 1, 3), (17, 3, 3)])
def test_a_tiny_frame_is_harmless(shape: tuple[int, int, int], service: Inference, home: Path) -> None:
    service._open = lambda: open_analyzer("haar")
    sights: list[Sight] = []
    service.open(sights.append).post(np.zeros(shape, np.uint8), time.monotonic())
    until(lambda: len(sights) == 1)
    assert sights[0].problem == "" and sights[0].probabilities is None


@pytest.mark.parametrize(
    "bad", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8), None]
)
def test_what_is_no_picture_fails_alone(bad: object, service: Inference, eyes: Eyes) -> None:
    told: list[Sight] = []
    fine: list[Sight] = []
    bad_stream, good_stream = service.open(told.append), service.open(fine.append)
    busy(service, eyes)
    bad_stream.post(bad, time.monotonic())  # type: ignore[arg-type]
    good_stream.post(image(1), time.monotonic())
    eyes.gate.set()
    until(lambda: len(told) == 1 and len(fine) == 1)
    assert "could not be looked at" in told[0].problem and told[0].probabilities is None
    assert fine[0].problem == "" and fine[0].probabilities is not None
    assert service.numbers().failures == 1


def test_failures_become_one_log_line_a_kind_and_the_service_goes_on(
    service: Inference, eyes: Eyes, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(number: int) -> None:
        if number != 9:
            raise (RuntimeError if number % 2 else cv2.error)("broken")

    eyes.act = fail
    sights: list[Sight] = []
    stream = service.open(sights.append)
    with caplog.at_level(logging.ERROR):
        for number in (1, 2, 3, 4, 5):
            stream.post(image(number), time.monotonic())
            until(lambda number=number: len(sights) == number)  # type: ignore[misc]
        stream.post(image(9), time.monotonic())
        until(lambda: len(sights) == 6)
    assert [bool(sight.problem) for sight in sights] == [True] * 5 + [False]
    assert len(caplog.records) == 2
    assert eyes.opened >= 5, "an analyzer that failed half way is not used again"
    assert service.numbers().failures == 5 and service.numbers().problem == ""


def test_a_visitors_bad_picture_does_not_cost_the_analyzer(service: Inference, eyes: Eyes) -> None:
    def damaged() -> np.ndarray:
        raise InputError("A picture came damaged.")

    sights: list[Sight] = []
    stream = service.open(sights.append)
    for number in range(4):
        stream.post(damaged, time.monotonic())
        until(lambda number=number: len(sights) == number + 1)  # type: ignore[misc]
    assert {sight.problem for sight in sights} == {"A picture came damaged."}
    assert eyes.opened == 1


def test_a_missing_model_is_a_sentence(service: Inference, eyes: Eyes) -> None:
    def missing() -> FaceAnalyzer:
        raise ModelError("there is no face model")

    service._open = missing
    sights: list[Sight] = []
    service.open(sights.append).post(image(), time.monotonic())
    until(lambda: len(sights) == 1)
    assert sights[0].problem == "there is no face model" == service.numbers().problem


def test_who_is_told_may_fail(service: Inference, eyes: Eyes, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(sight: Sight) -> None:
        raise RuntimeError("not today")

    sights: list[Sight] = []
    refusing, fine = service.open(refuse), service.open(sights.append)
    with caplog.at_level(logging.ERROR):
        for number in range(3):
            refusing.post(image(), time.monotonic())
            fine.post(image(), time.monotonic())
            until(lambda number=number: len(sights) > number)  # type: ignore[misc]
    assert len(caplog.records) == 1


def test_nothing_of_a_picture_outlives_its_stream(service: Inference, eyes: Eyes) -> None:
    sights: list[Sight] = []
    stream = service.open(sights.append)
    looked_at, waiting = image(1), image(2)
    gone = [weakref.ref(looked_at), weakref.ref(waiting)]
    stream.post(looked_at, time.monotonic())
    del looked_at
    until(lambda: len(sights) == 1)
    until(lambda: gone[0]() is None)
    busy(service, eyes)
    stream.post(waiting, time.monotonic())
    del waiting
    assert gone[1]() is not None
    stream.close()
    assert gone[1]() is None, "a frame that still waited goes with its stream"
    eyes.gate.set()
    assert not any(isinstance(value, np.ndarray) and value.ndim > 2 for value in vars(sights[0]).values())


def test_after_the_end_nothing_is_taken_or_told(service: Inference, eyes: Eyes) -> None:
    sights: list[Sight] = []
    stream = service.open(sights.append)
    eyes.gate.clear()
    stream.post(image(1), time.monotonic())
    until(lambda: not service._waiting)
    stream.close()
    eyes.gate.set()
    until(lambda: not workers())
    stream.post(image(2), time.monotonic())
    assert sights == [] and not service._waiting


def test_threads_begin_with_the_first_stream_and_end_with_the_last(home: Path) -> None:
    eyes = Eyes()
    service = Inference(eyes.open, workers=2)
    assert not workers()
    for _ in range(20):
        sights: list[Sight] = []
        streams = [service.open(sights.append) for _ in range(3)]
        assert len(workers()) == 2
        for stream in streams:
            stream.post(image(), time.monotonic())
        until(lambda sights=sights: len(sights) == 3)  # type: ignore[misc]
        for stream in streams:
            stream.close()
        until(lambda: not workers())
    assert not service._threads and not service._waiting


def test_each_worker_has_a_detector_of_its_own(home: Path) -> None:
    eyes = Eyes()
    service = Inference(eyes.open, workers=2)
    meet = threading.Barrier(2, timeout=20)
    eyes.act = lambda number: None if meet.broken else meet.wait() and None
    sights: list[Sight] = []
    streams = [service.open(sights.append) for _ in range(2)]
    for stream in streams:
        stream.post(image(), time.monotonic())
    until(lambda: len(sights) == 2)
    assert len(eyes.threads) == 2 and eyes.opened == 2
    for stream in streams:
        stream.close()
    until(lambda: not workers())


def posted(stream: Stream, begins_s: float) -> int:
    """How many of a hundred frames, five a second, are wanted."""
    count = 0
    for number in range(100):
        now_s = begins_s + number / 5
        if stream.wants(now_s):
            count += 1
            stream.post(image(), now_s)
            # As if a worker took it at once.
            stream._service._waiting.clear()
    return count


def test_two_of_five_frames_a_second_are_wanted(service: Inference, eyes: Eyes) -> None:
    busy(service, eyes)
    stream = service.open(lambda sight: None)
    assert posted(stream, 1000) == 40
    service.rate_hz = 0.5
    # The first one was due by the old rate.
    assert posted(stream, 1020) == 11


def test_while_a_frame_waits_every_newer_one_takes_its_place(service: Inference, eyes: Eyes) -> None:
    sights: list[Sight] = []
    busy(service, eyes)
    stream, other = service.open(sights.append), service.open(sights.append)
    began_s = time.monotonic()
    stream.post(image(1), began_s)
    other.post(image(9), began_s)
    for number in (2, 3, 4):
        assert stream.wants(began_s + number / 5)
        stream.post(image(number), began_s + number / 5)
    eyes.gate.set()
    until(lambda: len(sights) == 2)
    assert eyes.seen == [99, 4, 9], "it keeps its turn, and the number is of the newest picture"
    assert sights[0].received_s == began_s + 4 / 5
    assert not stream.wants(began_s + 0.3), "the rate is counted from the first one"
    assert stream.wants(began_s + 0.5)


def test_after_a_break_frames_are_not_made_up_for(service: Inference, eyes: Eyes) -> None:
    busy(service, eyes)
    stream = service.open(lambda sight: None)
    for now_s in (10.0, 100.0):
        stream.post(image(), now_s)
        service._waiting.clear()
    assert not stream.wants(100.1)
    assert stream.wants(100.5)


def test_the_guard_lowers_the_rate_of_every_stream(service: Inference, eyes: Eyes) -> None:
    # One worker and a frame that takes 0.1 s: eight frames a second are planned for, so each of twelve streams gets
    # less than one.
    eyes.act = lambda number: time.sleep(0.1)
    sights: list[Sight] = []
    streams = [service.open(sights.append) for _ in range(12)]

    def slowed() -> bool:
        for stream in streams:
            stream.post(image(), time.monotonic())
        return service.numbers().rate_hz < 1

    until(slowed)
    assert service.numbers().rate_hz >= 0.5


@pytest.mark.parametrize("detector", ["yunet", "haar"])
def test_the_same_answer_as_everywhere(detector: str, yunet: Path, shared: Path, home: Path) -> None:
    """A real face through the service is read as the photo page reads it with the same look."""
    photo = cv2.imread(str(shared / "data" / "faces" / "justin.jpg"))
    assert photo is not None
    analyzer = open_analyzer(detector)  # type: ignore[arg-type]
    expected = max(analyzer.analyze(photo, WEBCAM), key=lambda face: face.box_xywh[2] * face.box_xywh[3])
    service = Inference(lambda: open_analyzer(detector))  # type: ignore[arg-type]
    sights: list[Sight] = []
    stream = service.open(sights.append)
    stream.post(photo, time.monotonic())
    until(lambda: len(sights) == 1)
    stream.close()
    seen = sights[0]
    assert seen.box_xywh == expected.box_xywh
    assert seen.probabilities is not None
    np.testing.assert_allclose(seen.probabilities, expected.probabilities, atol=1e-6)
    assert EMOTIONS[int(seen.probabilities.argmax())] == "happy"
    assert (seen.landmarks_xy is not None) == (detector == "yunet")
    assert service.numbers().detector == detector
    until(lambda: not workers())


def test_without_yunet_the_cascade_works(home: Path, shared: Path) -> None:
    # No weights and a closed port where they would be fetched: what a school without internet has.
    photo = cv2.imread(str(shared / "data" / "faces" / "justin.jpg"))
    service = Inference()
    sights: list[Sight] = []
    stream = service.open(sights.append)
    assert photo is not None
    stream.post(photo, time.monotonic())
    until(lambda: len(sights) == 1)
    stream.close()
    numbers = service.numbers()
    assert numbers.detector == "haar" and "Haar cascade" in numbers.note
    assert sights[0].probabilities is not None and sights[0].landmarks_xy is None
    until(lambda: not workers())
