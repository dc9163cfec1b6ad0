"""In a real browser: the demo class from its first second to its report, past classes, a class from a recording."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fer.dataset.drawn_class import Pose, draw_class
from fer.faces.video_writer import VideoWriter

pytestmark = pytest.mark.browser

PHONE = (390, 844)
SLOW_MS = 90_000


@pytest.fixture(scope="module")
def url(start_server: Callable[..., str]) -> str:
    """Return the address of a server that has classes of its own."""
    return start_server()


def demo_class(page: Any, url: str) -> None:
    page.goto(f"{url}/class")
    page.get_by_role("button", name="See a demo class").click()
    page.get_by_text("The lesson ends by itself in").wait_for(timeout=SLOW_MS)


def end_class(page: Any) -> None:
    # The page runs once more when the browser has kept the link, which closes a question that is open.
    page.wait_for_url(re.compile(r"[?&]class=\d+"))
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_role("button", name="End the class").click()
    page.get_by_role("button", name="Report (HTML)").wait_for(timeout=SLOW_MS)


def saved(page: Any, name: str) -> Path:
    with page.expect_download() as coming:
        page.get_by_role("button", name=name).click()
    return Path(coming.value.path())


def overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_a_visitor_alone_sees_a_class_at_work_and_takes_its_report_away(
    open_page: Callable[..., Any], url: str, tmp_path: Path
) -> None:
    page = open_page()
    demo_class(page, url)
    page.get_by_text("This is a demo class: its students are drawn").wait_for()
    # The first minutes are there at once: people, topics, clicks.
    page.get_by_text("What plants breathe").first.wait_for()
    page.get_by_text("are here").wait_for()
    page.get_by_text("See the drawn students").click()
    picture = page.get_by_alt_text("The drawn students now")
    picture.wait_for()
    first = picture.get_attribute("src")
    page.wait_for_function(
        "before => document.querySelector('img[alt=\"The drawn students now\"]')?.src !== before", arg=first
    )
    end_class(page)
    report = saved(page, "Report (HTML)").read_text(encoding="utf-8")
    assert "Demo class: photosynthesis" in report and "Content-Security-Policy" in report
    rows = list(csv.DictReader(saved(page, "Table (CSV)").read_text(encoding="utf-8").splitlines()))
    assert len(rows) >= 20 and rows[0]["topic"] == "Welcome"
    document = json.loads(saved(page, "Everything (JSON)").read_text(encoding="utf-8"))
    assert document["schema"] == 1 and document["participation"]["seats"] == 18
    # The sheet on the page is the whole one: nothing in it scrolls.
    frame = page.frame_locator("iframe").first
    frame.get_by_text("What these numbers do not say").wait_for()
    height = page.locator("iframe").first.evaluate(
        "frame => [frame.clientHeight, frame.contentDocument.body.scrollHeight]"
    )
    assert height[0] >= height[1] - 2
    # And the file opens offline, asks for nothing and runs nothing.
    file = tmp_path / "report.html"
    file.write_text(report, encoding="utf-8")
    alone = open_page()
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(file.as_uri())
    alone.get_by_role("heading", name="Topic by topic").wait_for()
    assert [address for address in asked if not address.startswith("file:")] == []
    assert alone.locator("svg").count() >= 3


@pytest.mark.parametrize("dark", [False, True])
def test_the_report_fits_a_phone(open_page: Callable[..., Any], url: str, dark: bool) -> None:
    page = open_page(size=PHONE, dark=dark)
    demo_class(page, url)
    assert overflow(page) <= 0
    end_class(page)
    page.frame_locator("iframe").first.get_by_text("Participation").wait_for()
    assert overflow(page) <= 0
    frame = page.locator("iframe").first
    assert frame.evaluate("frame => frame.contentDocument.documentElement.scrollWidth - frame.clientWidth") <= 0


def test_past_classes_are_this_browser_s_and_can_be_deleted(open_page: Callable[..., Any], url: str) -> None:
    page = open_page()
    demo_class(page, url)
    end_class(page)
    page.goto(f"{url}/past")
    page.get_by_text("Demo class: photosynthesis").wait_for()
    page.get_by_role("button", name="Report", exact=True).click()
    page.frame_locator("iframe").first.get_by_text("Over the lesson").wait_for()
    page.get_by_role("button", name="All classes").click()
    page.get_by_role("button", name="Report", exact=True).wait_for()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete now").click()
    page.get_by_text("No classes yet").wait_for()
    # Also after a reload, and never in another browser.
    page.reload()
    page.get_by_text("No classes yet").wait_for()
    other = open_page(f"{url}/past")
    other.get_by_text("No classes yet").wait_for()


def test_a_recording_of_a_call_becomes_a_report(
    open_page: Callable[..., Any], url: str, tmp_path: Path, shared: Path
) -> None:
    recording = tmp_path / "call.mp4"
    with VideoWriter(recording, 4) as out:
        for number in range(80):
            mood = "neutral" if number < 40 else "happy"
            out.write(number / 4, draw_class([Pose(mood, mood)] * 6, number / 4))
    page = open_page(f"{url}/class")
    page.get_by_text("Elsewhere", exact=True).click()
    page.get_by_label("What is the class for?").click()
    page.get_by_text("Private: friends, or only myself").click()
    page.get_by_text("One shared screen").click()
    page.get_by_text("Yes, they were told and agreed").click()
    page.get_by_role("button", name=re.compile("Open the class", re.I)).click()
    page.get_by_text("A recording", exact=True).click()
    # The page has an uploader for the chat as well.
    uploader = page.get_by_test_id("stFileUploader").filter(has_text="Recording of the call")
    uploader.locator("input[type=file]").set_input_files(recording)
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("button", name="Report (HTML)").wait_for(timeout=SLOW_MS)
    document = json.loads(saved(page, "Everything (JSON)").read_text(encoding="utf-8"))
    assert document["class"]["mode"] == "gallery" and document["participation"]["most_present"] == 6
    assert document["whole"]["mood"]["happy"] > 0.2
