"""What stands in for a camera, a detector, a clock and a writer in the tests of students' seats."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import av
import numpy as np
import numpy.typing as npt

from fer.classroom.records import ClassRow, ClassSettings, SeatRow, SecondRow
from fer.classroom.sight import Sight
from fer.emotions import EMOTIONS
from fer.faces.detect import Detections, Look
from fer.faces.pipeline import FaceAnalyzer

UInt8Array = npt.NDArray[np.uint8]
FRONTAL = np.array([[40, 45], [80, 45], [60, 68], [45, 88], [75, 88]], np.float32)


def row(state: str = "open", **settings: object) -> ClassRow:
    return ClassRow(1, ClassSettings(**settings), state, 0.0, None)  # type: ignore[arg-type]


def seat_row(consent_at: float | None = 1.0) -> SeatRow:
    return SeatRow(7, 1, 1, "", consent_at, False)


def mood(emotion: str = "happy", share: float = 0.7) -> npt.NDArray[np.float32]:
    probabilities = np.full(7, (1 - share) / 6, np.float32)
    probabilities[EMOTIONS.index(emotion)] = share
    return probabilities


def sight(
    emotion: str | None = "happy",
    share: float = 0.7,
    at_s: float | None = None,
    width: int = 120,
    brightness: float = 120.0,
    landmarks: npt.NDArray[np.float32] | None = FRONTAL,
    problem: str = "",
    left: int = 10,
) -> Sight:
    at_s = time.monotonic() if at_s is None else at_s
    face = emotion is not None
    return Sight(
        probabilities=mood(emotion, share) if emotion is not None else None,
        unsure_below=0.4,
        box_xywh=(left, 20, width, width) if face else None,
        landmarks_xy=landmarks if face else None,
        size_px=(320, 240),
        brightness=brightness,
        received_s=at_s,
        done_s=at_s + 0.01,
        problem=problem,
    )


class Source:
    """Stands in for a page's camera."""

    def __init__(self) -> None:
        self.ousted = self.gone = 0

    def oust(self) -> None:
        self.ousted += 1

    def let_go(self) -> None:
        self.gone += 1


class Clock:
    """A store's clock that runs as fast as the test says."""

    def __init__(self, ahead_s: float = 1000.0) -> None:
        self.ahead_s = ahead_s

    def now(self) -> float:
        return time.monotonic() + self.ahead_s


class Rows:
    """Stands in for the writer: keeps the rows."""

    def __init__(self) -> None:
        self.rows: list[SecondRow] = []

    def put(self, class_id: int, row: SecondRow) -> None:
        self.rows.append(row)

    @property
    def states(self) -> list[str]:
        return [row.state for row in self.rows]


class Eyes:
    """Stands in for detector and network: notes the frames, and does what the test says."""

    name = "yunet"
    note = ""
    unsure_below = 0.4

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.batches: list[int] = []
        self.threads: set[str] = set()
        self.opened = 0
        self.found = Detections(np.array([[8, 8, 40, 40]], np.float32), np.ones(1, np.float32), FRONTAL[None])
        self.act: Callable[[int], None] = lambda number: None
        self.gate = threading.Event()
        self.gate.set()

    def open(self) -> FaceAnalyzer:
        self.opened += 1
        return FaceAnalyzer(self, self)  # type: ignore[arg-type]

    def detect(self, image_bgr: UInt8Array, look: Look) -> Detections:
        assert self.gate.wait(20)
        self.seen.append(int(image_bgr[0, 0, 0]))
        self.threads.add(threading.current_thread().name)
        self.act(int(image_bgr[0, 0, 0]))
        return self.found

    def probabilities(self, faces_gray: UInt8Array) -> npt.NDArray[np.float32]:
        self.batches.append(len(faces_gray))
        return np.stack([mood()] * len(faces_gray)) if len(faces_gray) else np.empty((0, 7), np.float32)


def image(number: int = 0, width: int = 64, height: int = 48) -> UInt8Array:
    """A frame whose first pixel tells its number."""
    made = np.full((height, width, 3), 90, np.uint8)
    made[0, 0] = number
    return made


def video_frame(pixels: UInt8Array) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(pixels, format="bgr24")
