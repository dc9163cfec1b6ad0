"""The tab Crowd: the model beside ten people a face (FER+), where they are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer.emotions import EMOTIONS
from fer.evaluation.crowd import STEP_NAMES, Crowd, crowd_of, crowd_recall
from fer.ui.dataset_votes import votes_form
from fer.ui.downloads import download_frame
from fer.ui.evaluate_faces import show_faces
from fer.ui.evaluate_shown import Shown

if TYPE_CHECKING:
    import pandas as pd


def show_tab(shown: Shown) -> None:
    """Show the tab."""
    one = shown.evaluated
    if one.faces.drawn:
        st.markdown("FER+ are votes of people on FER2013's photographs; nobody voted on drawn faces.")
        return
    if one.faces.votes is None:
        st.markdown("Is the model wrong, or the label? Join FER+, and each answer is held against ten people's votes.")
        votes_form(shown.held, "evaluate.crowd")
        return
    if not one.faces.votes.any():
        st.markdown("No face here has a vote on one of the seven emotions.")
        return
    found = shown.once("crowd", lambda: crowd_of(one), "Counting votes")
    _sentences(found)
    st.subheader("By how united the crowd is", anchor=False)
    st.markdown("The share of votes that the crowd's first choice has, and how often the model says the same.")
    st.dataframe(unity_rows(found), hide_index=True, key="evaluate.unity")
    st.subheader("By the crowd's choice", anchor=False)
    table = crowd_table(crowd_recall(one, found))
    shares = ["Model agrees", "Label agrees"]
    percent = {name: st.column_config.NumberColumn(format="%.1f %%") for name in shares}
    st.dataframe(table.assign(**{name: 100 * table[name] for name in shares}), column_config=percent,
                 key="evaluate.crowd_table")  # fmt: skip
    download_frame(lambda: table, "crowd.csv", "evaluate.crowd_csv")
    st.subheader("Wrong by the label, right by the crowd", anchor=False)
    places = np.flatnonzero(~one.right & (one.guesses == found.first))
    wrong = int((~one.right & found.voted).sum())
    st.markdown(f"Of {wrong:,} wrong answers with votes, **{len(places):,}** are what most people say.")
    show_faces(one, places[np.argsort(-one.confidence[places], kind="stable")], "evaluate.crowd_faces")


def _sentences(found: Crowd) -> None:
    st.markdown(
        f"On {found.voted.sum():,} faces with votes the model says what the **label** says on "
        f"**{100 * found.with_label:.1f}\u00a0%**, and what the **crowd** says first on "
        f"**{100 * found.with_crowd:.1f}\u00a0%**. Label and crowd agree on "
        f"{100 * found.label_with_crowd:.1f}\u00a0%. On average {100 * found.share:.0f}\u00a0% of the votes fall on "
        f"the model's answer; its seven probabilities lie {found.distance:.2f} from the shares of the votes "
        "(Jensen-Shannon distance: 0 is the same, 1 has nothing in common)."
    )


def unity_rows(found: Crowd) -> dict[str, list[str | int]]:
    """Return the steps of unity as columns of a table for the screen."""
    return {
        "First choice has": list(STEP_NAMES),
        "Faces": [n for n, _ in found.by_unity],
        "Model agrees": ["–" if np.isnan(share) else f"{100 * share:.1f}\u00a0%" for _, share in found.by_unity],
    }


def crowd_table(recall: list[tuple[int, float, float]]) -> pd.DataFrame:
    """Return for each emotion by the crowd's choice: faces, how often the model and how often the label says so."""
    import pandas as pd

    columns = ["Faces", "Model agrees", "Label agrees"]
    return pd.DataFrame(recall, columns=columns, index=pd.Index(EMOTIONS, name="crowd")).round(4)
