"""Home in a real browser: it shows, leads on, fits a phone, and asks no other server for anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser

PAGES = [
    "Home",
    "Class",
    "Join",
    "Past classes",
    "Photo & recording",
    "Live",
    "Data set",
    "Train",
    "Evaluate",
    "Classic models",
    "Speech",
    "Text",
]


def wide(page: Any) -> int:
    """How many pixels of the page do not fit its width."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def names(page: Any) -> list[str]:
    page.get_by_test_id("stSidebarNavLink").first.wait_for(state="attached")
    return [text.split("\n")[-1] for text in page.get_by_test_id("stSidebarNavLink").all_inner_texts()]


def test_home_shows_what_is_ready_without_another_server(server: str, browser_page: Any):
    asked: list[str] = []
    browser_page.on("request", lambda request: asked.append(request.url))
    browser_page.goto(server)
    browser_page.get_by_role("heading", name="A face in, a mood out").wait_for()
    browser_page.get_by_text("Only training, evaluation and the page Data set need it").wait_for()
    assert names(browser_page) == PAGES
    assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("link", "heading"),
    [
        ("Open the camera page", "Live"),
        ("Choose photos or a recording", "Photo & recording"),
        ("Look at a sample", "drawn-class.png"),
        ("Look into a data set", "Data set"),
    ],
)
def test_each_way_to_start_leads_there(server: str, browser_page: Any, link: str, heading: str):
    browser_page.goto(server)
    browser_page.get_by_role("link", name=link).click()
    browser_page.get_by_role("heading", name=heading, exact=True).wait_for()


@pytest.mark.parametrize("dark", [False, True])
def test_home_fits_a_phone(server: str, open_page: Callable[..., Any], dark: bool):
    page = open_page(server, size=(390, 844), dark=dark)
    page.get_by_role("heading", name="Use it responsibly").wait_for()
    assert wide(page) <= 0
    ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert ground == ("rgb(20, 24, 26)" if dark else "rgb(255, 255, 255)")


def test_a_pages_own_address_on_a_fresh_server_shows_the_whole_app(start_server: Callable[..., str], browser_page: Any):
    browser_page.goto(f"{start_server()}/photo?photo.source=Sample")
    browser_page.get_by_role("heading", name="drawn-class.png").wait_for()
    assert names(browser_page) == PAGES


def test_a_setting_that_cannot_be_used_is_a_sentence(start_server: Callable[..., str], browser_page: Any):
    browser_page.goto(start_server(FER_KEEP_UPLOADS_H="-1"))
    browser_page.get_by_text("FER_KEEP_UPLOADS_H").first.wait_for()
    assert browser_page.get_by_text("Traceback").count() == 0
