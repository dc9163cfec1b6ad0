"""The Train page: a new run, or all runs side by side; with a run in its address, that run as it goes."""

from __future__ import annotations

import streamlit as st

from fer.errors import FerError
from fer.runs.folder import Run
from fer.settings import settings
from fer.training.run import KIND
from fer.training.summary import lab_runs
from fer.ui.messages import plain
from fer.ui.run_memory import remember, remembered

PAGE = "train"


def show_train() -> None:
    """Show the run that the address names, or how to begin one and those that there are.

    Raises:
        FerError: If a run cannot be read; the message says why.
    """
    run = run_of_page()
    if run is not None:
        from fer.ui.train_run import run_block

        run_block(run)
        return
    new, runs = st.tabs(["New run", "Runs"], key="train.tab", bind="query-params", on_change="rerun")
    if new.open:
        from fer.ui.train_new import new_block

        with new:
            new_block()
    if runs.open:
        from fer.ui.train_runs import runs_block

        with runs:
            runs_block(visible_runs())


def run_of_page() -> Run | None:
    """Return the run that the page's address names; one that is not there any more is told of and left."""
    run_id, key = st.query_params.get("run"), st.query_params.get("key", "")
    if run_id is None:
        return None
    try:
        # On a public server the address must hold the run's key; at home all runs are one's own.
        run = Run.open(run_id, key if settings().hosted else None)
        if run.kind == KIND:
            remember(PAGE, run.id, key)
            return run
    except FerError as problem:
        st.info(plain(str(problem)))
    leave()
    return None


def go_to(run: Run) -> None:
    """Have the page's address lead to a run."""
    key = run.key()
    remember(PAGE, run.id, key)
    st.query_params.update({"run": run.id, "key": key})


def leave() -> None:
    """Have the page's address lead to no run."""
    for name in ("run", "key"):
        st.query_params.pop(name, None)


def visible_runs() -> list[Run]:
    """Return the lab's runs that this visitor may see, the newest first: at home all, on a public server their own."""
    if settings().hosted:
        return [run for run, _ in reversed(remembered(PAGE))]
    return lab_runs()
