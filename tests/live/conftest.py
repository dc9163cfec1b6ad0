"""Fixtures of the live tests: streams whose pipeline is a stand-in (live_stubs.py, class_stubs.py)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer.classroom.inference import Inference
from fer.classroom.live import LiveFrames
from fer.classroom.places import Places

# Tests are no package, so what several of them share is found by its folder.
sys.path.insert(0, str(Path(__file__).parent))

from class_stubs import Eyes
from live_stubs import Steps, until


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def places() -> Places:
    return Places()


@pytest.fixture
def live(steps: Steps, places: Places, home: object) -> Iterator[LiveFrames]:
    stream = LiveFrames(mirrored=False, open_=steps.open, places=places)
    yield stream
    steps.gate.set()
    stream.on_ended()
    until(lambda: places.taken == 0)


@pytest.fixture
def eyes(home: object) -> Eyes:
    return Eyes()


@pytest.fixture
def service(eyes: Eyes) -> Iterator[Inference]:
    """An inference service with one worker, so that a test knows what comes after what."""
    made = Inference(eyes.open, workers=1)
    yield made
    eyes.gate.set()
    for stream in list(made._streams):
        stream.close()
    until(lambda: not made._threads)
