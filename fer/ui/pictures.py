"""What a session holds of a visitor's photos, and how it is forgotten as soon as they are no longer shown."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from fer.ui.uploads import drop_upload

KEPT = "photo.results"
UPLOADS = "photo.uploads"


def forget_pictures() -> None:
    """Forget this visitor's photos and what was found in them."""
    st.session_state.pop(KEPT, None)
    keep_uploads(())


def keep_uploads(file_ids: Collection[str]) -> None:
    """Note which uploads the page shows; those that it showed before leave the server's memory.

    Streamlit itself would hold an upload until the visit ends, also when its uploader is gone.

    Args:
        file_ids: As ``UploadedFile.file_id`` gives them.
    """
    before = st.session_state.pop(UPLOADS, frozenset())
    if file_ids:
        st.session_state[UPLOADS] = frozenset(file_ids)
    for file_id in before.difference(file_ids):
        drop_upload(file_id)
