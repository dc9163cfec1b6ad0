"""Which of a browser's messages come from a page that its visitor has left."""

from __future__ import annotations

import pytest
from streamlit.proto.ClientState_pb2 import ClientState

from fer.ui.page_changes import LATE_S, PageChanges


def message(page: str, *elements: str) -> ClientState:
    state = ClientState(page_script_hash=page)
    for element in elements:
        state.widget_states.widgets.add(id=element)
    return state


@pytest.fixture
def changes() -> PageChanges:
    """A visit that has opened the page "live", asked for by its name."""
    opened = PageChanges()
    assert not opened.overtaken(message(""), "", 0.0)
    return opened


def test_what_the_old_page_sends_after_the_click_is_overtaken(changes: PageChanges) -> None:
    assert not changes.overtaken(message("live", "camera"), "live", 1.0)
    assert not changes.overtaken(message("photo"), "live", 2.0)
    assert changes.overtaken(message("live", "camera"), "live", 2.1)
    assert changes.overtaken(message("live", "camera"), "photo", 2.2)
    assert not changes.overtaken(message("photo", "source"), "photo", 2.3)


def test_the_first_message_may_be_the_click(changes: PageChanges) -> None:
    assert not changes.overtaken(message("photo"), "live", 1.0)
    assert changes.overtaken(message("live", "camera"), "live", 1.1)


def test_clicks_always_count(changes: PageChanges) -> None:
    for page in ("photo", "photo", "home", "live", "photo"):
        assert not changes.overtaken(message(page), "live", 1.0)
    assert changes.overtaken(message("live", "camera"), "live", 1.1)
    assert changes.overtaken(message("home", "link"), "live", 1.1)


def test_a_second_click_on_the_same_page_does_not_let_the_old_page_win(changes: PageChanges) -> None:
    for _ in range(2):
        assert not changes.overtaken(message("photo"), "live", 1.0)
    assert changes.overtaken(message("live", "camera"), "live", 1.1)


def test_an_element_that_all_pages_share_does_not_make_a_click_late(changes: PageChanges) -> None:
    assert not changes.overtaken(message("photo", "shared"), "live", 1.0)
    assert not changes.overtaken(message("live", "shared"), "live", 1.1)
    assert changes.overtaken(message("photo", "shared", "source"), "live", 1.2)


def test_once_the_new_page_speaks_the_old_one_may_come_back(changes: PageChanges) -> None:
    assert not changes.overtaken(message("photo"), "live", 1.0)
    assert not changes.overtaken(message("photo", "source"), "photo", 1.1)
    # The server itself led back, so no click said so.
    assert not changes.overtaken(message("live", "camera"), "live", 1.2)


def test_a_page_that_goes_on_for_long_is_believed(changes: PageChanges) -> None:
    assert not changes.overtaken(message("photo"), "live", 1.0)
    assert changes.overtaken(message("live", "camera"), "live", 0.9 + LATE_S)
    assert not changes.overtaken(message("live", "camera"), "live", 1.0 + LATE_S)
