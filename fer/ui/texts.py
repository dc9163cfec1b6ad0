"""What a session holds of a visitor's messages, and how it is forgotten once another page is shown."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fer.ui.uploads import drop_upload

RESULTS = "text.results"
"""The latest results of this visit, by what they were made from: a rerun does not read again."""
LABELLED = "text.labelled_held"
"""Stands for an upload of labelled messages."""
HELD = "text.held"
"""``{session key: (page, file ids)}``: what is held, on which page, and the uploads that it was made from."""


def hold(key: str, file_ids: Collection[str] = ()) -> None:
    """Note that this page shows what the session has under a key; uploads that it showed before leave the memory.

    Args:
        key: Of the session's state, and of no widget: Streamlit would drop it by itself.
        file_ids: The uploads that it is made from, as ``UploadedFile.file_id`` gives them.
    """
    held = st.session_state.setdefault(HELD, {})
    _, before = held.get(key, ("", frozenset()))
    held[key] = (_page(), frozenset(file_ids))
    for file_id in before.difference(file_ids):
        drop_upload(file_id)


def release(key: str) -> None:
    """Forget what the session has under a key, and the uploads that it was made from."""
    hold(key)
    st.session_state[HELD].pop(key)
    st.session_state.pop(key, None)


def forget_texts() -> None:
    """Forget what other pages than this one have read of this visitor's messages."""
    for key, (page, _) in list(st.session_state.get(HELD, {}).items()):
        if page != _page():
            release(key)


def show_only(key: str) -> None:
    """Forget what this page has read of messages and does not show now.

    Args:
        key: Of what it shows, as ``hold`` takes it; "" where it shows nothing of the kind.
    """
    for other in [other for other in st.session_state.get(HELD, {}) if other != key]:
        release(other)


def _page() -> str:
    context = get_script_run_ctx()
    return context.page_script_hash if context is not None else ""
