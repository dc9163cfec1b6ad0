"""The photo page in a real browser, with real photos."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fer.emotions import EMOTIONS

pytestmark = pytest.mark.browser


@pytest.fixture
def photo_page(server: str, browser_page: Any) -> Any:
    browser_page.goto(f"{server}/photo")
    browser_page.get_by_role("heading", name="Photo & recording").wait_for()
    browser_page.get_by_text("Drop one or several photos").wait_for()
    return browser_page


def drop(page: Any, *files: Path) -> None:
    page.locator("input[type=file]").set_input_files(list(files))
    page.get_by_role("heading", name="Numbers").wait_for()


def saved(page: Any, label: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=label).click()
    return Path(download.value.path())


def test_one_happy_face(photo_page: Any, shared: Path):
    drop(photo_page, shared / "data/faces/justin.jpg")
    photo_page.get_by_text("1 face, happy").wait_for()
    assert photo_page.get_by_role("article", name=re.compile(r"^Face \d+$")).count() == 1
    card = photo_page.get_by_role("article", name="Face 1").inner_text()
    assert all(name in card for name in EMOTIONS)
    photo_page.get_by_alt_text("justin.jpg: 1 face, happy").wait_for()


def test_photos_are_gone_after_a_visit_elsewhere_and_can_be_dropped_again(photo_page: Any, shared: Path):
    for _ in range(2):
        photo_page.get_by_text("Drop one or several photos").wait_for()
        drop(photo_page, shared / "data/faces/justin.jpg")
        photo_page.get_by_text("1 face, happy").wait_for()
        photo_page.get_by_role("link", name="Home").click()
        photo_page.get_by_role("heading", name="What is ready").wait_for()
        photo_page.get_by_role("link", name="Photo & recording").first.click()
    photo_page.get_by_role("radio", name="Camera").click()
    # The drop field of before must be gone first: a photo dropped into it would go with it.
    photo_page.get_by_role("button", name="Take photo").wait_for()
    photo_page.get_by_role("radio", name="Photos").click()
    photo_page.get_by_text("Drop one or several photos").wait_for()
    drop(photo_page, shared / "data/faces/justin.jpg")
    photo_page.get_by_text("1 face, happy").wait_for()


def test_no_face(photo_page: Any, shared: Path):
    drop(photo_page, shared / "data/faces/no-faces.jpg")
    photo_page.get_by_text("No face found").wait_for()
    photo_page.get_by_text("What may help").wait_for()
    assert photo_page.get_by_role("article").count() == 0


def test_a_group_with_its_downloads(photo_page: Any, shared: Path):
    drop(photo_page, shared / "data/faces/robocup_team.png")
    cards = photo_page.get_by_role("article", name=re.compile(r"^Face \d+$"))
    cards.first.wait_for()
    assert 5 <= cards.count() <= 8
    document = json.loads(saved(photo_page, "Download JSON").read_text(encoding="utf-8"))
    assert document["schema"] == 1
    photo = document["inputs"][0]
    assert (photo["input"], photo["width"], photo["height"]) == ("robocup_team.png", 2048, 1536)
    assert len(photo["faces"]) == cards.count()
    rows = list(csv.DictReader(saved(photo_page, "Download CSV").open(encoding="utf-8", newline="")))
    assert [row["emotion"] for row in rows] == [face["emotion"] for face in photo["faces"]]
    with Image.open(saved(photo_page, "Picture with marks")) as picture:
        assert picture.size == (2048, 1536)


def test_a_bad_file_does_not_stop_the_others(photo_page: Any, shared: Path, tmp_path: Path):
    bad = tmp_path / "notes_of_*today*.jpg"
    bad.write_text("not a photo")
    drop(photo_page, bad, shared / "data/faces/justin.jpg")
    alert = photo_page.get_by_role("alert")
    alert.wait_for()
    assert alert.count() == 1
    assert "notes_of_*today*.jpg is not an image" in alert.inner_text()
    photo_page.get_by_text("1 face, happy").wait_for()


def test_the_options_change_what_is_called_unsure(photo_page: Any, shared: Path):
    drop(photo_page, shared / "data/faces/justin.jpg")
    photo_page.get_by_text("1 face, happy").wait_for()
    photo_page.get_by_role("button", name="Options").click()
    slider = photo_page.get_by_role("slider")
    slider.wait_for()
    slider.focus()
    # By keyboard alone.
    slider.press("End")
    photo_page.get_by_text("1 face, unsure").wait_for()


def test_a_picture_from_the_camera(server: str, open_page: Callable[..., Any]):
    page = open_page(f"{server}/photo?photo.source=Camera")
    page.get_by_text("If your browser asks, allow the camera").wait_for()
    page.wait_for_function("[...document.querySelectorAll('video')].some(video => video.readyState >= 2)")
    page.get_by_role("button", name="Take photo").click()
    # Chromium's own test picture is no face.
    page.get_by_role("heading", name="camera.jpg").wait_for()
    page.get_by_text("No face found").wait_for()


@pytest.mark.parametrize("dark", [False, True])
def test_the_sample_on_a_phone(server: str, open_page: Callable[..., Any], dark: bool):
    page = open_page(f"{server}/photo?photo.source=Sample", size=(390, 844), dark=dark)
    page.get_by_text(re.compile("^6 faces")).first.wait_for()
    page.get_by_role("heading", name="Numbers").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.get_by_role("radio", name="An astronaut").click()
    page.get_by_text(re.compile("^1 face")).first.wait_for()
