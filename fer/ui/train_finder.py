"""The learning-rate finder: a quick job that tries growing rates on a fresh network of the recipe at hand."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from fer.errors import FerError
from fer.runs.folder import Run
from fer.runs.queue import place_in_queue
from fer.runs.worker import start
from fer.settings import settings
from fer.training.architectures import TITLES
from fer.training.recipe import Recipe
from fer.training.run import RATE_FINDER, new_training_run, recipe_of, source_of
from fer.training.summary import found_rate
from fer.ui.buttons import button_clicked
from fer.ui.charts import show_chart
from fer.ui.messages import plain, shown_errors
from fer.ui.run_memory import remember
from fer.ui.train import PAGE, visible_runs
from fer.ui.train_charts import rate_chart
from fer.ui.train_clean import Chosen
from fer.ui.train_hosted import refuse_large
from fer.ui.train_recipe import take_rate

FINDER = "train.finder"
"""The finder's run of this visit. No widget's key: Streamlit would drop it with the page."""
LOOK_S = 1.0


def finder_block(chosen: Chosen, recipe: Recipe) -> None:
    """Offer to find a learning rate, and show what was found."""
    st.subheader("Which learning rate?", anchor=False)
    run = _run(recipe)
    if run is None or not run.status().living:
        st.markdown(
            "The finder lets a fresh network take up to a hundred steps, each with a larger rate, and looks where the "
            "loss falls fastest. It takes a few minutes at most, and waits in the lane for short jobs, not behind "
            "trainings."
        )
        if button_clicked("Find a learning rate", key="train.find", icon=":material/search:"):
            _begin(chosen, recipe, run)
    if run is not None:
        _watch(run.id) if run.status().living else _result(run, chosen, recipe)


def _begin(chosen: Chosen, recipe: Recipe, before: Run | None) -> None:
    if settings().hosted:
        refuse_large(recipe, epochs=1)
    if before is not None:
        before.delete()
    run = new_training_run(recipe, chosen.source, RATE_FINDER, chosen.upload)
    st.session_state[FINDER] = run.id
    remember(PAGE, run.id, run.key())
    start(run)
    st.rerun()


def _run(recipe: Recipe) -> Run | None:
    """Return the visit's finder; after a reload the newest one, if it is at work or was asked about this recipe."""
    run_id = st.session_state.get(FINDER)
    if run_id is None:
        newest = next((run for run in visible_runs() if run.kind == RATE_FINDER), None)
        with suppress(FerError):
            if newest is not None and (newest.status().living or recipe_of(newest) == recipe):
                return newest
        return None
    try:
        return Run.open(run_id)
    except FerError:
        st.session_state.pop(FINDER)
        return None


@st.fragment(run_every=LOOK_S)
def _watch(run_id: str) -> None:
    with shown_errors():
        run = Run.open(run_id)
        status = run.status()
        if not status.living:
            st.rerun()
        before = place_in_queue(run)
        waiting = f"Waiting: {before} before it" if before else "Getting ready"
        stopping = run.stop_asked()
        st.progress(status.progress, text="Stopping" if stopping else plain(status.message) or waiting)
        st.button(
            "Stop", key="train.stop_finder", icon=":material/stop:", disabled=stopping, on_click=_stop, args=(run_id,)
        )
        _chart(run)


def _stop(run_id: str) -> None:
    # A callback, so that the same pass already shows that it is stopping.
    with shown_errors():
        Run.open(run_id).ask_stop()


def _result(run: Run, chosen: Chosen, recipe: Recipe) -> None:
    status = run.status()
    if status.state == "failed":
        st.error(plain(status.message))
        return
    found = found_rate(run)
    rate = found.rate
    _chart(run, rate)
    if status.state != "done":
        st.warning(plain(status.message))
        return
    for note in found.notes:
        st.caption(plain(note))
    asked = recipe_of(run)
    if source_of(run).data != chosen.source.data or _but_rate(asked) != _but_rate(recipe):
        what = f"{TITLES[asked.architecture.kind]} with {asked.optimizer.kind}, batches of {asked.batch_size:,}"
        st.caption(f":material/info: It was asked about another recipe or other data: {plain(what)}.")
    if rate is None:
        st.markdown("The loss fell at none of the rates that were tried. Try another initialisation or optimizer.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"It fell fastest at **{rate:.2g}**: begin there.", width="content")
        if button_clicked("Take it", key="train.take_rate"):
            take_rate(rate, asked)
            st.rerun()


def _but_rate(recipe: Recipe) -> Recipe:
    same = recipe.optimizer.model_copy(update={"learning_rate": 1.0})
    return recipe.model_copy(update={"optimizer": same, "epochs": 1, "about": "", "seed": 0})


def _chart(run: Run, rate: float | None = None) -> None:
    lines = [line for line in run.metrics()[0] if line.get("event") == "rate"]
    if len(lines) > 2:
        alt = f"Loss over growing learning rates, {len(lines)} steps" + (f"; steepest at {rate:.2g}" if rate else "")
        show_chart(rate_chart(lines, rate), "train.rate_chart", alt)
