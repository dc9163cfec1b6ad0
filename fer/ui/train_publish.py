"""Publish a finished run: a quick job exports, calibrates and measures it, and every page offers it."""

from __future__ import annotations

import json
import re
from typing import Any

import streamlit as st

from fer.errors import FerError
from fer.registry import models
from fer.runs.folder import Run, all_runs
from fer.runs.worker import start
from fer.settings import settings
from fer.training.publishing import ENTRY, JOB, new_publishing_run
from fer.training.run import recipe_of
from fer.ui.buttons import form_sent
from fer.ui.messages import plain, shown_errors

LOOK_S = 1.0


def publish_block(run: Run) -> None:
    """Offer to publish a run, show how far that is, or what came of it.

    Raises:
        FerError: If it cannot be published.
    """
    if recipe_of(run).is_baseline:
        st.caption("A baseline is for comparison: it is not published.")
        return
    if settings().hosted:
        st.caption("This public server publishes nothing. On your own computer every page offers what you publish.")
        return
    job = _job_of(run)
    if job is not None and job.status().living:
        _watch(job.id)
        return
    if job is not None:
        _outcome(job)
    if job is None or job.status().state != "done":
        _form(run)


def _job_of(run: Run) -> Run | None:
    """Return the newest job that publishes a run; found on the disk, so that a reload loses nothing."""
    for job in reversed(all_runs()):
        try:
            if job.kind == JOB and job.config().get("run") == run.id:
                return job
        except FerError:
            continue
    return None


def _form(run: Run) -> None:
    with st.form("train.publish", border=True):
        st.markdown(
            "**Publish it.** It is exported for quick answers, its confidences are calibrated on faces that it did not "
            "learn from, and Photo, Live, Evaluate and the command line offer it at once."
        )
        name = st.text_input("Name", _free_name(run), key="train.name", max_chars=41)
        int8 = st.toggle(
            "Serve it in eight bits (int8)",
            key="train.int8",
            help="Two thirds of the time or less, a quarter of the size; one face in a hundred gets another name.",
        )
        default = st.toggle(
            "Read faces with it wherever no network is chosen",
            key="train.default",
            help="Recordings and classes take it too; a class that is under way keeps the network that it began with.",
        )
        if form_sent("Publish", key="train.publish_now", icon=":material/publish:"):
            start(new_publishing_run(run, name.strip(), int8, default))
            st.rerun()


def _free_name(run: Run) -> str:
    taken = {entry.name for entry in models()}
    base = re.sub(r"[^a-z0-9]+", "-", recipe_of(run).architecture.kind)
    return next(name for n in range(1, len(taken) + 2) if (name := f"my-{base}-{n}") not in taken)


@st.fragment(run_every=LOOK_S)
def _watch(job_id: str) -> None:
    with shown_errors():
        status = Run.open(job_id).status()
        if not status.living:
            st.rerun()
        st.info(plain(status.message) or "Waiting for the lane of short jobs.", icon=":material/publish:")


def _outcome(job: Run) -> None:
    status = job.status()
    if status.state != "done":
        st.error(plain(status.message))
        return
    entry: dict[str, Any] = json.loads((job.artifacts / ENTRY).read_text(encoding="utf-8"))
    if not any(model.name == entry["name"] for model in models()):
        st.info(f"It was published as {entry['name']}, which has been deleted since.")
        return
    figures = "; ".join(
        f"{split}: {table['accuracy']:.1%} right of {table['n']:,}" for split, table in entry["figures"].items()
    )
    st.success(
        f"Published as **{entry['name']}**. {plain(figures)}. {plain(entry['figures_note'])}", icon=":material/check:"
    )
    st.page_link("pages/photo.py", label="Try it on a photo", icon=":material/photo_library:")
