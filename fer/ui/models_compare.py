"""All models on the same folds: begun in a worker, watched, and chosen from."""

from __future__ import annotations

import json
from collections.abc import Sequence

import streamlit as st

from fer.errors import FerError
from fer.regression.comparing import MAIN, METRICS, WORDS, Judged, chosen, document_of
from fer.regression.comparison import ComparisonConfig, left_out_of, new_comparison_run, problem_of, results_of
from fer.regression.models import MODELS, models_for
from fer.regression.preparing import is_narrowed
from fer.runs.folder import Run
from fer.ui.buttons import button_clicked
from fer.ui.charts import show_chart
from fer.ui.messages import plain
from fer.ui.models import chosen as chosen_now
from fer.ui.models import table_line
from fer.ui.models_charts import bar_chart
from fer.ui.page_runs import Work, begin, work_block


def compare_block() -> None:
    """Show how to begin, how far the work is, or what came out."""
    work_block(WORK, _intake)


def _results_of(run: Run) -> None:
    judged = results_of(run)
    if judged:
        _results(run, judged)


WORK = Work("models", "table_comparison", "comparison", _results_of)


def _intake() -> None:
    problem = table_line()
    now = chosen_now()
    names = models_for(problem.task)
    picked = st.pills(
        "Models", names, selection_mode="multi", default=names, format_func=lambda name: MODELS[name].title,
        key=f"models.compared.{problem.task}",
    )  # fmt: skip
    with st.expander("What each of them is"):
        st.markdown("\n".join(f"- **{MODELS[name].title}**: {MODELS[name].about}" for name in names))
    folds = problem.folds(now.folds)
    if button_clicked("Compare them", type="primary", key="models.compare", disabled=not picked or folds < 2):
        order = [name for name in names if name in picked]
        begin(WORK, new_comparison_run(problem, order, folds=folds, seed=now.seed))
    st.caption(
        f"Every model is fitted {folds} times on {folds - 1} of {folds} parts of the rows and judged on the part "
        f"left out, "
        "the same parts for all; missing values, categories and scale are learned anew each time. A worker does it. "
        "The "
        "neural network takes longest."
    )
    if is_narrowed(problem):
        st.caption("There are more than 200 columns: each model first keeps the 200 that tell most by themselves, "
                   "chosen "
                   "within the rows that it may see.")  # fmt: skip


def _results(run: Run, judged: Sequence[Judged]) -> None:
    config = ComparisonConfig.model_validate(run.config())
    metrics, main = METRICS[config.task], MAIN[config.task]
    st.header(plain(config.name), anchor=False)
    st.caption(f"{plain(config.target)} from {len(config.kinds):,} columns, {config.folds} folds, seed {config.seed}")
    left_out = left_out_of(run)
    for one in left_out:
        st.warning(plain(one.sentence))
    best, simple, bar = chosen(judged, config.task)
    st.success(
        f"Take **{MODELS[simple].title}**: "
        + (
            "it is the best, and nothing simpler comes within one standard error of it."
            if simple == best
            else f"the simplest within one standard error of the best, {MODELS[best].title} ({WORDS[main]} of "
            f"{bar:.3f} or "
            "more)."
        )
    )
    st.dataframe(
        {
            "Model": [MODELS[one.name].title for one in judged],
            **{
                WORDS[name]: [f"{_figure(one.mean(name))} ± {_figure(one.std(name))}" for one in judged]
                for name in metrics
            },
            "Fit, s": [one.fit_s for one in judged],
            "Parameters": [f"{one.parameters:,}" if one.parameters else "" for one in judged],
        },
        hide_index=True, key="models.results",
        column_config={
            "Fit, s": st.column_config.NumberColumn(format="%.2f", help="Mean of a fold"),
            "Parameters": st.column_config.TextColumn(help="Of the neural network: weights that were learned"),
        },
    )  # fmt: skip
    st.caption("Mean ± standard deviation over the folds. Models that differ by less than that may differ by chance.")
    shown = sorted(judged, key=lambda one: -one.mean(main))
    figure = bar_chart(
        [MODELS[one.name].title for one in shown], [max(-1.0, one.mean(main)) for one in shown], WORDS[main],
        [one.std(main) for one in shown],
    )  # fmt: skip
    figure.add_vline(bar, line={"width": 1.5, "dash": "dot"})
    show_chart(figure, "models.figures", f"{WORDS[main]} by model, best {MODELS[best].title}")
    st.caption("The dotted line is one standard error below the best.")
    try:
        document = document_of(problem_of(run), judged, config.folds, left_out)
    except FerError as problem:
        st.caption(plain(str(problem)))
        return
    st.download_button(
        "Figures as JSON", json.dumps(document, indent=1), "comparison.json", "application/json",
        key="models.results_json", on_click="ignore", icon=":material/download:", type="tertiary",
    )  # fmt: skip


def _figure(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1000 else f"{value:.3g}"
