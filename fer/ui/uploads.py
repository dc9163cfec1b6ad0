"""Free what Streamlit holds of an upload: it would keep the bytes until the visit ends, also without their uploader."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


def drop_upload(file_id: str) -> None:
    """Free one upload of this visit; its uploader is empty from the next pass on.

    This knows Streamlit's insides, as of 1.67. Where they have changed, the memory is freed when the visit ends.

    Args:
        file_id: As ``UploadedFile.file_id`` gives it.
    """
    try:
        from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
        from streamlit.runtime.scriptrunner import get_script_run_ctx

        context = get_script_run_ctx()
        if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
            context.uploaded_file_mgr.remove_file(context.session_id, file_id)
    except Exception:
        log.warning("an upload stays in memory until its visit ends: Streamlit has changed", exc_info=True)
