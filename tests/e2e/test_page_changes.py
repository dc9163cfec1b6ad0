"""A click on another page counts, whatever the page before it sends just then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

CLICK_AND_REPORT = """
path => {
    const camera = document.querySelector("iframe[title*='webrtc']").contentWindow;
    document.querySelector(`[data-testid=stSidebarNavLink][href$='${path}']`).click();
    // What streamlit-webrtc sends of itself when its frame is ready or its connection changes, right after the click.
    const data = {isStreamlitMessage: true, type: "streamlit:setComponentValue", dataType: "json",
                  value: {playing: false}};
    window.dispatchEvent(new MessageEvent("message", {source: camera, data}));
}
"""


def open_live(page: Any) -> None:
    page.frame_locator("iframe[title*='webrtc']").get_by_role("button", name="Start the camera").wait_for()
    page.get_by_text("Press Start the camera").wait_for()


def test_a_report_of_the_camera_does_not_undo_a_click_on_another_page(
    server: str, open_page: Callable[..., Any]
) -> None:
    page = open_page(f"{server}/live")
    for _ in range(3):
        open_live(page)
        page.evaluate(CLICK_AND_REPORT, "/photo")
        # The page of the click stays, and its own controls work at once.
        page.get_by_role("radio", name="Sample").click()
        page.get_by_role("heading", name="drawn-class.png").wait_for()
        assert page.url == f"{server}/photo?photo.source=Sample"
        page.get_by_role("radio", name="Photos").click()
        page.get_by_text("Drop one or several photos").wait_for()
        page.get_by_role("link", name="Live").first.click()


def test_who_comes_back_at_once_finds_a_page_that_works(server: str, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{server}/live")
    open_live(page)
    page.evaluate(CLICK_AND_REPORT, "/photo")
    page.get_by_role("link", name="Live").first.click()
    open_live(page)
    page.get_by_role("button", name="Options").click()
    page.get_by_text("Mirror the picture").click()
    page.get_by_role("switch", name="Mirror the picture", checked=False).wait_for()
    page.get_by_role("link", name="Home").click()
    page.get_by_role("heading", name="What is ready").wait_for()
