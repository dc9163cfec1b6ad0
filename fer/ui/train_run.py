"""One run as it goes: how far it is, its curves, what it confuses, a verdict, and what can be done with it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from fer.dataset.origin import DEMO
from fer.errors import FerError
from fer.runs.folder import Run
from fer.runs.queue import place_in_queue
from fer.runs.status import Status
from fer.runs.worker import start
from fer.settings import settings
from fer.training.architectures import TITLES
from fer.training.curves import Curves
from fer.training.publishing import JOB
from fer.training.run import RATE_FINDER, data_of, recipe_of
from fer.training.verdict import verdict_of
from fer.ui.buttons import button_clicked
from fer.ui.charts import show_chart
from fer.ui.messages import plain, shown_errors
from fer.ui.run_memory import forget
from fer.ui.run_progress import time_left_words
from fer.ui.train_charts import confusion_chart, curve_chart, learning_rate_chart, name_of, recall_chart
from fer.ui.train_hosted import refuse_large, refuse_second

LOOK_S = 1.5
PAGE = "train"
GOING_ON = ("stopped", "interrupted", "failed")


def run_block(run: Run) -> None:
    """Show a run and what can be done with it.

    Raises:
        FerError: If it cannot be read.
    """
    if button_clicked("All runs", key="train.all_runs", icon=":material/arrow_back:", type="tertiary"):
        _leave()
        st.rerun()
    try:
        st.header(plain(title_of(run)), anchor=False)
        living = run.status().living
    except FerError:
        delete_button(run)
        raise
    if living:
        _watch(run.id)
    else:
        _show(run, run.status())
    with st.container(horizontal=True, vertical_alignment="center"):
        size = "" if living else f", {run.bytes_used() / 1e6:.1f} MB on the disk"
        st.caption(f"{run.id}{size}", width="content")
        delete_button(run)


def title_of(run: Run) -> str:
    """Return what a run is called: its network, its data and when it was made; what it does, if it is no training."""
    if run.kind == JOB:
        return f"Publishing {run.config().get('name', '')}, {_when(run)}"
    before = "Learning-rate finder: " if run.kind == RATE_FINDER else ""
    data = str(run.config().get("data", ""))
    try:
        network = TITLES[recipe_of(run).architecture.kind]
    except FerError:
        network = "A run of another version"
    name = "the drawn set" if data == DEMO else data.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{before}{network} on {name}, {_when(run)}"


def _when(run: Run) -> str:
    local = run.created_at.astimezone(_zone())
    return f"{local:%H:%M}" if local.date() == datetime.now(_zone()).date() else f"{local:%d %b %H:%M}"


def _zone() -> tzinfo:
    try:
        return ZoneInfo(str(st.context.timezone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _leave() -> None:
    for name in ("run", "key"):
        st.query_params.pop(name, None)
    st.query_params["train.tab"] = "Runs"


@st.fragment(run_every=LOOK_S)
def _watch(run_id: str) -> None:
    with shown_errors():
        run = Run.open(run_id)
        status = run.status()
        if not status.living:
            st.rerun()
        curves = curves_so_far(run)
        st.progress(status.progress, text=plain(state_words(run, status, curves)))
        _steering(run, status)
        _figures(run, curves)


def _steering(run: Run, status: Status) -> None:
    pausing, stopping, baseline = run.pause_asked(), run.stop_asked(), _is_baseline(run)
    with st.container(horizontal=True):
        # Nothing in a fit waits, so there is no pause to ask for.
        if status.state != "queued" and not baseline:
            st.button(
                "Go on" if pausing else "Pause",
                key="train.pause",
                icon=":material/play_arrow:" if pausing else ":material/pause:",
                disabled=stopping,
                on_click=_pause,
                args=(run.id, not pausing),
            )
        st.button(
            "Stopping" if stopping else "Stop",
            key="train.stop",
            icon=":material/stop:",
            disabled=stopping,
            on_click=_stop,
            args=(run.id,),
            help="It can be fitted again later, from its beginning."
            if baseline
            else "The last whole epoch is kept, and it can go on later as if it had not stopped.",
        )


def _is_baseline(run: Run) -> bool:
    try:
        return recipe_of(run).is_baseline
    except FerError:
        return False


# Callbacks, so that the same pass already shows what was asked for.
def _pause(run_id: str, pause: bool) -> None:
    with shown_errors():
        Run.open(run_id).ask_pause(pause)


def _stop(run_id: str) -> None:
    with shown_errors():
        Run.open(run_id).ask_stop()


def state_words(run: Run, status: Status, curves: Curves) -> str:
    """Return how far a run is, in a line.

    Raises:
        StorageError: If the run is damaged.
    """
    if status.state == "queued":
        before = place_in_queue(run)
        waiting = f"Waiting: {before} {'training is' if before == 1 else 'trainings are'} before it"
        return waiting if before else "Starting"
    if status.state == "paused":
        return status.message
    parts = [f"{100 * status.progress:.0f} %", status.message or "Getting ready."]
    if status.eta_s is not None:
        parts.append(f"{time_left_words(status.eta_s).capitalize()} left.")
    if curves.steps:
        parts.append(f"{curves.steps[-1]['faces_per_s']:,.0f} faces a second.")
    return " ".join(parts)


def curves_so_far(run: Run) -> Curves:
    """Return a run's figures; the visit keeps them, so that each look reads only what is new."""
    kept: dict[str, tuple[Curves, int]] = st.session_state.setdefault("train.curves", {})
    curves, place = kept.get(run.id, (Curves(), 0))
    new, place = run.metrics(place)
    curves.take(new)
    kept[run.id] = (curves, place)
    return curves


def _show(run: Run, status: Status) -> None:
    if status.state == "failed":
        st.error(plain(status.message))
    elif status.state != "done":
        st.warning(plain(status.message))
    curves = curves_so_far(run)
    if status.state in GOING_ON and button_clicked(
        "Go on", key="train.go_on", icon=":material/play_arrow:",
        # What failed may fail again; the sentence above says what to try.
        type="secondary" if status.state == "failed" else "primary",
        help="From its beginning." if _is_baseline(run) else "From the last whole epoch, with the same data.",
    ):  # fmt: skip
        with shown_errors():
            _go_on(run)
    if status.state == "done":
        _done_words(curves)
        from fer.ui.train_publish import publish_block

        with shown_errors():
            publish_block(run)
    _figures(run, curves)


def _go_on(run: Run) -> None:
    if settings().hosted:
        refuse_large(recipe_of(run))
        refuse_second()
    start(run)
    st.rerun()


def _done_words(curves: Curves) -> None:
    if curves.end is None or curves.kept is None:
        return
    why = "It ended early, because it did not get better any more. " if curves.end["stopped_early"] else ""
    right = f"{curves.kept:.1%} of {name_of(curves.validation)} are named rightly"
    which = "the mean of its cycles" if "mean_of_cycles" in curves.end else f"epoch {curves.end['kept_epoch']}"
    st.success(f"{why}{right} ({which}).")


def _figures(run: Run, curves: Curves) -> None:
    if not curves.steps and not curves.epochs:
        return
    if verdict := verdict_of(curves):
        st.markdown(f"**{verdict.kind.capitalize()}.** {plain(verdict.sentence)} {verdict.advice}")
    last = curves.epochs[-1] if curves.epochs else None
    if curves.steps:
        left, right = st.columns(2)
        for column, name in ((left, "accuracy"), (right, "loss")):
            with column:
                figure = curve_chart(curves, name)
                alt = f"{name} over {len(curves.epochs)} epochs"
                if last is not None:
                    alt += (
                        f": learned faces {last[f'seen_{name}']:.3f}, others {last[f'validation_{name}']:.3f} at last"
                    )
                show_chart(figure, f"train.{name}", alt)
    if last is None:
        return
    left, right = st.columns(2)
    with left:
        st.markdown(f"**Recall by emotion**, on {name_of(curves.validation)}")
        show_chart(recall_chart(curves), "train.recall", f"Recall of each emotion over {len(curves.epochs)} epochs")
        if curves.steps:
            show_chart(learning_rate_chart(curves), "train.rate", f"Learning rate, {last['rate']:.2g} at last")
    with right:
        st.markdown(f"**What is taken for what**, after epoch {last['epoch']}")
        right_ones = sum(row[at] for at, row in enumerate(last["confusion"]))
        total = sum(map(sum, last["confusion"]))
        show_chart(
            confusion_chart(last["confusion"]),
            "train.confusion",
            f"Confusion matrix of {total:,} faces, {right_ones:,} named rightly",
        )
    _small_print(run, curves)


def _small_print(run: Run, curves: Curves) -> None:
    identity = data_of(run)
    drawn = " Drawn faces: this says nothing about people." if identity and identity["drawn"] else ""
    st.caption(f"Recall is the share of an emotion's faces that are named rightly. {curves.note}{drawn}")


def delete_button(run: Run) -> None:
    """Offer to delete a run."""
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown("This ends the run and deletes its figures and checkpoints for good. Published models stay.")
        if button_clicked("Delete now", key=f"train.delete.{run.id}", type="primary"):
            with st.spinner("Deleting"):
                run.delete()
            forget(PAGE, run.id)
            st.session_state.get("train.curves", {}).pop(run.id, None)
            if st.query_params.get("run") == run.id:
                _leave()
            st.rerun()
