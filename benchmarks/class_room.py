"""A class for the benchmarks: students' cameras, and behind them the app's store, writer, seats and inference.

The pages' own work (Streamlit sessions that draw) is not part of it; what they ask of a seat each second is.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from streamlit_webrtc.sink import VideoSinkTrack

from benchmarks.class_cameras import FPS, coded_faces
from fer.classroom import sessions
from fer.classroom.codes import digest
from fer.classroom.inference import Inference
from fer.classroom.live_seats import LiveSeats
from fer.classroom.records import ClassSettings
from fer.classroom.seat import LiveSeat
from fer.classroom.seat_stream import SeatStream
from fer.classroom.sight import Sight
from fer.classroom.store import Store
from fer.classroom.writer import Writer

FOLDER = Path(tempfile.gettempdir()) / "classmood-galleries"


@dataclass(frozen=True)
class Figures:
    """What was measured over some seconds.

    Attributes:
        streams: Cameras that were looked at.
        analysed_hz: Frames a second, of all together.
        rate_hz: What the load guard allowed each at the end.
        p50_ms: Median time from a frame's coming (the camera's callback) to its number in the student's seat.
        p95_ms: The 95th percentile.
        most_ms: The longest.
        dropped: Frames that were replaced by newer ones before they were looked at.
        failures: Frames that could not be looked at.
        rows_hz: Rows a second that the store took.
        moods: Share of the rows with a mood.
        cpu: Of this process, in per cent of one core.
        cameras_cpu: Of the clients' process.
        others_cpu: Of everything else on the machine.
        memory_mb: Of this process.
        threads: Of this process.
        files: That this process holds open.
        loop_late_ms: How late the loop was that receives the frames, 95th percentile.
    """

    streams: int
    analysed_hz: float
    rate_hz: float
    p50_ms: float
    p95_ms: float
    most_ms: float
    dropped: int
    failures: int
    rows_hz: float
    moods: float
    cpu: float
    cameras_cpu: float
    others_cpu: float
    memory_mb: float
    threads: int
    files: int
    loop_late_ms: float


class ClassRoom:
    """A class whose students' cameras send until it is closed.

    Args:
        students: How many.
        by: ``aiortc``: clients in a process of their own, received as streamlit-webrtc receives them; ``callback``:
            frames are fed to the camera's callback.
    """

    def __init__(self, students: int, by: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="classmood-benchmark-", ignore_cleanup_errors=True)
        self.store = Store(f"sqlite:///{(Path(self._folder.name) / 'class.db').as_posix()}")
        self.writer = Writer(self.store)
        self.seats = LiveSeats(lambda: self.store, lambda: self.writer)
        self.inference = Inference()
        opened = sessions.open_class(self.store, ClassSettings())
        self.row = opened.row
        joined = [sessions.join(self.store, opened.code, "", consented=True) for _ in range(students)]
        self.live = [self.seats.get(digest(one.token)) for one in joined]
        self._taken: list[float] = []
        self._late: list[float] = []
        for seat in self.live:
            seat.take = self._timed(seat.take)  # type: ignore[method-assign]
        self._streams = [SeatStream(seat, self.inference) for seat in self.live]
        self._recordings = coded_faces(FOLDER)
        self._clients: subprocess.Popen[str] | None = None
        self._connections: list[RTCPeerConnection] = []
        self._ended = threading.Event()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="cameras", daemon=True).start()
        threading.Thread(target=self._pages, name="pages", daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._watch_loop(), self._loop)
        work = self._connect(students) if by == "aiortc" else self._feed()
        asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def measure(self, seconds: float) -> Figures:
        """Measure for some seconds, beginning now."""
        own, clients = psutil.Process(), psutil.Process(self._clients.pid) if self._clients else None
        self._taken.clear()
        self._late.clear()
        before = self.inference.numbers()
        since_t, began_s = int(self.store.now()), time.monotonic()
        cpu_before, clients_before = _spent_s(own), _spent_s(clients)
        psutil.cpu_percent()
        time.sleep(seconds)
        machine = psutil.cpu_percent() * (psutil.cpu_count() or 1)
        passed_s = time.monotonic() - began_s
        cpu, cameras_cpu = (
            100 * (after - first) / passed_s
            for after, first in ((_spent_s(own), cpu_before), (_spent_s(clients), clients_before))
        )
        taken = np.array(self._taken) * 1000
        after = self.inference.numbers()
        # The last seconds are still on their way.
        time.sleep(3)
        self.writer.flush(10)
        rows = [row for row in self.store.seconds(self.row.id, since_t) if row.t < since_t + int(seconds)]
        return Figures(
            streams=after.streams,
            analysed_hz=len(taken) / passed_s,
            rate_hz=after.rate_hz,
            p50_ms=float(np.percentile(taken, 50)),
            p95_ms=float(np.percentile(taken, 95)),
            most_ms=float(taken.max()),
            dropped=after.dropped - before.dropped,
            failures=after.failures - before.failures,
            rows_hz=len(rows) / int(seconds),
            moods=float(np.mean([row.state == "mood" for row in rows])),
            cpu=cpu,
            cameras_cpu=cameras_cpu,
            others_cpu=max(0.0, machine - cpu - cameras_cpu),
            memory_mb=own.memory_info().rss / 1e6,
            threads=own.num_threads(),
            files=own.num_fds() if hasattr(own, "num_fds") else own.num_handles(),
            loop_late_ms=float(np.percentile(self._late, 95)) * 1000,
        )

    def close(self) -> None:
        """End everything."""
        self._ended.set()
        if self._clients is not None and self._clients.stdin is not None:
            self._clients.stdin.close()
            self._clients.wait(30)
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(30)
        self.seats.stop(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self.writer.close()
        self.store.close()
        self._folder.cleanup()

    def _timed(self, take: Callable[[Sight], None]) -> Callable[[Sight], None]:
        def timed(sight: Sight) -> None:
            take(sight)
            self._taken.append(time.monotonic() - sight.received_s)

        return timed

    def _pages(self) -> None:
        """Ask of each seat what its page asks once a second."""
        while not self._ended.wait(1.0):
            for seat in self.live:
                seat.note("connecting")
                seat.view()

    async def _watch_loop(self) -> None:
        while not self._ended.is_set():
            began_s = time.monotonic()
            await asyncio.sleep(0.05)
            self._late.append(max(0.0, time.monotonic() - began_s - 0.05))

    async def _feed(self) -> None:
        """Feed decoded frames to each camera's callback."""
        pictures = [_decoded(path) for path in self._recordings]
        for number, stream in enumerate(self._streams):
            task = self._loop.create_task(self._camera(stream, pictures[number % len(pictures)], number))
            task.add_done_callback(lambda done: done.exception())

    async def _camera(self, stream: SeatStream, frames: list[av.VideoFrame], phase: int) -> None:
        began_s = time.monotonic() + phase / len(self._streams) / FPS
        number = 0
        while not self._ended.is_set():
            await asyncio.sleep(max(0.0, began_s + number / FPS - time.monotonic()))
            stream.on_frame(frames[number % len(frames)])
            number += 1
        stream.on_ended()

    async def _connect(self, students: int) -> None:
        """Connect the clients, each received by a sink as streamlit-webrtc's SENDONLY mode does it."""
        command = [sys.executable, "-m", "benchmarks.class_cameras", str(students), *map(str, self._recordings)]
        self._clients = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._clients.stdin is not None and self._clients.stdout is not None
        relay = MediaRelay()
        for stream in self._streams:
            offer: dict[str, Any] = json.loads(await asyncio.to_thread(self._clients.stdout.readline))
            connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            sink = VideoSinkTrack(stream.on_frame)
            sink._on_ended_callback = stream.on_ended
            connection.on("track", lambda track, sink=sink: (sink.addTrack(relay.subscribe(track)), sink.start()))
            await connection.setRemoteDescription(RTCSessionDescription(**offer))
            await connection.setLocalDescription(await connection.createAnswer())
            answer = connection.localDescription
            print(json.dumps({"sdp": answer.sdp, "type": answer.type}), file=self._clients.stdin, flush=True)
            self._connections.append(connection)

    async def _hang_up(self) -> None:
        await asyncio.gather(*(connection.close() for connection in self._connections))


def _decoded(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as recording:
        return list(recording.decode(video=0))


def _spent_s(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


def seated(seat: LiveSeat) -> bool:
    """Whether a seat's camera is looked at."""
    return seat.view().analysed_hz > 0
