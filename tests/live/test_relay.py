"""The picture that goes back to its browser: the newest, however slowly it is encoded."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay
from av import VideoFrame
from streamlit_webrtc.process import AsyncVideoProcessTrack

from fer.ui.live_webrtc import NewestPictures


class Camera(AsyncVideoProcessTrack):
    """What streamlit-webrtc sends back, with pictures of our own that say by their time which they are."""

    def __init__(self) -> None:
        MediaStreamTrack.__init__(self)
        self.kind, self.sent = "video", 0

    async def recv(self) -> VideoFrame:
        await asyncio.sleep(0.005)
        frame = VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), "bgr24")
        frame.pts = self.sent = self.sent + 1
        return frame


async def behind(relay: MediaRelay) -> int:
    """Return by how many pictures somebody is behind who takes one in the time in which ten come."""
    camera = Camera()
    proxy = relay.subscribe(camera)
    for _ in range(6):
        frame = await proxy.recv()
        seen = camera.sent - frame.pts
        await asyncio.sleep(0.05)
    proxy.stop()
    return seen


@pytest.mark.parametrize(("relay", "late"), [(MediaRelay, True), (NewestPictures, False)])
def test_what_is_sent_back_is_the_newest_picture(relay: type[MediaRelay], late: bool) -> None:
    # In a thread of its own: a browser test may have left this one a loop.
    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(lambda: asyncio.run(behind(relay()))).result(60)
    assert (seen > 8) if late else (seen <= 1)
