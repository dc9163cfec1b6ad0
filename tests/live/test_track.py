"""streamlit-webrtc's own track drives the callback: a stub camera, its worker thread, no browser."""

from __future__ import annotations

import asyncio
from fractions import Fraction

import av
from aiortc import MediaStreamTrack
from live_stubs import Steps, awaited, picture, until
from streamlit_webrtc.models import CallbackAttachableProcessor
from streamlit_webrtc.process import AsyncVideoProcessTrack

from fer.classroom.live import LiveFrames
from fer.classroom.places import Places


class StubCamera(MediaStreamTrack):
    """Gives numbered frames as fast as they are asked for."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(0.002)
        self.number += 1
        frame = picture(self.number % 250)
        frame.pts, frame.time_base = self.number, Fraction(1, 15)
        return frame


async def play(live: LiveFrames, frames: int) -> int:
    live.await_start()
    processor = CallbackAttachableProcessor(
        frame_callback=None, queued_frames_callback=live.on_frames, ended_callback=live.on_ended
    )
    track = AsyncVideoProcessTrack(track=StubCamera(), processor=processor)
    got = 0
    for _ in range(frames):
        frame = await track.recv()
        assert isinstance(frame, av.VideoFrame)
        got += 1
    # As in the library, on the event loop: a thread that did not end would hang here.
    track.stop()
    return got


def test_a_slow_analysis_holds_nothing_up(live: LiveFrames, steps: Steps, places: Places) -> None:
    steps.gate.clear()
    assert awaited(play(live, 60)) == 60
    steps.gate.set()
    until(lambda: places.taken == 0)
    numbers = live.read()
    assert numbers.stage == "off"
    assert numbers.analysis is not None
    # One frame was in the analysis and at most one waited: every other one that came was dropped and counted.
    assert numbers.analysis.dropped >= numbers.received - 2


def test_a_broken_analysis_does_not_end_the_stream(live: LiveFrames, steps: Steps, places: Places) -> None:
    def fail() -> None:
        raise ValueError("broken")

    steps.act = fail
    assert awaited(play(live, 40)) == 40
    until(lambda: places.taken == 0)
    assert (analysis := live.read().analysis) is not None and analysis.failures >= 1


def test_twenty_cameras_one_after_the_other_leave_no_thread(live: LiveFrames, places: Places) -> None:
    import threading

    for _ in range(20):
        awaited(play(live, 3))
    until(lambda: places.taken == 0)
    left = [t.name for t in threading.enumerate() if t.name.startswith(("live-analysis", "async_media_processor"))]
    assert left == []
