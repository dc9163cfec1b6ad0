"""The reading blocks of the text page: one message, pasted lines, or a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO, cast

import streamlit as st

from fer.settings import settings
from fer.text.chats import FORM_NAMES
from fer.text.classify import TextClassifier, open_text_classifier
from fer.text.file_job import new_file_run
from fer.text.samples import CHAT, CHAT_NAME
from fer.text.sources import ColumnError, look
from fer.ui.buttons import button_clicked
from fer.ui.messages import plain
from fer.ui.page_runs import Work, begin, work_block
from fer.ui.text_results import READ_AT_ONCE, results_block, results_of_file
from fer.ui.text_words import message_block
from fer.ui.uploads import drop_upload

EXAMPLES = (
    "I am not happy about this",
    "wow I did not expect that!! 😮",
    "sooo tired of this :(",
    "thx, gr8 lesson 👍",
    "the exam scares me",
    "Ich bin heute sehr müde",
)
AT_ONCE_BYTES = 400_000
"""A larger file is read by a worker: the page would stand still for more than a second or two."""


def classifier() -> TextClassifier:
    """Return the model that ships, made ready once a process.

    Raises:
        ModelError: If it is missing or damaged.
    """
    with st.spinner("Getting the model ready", show_time=False):
        return open_text_classifier()


def type_block() -> None:
    """One message, typed."""
    chosen = st.pills("Examples", EXAMPLES, key="text.example", label_visibility="collapsed")
    if chosen != st.session_state.get("text.example_shown"):
        st.session_state["text.example_shown"] = chosen
        if chosen:
            st.session_state["text.message"] = chosen
    text = st.text_area(
        "Message", key="text.message", height=90, placeholder="Type or paste a message, or take an example above."
    )
    if text.strip():
        message_block(text, classifier(), "text.one")
    else:
        st.caption("What you type is read in memory and not kept.")


def lines_block() -> None:
    """Several messages, pasted: one a line, or a chat copied from Zoom, Meet or Teams."""
    text = st.text_area(
        "Messages",
        key="text.lines",
        height=200,
        placeholder="One message a line. A chat copied out of Zoom, Meet or Teams is recognised.",
    )
    if not text.strip():
        st.caption("What you paste is read in memory and not kept.")
        return
    data = io.BytesIO(text.encode())
    _show(data, "pasted messages", f"lines:{hash(text)}")


FILE = Work("text", "text_file", "file", results_of_file)


def file_block() -> None:
    """A file of messages: read at once where it is small, by a worker where it is not."""
    work_block(FILE, _intake)


def _intake() -> None:
    upload = st.file_uploader(
        "File",
        type=["csv", "tsv", "txt", "log", "vtt", "sbv"],
        key="text.file",
        help="A CSV with a message column, lines, a saved chat of Zoom, Meet or Teams, or a transcript.",
    )
    if upload is not None:
        _show(cast("BinaryIO", upload), upload.name, f"file:{upload.file_id}", lambda: drop_upload(upload.file_id))
    elif st.toggle(
        "Show a sample: the chat of a lesson", key="text.sample", help="We wrote it; its people are invented."
    ):
        _show(io.BytesIO(CHAT.encode()), CHAT_NAME, "file:sample")
    else:
        st.caption(
            "Names are never shown or kept: they are dropped or become numbers. A large file lies in a folder "
            f"of its own while it is read, which is deleted after {settings().keep_uploads_h:g} hours, or at once when "
            "you say so."
        )


def _show(file: BinaryIO, name: str, key: str, drop: Callable[[], None] | None = None) -> None:
    """Show what is read in messages; ask for the column of a table that does not say."""
    try:
        source, column = look(file, name), None
    except ColumnError as problem:
        column = st.selectbox(
            f"Which column of {plain(name)} holds the messages?", problem.columns, index=None, key="text.column"
        )
        if column is None:
            return
        source = look(file, name, column)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Read as: {FORM_NAMES[source.form]}")
        persons = True
        if source.form not in ("lines", "table") or source.person_column is not None:
            persons = st.toggle("Keep persons, as numbers", value=True, key="text.persons")
    size = file.seek(0, 2)
    if size <= AT_ONCE_BYTES:
        results_block(file, source, classifier(), persons, key)
    elif button_clicked(f"Read {size / 1e6:,.1f} MB of messages", key="text.begin", type="primary"):
        run = new_file_run(file, name, column, persons)
        if drop:
            drop()
        begin(FILE, run)
    else:
        st.caption("A worker reads it; you see how far it is. "
                   f"The page shows the first {READ_AT_ONCE} messages, the downloads hold all.")  # fmt: skip
