"""The logistic block: odds ratios, the boundary, ROC, and what a threshold costs."""

from __future__ import annotations

import numpy as np
import streamlit as st

from fer.regression.comparing import fit
from fer.regression.explaining import odds_ratios
from fer.regression.looks import at_threshold, held_out_answers, roc
from fer.regression.models import Options, build
from fer.regression.preparing import references_of
from fer.regression.problem import Problem
from fer.ui.charts import show_chart
from fer.ui.messages import plain
from fer.ui.models import chosen, fitted_once, made_once, only_for, show_references, table_line
from fer.ui.models_charts import line_chart
from fer.ui.models_knobs import boundary_picture

SHOWN = 30


def logistic_block() -> None:
    """Logistic regression, of two classes or more."""
    problem = table_line()
    if not only_for(problem, "classification"):
        return
    st.markdown(
        "Logistic regression adds up the columns and bends the sum into a probability. With more than two classes "
        "each has "
        "a sum of its own, and the probabilities add up to 1 (multinomial)."
    )
    options = Options(seed=chosen().seed)
    fitted = fitted_once("logistic", lambda: fit(build("logistic", problem, options), problem)[0])
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Odds ratios", anchor=False)
        table = odds_ratios(fitted, problem)
        st.dataframe(
            table.head(SHOWN).rename(columns={"of": "for"}), hide_index=True, key="models.odds",
            column_config={
                "coefficient": st.column_config.NumberColumn(format="%.3f"),
                "odds ratio": st.column_config.NumberColumn(format="%.3f"),
            },
        )  # fmt: skip
        st.caption(
            f"2 means: one step of the column doubles the odds of that class against "
            f"“{plain(table['against'].iloc[0])}”. A step is one deviation of a number, or being of that category. The "
            "model's penalty (L2, C = 1) makes all weights smaller, so these ratios lie nearer to 1 than without it."
        )
        show_references(references_of(fitted[:-1]))
    with right:
        st.subheader("Boundary", anchor=False)
        boundary_picture(problem, "logistic", options, "models.logistic")
    _threshold(problem, options)


def _threshold(problem: Problem, options: Options) -> None:
    st.subheader("ROC and threshold, on rows held out", anchor=False)
    answers = made_once("logistic answers", lambda: held_out_answers(problem, "logistic", options))
    place = 1
    if len(problem.classes) > 2:
        name = st.selectbox("Class, against all others", problem.classes, key="models.roc_class")
        place = problem.classes.index(name)
    truth, score = (problem.y == place).astype(int), answers[:, place]
    false, true, _, area = roc(truth, score)
    left, right = st.columns(2, gap="large")
    threshold = right.slider(
        f"Say “{plain(problem.classes[place])}” from this probability on", 0.01, 0.99, 0.5, 0.01, key="models.threshold"
    )
    keep = np.unique(np.linspace(0, len(false) - 1, 200).astype(int))
    figure = line_chart(false[keep], {"ROC": true[keep]}, "false alarms", "hits (recall)", height_px=360)
    found = at_threshold(truth, score, threshold)
    at = found["false alarms"] / max(1, found["false alarms"] + found["rightly left"])
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "width": 1, "color": "#8f928c"})
    figure.add_scatter(x=[at], y=[found["recall"]], mode="markers", marker={"size": 13, "color": "#d17d0b"})
    with left:
        show_chart(figure, "models.roc", f"ROC curve, area {area:.3f}")
        st.caption(f"Area under the curve (AUC) {area:.3f}; 0.5 is chance. The dot is the threshold.")
    with right:
        name = plain(problem.classes[place])
        st.dataframe(
            {"": [f"is {name}", "is not"], f"called {problem.classes[place]}": [found["hits"], found["false alarms"]],
             "called otherwise": [found["misses"], found["rightly left"]]},
            hide_index=True, key="models.threshold_table",
        )  # fmt: skip
        st.markdown(
            f"Of those called {name}, **{found['precision']:.0%}** are (precision); of all that are, "
            f"**{found['recall']:.0%}** are found (recall); {found['accuracy']:.0%} of all answers are right."
        )
        st.caption("Whether misses or false alarms cost more is for people to say, not for the model.")
