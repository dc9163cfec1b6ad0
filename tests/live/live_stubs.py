"""What stands in for a camera and for the network in the tests of live frames: no browser, no WebRTC."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import av
import numpy as np
import numpy.typing as npt

from fer.classroom.analysis import Opened
from fer.emotions import EMOTIONS
from fer.faces.detect import DetectorName
from fer.faces.pipeline import Face
from fer.faces.track import TrackedFace

Result = TypeVar("Result")


def picture(number: int = 0, width: int = 64, height: int = 48) -> av.VideoFrame:
    """A frame whose first pixel tells its number."""
    image = np.full((height, width, 3), 90, np.uint8)
    image[0, 0] = number
    return av.VideoFrame.from_ndarray(image, format="bgr24")


def tracked(emotion: str = "happy", box: tuple[int, int, int, int] = (10, 8, 30, 30)) -> TrackedFace:
    probabilities = np.full(7, 0.05, np.float32)
    probabilities[EMOTIONS.index(emotion)] = 0.7
    return TrackedFace(1, Face(box, 0.9, probabilities, 0.4), probabilities)


class Steps:
    """Stands in for the pipeline: notes what it is given, and does what the test says."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.shapes: list[tuple[int, ...]] = []
        self.detectors: list[str] = []
        self.models: list[str | None] = []
        self.faces = [tracked()]
        self.act: Callable[[], None] = lambda: None
        self.gate = threading.Event()
        self.gate.set()

    def open(self, detector: DetectorName, model: str | None) -> Opened:
        self.detectors.append(detector)
        self.models.append(model)
        return Opened(self, detector, "")

    def step(self, image_bgr: npt.NDArray[np.uint8], time_s: float) -> list[TrackedFace]:
        self.gate.wait(20)
        self.seen.append(int(image_bgr[0, 0, 0]))
        self.shapes.append(image_bgr.shape)
        self.act()
        return self.faces


def awaited(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a thread of its own: browser tests of the same run leave a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result(60)


def until(holds: Callable[[], bool]) -> None:
    """Wait for another thread; fails after long enough for any machine."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.005)
