"""A student's pictures reach the server whatever stands between: WebRTC, a TURN relay, or stills over HTTPS."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from schools import until

from fer.classroom import sessions
from fer.classroom.records import ClassSettings, SecondRow
from fer.classroom.store import Store

pytestmark = pytest.mark.browser

PREVIEW = "video[aria-label^='Your own picture']"
WATCH = """
window.opened = 0;
window.tracks = new Set();
window.peers = [];
const devices = navigator.mediaDevices;
if (devices) {
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
        const stream = await open(wanted);
        window.opened += 1;
        stream.getTracks().forEach((track) => window.tracks.add(track));
        return stream;
    };
    const clone = MediaStreamTrack.prototype.clone;
    MediaStreamTrack.prototype.clone = function () {
        const copy = clone.call(this);
        window.tracks.add(copy);
        return copy;
    };
}
if (window.RTCPeerConnection) {
    const Peer = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Peer {
        constructor(settings) {
            super({...settings, ...window.more});
            window.peers.push(this);
        }
    };
}
"""
"""Counts in the page and in its frames: how often the camera was opened, which tracks live, which peers there are."""
LIVE = "[...window.tracks].filter((track) => track.readyState === 'live').length"
PEERS = "window.peers.filter((peer) => peer.getSenders().length).length"
NO_PEER = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;"
PATIENCE_S = 90
ONLY_RELAY = "window.more = {iceTransportPolicy: 'relay'};"
"""What a firewall does: only a relay can be reached."""
PAIR = """async () => {
    const peer = window.peers.find((one) => one.connectionState === "connected");
    if (!peer) return "none";
    const stats = [...(await peer.getStats()).values()];
    const pair = stats.find((one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded");
    return pair ? stats.find((one) => one.id === pair.localCandidateId).candidateType : "none";
}"""


@dataclass
class Student:
    """A page with a camera in a class, and what was sent from it."""

    page: Any
    store: Store
    opened: sessions.Opened
    sent: list[float] = field(default_factory=list)

    def rows(self) -> list[SecondRow]:
        return self.store.seconds(self.opened.row.id)

    def stills(self, since: float = 0.0) -> int:
        return sum(at >= since for at in self.sent)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=re.compile(re.escape(name))).first.click()

    def stills_come(self, more: int = 4, since: float = 0.0) -> None:
        end = time.monotonic() + PATIENCE_S
        while self.stills(since) < more:
            assert time.monotonic() < end, f"no stills within {PATIENCE_S} s"
            # The browser tells what it sent only while it is waited for.
            self.page.wait_for_timeout(200)

    def frame(self) -> Any:
        return next(frame for frame in self.page.frames if "streamlit_webrtc" in frame.url)

    def opened_in_all(self) -> int:
        return sum(frame.evaluate("window.opened ?? 0") for frame in self.page.frames)

    def mood_is_seen(self) -> None:
        self.page.locator(".cm-face-head", has_text="happy").wait_for()

    def is_counted(self) -> None:
        """Take part, and wait for rows with the right mood from now on."""
        self.press("Take part")
        self.counts_on()

    def counts_on(self) -> None:
        last = max((row.t for row in self.rows()), default=0)
        self.page.wait_for_timeout(500)
        moods = until(lambda: [row for row in self.rows() if row.t > last + 1 and row.state == "mood"][1:])
        assert all(row.probabilities is not None and row.probabilities.argmax() == 3 for row in moods)


@pytest.fixture(scope="module")
def happy_camera(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for Chromium's fake camera that shows one happy face of FER2013."""
    path = tmp_path_factory.mktemp("camera") / "happy.mjpeg"
    options = {"seats": 1, "seconds": 20, "hold": 20, "fps": 15, "width": 640, "height": 480, "mood": "happy"}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, str(shared / "tools" / "make_gallery.py"), *words, "--out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def school(start_server: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """``school(**environment) -> (url, store)``, one server for each environment."""
    known: dict[str, tuple[str, Store]] = {}

    def start(**environment: str) -> tuple[str, Store]:
        name = json.dumps(environment)
        if name not in known:
            home = tmp_path_factory.mktemp("school")
            url = start_server(FER_HOME=str(home), **environment)
            known[name] = (url, Store(f"sqlite:///{(home / 'classmood.db').as_posix()}"))
        return known[name]

    return start


@pytest.fixture
def student(school: Callable[..., Any], open_page: Callable[..., Any], happy_camera: Path) -> Callable[..., Student]:
    """``student(*scripts, flags=…, environment=…)``: one who has just consented to the camera."""

    def join(*scripts: str, flags: tuple[str, ...] = (), environment: dict[str, str] | None = None) -> Student:
        url, store = school(**(environment or {}))
        opened = sessions.open_class(store, ClassSettings(title="Waves"))
        page = open_page(camera=happy_camera, flags=flags)
        found = Student(page, store, opened)
        page.on("websocket", lambda socket: socket.on("framesent", lambda data: _note(found, data)))
        for script in (*scripts, WATCH):
            page.add_init_script(script)
        page.goto(f"{url}/join?code={opened.code}")
        found.press("Go on")
        found.press("I agree: start my camera")
        return found

    return join


def _note(student: Student, data: Any) -> None:
    if b'"jpeg"' in (data.encode() if isinstance(data, str) else data):
        student.sent.append(time.monotonic())


def own_address() -> str:
    """Return an address of this machine that is not its loopback: browsers offer no other to WebRTC."""
    for name, addresses in psutil.net_if_addrs().items():
        for one in addresses:
            if one.family == socket.AF_INET and not one.address.startswith("127.") and psutil.net_if_stats()[name].isup:
                return str(one.address)
    pytest.skip("this machine has its loopback alone")


def test_webrtc_with_the_own_picture_and_one_camera(student: Callable[..., Student]) -> None:
    ada = student()
    ada.mood_is_seen()
    assert ada.frame().evaluate(PAIR) == "host"
    shown = "video => [video.videoWidth, video.videoHeight, video.paused, video.muted, video.playsInline]"
    assert ada.page.locator(PREVIEW).evaluate(shown) == [320, 240, False, True, True]
    assert ada.page.locator("video").count() == 1
    ada.is_counted()
    assert ada.opened_in_all() == 1, "the camera is opened once, for the picture and for WebRTC"
    assert ada.stills() == 0
    assert not ada.page.frame_locator("iframe[title*=webrtc]").get_by_role("button").count()
    # A click is a run of the page: the picture stays the same, and so does the connection.
    ada.page.locator(PREVIEW).evaluate("video => { window.before = video; }")
    ada.press("I'm bored")
    ada.counts_on()
    assert ada.page.locator(PREVIEW).evaluate("video => video === window.before && !video.paused")
    assert ada.frame().evaluate(PEERS) == 1


def test_the_light_goes_off_with_a_pause_and_on_again(student: Callable[..., Student]) -> None:
    ada = student()
    ada.mood_is_seen()
    ada.is_counted()
    assert ada.stills() == 0
    assert ada.page.evaluate(LIVE) == 2, "the camera's track, and the copy that WebRTC sends"
    ada.press("Pause")
    ada.page.wait_for_function(LIVE + " === 0")
    ada.press("Go on")
    ada.counts_on()
    ada.page.evaluate("window.left = window.tracks")
    ada.page.get_by_text("More", exact=True).click()
    ada.press("Camera off")
    ada.page.wait_for_function(LIVE + " === 0")


@pytest.mark.parametrize(
    ("scripts", "flags"),
    [
        ((ONLY_RELAY,), ()),
        ((), ("--webrtc-ip-handling-policy=disable_non_proxied_udp",)),
    ],
    ids=["no relay to reach", "no UDP"],
)
def test_where_webrtc_is_blocked_stills_come_by_themselves(
    student: Callable[..., Student], scripts: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    ada = student(*scripts, flags=flags)
    ada.page.locator(PREVIEW).wait_for()
    # Ten seconds for WebRTC, then the first stills.
    ada.mood_is_seen()
    ada.stills_come()
    ada.is_counted()
    assert ada.opened_in_all() == 1, "the camera that was asked for once serves the stills, too"
    assert ada.page.evaluate(LIVE) >= 1
    since = time.monotonic()
    ada.stills_come(since=since)
    assert ada.stills(since) <= 2 * (time.monotonic() - since) + 3, "two a second, and never a burst"
    ada.press("Pause")
    ada.page.wait_for_function(LIVE + " === 0")


def test_a_browser_without_webrtc_sends_stills_at_once(student: Callable[..., Student]) -> None:
    ada = student(NO_PEER)
    ada.mood_is_seen()
    ada.stills_come()
    ada.is_counted()


def test_a_connection_that_brings_nothing_is_left_for_stills(student: Callable[..., Student]) -> None:
    ada = student()
    ada.mood_is_seen()
    ada.is_counted()
    # The connection stands, but no picture comes through it any more.
    ada.frame().evaluate("window.peers.forEach((peer) => peer.getSenders().forEach((one) => one.replaceTrack(null)))")
    ada.stills_come()
    ada.counts_on()


def test_a_turn_server_that_does_not_answer_does_not_stop_the_class(student: Callable[..., Student]) -> None:
    silent = [{"urls": "turn:127.0.0.1:9?transport=udp", "username": "a", "credential": "b"}]
    ada = student(environment={"FER_ICE_SERVERS": json.dumps(silent)})
    ada.mood_is_seen()
    ada.is_counted()


def test_through_a_real_relay(student: Callable[..., Student], coturn: Callable[..., int]) -> None:
    address, secret = own_address(), "south-of-the-border"
    port = coturn("--use-auth-secret", f"--static-auth-secret={secret}", address=address)
    urls = json.dumps([f"turn:{address}:{port}?transport=udp", f"turn:{address}:{port}?transport=tcp"])
    ada = student(ONLY_RELAY, environment={"FER_TURN_URLS": urls, "FER_TURN_SECRET": secret})
    ada.mood_is_seen()
    assert ada.frame().evaluate(PAIR) == "relay"
    assert ada.stills() == 0
    ada.is_counted()


def test_a_camera_that_comes_back_goes_on_by_webrtc(student: Callable[..., Student]) -> None:
    ada = student()
    ada.mood_is_seen()
    ada.is_counted()
    # What the browser does when a camera is pulled out and plugged in: its tracks end by themselves.
    ada.page.evaluate("""() => {
        const [camera] = window.tracks;
        window.tracks.forEach((track) => track.stop());
        camera.dispatchEvent(new Event("ended"));
    }""")
    ada.page.wait_for_function("window.opened === 2")
    ada.counts_on()
    assert ada.stills() == 0
