"""Linear blocks of the classic models' page: least squares by statsmodels, and coefficients over alpha."""

from __future__ import annotations

import numpy as np
import streamlit as st

from fer.regression.least_squares import LARGE_CONDITION, LARGE_VIF, LeastSquares, fit_least_squares
from fer.regression.models import model_of
from fer.regression.paths import Path, Penalty, coefficient_path
from fer.ui.charts import show_chart
from fer.ui.messages import plain
from fer.ui.models import chosen, fitted_once, made_once, only_for, show_references, table_line
from fer.ui.models_charts import MOST_POINTS, SCALED, add_line, line_chart, point_chart

DRAWN = 8


def linear_block() -> None:
    """Least squares: coefficients with intervals, the whole summary, and what the residuals say."""
    problem = table_line()
    if not only_for(problem, "regression"):
        return
    st.markdown(
        "Least squares looks for the weights with the smallest sum of squared errors. It is fitted to **all rows** "
        "here, to be understood; how well it predicts rows that it has not seen is in Compare."
    )
    fit = fitted_once("ols", lambda: fit_least_squares(problem))
    result = fit.result
    if fit.note:
        st.warning(fit.note)
    for column, (name, value) in zip(
        st.columns(4),
        (
            ("R²", f"{result.rsquared:.3f}"),
            ("R², adjusted", f"{result.rsquared_adj:.3f}"),
            ("F test, p", f"{result.f_pvalue:.2g}"),
            ("Condition number", f"{fit.condition:,.0f}"),
        ),
        strict=True,
    ):
        column.metric(name, value)
    st.subheader("Coefficients", anchor=False)
    number = st.column_config.NumberColumn
    st.dataframe(
        fit.terms.rename_axis("term").reset_index(), hide_index=True, key="models.terms",
        column_config={
            **{name: number(format="%.4g") for name in ("coefficient", "standard error", "t", "low", "high")},
            "p": number(format="%.2g", help="How often chance alone would give so large a coefficient"),
            "low": number("low, 95 %", format="%.4g"), "high": number("high, 95 %", format="%.4g"),
            "VIF": number(format="%.1f", help="How much a column repeats the others; above 10 its weight is shaky"),
        },
    )  # fmt: skip
    st.caption("A coefficient says by how much the target changes if its column grows by 1 and all others stay.")
    show_references(fit.references)
    _doubles(fit)
    _residuals(fit)
    with st.expander("statsmodels' full summary"):
        st.code(fit.summary, language=None)


def _doubles(fit: LeastSquares) -> None:
    repeated = [str(name) for name, value in fit.terms["VIF"].items() if value > LARGE_VIF]
    if repeated:
        st.warning(f"These columns nearly repeat others (VIF above 10): {plain(', '.join(repeated[:6]))}. Their "
                   f"weights "
                   "and p values are shaky; ridge is made for this.")  # fmt: skip
    elif fit.condition > LARGE_CONDITION:
        st.caption(
            "The condition number is above 30: columns with a large mean, or alike, make the sum hard to divide."
        )


def _residuals(fit: LeastSquares) -> None:
    from scipy import stats

    st.subheader("What the residuals say", anchor=False)
    left, right = st.columns(2)
    figure = point_chart(fit.fitted, fit.residuals, "prediction", "residual")
    figure.add_hline(0, line={"width": 1, "dash": "dot"})
    with left:
        show_chart(figure, "models.residuals", "Residuals over predictions: a shapeless cloud around 0 is good")
        st.caption("A shapeless cloud is good. A bend asks for powers, a funnel for the target's logarithm.")
    (theory, ordered), _ = stats.probplot(fit.studentized)
    figure = point_chart(theory, ordered, "expected of a normal", "residual, in deviations")
    add_line(figure, [theory.min(), theory.max()], [theory.min(), theory.max()], "normal")
    with right:
        show_chart(figure, "models.quantiles", "Ordered residuals against those of a normal distribution")
        st.caption(
            "On the line: the residuals are normal; intervals and p values also need even spread and independent rows."
        )
    left, right = st.columns(2)
    figure = point_chart(fit.leverage, fit.studentized, "leverage", "residual, in deviations")
    with left:
        show_chart(figure, "models.leverage", "Residuals over leverage: far right and far from 0 bends the fit")
        st.caption("Far right and far from 0: single rows that bend the whole fit.")
    with right:
        for name, (value, words) in fit.checks.items():
            st.markdown(f"**{name}**: {value:.3g}  \n{words}")
    if len(fit.residuals) > MOST_POINTS:
        st.caption(
            f"Of {len(fit.residuals):,} rows {MOST_POINTS} are drawn: those farthest right, up or down, and others at "
            "random."
        )


def penalty_block() -> None:
    """Ridge, lasso and elastic net: the coefficients as the penalty grows, and the alpha to take."""
    problem = table_line()
    if not only_for(problem, "regression"):
        return
    names: tuple[Penalty, ...] = ("ridge", "lasso", "elastic_net")
    penalty = st.segmented_control(
        "Penalty", names, default="ridge", required=True, key="models.penalty",
        format_func=lambda name: model_of(name).title, label_visibility="collapsed",
    )  # fmt: skip
    st.markdown(
        {
            "ridge": "Ridge adds the **squares** of the weights to the error: they shrink together, and columns "
            "that say "
            "the same share their weight.",
            "lasso": "Lasso adds the **sizes** of the weights to the error: one after another becomes exactly zero, "
            "so it "
            "chooses columns.",
            "elastic_net": "The elastic net adds both, half and half: it chooses columns, and keeps those that belong "
            "together.",
        }[penalty]
    )
    path = made_once(("path", penalty), lambda: coefficient_path(problem, penalty, seed=chosen().seed))
    place = st.select_slider(
        "Alpha", list(range(len(path.alphas))), path.best, format_func=lambda one: f"{path.alphas[one]:.3g}",
        key=f"models.alpha.{penalty}",
    )  # fmt: skip
    _path_charts(path, place, penalty)
    zero = int((np.abs(path.coefficients[:, place]) < 1e-9).sum())
    st.markdown(
        f"At alpha {path.alphas[place]:.3g}: R² of rows held out **{path.r2[place]:.3f}**, {zero} of "
        f"{len(path.names)} weights are zero. Best alpha {path.alphas[path.best]:.3g} (R² "
        f"{path.r2[path.best]:.3f}); the "
        f"strongest penalty within one standard error of it is {path.alphas[path.simplest]:.3g}."
    )
    if path.r2[place] < -1:
        st.warning("Here the model is far worse than saying the mean each time.")


def _path_charts(path: Path, place: int, penalty: str) -> None:
    order = np.argsort(-np.abs(path.coefficients).max(axis=1))[:DRAWN]
    lines = {path.names[one]: path.coefficients[one] for one in order}
    mark = float(path.alphas[place])
    left, right = st.columns([3, 2], gap="large")
    figure = line_chart(path.alphas, lines, "alpha", "weight", log=True, mark=mark, height_px=420)
    with left:
        show_chart(figure, "models.path", f"Weights of {model_of(penalty).title} as alpha grows; all go to zero")
        st.caption(SCALED)
        if len(path.names) > DRAWN:
            st.caption(f"The {DRAWN} largest of {len(path.names)} weights.")
    r2 = np.maximum(path.r2, -1)
    figure = line_chart(path.alphas, {"R²": r2}, "alpha", "R² of rows held out", log=True, mark=mark, height_px=420)
    with right:
        show_chart(figure, "models.path_r2", f"R² over alpha, best {path.r2[path.best]:.3f}")
