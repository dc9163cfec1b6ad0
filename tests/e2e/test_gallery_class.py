"""Gallery mode in a real browser: a shared drawn call, counted and read, ended by the browser's own control."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from fer.dataset.drawn_class import Pose, draw_class

pytestmark = pytest.mark.browser

TITLE = "Call of the class"
STAYS_AWAKE = [
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
]
WATCH_TRACKS = """
window.opened = [];
const open = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getDisplayMedia = async (wanted) => {
    const stream = await open(wanted);
    window.opened.push(...stream.getTracks());
    return stream;
};
"""
SLOW_MS = 60_000


@pytest.fixture
def call(tmp_path: Path) -> str:
    """Return the address of a page that shows a call of eighteen drawn people who smile."""
    cv2.imwrite(str(tmp_path / "call.png"), draw_class([Pose("happy", "happy")] * 18, 0.0))
    page = tmp_path / "call.html"
    page.write_text(
        f"<title>{TITLE}</title><body style='margin:0'><img src='call.png' style='width:100%'><p id='clock'>"
        "<script>setInterval(() => clock.textContent = Date.now(), 200)</script>"
    )
    return page.as_uri()


def open_gallery(page: Any, url: str) -> None:
    page.goto(f"{url}/class")
    page.get_by_text("Elsewhere", exact=True).click()
    page.get_by_label("What is the class for?").click()
    page.get_by_text("Private: friends, or only myself").click()
    page.get_by_text("One shared screen").click()
    page.get_by_text("Yes, they were told and agreed").click()
    page.get_by_role("button", name="Open the class").click()
    page.get_by_role("button", name="Share the call's window").wait_for()


def test_a_shared_call_is_counted_read_paused_and_ended(
    open_page: Callable[..., Any], server: str, call: str, shared: Path
) -> None:
    page = open_page(call, shares=TITLE, flags=STAYS_AWAKE).context.new_page()
    page.set_default_timeout(SLOW_MS)
    page.add_init_script(WATCH_TRACKS)
    open_gallery(page, server)
    page.get_by_text("Nothing is shared yet.").wait_for()
    page.get_by_role("button", name="Share the call's window").click()
    # The call itself, and no test picture of the browser's: nothing would ever be found in that.
    page.wait_for_function("window.opened.length === 1")
    assert page.evaluate("window.opened[0].getSettings().displaySurface") == "browser"
    # Pictures come one after the other; how many a second is the machine's affair.
    page.get_by_text(re.compile(r"18 faces found, 18 counted\. (?!0\.0)\d\.\d pictures a second")).wait_for()
    page.get_by_text("mean of 18 faces").wait_for()
    # Waited for: where the next picture is late, the map is empty for a moment.
    page.locator("svg[aria-label='Where faces were found'] rect").nth(17).wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("The class is paused: no picture is looked at.").wait_for()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text(re.compile("18 faces found")).wait_for()
    # What the browser's own bar does.
    page.evaluate("window.opened[0].stop(); window.opened[0].dispatchEvent(new Event('ended'))")
    page.get_by_text("No picture comes any more: nobody is counted.").wait_for()
    page.get_by_role("button", name="Share the call's window").wait_for()


def test_the_call_s_people_are_told_in_words_that_can_be_sent(open_page: Callable[..., Any], server: str) -> None:
    page = open_page()
    open_gallery(page, server)
    page.get_by_text("What you tell those who are on the screen").click()
    page.get_by_text("It is an emotion recognition system").wait_for()
