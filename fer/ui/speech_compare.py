"""Train and compare models of speech on one's own copy of the corpora, in a worker, watched from the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from fer.audio.comparison_run import new_comparison
from fer.audio.models import CANDIDATES
from fer.runs.folder import Run
from fer.settings import settings
from fer.ui.buttons import button_clicked
from fer.ui.page_runs import Work, begin, work_block
from fer.ui.speech_judged import TITLES


def compare_block() -> None:
    """Show how to begin a comparison, how far it is, or what came out.

    Raises:
        FerError: If the corpora or a run cannot be read.
    """
    work_block(WORK, _intake)


def _intake() -> None:
    st.markdown(
        "Let models learn from acted speech and judge them on **speakers that they never heard**; beside it stands "
        "what a random split would claim. You need RAVDESS's or EmoDB's speech files, named as the corpora name them, "
        "in a folder with the subfolders `ravdess` and `emodb`, or one of both."
    )
    names = list(CANDIDATES)
    chosen = st.pills(
        "Models", names, selection_mode="multi", default=names[:3], key="speech.compare.models",
        format_func=lambda name: CANDIDATES[name].title,
    )  # fmt: skip
    for name in chosen:
        st.caption(f"{CANDIDATES[name].title}: {CANDIDATES[name].says}")
    folder = settings().home / "data" / "speech"
    if not settings().hosted:
        text = st.text_input("Folder of the corpora, on this computer", str(folder), key="speech.compare.data")
        folder = Path(text.strip().strip("\"'")).expanduser()
    elif not folder.is_dir():
        st.info("This server has no speech corpora, so nothing can be trained here. Install Classmood to try it.")
        return
    st.caption("The clips are described first, which takes a minute or two; that is kept for the next time.")
    if button_clicked("Compare", key="speech.compare.begin", type="primary", disabled=not chosen):
        run = new_comparison(folder, list(chosen))
        begin(WORK, run)


def _results(run: Run) -> None:
    rows = run.metrics()[0]
    if not rows:
        return
    table = table_of(rows)
    percent = {name: st.column_config.NumberColumn(format="%.1f") for name in table if name != "Model"}
    st.dataframe(table, hide_index=True, column_config=percent, key="speech.compare.table")
    st.caption(
        "UAR in percent, the mean of the emotions' recalls; ± its deviation over the folds. *Random split* is what "
        "the same model would claim if sentences of one speaker stood in both halves: the difference is not skill, it "
        "knows the speaker."
    )


WORK = Work("speech.compare", "speech_comparison", "comparison", _results, live=True)


def table_of(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return what was measured as a table: a row a model; for each corpus UAR, deviation, the random split's claim."""
    corpora = list(rows[0]["figures"])
    table: dict[str, list[Any]] = {"Model": [row["title"] for row in rows]}
    for corpus in corpora:
        title = TITLES.get(corpus, corpus).split(" ", maxsplit=1)[0]
        table[title] = [100 * row["figures"][corpus]["uar"] for row in rows]
        table[f"± {title}"] = [100 * row["figures"][corpus]["uar_deviation"] for row in rows]
        table[f"{title}, random split"] = [100 * row["random_split"][corpus] for row in rows]
    table["Seconds"] = [row["seconds"] for row in rows]
    return table
