"""A recording of the call in the place of a shared screen: take it, watch the work, and lead to the report."""

from __future__ import annotations

import streamlit as st

from fer.classroom.gallery_recording import delete_upload, new_class_recording, recording_of
from fer.classroom.records import ClassRow
from fer.classroom.store import open_store
from fer.runs.folder import Run
from fer.runs.worker import start
from fer.ui.buttons import button_clicked
from fer.ui.messages import plain, shown_errors
from fer.ui.page_runs import LOOK_S
from fer.ui.recording import UPLOAD_TYPES
from fer.ui.run_progress import progress_words
from fer.ui.uploads import drop_upload


def recording_under_way(row: ClassRow) -> bool:
    """Show how far a class's recording is; return whether there is one.

    Args:
        row: The class, in gallery mode.

    Raises:
        StorageError: If the run cannot be read.
    """
    run = recording_of(row)
    if run is None:
        return False
    if run.status().living:
        _progress(run.id)
    else:
        _ended(run)
    return True


def take_recording(row: ClassRow) -> None:
    """Show where a recording is dropped.

    Args:
        row: The class, in gallery mode, in which nothing was counted yet.

    Raises:
        FerError: If the recording cannot be taken; the message says why.
    """
    upload = st.file_uploader(
        "Recording of the call",
        type=UPLOAD_TYPES,
        key="class.recording",
        help="MP4, MOV, AVI or WebM, in gallery view. Those on it must have agreed to this too.",
    )
    st.caption(
        "The recording is read once, at low priority, and then deleted; only numbers a second stay. When it has been "
        "read, the class ends and its report is there. You may close this page meanwhile."
    )
    if upload is not None and button_clicked("Read it", key="class.recording_begin", type="primary"):
        with st.spinner("Taking the recording"):
            run = new_class_recording(open_store(), upload, upload.name, row)
            drop_upload(upload.file_id)
            start(run)
        st.rerun()


@st.fragment(run_every=LOOK_S)
def _progress(run_id: str) -> None:
    with shown_errors():
        run = Run.open(run_id)
        status = run.status()
        if not status.living:
            st.rerun()
        stopping = run.stop_asked()
        st.markdown(f"**{plain(str(run.config().get('name', '')))}** is being read.")
        st.progress(status.progress, text="Stopping" if stopping else progress_words(run, status))
        st.button("Cancel", key="class.recording_cancel", disabled=stopping, on_click=_cancel, args=(run_id,))


def _cancel(run_id: str) -> None:
    with shown_errors():
        run = Run.open(run_id)
        run.ask_stop()
        if run.status().state == "queued":
            # Its worker ends without having begun.
            delete_upload(run)


def _ended(run: Run) -> None:
    status = run.status()
    delete_upload(run)
    if status.state == "failed":
        st.error(plain(status.message))
    else:
        st.warning(
            "The recording was not read to its end. What was counted until then is below: end the class for its "
            "report, or open another class for another try."
        )
    if button_clicked("Put the recording aside", key="class.recording_aside", icon=":material/close:"):
        with shown_errors():
            run.delete()
            st.rerun()
