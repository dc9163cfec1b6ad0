"""The data set page in a real browser: drop a table, look at a face, choose what to leave out, and fit a phone."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer.dataset.demo import demo_faces
from fer.dataset.export import write_csv
from fer.dataset.faceset import FaceSet

pytestmark = pytest.mark.browser

PATIENCE_MS = 180_000


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty-two drawn faces as fer2013.csv: row 2 is row 1 again, row 3 is black, row 4 has a pixel too few."""
    faces = demo_faces(6)
    images = np.array(faces.images)
    images[1], images[2] = images[0], 0
    labels = np.array(faces.labels)
    labels[1] = labels[0]
    path = tmp_path_factory.mktemp("table") / "fer2013.csv"
    write_csv(FaceSet(images, labels, np.zeros(42, np.uint8)), path)
    lines = path.read_text().splitlines()
    lines[4] = lines[4].replace(" ", "", 1)
    path.write_text("\n".join(lines))
    return path


def drop(page: Any, table: Path) -> None:
    page.get_by_role("button", name="Open the drawn set").wait_for()
    page.locator("input[type=file]").first.set_input_files(str(table))
    page.get_by_text("41 faces").first.wait_for(timeout=PATIENCE_MS)


def to_tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    page.wait_for_url(re.compile(f"dataset.tab={name.split(maxsplit=1)[0]}"))


def saved(page: Any, label: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=label).click()
    return Path(download.value.path())


def no_traceback(page: Any) -> None:
    assert page.get_by_text("Traceback").count() == 0
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.get_by_text("This part could not be shown").count() == 0


def wide(page: Any) -> int:
    """How many pixels of the page, or of the part of it that scrolls, do not fit the width."""
    return int(
        page.evaluate(
            "Math.max(...[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map((part) => part.scrollWidth - part.clientWidth))"
        )
    )


def test_a_table_is_dropped_looked_at_and_cleaned(server: str, open_page: Callable[..., Any], table: Path) -> None:
    page = open_page(f"{server}/dataset")
    drop(page, table)
    page.get_by_text("Row 4 has 2,303 pixels").wait_for()
    page.locator(".js-plotly-plot").first.wait_for()
    with saved(page, "All as CSV").open(encoding="utf-8", newline="") as source:
        assert [row["source"] for row in csv.DictReader(source)] == ["row 4"]

    to_tab(page, "Faces")
    faces = page.locator("button.face")
    faces.first.wait_for()
    assert faces.count() == 41
    page.get_by_role("button", name=re.compile("^row 5, labelled")).click()
    window = page.get_by_role("dialog")
    window.get_by_text("row 5, Training").wait_for()
    window.get_by_text("What the network says").wait_for()
    assert window.locator("img").first.evaluate("image => image.naturalWidth") == 48
    window.get_by_role("button", name="Row after").click()
    window.get_by_text("row 6, Training").wait_for()
    page.keyboard.press("Escape")
    window.wait_for(state="detached")

    to_tab(page, "Checks")
    page.get_by_text("This leaves out 2 of 41 faces; 39 stay").wait_for()
    document = json.loads(saved(page, "Download the clean list").read_text())
    assert [entry["source"] for entry in document["left_out"]] == ["row 2", "row 3"]
    page.get_by_role("button", name=re.compile("^Identical images \\(1\\)")).click()
    page.get_by_text("This leaves out 1 of 41 faces; 40 stay").wait_for()
    document = json.loads(saved(page, "Download the clean list").read_text())
    assert [entry["source"] for entry in document["left_out"]] == ["row 3"]

    address = page.url
    page.reload()
    page.get_by_text("41 faces").first.wait_for()
    no_traceback(page)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete now").click()
    page.get_by_role("button", name="Open the drawn set").wait_for()
    page.goto(address)
    page.get_by_text("There is no such run").wait_for()
    no_traceback(page)


def test_every_tab_fits_a_phone_and_a_tap_on_the_map_shows_a_face(
    server: str, open_page: Callable[..., Any], table: Path
) -> None:
    page = open_page(f"{server}/dataset", size=(390, 844), dark=True)
    drop(page, table)
    for tab in ("Overview", "Faces", "Checks", "Statistics", "Typical and odd", "Label noise", "Map"):
        to_tab(page, tab) if tab != "Overview" else None
        page.locator("[data-testid=stTabPanel], [role=tabpanel]").first.wait_for(state="attached")
        assert wide(page) <= 0, tab
        no_traceback(page)
    page.get_by_role("radio", name="Pixels").click()
    page.get_by_role("button", name="Lay out the map").click()
    canvas = page.get_by_role("img", name=re.compile("^A map of 41 faces"))
    canvas.wait_for(timeout=PATIENCE_MS)
    assert wide(page) <= 0
    canvas.focus()
    page.keyboard.press("ArrowRight")
    tip = page.locator(".tip")
    tip.wait_for()
    assert re.search(r"row \d+", tip.inner_text())
    page.wait_for_function(
        "() => { const hosts = [...document.querySelectorAll('*')].filter((one) => one.shadowRoot);"
        " const tip = hosts.map((one) => one.shadowRoot.querySelector('.tip canvas')).find(Boolean);"
        " return tip && new Set(tip.getContext('2d').getImageData(0, 0, 48, 48).data).size > 9; }"
    )
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_text("What the network says").wait_for()
    no_traceback(page)
