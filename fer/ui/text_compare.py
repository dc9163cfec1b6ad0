"""Train several kinds of models on labelled messages, and compare them: by a worker, in a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, cast

import streamlit as st

from fer.emotions import EMOTIONS
from fer.runs.folder import Run
from fer.settings import settings
from fer.text.comparison import FEATURES, KINDS, ComparisonConfig, Kind, new_comparison_run, results_of
from fer.ui.buttons import button_clicked
from fer.ui.charts import label, show_chart
from fer.ui.messages import plain
from fer.ui.page_runs import Work, begin, work_block
from fer.ui.text_charts import confusion_heat
from fer.ui.texts import LABELLED, hold, release
from fer.ui.uploads import drop_upload

OURS = "105 sentences that we wrote"
OWN = "A file of yours"
PATH = "A file on this computer"


def compare_block() -> None:
    """Show how to begin, how far the work is, or what came out."""
    work_block(WORK, _intake)


def _results_of(run: Run) -> None:
    results = results_of(run)
    if results is not None and results["models"]:
        _results(results)


WORK = Work("text", "text_comparison", "comparison", _results_of)


def _intake() -> None:
    st.markdown("Train models of your own on labelled messages, and see what each of them gets right.")
    choices = [OURS, OWN, *([] if settings().hosted else [PATH])]
    source = st.segmented_control("Messages", choices, default=OURS, required=True, key="text.data")
    given, name = _source(source)
    kinds = st.pills(
        "Models", list(KINDS), selection_mode="multi", default=["naive_bayes", "logistic", "svm"],
        format_func=KINDS.__getitem__,        key="text.kinds",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        features = st.selectbox(
            "Features", list(FEATURES), index=3, format_func=FEATURES.__getitem__, key="text.features", width=220
        )
        most = st.select_slider(
            "Messages at most", [1000, 2000, 5000, 10_000, 20_000, 50_000], 5000, key="text.most", width=260
        )
        epochs = st.number_input("Passes of the network", 1, 20, 4, key="text.epochs", width=180)
    balanced = st.toggle("Give rare emotions more weight", value=True, key="text.balanced")
    ready = bool(kinds) and (source == OURS or given is not None)
    if button_clicked("Train and compare", key="text.train", type="primary", disabled=not ready):
        config = ComparisonConfig(
            path="", name=name, kinds=cast("list[Kind]", list(kinds)), features=features, most_messages=most,
            balanced=balanced, epochs=int(epochs),
        )  # fmt: skip
        run = new_comparison_run(given, config)
        if (file_id := getattr(given, "file_id", None)) is not None:
            drop_upload(file_id)
        begin(WORK, run)
    st.caption(
        "A quarter of the messages is kept apart and never trained on; the figures are theirs. Labels are mapped to "
        "the seven: joy is happy, anger angry, calm neutral; what has no counterpart (love, boredom) is left out."
    )


def _source(source: str) -> tuple[BinaryIO | Path | None, str]:
    if source == OWN:
        upload = st.file_uploader(
            "Labelled messages", type=["csv", "tsv", "txt"], key="text.labelled",
            help="A table with columns text and emotion; GoEmotions' and CARER's files are read as they come.",
        )  # fmt: skip
        hold(LABELLED, [upload.file_id] if upload else [])
        return cast("BinaryIO | None", upload), upload.name if upload else ""
    release(LABELLED)
    if source == PATH:
        path = st.text_input("Path", key="text.path", placeholder="/home/me/ekman_train.tsv").strip().strip("\"'")
        return (Path(path), Path(path).name) if path else (None, "")
    return None, OURS


def _results(results: dict[str, Any]) -> None:
    st.header(plain(results["name"]), anchor=False)
    st.caption(f"Trained on {results['n_train']:,} messages, measured on {results['n_test']:,} others")
    if results["note"]:
        st.info(plain(results["note"]))
    models = results["models"]
    st.dataframe(
        {
            "Model": [KINDS[one["kind"]] for one in models],
            "Macro F1": [100 * one["macro_f1"] for one in models],
            "Accuracy": [100 * one["accuracy"] for one in models],
            "Training": [one["seconds"] for one in models],
            "Messages/s": [one["messages_a_second"] for one in models],
            **{label(name): [100 * one["per_class"][name]["f1"] for one in models] for name in EMOTIONS},
        },
        hide_index=True,
        key="text.models",
        column_config={
            **{name: st.column_config.NumberColumn(format="%.1f %%") for name in ("Macro F1", "Accuracy")},
            "Training": st.column_config.NumberColumn(format="%.1f s"),
            **{label(name): st.column_config.NumberColumn(format="%.0f %%", help="F1") for name in EMOTIONS},
        },
    )
    st.caption(
        "Macro F1 is the mean of the F1 figures of the emotions that the test messages have: a model that never says "
        "fear cannot hide behind the others. "
        f"With {results['n_test']:,} test messages, under {_margin(results['n_test']):.0f} points apart may be chance."
    )
    chosen = st.segmented_control(
        "Model", [one["kind"] for one in models], default=models[0]["kind"], required=True,
        format_func=KINDS.__getitem__,         key="text.shown_model", label_visibility="collapsed",
    )  # fmt: skip
    model = next(one for one in models if one["kind"] == chosen)
    table, mistakes = st.columns([1, 1], gap="large")
    with table:
        st.markdown("**What was taken for what**")
        worst = _worst(model["confusion"])
        show_chart(confusion_heat(model["confusion"]), "text.confusion", f"Confusion of {KINDS[chosen]}. {worst}")
        st.caption(worst)
    with mistakes:
        st.markdown("**Some of its mistakes**")
        st.dataframe(
            {
                "Message": [one["text"] for one in model["mistakes"]],
                "People": [label(one["people"]) for one in model["mistakes"]],
                "Model": [label(one["model"]) for one in model["mistakes"]],
            },
            hide_index=True,
            key="text.mistakes",
        )


def _margin(n_test: int) -> float:
    """Return about two standard errors of a share near 60 %, in points."""
    return float(200 * (0.24 / max(1, n_test)) ** 0.5)


def _worst(confusion: list[list[int]]) -> str:
    pairs = [
        (count, row, column) for row, line in enumerate(confusion) for column, count in enumerate(line) if row != column
    ]
    count, row, column = max(pairs)
    return (
        f"Most often, {EMOTIONS[row]} was taken for {EMOTIONS[column]} ({count:,} times)." if count else "No mistakes."
    )
