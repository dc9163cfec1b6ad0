"""Buttons: a click counts once, also where the run that it began did not come to the button."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from fer.ui import buttons
from fer.ui.buttons import LATE_S

PATIENCE_S = 60
"""Other tests want the processor too."""


def _page() -> None:
    import streamlit as st

    from fer.ui.buttons import button_clicked, form_sent, show_button, was_clicked

    # As a camera whose new state begins the next run before this one comes to the button.
    if st.session_state.pop("interrupted", False):
        st.rerun()
    if button_clicked("Count", key="test.count"):
        st.session_state["count"] = st.session_state.get("count", 0) + 1
    show_button("Below", key="test.below")
    # What is drawn between a button and what it does may end the run as well.
    if st.session_state.pop("interrupted between", False):
        st.rerun()
    if was_clicked("test.below"):
        st.session_state["count"] = st.session_state.get("count", 0) + 10
    with st.form("test.form"):
        text = st.text_input("Text", key="test.text")
        if form_sent("Send", key="test.send"):
            st.session_state["sent"] = text


def counted(page: AppTest) -> int:
    return page.session_state["count"] if "count" in page.session_state else 0  # noqa: SIM401 -- it has no get


def test_a_click_counts_once() -> None:
    page = AppTest.from_function(_page, default_timeout=PATIENCE_S).run()
    assert counted(page) == 0
    page.button(key="test.count").click().run()
    assert counted(page) == 1
    page.run()
    assert counted(page) == 1


def test_a_click_counts_where_its_run_ended_before_the_button() -> None:
    page = AppTest.from_function(_page, default_timeout=PATIENCE_S).run()
    page.session_state["interrupted"] = True
    page.button(key="test.count").click().run()
    assert counted(page) == 1


def test_a_click_counts_where_its_run_ended_between_the_button_and_what_it_does() -> None:
    page = AppTest.from_function(_page, default_timeout=PATIENCE_S).run()
    page.session_state["interrupted between"] = True
    page.button(key="test.below").click().run()
    assert counted(page) == 10


def test_a_form_is_sent_where_its_run_ended_before_the_button() -> None:
    page = AppTest.from_function(_page, default_timeout=PATIENCE_S).run()
    page.session_state["interrupted"] = True
    page.text_input(key="test.text").input("words")
    page.button(key="test.send").click().run()
    assert page.session_state["sent"] == "words"


def test_a_click_on_a_page_that_was_left_is_not_done_at_the_next_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buttons, "time", SimpleNamespace(monotonic=lambda: 100.0))
    page = AppTest.from_function(_page, default_timeout=PATIENCE_S).run()
    for waited_s, count in ((LATE_S, 0), (LATE_S - 1, 1)):
        page.session_state["test.count.clicked_at"] = 100.0 - waited_s
        page.run()
        assert counted(page) == count
