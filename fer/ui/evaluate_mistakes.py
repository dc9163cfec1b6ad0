"""The tab Mistakes: what the model is surely wrong about, what it cannot decide, and labels that may be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.dataset.clean import choose, clean_text
from fer.dataset.faceset import USAGES
from fer.emotions import EMOTIONS
from fer.evaluation.evaluated import Evaluated
from fer.evaluation.mistakes import as_findings, most_uncertain, suspect_labels, worst_mistakes
from fer.ui.dataset_clean import left_words, spared_rows
from fer.ui.downloads import download_frame, download_made
from fer.ui.evaluate_faces import show_faces
from fer.ui.evaluate_shown import Shown

if TYPE_CHECKING:
    import pandas as pd

WORST, CLOSE, SUSPECT = "Worst mistakes", "Closest calls", "Suspect labels"
SAYS = {
    WORST: "Wrong answers, the most confident first. Often it is the label that is wrong.",
    CLOSE: "Faces whose first and second guess are nearly as probable.",
    SUSPECT: "Labels that the model speaks against, by the measure of each class (confident learning). Look before you "
    "leave anything out: where a model is weak, right labels look suspect.",
}


def show_tab(shown: Shown) -> None:
    """Show the tab."""
    one = shown.evaluated
    which = st.segmented_control("Show", list(SAYS), default=WORST, required=True, key="evaluate.mistakes",
                                 persist_state="page")  # fmt: skip
    st.markdown(SAYS[which])
    if which == SUSPECT and (one.faces.usage == USAGES.index("Training")).any() and not one.faces.drawn:
        st.caption("A model has made its peace with some wrong labels that it learned from: few are found in Training.")
    places = shown.once(which, lambda: _places(one, which), "Weighing labels")
    if which == SUSPECT:
        st.markdown(f"**{len(places):,}** of {len(one.part):,} labels look suspect.")
        _clean_list(shown, places)
        show_faces(one, places, "evaluate.suspects", shown.held)
    else:
        download_frame(lambda: answer_table(one, places), f"{which.split()[0].lower()}.csv", "evaluate.mistakes_csv",
                       "All as CSV", index=False)  # fmt: skip
        show_faces(one, places, f"evaluate.{which.split()[0].lower()}")


def _places(one: Evaluated, which: str) -> npt.NDArray[np.intp]:
    return {WORST: worst_mistakes, CLOSE: most_uncertain, SUSPECT: suspect_labels}[which](one)


def _clean_list(shown: Shown, places: npt.NDArray[np.intp]) -> None:
    if not len(places):
        return
    one, held = shown.evaluated, shown.held
    findings = as_findings(one, places, len(held.faces))
    clean = choose(held.opened, findings, ["suspect_label"], USAGES, spared_rows(held))
    st.markdown(
        f"{left_words(held, clean)} Faces whose box you tick stay. The list is a small file that Train takes, "
        "`python -m fer train DATA --clean FILE`, and Data set (Checks), which adds its rows to those found there."
    )
    if one.part.is_selection or (one.faces.usage == USAGES.index("PrivateTest")).any():
        st.caption("A test that somebody shortened can be compared with nobody's: use such a list for training faces.")
    download_made(
        lambda: clean_text(clean), "clean-list.json", "evaluate.clean_json", "Download the clean list",
        "application/json",
    )  # fmt: skip
    download_frame(
        lambda: answer_table(one, places), "suspects.csv", "evaluate.suspects_csv", "All as CSV", index=False
    )


def answer_table(one: Evaluated, places: npt.NDArray[np.intp]) -> pd.DataFrame:
    """Return the model's answers on some faces: row (from 0), source, usage, label, answer, confidence, all seven."""
    import pandas as pd

    faces = one.faces.take(places)
    return pd.DataFrame({
        "row": one.part.rows[places],
        "source": faces.source,
        "usage": np.array(USAGES)[faces.usage],
        "label": np.array(EMOTIONS)[faces.labels],
        "answer": np.array(EMOTIONS)[one.guesses[places]],
        "confidence": one.confidence[places].round(4),
        **{name: one.probabilities[places, place].round(4) for place, name in enumerate(EMOTIONS)},
    })  # fmt: skip
