"""The live page in a real browser: the right mood from a fake camera, and what to do where there is no picture."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

FRAME = "iframe[title*='webrtc']"
NO_WAY_THROUGH = """
const Peer = window.RTCPeerConnection;
window.RTCPeerConnection = function (settings) { return new Peer({...settings, iceTransportPolicy: "relay"}); };
window.RTCPeerConnection.prototype = Peer.prototype;
"""
"""What a firewall does: only a relay could be used, and there is none."""
FAILING_CAMERA = """
if (navigator.mediaDevices)
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("%s", "%s"));
"""


@pytest.fixture(scope="session")
def face_camera(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``face_camera("happy")``: a file for Chromium's fake camera that shows one FER2013 face with that emotion."""
    made: dict[str, Path] = {}

    def make(mood: str) -> Path:
        if mood not in made:
            made[mood] = tmp_path_factory.mktemp("camera") / f"{mood}.mjpeg"
            options = {"seats": 1, "seconds": 20, "hold": 20, "fps": 15, "width": 640, "height": 480, "mood": mood}
            words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
            command = [sys.executable, str(shared / "tools" / "make_gallery.py"), *words, "--out", str(made[mood])]
            subprocess.run(command, check=True, capture_output=True)
        return made[mood]

    return make


def start(page: Any) -> None:
    page.frame_locator(FRAME).get_by_role("button", name=re.compile("start", re.I)).click()


def stop(page: Any) -> None:
    page.frame_locator(FRAME).get_by_role("button", name=re.compile("stop", re.I)).click()


def mood_is_shown(page: Any, mood: str) -> None:
    page.locator(".cm-face-head", has_text=mood).wait_for()


def frames_so_far(page: Any) -> int:
    # While a run of the page is slow, what the run before it showed may stand there as well.
    text = page.get_by_text(re.compile(r"Of [\d,]+ frames")).first.inner_text()
    return int(re.search(r"Of ([\d,]+) frames", text)[1].replace(",", ""))  # type: ignore[index]


def frames_keep_coming(page: Any) -> None:
    before = frames_so_far(page)
    page.wait_for_function(
        """before => {
            const found = /Of ([\\d,]+) frames/.exec(document.body.innerText);
            return found && Number(found[1].replace(",", "")) > before + 10;
        }""",
        arg=before,
    )


@pytest.mark.parametrize("mood", ["happy", "surprise"])
def test_the_right_mood_shows(
    server: str, open_page: Callable[..., Any], face_camera: Callable[[str], Path], mood: str
) -> None:
    page = open_page(f"{server}/live", camera=face_camera(mood))
    page.get_by_text("Press Start the camera").wait_for()
    start(page)
    mood_is_shown(page, mood)
    page.get_by_text("frames a second").wait_for()
    frames_keep_coming(page)
    # The minute is drawn, and the picture that comes back has the size that was asked for.
    page.locator(".js-plotly-plot").first.wait_for()
    video = page.frame_locator(FRAME).locator("video")
    assert video.evaluate("video => [video.videoWidth, video.videoHeight]") == [640, 480]
    assert not page.get_by_text("could not be shown").count()


def test_a_change_of_the_options_does_not_end_the_stream(
    server: str, open_page: Callable[..., Any], face_camera: Callable[[str], Path]
) -> None:
    page = open_page(f"{server}/live", camera=face_camera("happy"))
    start(page)
    mood_is_shown(page, "happy")
    page.get_by_role("button", name="Options").click()
    for _ in range(4):
        page.get_by_text("Mirror the picture").click()
        frames_keep_coming(page)
    mood_is_shown(page, "happy")


def test_the_camera_stops_starts_again_and_survives_a_visit_elsewhere(
    server: str, open_page: Callable[..., Any], face_camera: Callable[[str], Path]
) -> None:
    page = open_page(f"{server}/live", camera=face_camera("happy"))
    for _ in range(2):
        start(page)
        mood_is_shown(page, "happy")
        stop(page)
        page.get_by_text("Press Start the camera").wait_for()
    start(page)
    mood_is_shown(page, "happy")
    page.get_by_role("link", name="Home").click()
    # Only who has seen the other page has been elsewhere: two quick clicks may leave the stream as it is.
    page.get_by_role("heading", name="What is ready").wait_for()
    page.get_by_role("link", name="Live").first.click()
    page.get_by_text("Press Start the camera").wait_for()
    start(page)
    mood_is_shown(page, "happy")


def test_a_refused_camera(server: str, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{server}/live", permit=False)
    start(page)
    page.get_by_text("The camera was refused").wait_for()
    page.get_by_text("set the camera to Allow").wait_for()


def test_no_camera(server: str, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{server}/live", devices=False)
    page.get_by_text("No camera was found").wait_for()
    start(page)
    page.get_by_text("Plug one in").wait_for()


@pytest.mark.parametrize(
    ("name", "words", "advice"),
    [
        ("NotReadableError", "Could not start video source", "another program is using it"),
        ("NotAllowedError", "Permission denied by system", "System Settings"),
    ],
)
def test_a_camera_that_does_not_start(
    server: str, open_page: Callable[..., Any], name: str, words: str, advice: str
) -> None:
    page = open_page()
    page.add_init_script(FAILING_CAMERA % (words, name))
    page.goto(f"{server}/live")
    start(page)
    page.get_by_text(advice).wait_for()


def test_a_page_without_https(server: str, open_page: Callable[..., Any]) -> None:
    page = open_page(
        server.replace("127.0.0.1", "classroom.test") + "/live",
        flags=["--host-resolver-rules=MAP classroom.test 127.0.0.1"],
    )
    page.get_by_text("come by HTTPS").wait_for()


def test_a_connection_that_is_not_made(
    server: str, open_page: Callable[..., Any], face_camera: Callable[[str], Path]
) -> None:
    page = open_page(camera=face_camera("happy"))
    page.add_init_script(NO_WAY_THROUGH)
    page.goto(f"{server}/live")
    start(page)
    page.get_by_text("The connection to the server is being made").wait_for()
    page.get_by_text("No connection was made within 10 seconds").wait_for()
    page.get_by_text("no TURN server is set").wait_for()
    stop(page)
    page.get_by_text("Press Start the camera").wait_for()
    # What to do stays until the next attempt.
    page.get_by_text("a phone's hotspot").wait_for()


def test_all_places_taken_until_one_is_free(
    start_server: Callable[..., str], open_page: Callable[..., Any], face_camera: Callable[[str], Path]
) -> None:
    address = start_server(FER_MAX_LIVE_STREAMS="1")
    first = open_page(f"{address}/live", camera=face_camera("happy"))
    second = open_page(f"{address}/live", camera=face_camera("happy"))
    second.get_by_text("Press Start the camera").wait_for()
    start(first)
    mood_is_shown(first, "happy")
    start(second)
    second.get_by_text("all places are taken").wait_for()
    # The place is free as soon as the first camera is off.
    stop(first)
    first.get_by_text("Press Start the camera").wait_for()
    start(second)
    mood_is_shown(second, "happy")


def test_a_stream_that_lasted_long_enough_is_switched_off(
    start_server: Callable[..., str], open_page: Callable[..., Any], face_camera: Callable[[str], Path]
) -> None:
    page = open_page(f"{start_server(FER_LIVE_MINUTES='0.1')}/live", camera=face_camera("happy"))
    start(page)
    page.get_by_text("was switched off after 0.1 minutes").wait_for()


def test_a_phone_shows_everything_without_scrolling_sideways(
    server: str, open_page: Callable[..., Any], face_camera: Callable[[str], Path]
) -> None:
    page = open_page(f"{server}/live", camera=face_camera("happy"), size=(390, 844), dark=True)
    start(page)
    mood_is_shown(page, "happy")
    page.locator(".js-plotly-plot").first.wait_for()
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    frame = page.frame_locator(FRAME).locator("body")
    assert frame.evaluate("body => body.scrollWidth <= window.innerWidth")
