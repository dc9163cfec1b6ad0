"""The tab Calibration: whether confidence means what it says, and what a threshold withholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer.evaluation.curves import Coverage, Reliability, coverage_of, reliability
from fer.evaluation.metrics import cross_fitted_error
from fer.ui.charts import show_chart
from fer.ui.downloads import download_frame
from fer.ui.evaluate_charts import confidence_bars, coverage_lines, reliability_bars
from fer.ui.evaluate_shown import Shown

if TYPE_CHECKING:
    import pandas as pd

ROOM = 0.02
LEAST_CROSSED = 100
"""Faces whose halves can choose a temperature."""


def show_tab(shown: Shown) -> None:
    """Show the tab."""
    one = shown.evaluated
    found = shown.once("reliability", lambda: reliability(one.probabilities, one.labels))
    # Rounded as the other tabs round it.
    error = f"{100 * round(found.ece, 4):.1f} points"
    st.subheader("Does confidence mean what it says?", anchor=False)
    st.markdown(
        f"Of the faces that it is 80 % sure of, 80 of 100 should be right. On average confidence and accuracy lie "
        f"**{error}** apart (expected calibration error, {len(found.counts)} bins). {_lean(found)}"
    )
    entry, enough = one.entry, len(one.part) >= LEAST_CROSSED
    if enough and entry is not None and entry.calibrated_on == "PublicTest" and one.part.is_selection:
        crossed = shown.once("cross_fitted", lambda: cross_fitted_error(one.probabilities, one.labels))
        st.caption(
            ":material/info: Its temperature, by which confidences are scaled, was fitted on FER2013's PublicTest. "
            f"Fitted on one half of these faces and measured on the other, they lie {100 * crossed:.1f} points apart."
        )
    show_chart(reliability_bars(found), "evaluate.reliability", f"Calibration error {error}")
    show_chart(confidence_bars(found), "evaluate.confidence", "How many answers have which confidence")
    download_frame(lambda: reliability_table(found), "calibration.csv", "evaluate.reliability_csv", index=False)
    _threshold(shown)


def _lean(found: Reliability) -> str:
    there = found.counts > 0
    weights = found.counts[there] / found.counts.sum()
    lean = float((weights * (found.confidence - found.accuracy)[there]).sum())
    if abs(lean) < ROOM:
        return "On the whole it is neither too sure nor too modest."
    return f"On the whole it is too {'sure' if lean > 0 else 'modest'}, by {100 * abs(lean):.1f} points."


def reliability_table(found: Reliability) -> pd.DataFrame:
    """Return the bins: from, to, faces, mean confidence, accuracy."""
    import pandas as pd

    return pd.DataFrame({
        "from": found.edges[:-1], "to": found.edges[1:], "faces": found.counts, "confidence": found.confidence,
        "accuracy": found.accuracy,
    }).round(4)  # fmt: skip


def _threshold(shown: Shown) -> None:
    one = shown.evaluated
    found = shown.once("coverage", lambda: coverage_of(one.probabilities, one.labels))
    st.subheader("From which confidence on is it believed?", anchor=False)
    threshold = st.slider(
        "Confidence asked for, %", 0, 100, round(100 * (one.unsure_below or 0.5)), key="evaluate.threshold",
        help="Answers below it count as unsure, as in the live view.",
    )  # fmt: skip
    coverage, accuracy = found.at(threshold / 100)
    right = "none is left" if np.isnan(accuracy) else f"**{100 * accuracy:.1f}\u00a0%** of those are right"
    live = f" The live view calls answers below {100 * one.unsure_below:.0f}\u00a0% unsure." if one.unsure_below else ""
    st.markdown(f"**{100 * coverage:.1f}\u00a0%** of the faces get an answer; {right}.{live}")
    told = f"At {threshold}\u00a0%: {100 * coverage:.0f}\u00a0% of faces get an answer"
    show_chart(coverage_lines(found, threshold / 100, one.unsure_below), "evaluate.coverage", told)
    download_frame(lambda: coverage_table(found), "coverage.csv", "evaluate.coverage_csv", index=False)


def coverage_table(found: Coverage) -> pd.DataFrame:
    """Return coverage and accuracy at each threshold."""
    import pandas as pd

    columns = {"threshold": found.thresholds, "coverage": found.coverage, "accuracy": found.accuracy}
    return pd.DataFrame(columns).round(4)
