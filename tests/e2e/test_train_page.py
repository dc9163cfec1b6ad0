"""The Train page in a real browser: from the form to a network that can be published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer.dataset.demo import demo_faces

pytestmark = pytest.mark.browser

PATIENCE_MS = 240_000


def test_drawn_faces_are_learned_and_can_be_published(
    server: str, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    # Seventy of the drawn set's faces: drawing all 1,120 would take most of the test's time.
    faces = demo_faces(10)
    np.savez(tmp_path / "drawn.npz", pixels=faces.images, emotion=faces.labels, usage=faces.usage)
    page = open_page(f"{server}/train")
    page.get_by_text("A file on this computer").click()
    page.get_by_label("Path", exact=True).fill(str(tmp_path / "drawn.npz"))
    page.get_by_label("Path", exact=True).press("Enter")
    page.get_by_role("combobox", name="Recipe").click()
    page.get_by_role("option", name="Quick").click()
    page.get_by_text("Change it", exact=True).click()
    # The quick recipe's learning rate rises over the first epoch: one alone is refused.
    # The one of the recipe before is still there for a moment.
    epochs = page.locator("input[aria-label=Epochs][value='12']")
    epochs.wait_for()
    page.get_by_label("Epochs", exact=True).and_(epochs).fill("2")
    page.get_by_label("Epochs", exact=True).press("Enter")
    page.get_by_text("epochs=2").wait_for()
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("heading", name="Book CNN on drawn.npz").wait_for()
    page.get_by_role("button", name="Stop").wait_for()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Go on", exact=True).wait_for()
    # A reload and a second tab show the same run, and either steers it.
    page.reload()
    other = page.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        tab.get_by_role("heading", name="Book CNN on drawn.npz").wait_for()
        tab.get_by_role("button", name="Go on", exact=True).wait_for()
    other.get_by_role("button", name="Go on", exact=True).click()
    page.get_by_role("button", name="Go on", exact=True).wait_for(state="hidden")
    other.close()
    page.get_by_text("of PublicTest are named rightly").wait_for(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Publish", exact=True).wait_for()
    page.locator(".js-plotly-plot").nth(4).wait_for()
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.get_by_text("This part could not be shown").count() == 0
