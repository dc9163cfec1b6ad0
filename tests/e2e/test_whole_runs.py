"""What a page's run sends arrives whole, and no click is lost, whatever is asked for in the moment in which it ends.

The moment is made, not waited for: the app below holds the server's loop until the run's thread has ended, and asks
then for one part of the page, as that part's own clock would.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

APP = """
import threading
import time

import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fer.ui.whole_runs import keep_runs_whole

if {kept}:
    keep_runs_whole()


@st.fragment
def part():
    ticks = st.session_state["ticks"] = st.session_state.get("ticks", 0) + 1
    st.write(f"tick {{ticks}}")


def ask_when_this_run_has_ended():
    thread, context = threading.current_thread(), get_script_run_ctx()
    session = get_instance()._session_mgr.get_active_session_info(context.session_id).session
    (part_id,) = session._fragment_storage._fragments
    asked = ClientState(fragment_id=part_id, page_script_hash=context.page_script_hash)
    held = threading.Event()

    def hold():
        held.set()
        thread.join(10)
        session.request_rerun(asked)

    session._event_loop.call_soon_threadsafe(hold)
    held.wait(10)


part()
if st.button("Go"):
    # What stands here by now has been sent; what follows waits in the held loop.
    time.sleep(0.5)
    ask_when_this_run_has_ended()
    st.write("The end of the page")
else:
    st.write("Only before the click")
"""

CLICKS = """
import time

import streamlit as st

from fer.ui.buttons import button_clicked


@st.fragment
def part():
    if button_clicked("Count", key="test.count"):
        st.session_state["count"] = st.session_state.get("count", 0) + 1
    st.write(f"counted {st.session_state.get('count', 0)}")


part()
again = st.button("Again")
if st.button("Work"):
    st.write("working")
    time.sleep(4)
if again:
    st.write("again")
"""
"""A page that works for a while; a click on a part of it waits for its end, and so does a click on the whole."""


def gone_over(start_server: Callable[..., str], open_page: Callable[..., Any], folder: Path, kept: bool) -> Any:
    app = folder / "app.py"
    app.write_text(APP.format(kept=kept), encoding="utf-8")
    page = open_page(start_server(app))
    page.get_by_text("Only before the click").wait_for()
    page.get_by_role("button", name="Go").click()
    page.get_by_text("tick 3").wait_for()
    return page


def test_the_end_of_a_page_arrives_though_a_part_is_asked_for_again(
    start_server: Callable[..., str], open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = gone_over(start_server, open_page, tmp_path, kept=True)
    page.get_by_text("The end of the page").wait_for()
    page.get_by_text("Only before the click").wait_for(state="detached")


def test_streamlit_alone_loses_it(
    start_server: Callable[..., str], open_page: Callable[..., Any], tmp_path: Path
) -> None:
    # Where this fails, Streamlit has mended it, and fer/ui/whole_runs.py can go.
    page = gone_over(start_server, open_page, tmp_path, kept=False)
    assert page.get_by_text("The end of the page").count() == 0
    assert page.get_by_text("Only before the click").count() == 1


@pytest.mark.parametrize(("fast", "counted"), [("", "counted 1"), ("true", "counted 0")])
def test_a_click_that_waits_is_not_lost_to_the_next_one(
    start_server: Callable[..., str], open_page: Callable[..., Any], tmp_path: Path, fast: str, counted: str
) -> None:
    # Without the variable our own settings hold; with it Streamlit's own, which are why ours are others.
    app = tmp_path / "app.py"
    app.write_text(CLICKS, encoding="utf-8")
    page = open_page(start_server(app, **({"STREAMLIT_RUNNER_FAST_RERUNS": fast} if fast else {})))
    page.get_by_text("counted 0").wait_for()
    page.get_by_role("button", name="Work").click()
    page.get_by_text("working").wait_for()
    page.get_by_role("button", name="Count").click()
    page.get_by_role("button", name="Again").click()
    page.get_by_text("again", exact=True).wait_for()
    page.get_by_text(counted).wait_for()
