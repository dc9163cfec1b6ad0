"""The tab Compare: two or more models on the same faces, and whether one is better by more than chance."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from fer.emotions import EMOTIONS
from fer.evaluation.comparison import Comparison, compare
from fer.evaluation.evaluated import Evaluated
from fer.evaluation.intervals import Interval, overall_intervals
from fer.ui.charts import show_chart
from fer.ui.downloads import download_frame
from fer.ui.evaluate_charts import cost_points, difference_points, words_of
from fer.ui.evaluate_faces import show_faces
from fer.ui.evaluate_mistakes import answer_table
from fer.ui.evaluate_shown import Shown
from fer.ui.messages import plain

LIKELY = 0.05


def show_tab(shown: Shown) -> None:
    """Show the tab."""
    if len(shown.models) < 2:
        st.markdown("Choose a second model above, or bring a file, and both are held against each other here.")
        return
    overall = [_overall(shown, one) for one in shown.models]
    st.dataframe(model_rows(shown.models, overall), hide_index=True, key="evaluate.models_table")
    accuracies = [found["accuracy"] for found in overall]
    for column, by_size in zip(st.columns(2), (False, True), strict=True):
        with column:
            told = ", ".join(f"{one.name} {words_of(a)}" for one, a in zip(shown.models, accuracies, strict=True))
            name = "size" if by_size else "time"
            show_chart(cost_points(shown.models, accuracies, by_size), f"evaluate.cost_{name}", f"Accuracy: {told}")
    st.caption("Time is measured when a model is first asked: on a busy computer it comes out longer.")
    first, second = _pair(shown)
    if first is second:
        st.info("Choose two different models.")
        return
    _pair_block(shown, shown.once(f"compare {first.key} {second.key}", lambda: compare(first, second)))


def _overall(shown: Shown, one: Evaluated) -> dict[str, Interval]:
    make = partial(overall_intervals, one.probabilities, one.labels)
    found: dict[str, Interval] = shown.held.once(f"evaluate.overall {one.key}", make, "Drawing faces anew")
    return found


def model_rows(models: tuple[Evaluated, ...], overall: list[dict[str, Interval]]) -> dict[str, list[str]]:
    """Return the models as columns of a table for the screen."""
    shares = {"Accuracy": "accuracy", "Top-2": "top2", "Balanced": "balanced_accuracy", "Macro F1": "macro_f1",
              "Calibration error": "ece"}  # fmt: skip
    return {
        "Model": [one.name for one in models],
        **{title: [words_of(found[name]) for found in overall] for title, name in shares.items()},
        "ms a face": [f"{one.ms_per_face:.2f}" for one in models],
        "MB": [f"{one.model.megabytes:.1f}" for one in models],
    }


def _pair(shown: Shown) -> tuple[Evaluated, Evaluated]:
    if len(shown.models) == 2:
        return shown.models[0], shown.models[1]
    names = [one.name for one in shown.models]
    left, right = st.columns(2)
    first = left.selectbox("This model", names, index=0, key="evaluate.first")
    second = right.selectbox("against this one", names, index=1, key="evaluate.second")
    return shown.models[names.index(first)], shown.models[names.index(second)]


def _pair_block(shown: Shown, found: Comparison) -> None:
    first, second = found.first, found.second
    st.subheader(f"{plain(second.name)} against {plain(first.name)}", anchor=False)
    st.markdown(verdict(found))
    told = ", ".join(
        f"{name} {words_of(one, sign=True)}" for name, one in zip(EMOTIONS, found.recall, strict=True) if one
    )
    show_chart(difference_points(found.recall, second.name, first.name), "evaluate.differences", f"Recall: {told}")
    st.subheader("Faces on which they differ", anchor=False)
    names = {f"Only {second.name} is right": found.only_second, f"Only {first.name} is right": found.only_first}
    which = st.segmented_control("Faces", list(names), default=next(iter(names)), required=True, key="evaluate.differ")
    places = np.flatnonzero(names[which])
    looked = second if shown.evaluated is second else first
    other = first if looked is second else second
    st.caption(f"{len(places):,} faces, with the bars of {plain(looked.name)}, and what {plain(other.name)} says.")
    order = places[np.argsort(-looked.confidence[places], kind="stable")]
    download_frame(lambda: answer_table(looked, order), "differ.csv", "evaluate.differ_csv", "All as CSV", index=False)
    show_faces(looked, order, "evaluate.differ_faces", other=other)


def verdict(found: Comparison) -> str:
    """Return in words which model is better, and whether chance alone may explain it."""
    first, second = found.first.name, found.second.name
    if not found.only_first.any() and not found.only_second.any():
        return "On every face both are right, or both are wrong: these faces tell no difference."
    better, worse = (second, first) if found.difference.value >= 0 else (first, second)
    only = {first: int(found.only_first.sum()), second: int(found.only_second.sum())}
    if found.difference.value == 0:
        lead = "Both are right equally often."
    else:
        difference = words_of(found.difference, sign=True)
        lead = f"**{plain(better)}** is right more often than {plain(worse)} (second less first: {difference})."
    chance = f"{100 * found.p_value:.1f}\u00a0%" if found.p_value >= 0.001 else "less than 0.1 %"
    doubt = (
        "Chance alone may well do that: these faces do not tell which is better."
        if found.p_value > LIKELY
        else "Chance alone hardly does that."
    )
    return (
        f"{lead} On {only[better]:,} faces only {plain(better)} is right, on {only[worse]:,} only {plain(worse)}. Two "
        f"equally good models would differ so much or more in {chance} of such tests (McNemar, exact). {doubt}"
    )
