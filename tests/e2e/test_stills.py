"""Stills of the camera and of a shared screen, in a real browser with a fake camera and a real tab that is shared."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

APP = """
import io
import streamlit as st
from PIL import Image
from fer.ui.screen import shared_screen
from fer.ui.stills import camera_stills

state = st.session_state
state["runs"] = state.get("runs", 0) + 1
seen = state.setdefault("seen", {"count": 0, "size": None, "format": None, "light": 0})

def take(jpeg):
    picture = Image.open(io.BytesIO(jpeg))
    seen.update(count=seen["count"] + 1, size=picture.size, format=picture.format)
    seen["light"] = sum(picture.convert("L").resize((1, 1)).getdata())

what = st.radio("What", ["nothing", "camera", "screen"], key="stills.what")
st.button("Run again", key="stills.again")
if what == "camera":
    st.text(f"camera {camera_stills(take, 4, key='stills.camera').word}")
if what == "screen":
    screen = shared_screen(take, 4, key="stills.screen")
    st.text(f"screen {'on' if screen.running else 'off'}")
    st.text(screen.problem or "no problem")
st.text(f"{state['runs']} runs")

@st.fragment(run_every=0.5)
def show():
    st.text(f"{seen['count']} stills {seen['size']} {seen['format']} light {seen['light']}")

show()
"""
CAMERA = "video[aria-label^='Your own picture']"
WATCH_TRACKS = """
window.opened = [];
for (const name of ["getUserMedia", "getDisplayMedia"]) {
    const open = navigator.mediaDevices[name].bind(navigator.mediaDevices);
    navigator.mediaDevices[name] = async (wanted) => {
        const stream = await open(wanted);
        window.opened.push(...stream.getTracks());
        return stream;
    };
}
"""
LIVE = "window.opened.filter((track) => track.readyState === 'live').length"
SHARES_BY_ITSELF = ["--auto-select-desktop-capture-source=Entire screen"]


@pytest.fixture(scope="module")
def stills_app(start_server: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    app = tmp_path_factory.mktemp("stills") / "stills_app.py"
    app.write_text(APP, encoding="utf-8")
    return start_server(app, PYTHONPATH=str(Path(__file__).resolve().parents[2]))


def choose(page: Any, word: str) -> None:
    page.locator("label", has_text=re.compile(f"^{word}$")).click()


def stills_so_far(page: Any) -> int:
    text = page.get_by_text(re.compile(r"^\d+ stills")).inner_text()
    return int(text.split()[0])


def stills_come(page: Any, more: int = 3) -> None:
    page.wait_for_function(
        "least => Number(/(\\d+) stills/.exec(document.body.innerText)?.[1] ?? 0) >= least",
        arg=stills_so_far(page) + more,
    )


def opened(page: Any, url: str) -> Any:
    page.add_init_script(WATCH_TRACKS)
    page.goto(url)
    page.get_by_text("0 stills").wait_for()
    return page


def test_the_camera_is_shown_and_comes_in_stills(stills_app: str, open_page: Callable[..., Any]) -> None:
    page = opened(open_page(), stills_app)
    choose(page, "camera")
    page.get_by_text("camera on").wait_for()
    # So many that each of them was answered: one without an answer holds the next one up for five seconds.
    stills_come(page, 15)
    assert re.search(r"\((\d+), (\d+)\) JPEG", page.inner_text("body")).groups() == ("320", "240")  # type: ignore[union-attr]
    video = page.locator(CAMERA)
    assert video.evaluate("video => video.videoWidth > 0 && !video.paused && video.muted && video.playsInline")
    # Stills run a fragment, not the page; and a run of the page neither opens the camera anew nor stops the stills.
    runs = page.get_by_text(re.compile(r"^\d+ runs")).inner_text()
    stills_come(page, 5)
    assert page.get_by_text(re.compile(r"^\d+ runs")).inner_text() == runs
    video.evaluate("video => { window.before = video; }")
    page.get_by_role("button", name="Run again").click()
    stills_come(page, 5)
    assert video.evaluate("video => window.before === video")
    assert page.evaluate("window.opened.length") == 1


def test_the_light_goes_off_when_the_camera_leaves_the_page(stills_app: str, open_page: Callable[..., Any]) -> None:
    page = opened(open_page(), stills_app)
    choose(page, "camera")
    stills_come(page)
    assert page.evaluate(LIVE) == 1
    choose(page, "nothing")
    page.wait_for_function(LIVE + " === 0")
    choose(page, "camera")
    stills_come(page)
    assert page.evaluate(LIVE) == 1


def test_one_still_waits_for_its_answer_and_a_lost_answer_does_not_stop_the_others(
    stills_app: str, open_page: Callable[..., Any]
) -> None:
    page = open_page()
    answers, sent = [True], []

    def between(socket: Any) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda message: (sent.append(len(message)), server.send(message)))
        server.on_message(lambda message: socket.send(message) if answers[0] else None)

    page.route_web_socket(re.compile("_stcore/stream"), between)
    opened(page, stills_app)
    choose(page, "camera")
    stills_come(page)
    answers[0] = False
    page.wait_for_timeout(300)
    sent.clear()
    page.wait_for_timeout(2000)
    assert sum(size > 1500 for size in sent) <= 1, "at 4 a second, 8 would have come"
    answers[0] = True
    stills_come(page)


def test_a_hidden_tab_sends_stills_of_the_track_itself(stills_app: str, open_page: Callable[..., Any]) -> None:
    page = opened(open_page(), stills_app)
    choose(page, "camera")
    stills_come(page)
    # A headless browser hides no tab, so the page is told that it is hidden, and its video is taken away.
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    page.locator(CAMERA).evaluate("video => video.pause()")
    stills_come(page, 8)
    assert "(320, 240) JPEG" in page.inner_text("body")


def test_a_refused_camera_can_be_tried_again(stills_app: str, open_page: Callable[..., Any]) -> None:
    page = open_page(permit=False)
    page.goto(stills_app)
    choose(page, "camera")
    page.get_by_text("camera refused").wait_for()
    page.evaluate("""async () => {
        const canvas = document.createElement("canvas");
        canvas.getContext("2d").fillRect(0, 0, 300, 150);
        navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(5);
        setInterval(() => canvas.getContext("2d").fillRect(0, 0, 300, 150), 100);
    }""")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("camera on").wait_for()
    stills_come(page)


@pytest.mark.parametrize(
    ("problem", "word"),
    [
        ('new DOMException("Permission dismissed", "NotAllowedError")', "dismissed"),
        ('new DOMException("Permission denied by system", "NotAllowedError")', "refused-by-system"),
        ('new DOMException("none", "NotFoundError")', "no-camera"),
        ('new DOMException("Could not start video source", "NotReadableError")', "in-use"),
        ('new DOMException("width", "OverconstrainedError")', "unfit"),
        ('new TypeError("odd")', "other"),
    ],
)
def test_why_there_is_no_picture(stills_app: str, open_page: Callable[..., Any], problem: str, word: str) -> None:
    page = open_page()
    page.add_init_script(f"navigator.mediaDevices.getUserMedia = () => Promise.reject({problem});")
    page.goto(stills_app)
    choose(page, "camera")
    page.get_by_text(f"camera {word}", exact=True).wait_for()


def test_a_camera_that_is_unplugged_is_opened_again(stills_app: str, open_page: Callable[..., Any]) -> None:
    page = opened(open_page(), stills_app)
    choose(page, "camera")
    stills_come(page)
    # What the browser does when a camera is pulled out: its track ends by itself.
    page.evaluate("window.opened[0].stop(); window.opened[0].dispatchEvent(new Event('ended'))")
    page.wait_for_function("window.opened.length === 2")
    stills_come(page)


def test_a_screen_is_shared_until_the_browser_ends_it(stills_app: str, open_page: Callable[..., Any]) -> None:
    page = opened(open_page(flags=SHARES_BY_ITSELF), stills_app)
    choose(page, "screen")
    page.get_by_text("screen off").wait_for()
    page.get_by_role("button", name="Share the call's window").click()
    page.get_by_text("screen on").wait_for()
    stills_come(page)
    width, height = map(int, re.search(r"\((\d+), (\d+)\) JPEG", page.inner_text("body")).groups())  # type: ignore[union-attr]
    assert 640 <= width <= 1600
    assert height <= 1600
    page.evaluate("window.opened[0].stop(); window.opened[0].dispatchEvent(new Event('ended'))")
    page.get_by_text("screen off").wait_for()
    page.get_by_role("button", name="Share the call's window").click()
    stills_come(page)
    page.get_by_role("button", name="Stop sharing").click()
    page.get_by_text("screen off").wait_for()
    assert page.evaluate(LIVE) == 0


def test_a_browser_that_shares_no_screen(stills_app: str, open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.add_init_script("delete MediaDevices.prototype.getDisplayMedia;")
    page.goto(stills_app)
    choose(page, "screen")
    page.get_by_text("phones and tablets cannot").wait_for()
    assert not page.get_by_role("button", name="Share the call's window").is_visible()


def test_a_question_that_is_refused(stills_app: str, open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.add_init_script(
        "navigator.mediaDevices.getDisplayMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));"
    )
    page.goto(stills_app)
    choose(page, "screen")
    page.get_by_role("button", name="Share the call's window").click()
    page.get_by_text("was closed or refused").wait_for()
