"""Which of the class page's views is shown: the opening, the class as it runs, its corner view, its report."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fer.classroom import sessions
from fer.classroom.overview import ClassWatch, open_watch
from fer.classroom.records import ClassRow
from fer.classroom.store import open_store
from fer.errors import DatabaseError, JoinError
from fer.ui.class_corner import show_corner
from fer.ui.class_ended import show_ended
from fer.ui.class_link import keep_link, lead_none, led
from fer.ui.class_live import show_live
from fer.ui.class_opening import show_opening
from fer.ui.messages import plain
from fer.ui.theme import page_head

LOOK = Path(__file__).with_name("class_look.css")
ROW = "class.row"


def show_class() -> None:
    """Show the class that this tab leads, or how to open one."""
    st.html(LOOK)
    secret, links = led()
    if links is None and st.query_params.get("class"):
        st.html('<p class="cm-line" role="status">One moment …</p>')
        return
    if secret is None:
        page_head("Your class", "See at a glance how a whole class feels, and forget the faces.")
        if st.query_params.get("class"):
            st.warning(
                "This browser does not have the link of that class. Paste the teacher's link on the right, or open a "
                "new class.",
                icon=":material/link_off:",
            )
        show_opening(links or {})
        return
    watch = _watch(secret)
    if watch is None:
        return
    corner = st.query_params.get("view") == "corner"
    if watch.row.state == "ended" and not corner:
        keep_link(watch.row, secret)
        show_ended(watch.row, secret)
    elif corner:
        show_corner(watch)
    else:
        keep_link(watch.row, secret)
        show_live(watch, secret)


def _watch(secret: str) -> ClassWatch | None:
    """Return the class's watch; while the database is gone, the one that was there before. None after a sentence."""
    known: tuple[str, ClassRow] | None = st.session_state.get(ROW)
    try:
        row = sessions.continue_class(open_store(), secret)
    except JoinError as problem:
        page_head("Your class", "The class that this link leads to is not there.")
        st.warning(plain(str(problem)), icon=":material/link_off:")
        st.button("Open a new class", type="primary", on_click=lead_none, key="class.new")
        return None
    except DatabaseError:
        if known is None or known[0] != secret:
            raise
        row = known[1]
    st.session_state[ROW] = (secret, row)
    watch = open_watch(open_store(), row)
    if watch.at == row.started or row.state != watch.row.state:
        # The first look, or one after a change in this tab: shown at once, not a second later.
        _refresh(watch)
    return watch


def _refresh(watch: ClassWatch) -> None:
    try:
        watch.refresh(whole=True)
    except DatabaseError:
        # The watch itself tries again each second, and says so on the page.
        watch.follow()
