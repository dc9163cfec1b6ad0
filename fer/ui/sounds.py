"""What a session holds of a visitor's recordings of speech, and how it is forgotten once they are no longer shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st

from fer.ui.uploads import drop_upload

KEPT = "speech.results"
"""``{file id: what was heard}`` of the recordings that are shown. No widget's key: Streamlit would drop it."""
UPLOADS = "speech.uploads"


def forget_sounds() -> None:
    """Forget this visitor's recordings of speech and what was heard in them."""
    st.session_state.pop(KEPT, None)
    keep_sounds(())


def kept_sounds() -> dict[str, Any]:
    """Return what was heard in the recordings that are shown, by file id."""
    kept: dict[str, Any] = st.session_state.setdefault(KEPT, {})
    return kept


def keep_sounds(file_ids: Collection[str]) -> None:
    """Note which uploads are shown; the others' bytes and results leave the server's memory.

    Args:
        file_ids: As ``UploadedFile.file_id`` gives them.
    """
    before = st.session_state.pop(UPLOADS, frozenset())
    if file_ids:
        st.session_state[UPLOADS] = frozenset(file_ids)
    for file_id in before.difference(file_ids):
        drop_upload(file_id)
        st.session_state.get(KEPT, {}).pop(file_id, None)
