"""The reading blocks of the text page: one message, pasted lines, or a file."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

import streamlit as st

from fer.settings import settings
from fer.text.chats import FORM_NAMES
from fer.text.classify import TextClassifier, open_text_classifier
from fer.text.file_job import new_file_run
from fer.text.samples import CHAT, CHAT_NAME
from fer.text.sources import ColumnError, Source, look
from fer.ui.buttons import button_clicked
from fer.ui.messages import plain
from fer.ui.page_runs import Work, begin, work_block
from fer.ui.text_results import READ_AT_ONCE, results_block, results_of_file
from fer.ui.text_words import message_block
from fer.ui.texts import RESULTS, hold, release

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
        release(RESULTS)
        st.caption("What you paste is read in memory, and forgotten when you empty this or leave.")
        return
    hold(RESULTS)
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
        hold(RESULTS, [upload.file_id])
        _show(cast("BinaryIO", upload), upload.name, f"file:{upload.file_id}")
    elif st.toggle(
        "Show a sample: the chat of a lesson", key="text.sample", help="We wrote it; its people are invented."
    ):
        hold(RESULTS)
        _show(io.BytesIO(CHAT.encode()), CHAT_NAME, "file:sample")
    else:
        release(RESULTS)
        st.caption(
            "In a saved chat, and in a table with a column of names, names become numbers; names inside a message or a "
            "plain line stay. A small file is forgotten when you take it away or leave; a large one lies in a folder "
            f"of its own, which is deleted after {settings().keep_uploads_h:g} hours, or at once when "
            "you say so."
        )


def _show(file: BinaryIO, name: str, key: str) -> None:
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
        st.caption(read_as(source))
        persons = True
        if source.may_name:
            persons = st.toggle("Keep persons, as numbers", value=True, key="text.persons")
    size = file.seek(0, 2)
    if size <= AT_ONCE_BYTES:
        results_block(file, source, classifier(), persons, key)
    elif button_clicked(f"Read {size / 1e6:,.1f} MB of messages", key="text.begin", type="primary"):
        run = new_file_run(file, name, column, persons)
        release(RESULTS)
        begin(FILE, run)
    else:
        st.caption("A worker reads it; you see how far it is. "
                   f"The page shows the first {READ_AT_ONCE} messages, the downloads hold all.")  # fmt: skip


def read_as(source: Source) -> str:
    """Return what a file was taken for, and what that means for the names in it."""
    said = f"Read as: {FORM_NAMES[source.form]}"
    return f"{said}. Names inside a line stay as they are." if source.form == "lines" else said
