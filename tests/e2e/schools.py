"""What the browser tests of a class share: a server with its store, students that write rows, a camera that smiles."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer.classroom import sessions
from fer.classroom.engagement import engagement
from fer.classroom.records import ClassRow, ClassSettings, EventRow, SeatRow, SecondRow
from fer.classroom.store import Store
from fer.emotions import EMOTIONS
from fer.settings import ROOT


@dataclass
class School:
    """A server, and its store as the test's side uses it."""

    url: str
    store: Store

    def open(self, **settings: object) -> sessions.Opened:
        chosen = {"title": "Waves", "course": "Physics 9b", **settings}
        return sessions.open_class(self.store, ClassSettings.model_validate(chosen))

    def link(self, opened: sessions.Opened) -> str:
        """Where students join."""
        return f"{self.url}/join?code={opened.code}"

    def teacher(self, opened: sessions.Opened, more: str = "") -> str:
        """Where the teacher leads the class."""
        return f"{self.url}/class?teacher={opened.secret}{more}"

    def seats(self, opened: sessions.Opened) -> list[SeatRow]:
        return self.store.seats(opened.row.id)

    def clicks(self, opened: sessions.Opened) -> list[EventRow]:
        return [event for event in self.store.events(opened.row.id) if event.kind in ("pulse", "hand_down")]

    def rows(self, opened: sessions.Opened) -> list[SecondRow]:
        return self.store.seconds(opened.row.id)


class Students:
    """Seats that write a row a second, as cameras do, until the test is over."""

    def __init__(
        self, store: Store, row: ClassRow, code: str, count: int, mood: str = "happy", **joining: object
    ) -> None:
        self.store, self.row, self.mood = store, row, mood
        self.seats: list[SeatRow] = []
        for number in range(count):
            self.join(code, number, **joining)
        self._over = threading.Event()
        self._last = int(store.now()) - 15
        self.add()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def join(self, code: str, number: int, **joining: Any) -> None:
        joined = sessions.join(self.store, code, f"10.0.0.{number}", consented=True, **joining)
        self.seats.append(joined.seat)

    def add(self) -> None:
        until_t = int(self.store.now())
        mood = np.full(7, 0.04)
        mood[EMOTIONS.index(self.mood)] = 0.76
        value = engagement(mood, 1.0, self.row.settings)
        rows = [
            SecondRow(seat.id, t, "mood", mood, 1.0, value) for seat in self.seats for t in range(self._last, until_t)
        ]
        self.store.add_seconds(self.row.id, rows)
        self._last = until_t

    def click(self, seats: int, kind: str, ago_s: float = 0) -> None:
        for seat in self.seats[:seats]:
            self.store.add_event(self.row.id, "pulse", kind, seat.id, t=self.store.now() - ago_s)

    def leave(self) -> None:
        self._over.set()
        self._thread.join(20)

    def _go_on(self) -> None:
        while not self._over.wait(0.5):
            if (row := self.store.class_by_id(self.row.id)) is not None and row.state == "open":
                self.add()


@dataclass
class Restartable:
    """A server of a test's own, which it can end and start again at the same address."""

    home: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless=true"]
        command += ["--server.address=127.0.0.1", f"--server.port={self.port}", "--server.fileWatcherType=none"]
        environment = {**os.environ, "FER_HOME": str(self.home), **self.environment}
        with (self.home / "server.txt").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        until(self._answers)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(20)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def until(true: Callable[[], Any], within_s: float = 90) -> Any:
    """Wait until something holds, and return it."""
    end = time.monotonic() + within_s
    while not (found := true()):
        assert time.monotonic() < end, f"did not happen within {within_s} s"
        time.sleep(0.2)
    return found


def camera_file(shared: Path, folder: Path, mood: str) -> Path:
    """Make a file for Chromium's fake camera that shows one face of FER2013 with that mood."""
    path = folder / f"{mood}.mjpeg"
    options = {"seats": 1, "seconds": 20, "hold": 20, "fps": 15, "width": 640, "height": 480, "mood": mood}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, str(shared / "tools" / "make_gallery.py"), *words, "--out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def head_count(page: Any, count: int) -> None:
    """Wait until the teacher's page says how many are here."""
    page.wait_for_function(
        "count => document.querySelector('.cm-here-count')?.textContent === String(count)", arg=count
    )


@pytest.fixture(scope="module")
def school(start_server: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """A server of the module's own, with its store."""
    home = tmp_path_factory.mktemp("school")
    url = start_server(FER_HOME=str(home))
    store = Store(f"sqlite:///{(home / 'classmood.db').as_posix()}")
    yield School(url, store)
    store.close()


@pytest.fixture
def students() -> Iterator[Callable[..., Students]]:
    """``students(store, opened, count, mood=…) -> Students``; they leave with the test."""
    all_: list[Students] = []

    def come(store: Store, opened: sessions.Opened, count: int, **more: Any) -> Students:
        all_.append(Students(store, opened.row, opened.code, count, **more))
        return all_[-1]

    yield come
    for group in all_:
        group.leave()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., Restartable]]:
    """``own_server(**environment) -> Restartable``, started; ended with the test."""
    made: list[Restartable] = []

    def start(**environment: str) -> Restartable:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        home = tmp_path / f"home{len(made)}"
        home.mkdir()
        made.append(Restartable(home, port, environment))
        made[-1].start()
        return made[-1]

    yield start
    for server in made:
        server.kill()


@pytest.fixture(scope="session")
def happy_camera(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A happy face for Chromium's fake camera."""
    return camera_file(shared, tmp_path_factory.mktemp("camera"), "happy")


@pytest.fixture(scope="session")
def surprised_camera(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A surprised face for Chromium's fake camera."""
    return camera_file(shared, tmp_path_factory.mktemp("camera"), "surprise")
