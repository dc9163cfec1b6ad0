"""Students' browsers for the class benchmarks: aiortc clients in a process of their own, which send real faces.

    python -m benchmarks.class_cameras CAMERAS FILE.webm …

Each sends one of the files, VP8 of 320 x 240 at 5 frames a second, coded beforehand, so that what the clients cost
stays small beside the server on the same machine. Offers go out as JSON lines, answers come in; when the input ends, so
does the process.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VIDEO_CLOCK_RATE

from benchmarks.gallery import make_gallery

FPS = 5
SIZE_PX = (320, 240)
DIFFERENT = 5
"""So many different people are before the cameras."""


class Camera(MediaStreamTrack):
    """A camera whose pictures are coded already."""

    kind = "video"

    def __init__(self, packets: list[bytes]) -> None:
        super().__init__()
        self._packets = packets
        self._number = 0
        self._began_s = 0.0

    async def recv(self) -> av.Packet:
        """Return the next packet when it is due."""
        if not self._number:
            # Students do not begin in step.
            await asyncio.sleep(random.random() / FPS)
            self._began_s = time.monotonic()
        await asyncio.sleep(max(0.0, self._began_s + self._number / FPS - time.monotonic()))
        packet = av.Packet(self._packets[self._number % len(self._packets)])
        packet.pts = self._number * VIDEO_CLOCK_RATE // FPS
        packet.time_base = Fraction(1, VIDEO_CLOCK_RATE)
        self._number += 1
        return packet


def coded_faces(folder: Path) -> list[Path]:
    """Return recordings of real faces as a browser would send them; made once a folder."""
    paths = []
    for seed in range(DIFFERENT):
        path = folder / f"camera-{seed}.webm"
        if not path.is_file():
            width, height = SIZE_PX
            gallery = make_gallery(folder, 1, seconds=10, hold=5, seed=seed, fps=FPS, width=width, height=height)
            part = path.with_suffix(".part.webm")
            with av.open(str(part), "w") as out:
                # As libwebrtc does it: realtime, no frame that looks ahead, one key frame at the beginning.
                options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}
                stream = out.add_stream("libvpx", rate=FPS, options={**options, "g": "1000"})
                stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", 200_000
                for _, image in gallery.frames():
                    out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
                out.mux(stream.encode())
            part.rename(path)
        paths.append(path)
    return paths


def packets_of(path: Path) -> list[bytes]:
    """Return a recording's packets."""
    with av.open(str(path)) as recording:
        return [bytes(packet) for packet in recording.demux(video=0) if packet.size]


async def play(cameras: int, recordings: list[list[bytes]]) -> None:
    """Connect the cameras one after the other, and send until the input ends."""
    loop = asyncio.get_running_loop()
    connections = []
    for number in range(cameras):
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connection.addTrack(Camera(recordings[number % len(recordings)]))
        await connection.setLocalDescription(await connection.createOffer())
        print(json.dumps({"sdp": connection.localDescription.sdp, "type": "offer"}), flush=True)
        answer = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
        await connection.setRemoteDescription(RTCSessionDescription(**answer))
        connections.append(connection)
    await loop.run_in_executor(None, sys.stdin.read)
    await asyncio.gather(*(connection.close() for connection in connections))


if __name__ == "__main__":
    asyncio.run(play(int(sys.argv[1]), [packets_of(Path(name)) for name in sys.argv[2:]]))
