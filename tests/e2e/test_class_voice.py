"""The teacher's microphone in a real browser: off at first, heard by WebRTC while it is on, and off with the class."""

from __future__ import annotations

import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from schools import School

from fer.audio.samples import SAMPLES

pytestmark = pytest.mark.browser

RATE_HZ = 48_000
PATIENCE_S = 90


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    """A sample's voice as Chromium plays it in the microphone's place, again and again."""
    samples = SAMPLES[0].sound().samples
    finer = np.interp(np.arange(3 * len(samples)) / 3, np.arange(len(samples)), samples)
    path = tmp_path / "spoken.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes((32_000 * finer).astype("<i2").tobytes())
    return path


def test_the_teacher_is_heard_while_the_switch_is_on(
    school: School, open_page: Callable[..., Any], spoken: Path
) -> None:
    opened = school.open()
    page = open_page(school.teacher(opened), sound=spoken)
    page.get_by_text("Your voice and the chat").click()
    switch = page.get_by_text("Hear my voice")
    switch.wait_for()
    sender = page.locator('iframe[title*="webrtc"]')
    assert sender.count() == 0, "nothing could hear before it is asked for"
    switch.click()
    page.get_by_text("The last seconds sound like").wait_for()
    until = time.monotonic() + PATIENCE_S
    while not (heard := school.store.heard.of(opened.row.id)) and time.monotonic() < until:
        time.sleep(0.5)
    assert heard and {row.kind for row in heard} == {"voice"}
    assert 0 < heard[0].count <= 12 and heard[0].probabilities.sum() == pytest.approx(1, abs=0.001)
    page.locator(".cm-row-signals").wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("The class is paused: your microphone is off.").wait_for()
    switch.click()
    page.get_by_text("your microphone is off").wait_for(state="detached")
