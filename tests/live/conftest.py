"""Fixtures of the live tests: a stream whose pipeline is a stand-in (live_stubs.py)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer.classroom.live import LiveFrames
from fer.classroom.places import Places

# Tests are no package, so what several of them share is found by its folder.
sys.path.insert(0, str(Path(__file__).parent))

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
