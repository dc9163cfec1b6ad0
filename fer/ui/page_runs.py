"""Work of a page that takes longer than its turn: begun, watched, found again, and deleted.

The page holds nothing but a run's name and key, in its own address: a reload or a second tab finds the run again, and
the work goes on in its worker process whatever becomes of the page. Going to another page clears the address, so the
visit remembers both as well: who uploaded a file can always find it and delete it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from fer.errors import FerError
from fer.runs.folder import Run
from fer.runs.worker import start
from fer.ui.buttons import button_clicked
from fer.ui.messages import plain, shown_errors
from fer.ui.run_memory import forget, remember, remembered
from fer.ui.run_progress import progress_words

LOOK_S = 1.0


@dataclass(frozen=True)
class Work:
    """One kind of work of a page.

    Attributes:
        page: Under whose name runs are remembered and widgets have their keys, as ``text``.
        kind: Of ``fer.runs.jobs.JOBS``.
        what: What the visitor calls it, as in "Another recording".
        first: What is done before the work can say how far it is.
        results: Shows what came of a run, as far as it is there.
        live: Whether results are shown while the work goes on, too.
    """

    page: str
    kind: str
    what: str
    results: Callable[[Run], None]
    first: str = "Beginning"
    live: bool = False


def work_block(work: Work, intake: Callable[[], None]) -> None:
    """Show what there is to show: how to begin, how far the work is, or what came of it.

    Args:
        work: The page's work.
        intake: Shows how to begin.

    Raises:
        FerError: If a run cannot be read; the message says why.
    """
    run = _run_of_this_page(work)
    if run is None:
        _earlier(work)
        intake()
        return
    try:
        status = run.status()
    except FerError:
        _buttons(work, run)
        raise
    if status.living:
        _progress(work, run.id)
        return
    if status.state != "done":
        (st.error if status.state == "failed" else st.warning)(plain(status.message))
    work.results(run)
    _buttons(work, run, again=status.state in ("failed", "interrupted", "stopped"))


def begin(work: Work, run: Run) -> None:
    """Start a run and lead the page to it."""
    # Before it is started: where that fails, the visitor still has what deletes the upload.
    remember(work.page, run.id, run.key())
    _go_to(run.id, run.key())
    start(run)
    st.rerun()


def _run_of_this_page(work: Work) -> Run | None:
    run_id, key = st.query_params.get("run"), st.query_params.get("key", "")
    if run_id is None:
        return None
    try:
        run = Run.open(run_id, key)
    except FerError as problem:
        _leave()
        st.info(plain(str(problem)))
        return None
    if run.kind != work.kind:
        return None
    remember(work.page, run_id, key)
    return run


def _go_to(run_id: str, key: str) -> None:
    st.query_params.update({"run": run_id, "key": key})


def _leave() -> None:
    for name in ("run", "key"):
        st.query_params.pop(name, None)


def _earlier(work: Work) -> None:
    """Lead back to the runs of this visit, the latest first, and let each be deleted."""
    for run, key in reversed(remembered(work.page)):
        if run.kind != work.kind:
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            try:
                name, living = str(run.config().get("name", "")), run.status().living
                st.markdown(f"**{plain(name)}** {'is being looked at' if living else 'is still here'}")
            except FerError as problem:
                st.markdown(plain(str(problem)))
            if button_clicked(
                f"Back to your {work.what}", key=f"{work.page}.back.{run.id}", icon=":material/arrow_back:"
            ):
                _go_to(run.id, key)
                st.rerun()
            _delete_button(work, run, "Delete it", f"{work.page}.delete.{run.id}")


@st.fragment(run_every=LOOK_S)
def _progress(work: Work, run_id: str) -> None:
    with shown_errors():
        run = Run.open(run_id)
        status = run.status()
        if not status.living:
            st.rerun()
        st.header(plain(str(run.config().get("name", ""))), anchor=False)
        stopping = run.stop_asked()
        st.progress(status.progress, text="Stopping" if stopping else progress_words(run, status, work.first))
        st.button("Cancel", key=f"{work.page}.cancel", disabled=stopping, on_click=_cancel, args=(run_id,))
        if work.live:
            work.results(run)
        st.caption(
            "The work goes on if you close or reload this page; its address leads back here, for everyone who has it. "
            "If you cancel, what was found until then is kept."
        )


def _cancel(run_id: str) -> None:
    # A callback, so that the same pass already shows that it is stopping.
    with shown_errors():
        Run.open(run_id).ask_stop()


def _buttons(work: Work, run: Run, again: bool = False) -> None:
    with st.container(horizontal=True):
        if again and button_clicked("Start again", key=f"{work.page}.again", icon=":material/restart_alt:"):
            start(run)
            st.rerun()
        if button_clicked(f"Another {work.what}", key=f"{work.page}.another", icon=":material/add:"):
            _leave()
            st.rerun()
        _delete_button(work, run, "Delete my data", f"{work.page}.delete")


def _delete_button(work: Work, run: Run, words: str, key: str) -> None:
    with st.popover(words, icon=":material/delete:"):
        st.markdown(f"This deletes your {work.what} and everything made from it, now and for good.")
        if button_clicked("Delete now", key=key, type="primary"):
            with st.spinner("Deleting"):
                run.delete()
            forget(work.page, run.id)
            if st.query_params.get("run") == run.id:
                _leave()
            st.toast(f"Your {work.what} and its results are deleted.", icon=":material/check:")
            st.rerun()
