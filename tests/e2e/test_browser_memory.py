"""What the browser remembers, in a real browser: over a reload, in a second tab, and where it may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

APP = """
import streamlit as st
from fer.ui.browser_memory import forget, remember, remembered

st.session_state.setdefault("runs", 0)
st.session_state["runs"] += 1
choice = st.radio("What to do", ["read", "remember", "forget"], key="memory.choice")
if choice == "remember":
    remember("classmood.seat.7", "<b>token</b> 🙂")
if choice == "forget":
    forget("classmood.seat.7")
found = remembered("classmood.seat.")
st.text(f"found {'nothing yet' if found is None else sorted(found.items())}")
st.markdown(f"{st.session_state['runs']} runs")
"""
FORBIDDEN = (
    'Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });'
)


@pytest.fixture(scope="module")
def memory_app(start_server: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    app = tmp_path_factory.mktemp("memory") / "memory_app.py"
    app.write_text(APP, encoding="utf-8")
    root = str(Path(__file__).resolve().parents[2])
    return start_server(app, PYTHONPATH=root)


def choose(page: Any, word: str) -> None:
    page.locator("label", has_text=word).last.click()


def test_a_text_is_remembered_over_a_reload_and_forgotten(memory_app: str, open_page: Callable[..., Any]) -> None:
    page = open_page(memory_app)
    page.get_by_text("found []").wait_for()
    assert page.get_by_text("2 runs").is_visible(), "the answer ran the page again once"
    page.evaluate("localStorage.setItem('other.seat.7', 'not ours')")
    choose(page, "remember")
    page.get_by_text("[('classmood.seat.7', '<b>token</b> 🙂')]").wait_for()
    page.reload()
    page.get_by_text("[('classmood.seat.7', '<b>token</b> 🙂')]").wait_for()
    second = page.context.new_page()
    second.goto(memory_app)
    second.get_by_text("[('classmood.seat.7'").wait_for()
    choose(page, "forget")
    page.get_by_text("found []").wait_for()
    page.wait_for_function("localStorage.getItem('classmood.seat.7') === null")
    page.reload()
    page.get_by_text("found []").wait_for()
    assert page.evaluate("localStorage.getItem('other.seat.7')") == "not ours"


def test_it_takes_no_room_on_the_page(memory_app: str, open_page: Callable[..., Any]) -> None:
    page = open_page(memory_app)
    page.get_by_text("found []").wait_for()
    shown = "box => [...box.querySelectorAll('.stBidiComponent')].map(one => one.getClientRects().length)"
    assert page.locator("[data-testid=stMain]").evaluate(shown) == [0]


def test_a_browser_that_lets_nothing_be_remembered(memory_app: str, open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.add_init_script(FORBIDDEN)
    page.goto(memory_app)
    page.get_by_text("found []").wait_for()
    choose(page, "remember")
    # This tab knows what it wrote; after a reload it is gone.
    page.get_by_text("[('classmood.seat.7'").wait_for()
    page.reload()
    page.get_by_text("found []").wait_for()
