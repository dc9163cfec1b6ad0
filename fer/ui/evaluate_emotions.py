"""The tab Per emotion: precision, recall and F1 with intervals, ROC curves, precision over recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer.emotions import EMOTIONS
from fer.evaluation.curves import Curve, precision_recall_curves, roc_curves
from fer.evaluation.intervals import Interval, class_intervals, confusion_of
from fer.ui.charts import show_chart
from fer.ui.downloads import download_frame
from fer.ui.evaluate_charts import class_points, curve_lines, words_of
from fer.ui.evaluate_shown import Shown

if TYPE_CHECKING:
    import pandas as pd


def show_tab(shown: Shown) -> None:
    """Show the tab."""
    one = shown.evaluated
    counts = np.bincount(one.labels, minlength=len(EMOTIONS))
    found = shown.once("classes", lambda: class_intervals(confusion_of(one.labels, one.guesses)))
    st.markdown(
        "**Recall**: of the faces with a label, how many the model names so. **Precision**: of the faces that it names "
        "so, how many have the label. **F1** is high only where both are. Bars: 95 of 100 draws of as many faces."
    )
    if missing := [name for name, n in zip(EMOTIONS, counts, strict=True) if not n]:
        st.info(f"No face here is labelled {', '.join(missing)}: recall and F1 say nothing there.")
    recall = {name: one for name, one in zip(EMOTIONS, found["recall"], strict=True)}
    told = ", ".join(f"{name} {words_of(value)}" for name, value in recall.items())
    show_chart(class_points(found), "evaluate.classes", f"Recall: {told}")
    download_frame(lambda: class_table(found, counts.tolist()), "classes.csv", "evaluate.classes_csv")
    _curves(shown)


def class_table(found: dict[str, list[Interval]], counts: Sequence[int]) -> pd.DataFrame:
    """Return the figures of each emotion with both ends of their intervals."""
    import pandas as pd

    columns: dict[str, list[float]] = {}
    for name, values in found.items():
        columns[name] = [one.value for one in values]
        columns[f"{name}_low"] = [one.low for one in values]
        columns[f"{name}_high"] = [one.high for one in values]
    table = pd.DataFrame(columns, index=pd.Index(EMOTIONS, name="emotion")).round(4)
    table.insert(0, "faces", list(counts))
    return table


def _curves(shown: Shown) -> None:
    one = shown.evaluated
    kind = st.segmented_control("Curves", ["ROC", "Precision and recall"], default="ROC", required=True,
                                key="evaluate.curves", persist_state="page")  # fmt: skip
    if kind == "ROC":
        curves = shown.once("roc", lambda: roc_curves(one.probabilities, one.labels))
        st.markdown(
            "One emotion against all others, at every threshold: how many of its faces are found over how many of the "
            "others are taken for it. The area, beside the name, is 1 where they are told apart without a mistake, and "
            "0.5 by guessing."
        )
        figure = curve_lines(curves, "others that are taken for it", "faces that are found", True)
    else:
        curves = shown.once("precision", lambda: precision_recall_curves(one.probabilities, one.labels))
        st.markdown(
            "The more faces of an emotion are to be found, the more others slip in. Beside the name: average "
            f"precision; by guessing it is the emotion's share, as {_shares(curves)}."
        )
        figure = curve_lines(curves, "recall", "precision", False)
    if not curves:
        st.markdown("A curve takes two emotions: these faces have one.")
        return
    areas = ", ".join(f"{curve.emotion} {curve.area:.2f}" for curve in curves)
    show_chart(figure, "evaluate.curve_chart", f"{kind}, area by emotion: {areas}")
    columns = ("false_positive_rate", "true_positive_rate") if kind == "ROC" else ("recall", "precision")
    download_frame(lambda: curve_table(curves, *columns), "curves.csv", "evaluate.curves_csv", index=False)


def _shares(curves: list[Curve]) -> str:
    rarest = sorted(curves, key=lambda curve: curve.share)
    return ", ".join(f"{100 * curve.share:.0f}\u00a0% for {curve.emotion}" for curve in (rarest[:1] + rarest[-1:]))


def curve_table(curves: list[Curve], x: str, y: str) -> pd.DataFrame:
    """Return the points of all curves: emotion, x, y."""
    import pandas as pd

    parts = [pd.DataFrame({"emotion": curve.emotion, x: curve.x, y: curve.y}) for curve in curves]
    return pd.concat(parts) if parts else pd.DataFrame(columns=["emotion", x, y])
