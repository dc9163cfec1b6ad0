"""The recording block in a real browser: drop, watch, reload, results, downloads, deletion; and who sees what."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest

from fer.faces.video_writer import VideoWriter

pytestmark = pytest.mark.browser

PATIENCE_MS = 180_000
ADDRESS = "/photo?photo.source=Recording"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fourteen seconds of a real face that is out of view in the middle."""
    from skimage import data

    path = tmp_path_factory.mktemp("film") / "my_film_1_.mp4"
    face = np.ascontiguousarray(data.astronaut()[:360, :480, ::-1])
    with VideoWriter(path, 5) as out:
        for n in range(70):
            out.write(n / 5, np.full_like(face, 120) if 30 <= n < 40 else face)
    return path


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten minutes of a grey wall: work enough to be cancelled."""
    path = tmp_path_factory.mktemp("long") / "wall.mp4"
    image = np.full((360, 480, 3), 120, np.uint8)
    with VideoWriter(path, 10) as out:
        for n in range(6000):
            out.write(n / 10, image)
    return path


def drop(page: object, film: Path) -> None:
    page.locator("input[type=file]").set_input_files(str(film))
    page.get_by_role("button", name="Analyse").click()


def no_traceback(page: object) -> None:
    assert page.get_by_text("Traceback").count() == 0
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.get_by_text("This part could not be shown").count() == 0


def test_a_recording_is_analysed_found_again_and_deleted(
    server: str, open_page: Callable[..., object], film: Path
) -> None:
    page = open_page(server + ADDRESS)
    page.get_by_role("button", name="Analyse").wait_for()
    assert page.get_by_role("button", name="Analyse").is_disabled()
    drop(page, film)
    page.wait_for_url(re.compile("run=.*&key="))
    page.get_by_role("button", name="Cancel").or_(page.get_by_text("Take it with you")).first.wait_for()
    page.reload()
    page.get_by_text("Take it with you").wait_for(timeout=PATIENCE_MS)
    no_traceback(page)
    for words in ("Mood over time", "Moments that stand out", "Face by face"):
        assert page.get_by_role("heading", name=words).count() == 1
    assert page.get_by_role("heading", name="my_film_1_.mp4").count() == 1, "Markdown in a name is shown as it is"
    film_on_page = page.locator("video")
    film_on_page.wait_for()
    page.wait_for_function("() => document.querySelector('video').readyState >= 1")
    assert film_on_page.evaluate("v => v.error") is None
    assert abs(film_on_page.evaluate("v => v.duration") - 14) < 0.5

    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    with Path(download.value.path()).open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == 60 and {row["input"] for row in rows} == {"my_film_1_.mp4"}
    with page.expect_download() as download:
        page.get_by_role("button", name="Download JSON").click()
    document = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert len(document["inputs"][0]["frames"]) == 70
    with page.expect_download() as download:
        page.get_by_role("button", name="Download annotated MP4").click()
    assert Path(download.value.path()).stat().st_size > 10_000

    address = page.url
    # Who has the run's name but not its key sees nothing of it.
    query = parse_qs(urlparse(address).query)
    stranger = open_page(f"{server}{ADDRESS}&run={query['run'][0]}&key=guess")
    stranger.get_by_text("There is no such run").wait_for()
    assert stranger.get_by_text("my_film").count() == 0

    page.get_by_role("button", name="Delete my data").click()
    page.get_by_role("button", name="Delete now").click()
    page.get_by_role("button", name="Analyse").wait_for()
    assert "run=" not in page.url
    page.goto(address)
    page.get_by_text("There is no such run").wait_for()
    no_traceback(page)


def test_a_long_one_is_cancelled_and_a_second_waits_its_turn(
    server: str, open_page: Callable[..., object], film: Path, long_film: Path
) -> None:
    first = open_page(server + ADDRESS)
    first.get_by_role("button", name="Analyse").wait_for()
    first.get_by_text("10", exact=True).click()
    drop(first, long_film)
    first.get_by_text(re.compile(r"\d+\s%")).first.wait_for(timeout=PATIENCE_MS)
    second = open_page(server + ADDRESS)
    second.get_by_role("button", name="Analyse").wait_for()
    drop(second, film)
    second.get_by_text("Waiting: 1 other job is before yours").wait_for(timeout=PATIENCE_MS)
    first.get_by_role("button", name="Cancel").click()
    first.get_by_text("What was done until then is kept").wait_for(timeout=PATIENCE_MS)
    first.get_by_text("No face found in this recording").wait_for()
    first.get_by_text("the first ").wait_for()
    second.get_by_text("Take it with you").wait_for(timeout=PATIENCE_MS)
    no_traceback(first)
    no_traceback(second)


def test_a_recording_is_found_again_after_a_look_at_another_page(
    server: str, open_page: Callable[..., object], film: Path
) -> None:
    page = open_page(server + ADDRESS)
    page.get_by_role("button", name="Analyse").wait_for()
    drop(page, film)
    page.wait_for_url(re.compile("run=.*&key="))
    address = page.url
    for _ in range(2):
        page.get_by_role("link", name="Live").first.click()
        page.get_by_role("heading", name="Live").first.wait_for()
        assert "run=" not in page.url
        page.get_by_role("link", name="Photo & recording").first.click()
        page.get_by_role("radio", name="Recording").click()
        page.get_by_role("button", name="Back to your recording").click()
        page.wait_for_url(re.compile("run=.*&key="))
    assert parse_qs(urlparse(page.url).query)["run"] == parse_qs(urlparse(address).query)["run"]
    page.get_by_text("Take it with you").wait_for(timeout=PATIENCE_MS)

    page.get_by_role("button", name="Another recording").click()
    page.get_by_role("button", name="Back to your recording").wait_for()
    assert "run=" not in page.url
    page.get_by_role("button", name="Delete it").click()
    page.get_by_role("button", name="Delete now").click()
    page.get_by_role("button", name="Back to your recording").wait_for(state="detached")
    page.goto(address)
    page.get_by_text("There is no such run").wait_for()
    no_traceback(page)


def test_what_is_no_recording_gets_a_sentence(server: str, open_page: Callable[..., object], tmp_path: Path) -> None:
    page = open_page(server + ADDRESS)
    page.get_by_role("button", name="Analyse").wait_for()
    notes = tmp_path / "notes.mp4"
    notes.write_text("Dear diary\n" * 200)
    drop(page, notes)
    page.get_by_text("notes.mp4 is not a recording that can be read. Expected an MP4").wait_for()
    assert "run=" not in page.url
    no_traceback(page)


def test_an_address_that_leads_nowhere_says_so(server: str, open_page: Callable[..., object]) -> None:
    page = open_page(f"{server}{ADDRESS}&run=../../etc/passwd&key=x")
    page.get_by_text("There is no such run").wait_for()
    page.get_by_role("button", name="Try a drawn recording").wait_for()
    no_traceback(page)
