"""The Evaluate page in a real browser: a cell of the confusion matrix is clicked, and its faces come."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer.dataset.demo import demo_faces

pytestmark = pytest.mark.browser


def test_a_click_on_a_cell_shows_its_faces_the_surest_first(
    server: str, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    faces = demo_faces(12)
    usage = np.ones_like(faces.usage)
    np.savez(tmp_path / "drawn.npz", pixels=faces.images, emotion=faces.labels, usage=usage)
    page = open_page(f"{server}/evaluate")
    page.locator("input[type=file]").first.set_input_files(str(tmp_path / "drawn.npz"))
    page.get_by_role("tab", name="Confusion").click()
    cell = page.get_by_role("button", name=re.compile("^labelled happy, answered happy"))
    cell.click()
    many = page.get_by_role("heading", name=re.compile("Labelled ● happy, answered ● happy"))
    many.wait_for()
    counted = int(many.inner_text().rsplit(":", 1)[1])
    cards = page.locator(".cm-face")
    assert cards.count() == min(12, counted) > 2
    assert cards.nth(0).locator(".cm-bars li").count() == 7
    said = [int(share) for share in re.findall(r"(\d+)\s%; labelled happy", " ".join(cards.all_inner_texts()))]
    assert len(said) == cards.count() and said == sorted(said, reverse=True)
    # With the keyboard as well: one to the right, and back.
    cell.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=re.compile("Labelled ● happy, answered ■ sad")).wait_for()
    assert page.locator("[data-testid=stException]").count() == 0
