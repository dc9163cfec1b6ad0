"""A class that has ended: its report, and what the teacher can do with it."""

from __future__ import annotations

import streamlit as st

from fer.classroom.law import hours_words
from fer.classroom.records import ClassRow
from fer.classroom.report import Document, report_of
from fer.classroom.sessions import delete
from fer.classroom.store import open_store
from fer.settings import settings
from fer.ui.buttons import button_clicked
from fer.ui.class_chat import chat_block
from fer.ui.class_link import forget_link, lead_none
from fer.ui.class_report import show_report
from fer.ui.messages import plain, shown_errors
from fer.ui.theme import page_head

FORGOTTEN = "class.forgotten"


def show_ended(row: ClassRow, secret: str) -> None:
    """Show the report of a class that has ended, and the ways on.

    Args:
        row: The class.
        secret: The teacher's; not shown.
    """
    page_head(plain(row.settings.title or "The class has ended"), "The class has ended, and its code with it.")
    with st.container(horizontal=True):
        st.button("Open another class", type="primary", icon=":material/add:", on_click=lead_none, key="class.another")
        if button_clicked("Delete this class", icon=":material/delete:", key="class.delete"):
            _ask_delete(row)
    store = open_store()
    document = report_of(store, row)
    if document is None:
        st.info("What was counted is deleted by now, and no report was kept.", icon=":material/auto_delete:")
        return
    if not row.settings.keep_report:
        why = "A demo's report is not kept" if row.settings.mode == "demo" else "This report is not kept, as you chose"
        st.info(
            f"{why}: it is deleted with the numbers, {hours_words(settings().keep_rows_h)} after the end. "
            "Take it away now if you need it.",
            icon=":material/auto_delete:",
        )
    lay_chat_over(row, document, "class.chat")
    show_report(document, "class.report")


def lay_chat_over(row: ClassRow, document: Document, key: str) -> None:
    """Show where the chat of a class that has ended is laid over its report.

    Args:
        row: The class.
        document: Its report.
        key: Of the page's controls, ``<page>.<control>``.
    """
    with st.expander("Lay the class's chat over the lesson", icon=":material/forum:"), shown_errors():
        if chat_block(row, key, "text" in document.get("signals", {}).get("moods", {})):
            st.rerun()


@st.dialog("Delete this class?")
def _ask_delete(row: ClassRow) -> None:
    st.markdown("Its numbers and its report are deleted for good, here and for everybody who has the link.")
    if button_clicked("Delete it", type="primary", icon=":material/delete:", key="class.delete_now"):
        with shown_errors():
            delete(open_store(), row)
            forget_link(row.id)
            lead_none()
            st.rerun()
