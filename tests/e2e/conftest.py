"""A real Streamlit server and a real Chromium for the browser tests.

Tests here carry ``pytestmark = pytest.mark.browser``. Fixtures:
    start_server: ``start_server(app=None, **environment) -> url``; a module's servers end with it.
    server: The address of one server that all browser tests share (its FER_HOME is a temporary folder).
    open_page: ``open_page(url, camera=…, sound=…, permit=…, size=…, dark=…, …) -> Page``; a fresh browser each time.
    browser_page: A blank page, 1280 x 800, light, ready for ``browser_page.goto(server)``.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

# Tests are no package, so what several of them share is found by its folder.
sys.path.insert(0, str(Path(__file__).parent))

from schools import happy_camera, own_server, school, students, surprised_camera  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN_S = 90
END_WITHIN_S = 10
PATIENCE_MS = 90_000
"""Nothing here asserts a time: a machine that does five other things is waited for."""
LOOK_MS = 3_000
AUTOGROUP = Path("/proc/self/autogroup")
"""Where Linux keeps the niceness of a session as a whole (sched(7))."""
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
PAGES = pytest.StashKey[list[tuple[Any, list[str]]]]()
"""A test's open pages, each with what its console said of errors and warnings."""
CALM = """
const animate = Element.prototype.animate;
Element.prototype.animate = function (frames, options) {
    return animate.call(this, frames, typeof options === "object" ? {...options, duration: 0} : 0);
};
"""
"""Lids open at once: a robot's finger is on what is under them before they have stopped moving, and slips off."""
VIDEO_STATES = """
videos => videos.map(video => {
    const track = video.srcObject?.getVideoTracks()[0];
    const state = track ? `${track.readyState}${track.muted ? " but muted" : ""}` : "none";
    return `video ${video.videoWidth} x ${video.videoHeight}, ready ${video.readyState}, track ${state}`;
})
"""
DESKTOP = (1280, 800)
PHONE = (390, 844)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try a browser test once more where it fails: Chromium, WebRTC and two servers share two cores with other tests.

    What fails twice fails; what failed once is in the summary as RERUN, and is to be looked into.
    """
    for item in items:
        if item.get_closest_marker("browser") is not None:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a browser test fails, put into its report what its pages show and what their consoles said."""
    report = yield
    if report.when == "call" and report.failed:
        for number, page in enumerate(item.stash.get(PAGES, [])):
            with contextlib.suppress(Exception):  # a page may be gone; what made the test fail is told all the same
                report.sections.append((f"page {number}", _told(page)))
    return report


@contextlib.contextmanager
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Give a function that starts ``streamlit run`` on a free local port and returns its address."""
    running: list[subprocess.Popen[bytes]] = []

    def start(app: Path | None = None, **environment: str) -> str:
        folder = tmp_path_factory.mktemp("server")
        port = _free_port()
        own = {"FER_HOME": str(folder / "home"), **environment}
        shared = Path(os.environ.get("FER_SHARED") or ROOT.parent / "shared")
        yunet = shared / "data" / "detectors" / "face_detection_yunet_2026may.onnx"
        if yunet.is_file():
            own.setdefault("FER_YUNET_PATH", str(yunet))
        command = [sys.executable, "-m", "streamlit", "run", str(app or ROOT / "app.py"), "--server.headless=true"]
        command += ["--server.address=127.0.0.1", f"--server.port={port}", "--server.fileWatcherType=none"]
        with (folder / "log.txt").open("wb") as log:
            server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **own}, stdout=log, stderr=log)
        running.append(server)
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server, folder / "log.txt")
        return f"http://127.0.0.1:{port}"

    try:
        yield start
    finally:
        _end(running)


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    for server in running:
        server.terminate()
    until = time.monotonic() + END_WITHIN_S
    for server in running:
        try:
            server.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """``start_server(app=None, **environment) -> url``; a module's servers end with it."""
    with _servers(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the server that the browser tests share."""
    with _servers(tmp_path_factory) as start:
        yield start()


@pytest.fixture(scope="session")
def _playwright() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def _browser(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what starts Chromium so that it gives way to the tests and to the server that it asks.

    Playwright starts each browser in a session of its own, and where Linux shares the processor by sessions, one that
    draws a camera's picture would leave next to nothing to all the tests together, and to workers, which are nice.
    """
    if not (AUTOGROUP.exists() and os.access(AUTOGROUP, os.W_OK)):
        return chromium
    # Nothing stands there for what no session holds, as what a container began with: each process counts by itself.
    share = AUTOGROUP.read_text(encoding="ascii").split()
    niceness = min(19, (int(share[-1]) if share else os.nice(0)) + 4)
    script = tmp_path_factory.mktemp("browser") / "chromium"
    lower = f"echo {niceness} 2>/dev/null >{AUTOGROUP} || true"
    script.write_text(f'#!/bin/sh\n{lower}\nexec {shlex.quote(str(chromium))} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return script


@pytest.fixture
def open_page(_playwright: Any, _browser: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., object]]:
    """Return a function that opens a page in Chromium.

    Its arguments: ``url`` (may be left out), ``camera`` (a .y4m or .mjpeg file that plays as the webcam) and ``sound``
    (.wav), ``permit`` (False refuses camera and microphone), ``devices`` (False: there are none), ``size`` in CSS
    pixels (a width below 600 is a phone with touch), ``dark``, ``shares`` (the title of the tab that is shared when a
    page asks for a screen; there is no fake camera then), ``flags`` of Chromium's. Each call has a browser of its own,
    because the fake camera is chosen when Chromium starts.
    """
    browsers: list[Any] = []
    pages = request.node.stash.setdefault(PAGES, [])

    def open_(
        url: str | None = None,
        *,
        camera: Path | None = None,
        sound: Path | None = None,
        permit: bool = True,
        devices: bool = True,
        size: tuple[int, int] = DESKTOP,
        dark: bool = False,
        shares: str | None = None,
        flags: Sequence[str] = (),
    ) -> object:
        left_out = ([] if permit else ["fake-ui"]) + ([] if devices else ["fake-device"])
        all_flags = [flag for flag in CHROMIUM_FLAGS if not any(word in flag for word in left_out)] + list(flags)
        if shares is not None:
            # With fakes of any kind Chromium shares its own test picture, whatever the title says.
            all_flags = [flag for flag in all_flags if "-fake-" not in flag]
            all_flags.append(f"--auto-select-tab-capture-source-by-title={shares}")
        if not permit:
            all_flags.append("--deny-permission-prompts")
        if camera is not None:
            all_flags.append(f"--use-file-for-fake-video-capture={camera}")
        if sound is not None:
            all_flags.append(f"--use-file-for-fake-audio-capture={sound}")
        browser = _playwright.chromium.launch(headless=True, executable_path=_browser, args=all_flags)
        browsers.append(browser)
        phone = size[0] < 600
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=2 if phone else 1,
            has_touch=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            permissions=["camera", "microphone"] if permit else [],
            accept_downloads=True,
        )
        context.add_init_script(CALM)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        console: list[str] = []
        page.on("console", lambda line: console.append(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: console.append(str(error)))
        page.on("websocket", lambda socket: _note_socket(socket, console))
        pages.append((page, console))
        if url is not None:
            page.goto(url)
        return page

    yield open_
    for browser in browsers:
        browser.close()


@pytest.fixture
def browser_page(open_page: Callable[..., object]) -> object:
    """Return a blank page, 1280 x 800, light."""
    return open_page()


def _note_socket(socket: Any, console: list[str]) -> None:
    """Note when the page's connection to its server opens and closes: without one, a page stays blank."""
    began = time.monotonic()

    def note(what: str) -> None:
        console.append(f"websocket {what}, {time.monotonic() - began:.1f} s after it was opened")

    console.append(f"websocket to {socket.url}")
    socket.once("framereceived", lambda _: note("received its first message"))
    socket.on("socketerror", lambda problem: note(f"failed ({problem})"))
    socket.on("close", lambda _: note("closed"))


def _told(page_and_console: tuple[Any, list[str]]) -> str:
    """Return a page's address, its frames' texts, its pictures that move and the end of its console."""
    page, console = page_and_console
    texts = [frame.locator("body").inner_text(timeout=LOOK_MS) for frame in page.frames]
    lines = [" | ".join(line for line in text.splitlines() if line.strip()) for text in texts]
    videos = page.locator("video").evaluate_all(VIDEO_STATES)
    # One that comes again and again would push the others out.
    counted = [(line, len(list(same))) for line, same in itertools.groupby(console)]
    said = [line if count == 1 else f"{line} ({count} times)" for line, count in counted]
    return "\n".join([page.url, *lines, *videos, *said[-16:]])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_WITHIN_S
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not answer at {address}:\n{log.read_text(errors='replace')[-2000:]}")
