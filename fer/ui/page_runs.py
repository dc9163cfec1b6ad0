"""Work of a page that takes longer than its turn: begun, watched, found again, and deleted.

The page holds nothing but a run's name and key, in its own address, as for recordings.
"""

from __future__ import annotations

import streamlit as st

from fer.errors import FerError
from fer.runs.folder import Run
from fer.runs.worker import start
from fer.ui.messages import plain, shown_errors
from fer.ui.run_memory import forget, remember, remembered
from fer.ui.run_progress import progress_words

LOOK_S = 1.0


def run_of_this_page(page: str, kind: str) -> Run | None:
    """Return the run that the page's address names, if it is of that kind and its key is right.

    Args:
        page: Under whose name runs are remembered and widgets have their keys, as ``text``.
        kind: Of ``fer.runs.jobs.JOBS``.
    """
    run_id, key = st.query_params.get("run"), st.query_params.get("key", "")
    if run_id is None:
        return None
    try:
        run = Run.open(run_id, key)
    except FerError as problem:
        leave()
        st.info(plain(str(problem)))
        return None
    if run.kind != kind:
        return None
    remember(page, run_id, key)
    return run


def begin(page: str, run: Run) -> None:
    """Start a run and lead the page to it."""
    # Before it is started: where that fails, the visitor still has what deletes the upload.
    remember(page, run.id, run.key())
    st.query_params.update({"run": run.id, "key": run.key()})
    start(run)
    st.rerun()


def leave() -> None:
    """Forget the run in the page's address; it stays where it is."""
    for name in ("run", "key"):
        st.query_params.pop(name, None)


def earlier(page: str, kind: str) -> None:
    """Lead back to the runs of this visit, the latest first, and let each be deleted."""
    for run, key in reversed(remembered(page)):
        if run.kind != kind:
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            try:
                name, living = str(run.config().get("name", "")), run.status().living
                st.markdown(f"**{plain(name)}** {'is being worked on' if living else 'is still here'}")
            except FerError as problem:
                st.markdown(plain(str(problem)))
            if st.button("Back to it", key=f"{page}.back.{run.id}", icon=":material/arrow_back:"):
                st.query_params.update({"run": run.id, "key": key})
                st.rerun()
            _delete_button(page, run, "Delete it", f"{page}.delete.{run.id}")


@st.fragment(run_every=LOOK_S)
def progress_block(page: str, run_id: str) -> None:
    """Show how far a run is, once a second, until it ends."""
    with shown_errors():
        run = Run.open(run_id)
        status = run.status()
        if not status.living:
            st.rerun()
        st.header(plain(str(run.config().get("name", ""))), anchor=False)
        stopping = run.stop_asked()
        st.progress(status.progress, text="Stopping" if stopping else progress_words(run, status, "Beginning"))
        st.button("Cancel", key=f"{page}.cancel", disabled=stopping, on_click=_cancel, args=(run_id,))
        st.caption(
            "The work goes on if you close or reload this page; its address leads back here, for everyone who has it. "
            "If you cancel, what was found until then is kept."
        )


def _cancel(run_id: str) -> None:
    with shown_errors():
        Run.open(run_id).ask_stop()


def ended_buttons(page: str, run: Run, again: bool = False) -> None:
    """Show what can be done with a run that ended."""
    with st.container(horizontal=True):
        if again and st.button("Start again", key=f"{page}.again", icon=":material/restart_alt:"):
            start(run)
            st.rerun()
        if st.button("Another one", key=f"{page}.another", icon=":material/add:"):
            leave()
            st.rerun()
        _delete_button(page, run, "Delete my data", f"{page}.delete")


def _delete_button(page: str, run: Run, words: str, key: str) -> None:
    with st.popover(words, icon=":material/delete:"):
        st.markdown("This deletes what was uploaded and everything made from it, now and for good.")
        if st.button("Delete now", key=key, type="primary"):
            with st.spinner("Deleting"):
                run.delete()
            forget(page, run.id)
            if st.query_params.get("run") == run.id:
                leave()
            st.toast("Your file and its results are deleted.", icon=":material/check:")
            st.rerun()
