"""The tab Confusion: what the model says of which label, and the faces of each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer.emotions import EMOTIONS
from fer.evaluation.intervals import confusion_of
from fer.evaluation.mistakes import cell_faces, most_confused
from fer.ui.charts import label
from fer.ui.confusion_grid import BY, confusion_grid
from fer.ui.downloads import download_frame
from fer.ui.evaluate_faces import show_faces
from fer.ui.evaluate_shown import Shown

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

CELL = "evaluate.chosen_cell"
"""Which cell is looked at. No widget's key."""


def show_tab(shown: Shown) -> None:
    """Show the tab."""
    one = shown.evaluated
    confusion = shown.once("confusion", lambda: confusion_of(one.labels, one.guesses))
    st.markdown(_worst_words(confusion))
    by = st.segmented_control("Count", list(BY), default="By label, %", required=True, key="evaluate.count_by",
                              persist_state="page")  # fmt: skip
    cell = st.session_state.get(CELL) or _first_cell(confusion)
    clicked = confusion_grid(confusion, by, cell, "evaluate.confusion")
    if clicked is not None and clicked != cell:
        st.session_state[CELL] = clicked
        st.rerun()
    download_frame(lambda: confusion_table(confusion), "confusion.csv", "evaluate.confusion_csv")
    truth, answer = (EMOTIONS[place] for place in cell)
    places = cell_faces(one, *cell)
    st.subheader(f"Labelled {label(truth)}, answered {label(answer)}: {len(places):,}", anchor=False)
    st.caption("Choose another cell above. The faces that the model is surest of come first.")
    show_faces(one, places, "evaluate.cell_faces")


def _first_cell(confusion: npt.NDArray[np.integer]) -> tuple[int, int]:
    """Return the mistake that is made most often; where there is none, the first emotion that is there."""
    confused = most_confused(confusion, 1)
    if confused:
        return EMOTIONS.index(confused[0].label), EMOTIONS.index(confused[0].guess)
    first = int(confusion.sum(axis=1).argmax())
    return first, first


def _worst_words(confusion: npt.NDArray[np.integer]) -> str:
    confused = most_confused(confusion, 3)
    if not confused:
        return "No face is named otherwise than its label."
    parts = [f"{100 * one.share:.0f}\u00a0% of **{one.label}** are called **{one.guess}**" for one in confused]
    return f"Most often: {'; '.join(parts)}."


def confusion_table(confusion: npt.NDArray[np.integer]) -> pd.DataFrame:
    """Return the counts, labels down, answers across."""
    import pandas as pd

    return pd.DataFrame(confusion, index=pd.Index(EMOTIONS, name="label"), columns=list(EMOTIONS))
