"""Long work on the data set: a worker does it, and the page shows how far it is."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from fer.dataset.room import begin_work, work_of_room
from fer.errors import StorageError
from fer.runs.folder import Run
from fer.runs.status import Status
from fer.runs.worker import start
from fer.ui.buttons import button_clicked
from fer.ui.dataset_held import Held
from fer.ui.messages import plain, shown_errors
from fer.ui.run_progress import progress_words

LOOK_S = 1.0


def worked_out(
    held: Held, kind: str, ready: bool, make: Callable[[], Run], words: str, button: str, *, key: str = ""
) -> bool:
    """Show how to have something worked out, or how far that is; return whether it is there.

    Args:
        held: The data set.
        kind: A small word for the work, of letters.
        ready: Whether its result is there.
        make: Makes the run that works it out.
        words: What it gives and how long it takes.
        button: On the button that begins it.
        key: The button's key, ``<page>.<control>``, where what it begins depends on a choice beside it. One key for all
            choices: a click that comes while the page takes in another choice counts for that one, and is not lost.

    Raises:
        StorageError: If the room cannot be written.
    """
    work = work_of_room(held.run, kind)
    status = None if work is None else _status(work)
    if work is not None and status is not None and status.living:
        show_progress(work.id, kind)
        return ready
    if ready:
        return True
    if status is not None and status.state == "failed":
        st.error(plain(status.message))
    elif status is not None and status.state in ("stopped", "interrupted"):
        st.warning(plain(status.message))
    st.markdown(words)
    if button_clicked(button, key=key or f"dataset.begin_{kind}", icon=":material/play_arrow:"):
        with st.spinner("Starting"):
            if work is not None and status is not None and status.state in ("stopped", "interrupted"):
                # It goes on where it was.
                start(work)
            else:
                begin_work(held.run, kind, make())
        st.rerun()
    return False


def _status(work: Run) -> Status | None:
    try:
        return work.status()
    except StorageError:
        # Deleted meanwhile, or damaged: it can be begun anew.
        return None


@st.fragment(run_every=LOOK_S)
def show_progress(run_id: str, kind: str, first: str = "Opening the data set") -> None:
    """Show how far a run is, with a button that stops it; the page is run again when it ends.

    Args:
        run_id: The run.
        kind: A small word for the work.
        first: What it does before it can say how far it is.
    """
    with shown_errors():
        run = Run.open(run_id)
        status = run.status()
        if not status.living:
            st.rerun()
        stopping = run.stop_asked()
        words = "Stopping" if stopping else progress_words(run, status, first)
        st.progress(status.progress, text=plain(words))
        st.button("Stop", key=f"dataset.stop_{kind}", disabled=stopping, on_click=_stop, args=(run_id,))
        st.caption("The work goes on if you open another tab or page, or reload this one.")


def _stop(run_id: str) -> None:
    # A callback, so that the same pass already shows that it is stopping.
    with shown_errors():
        Run.open(run_id).ask_stop()
