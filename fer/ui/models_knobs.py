"""Models with a knob: the polynomial's degree, the neighbours of k-NN, the depth of a tree."""

from __future__ import annotations

import numpy as np
import streamlit as st

from fer.regression.comparing import WORDS, fit
from fer.regression.looks import boundary
from fer.regression.models import Options, build, model_of
from fer.regression.paths import Curve, Knob, knob_curve, polynomials, some_rows
from fer.regression.preparing import names_out
from fer.regression.problem import Problem
from fer.ui.charts import show_chart
from fer.ui.messages import plain
from fer.ui.models import chosen, fitted_once, made_once, only_for, table_line
from fer.ui.models_charts import add_line, bar_chart, line_chart, plane_chart, point_chart

DEGREES = list(range(1, 13))
NEIGHBOURS = [1, 2, 3, 5, 8, 12, 18, 25, 35, 50, 75, 100]
DEPTHS = list(range(1, 13))
DRAWN_DEPTH = 3
TREES = ("tree", "forest", "boosting")


def polynomial_block() -> None:
    """A polynomial of one column: the degree as a slider, and the curve of bias and variance."""
    problem = table_line()
    if not only_for(problem, "regression"):
        return
    if not problem.numbers:
        st.info("A polynomial needs a column of numbers; none of the features is one. Choose one in Data.")
        return
    st.markdown(
        "A high degree follows every point it has seen and misses those it has not: **variance**. A low one misses the "
        "bend that is there: **bias**. Few rows are used, so that both can be seen."
    )
    left, middle, right = st.columns(3)
    feature = left.selectbox("Column", problem.numbers, strongest(problem), key="models.poly_feature")
    rows = middle.select_slider("Rows", [15, 25, 40, 60, 100, 200], 40, key="models.poly_rows")
    degree = right.slider("Degree", 1, DEGREES[-1], 2, key="models.degree")
    found = made_once(
        ("polynomials", feature, rows), lambda: polynomials(problem, feature, DEGREES, rows, chosen().seed)
    )
    left, right = st.columns(2, gap="large")
    figure = point_chart(found.x, found.y, feature, problem.target, 380, 8)
    add_line(figure, found.grid, found.lines[degree], f"degree {degree}")
    low, high = float(found.y.min()), float(found.y.max())
    figure.update_yaxes(range=[low - 0.4 * (high - low), high + 0.4 * (high - low)])
    with left:
        show_chart(figure, "models.polynomial", f"{len(found.y)} rows and a polynomial of degree {degree}")
    with right:
        _curve_chart(found.curve, degree, "degree", "models.poly_curve")
    place = DEGREES.index(degree)
    seen, unseen = found.curve.learned[place], found.curve.held_out[place]
    if unseen > 20 * (high - low):
        st.warning(f"Degree {degree} runs away between the rows: its error on rows held out is {unseen:.3g}.")
    else:
        st.markdown(f"Degree {degree}: error (RMSE) on rows learned from **{seen:.3g}**, on rows held out "
                    f"**{unseen:.3g}**. "
                    f"Best on rows held out: degree {found.curve.best}.")  # fmt: skip


def strongest(problem: Problem) -> int:
    """Return the place, among the numbers, of the one that follows the target most."""
    columns = problem.features[problem.numbers[:200]]
    with np.errstate(all="ignore"):
        likeness = columns.corrwith(columns.iloc[:, 0].__class__(problem.y)).abs()
    return int(np.argmax(np.nan_to_num(likeness.to_numpy(float))))


def _curve_chart(curve: Curve, value: int, knob: str, key: str) -> None:
    ceiling = 4 * float(min(curve.held_out.min(), 1e12)) + 1e-12
    lines = {"rows learned from": curve.learned, "rows held out": np.minimum(curve.held_out, ceiling)}
    figure = line_chart(curve.values, lines, knob, WORDS[curve.metric], mark=value, height_px=380)
    figure.update_yaxes(rangemode="tozero")
    cut = bool((curve.held_out > ceiling).any())
    show_chart(figure, key, f"Error over {knob}: smallest on rows held out at {curve.best}")
    if cut:
        st.caption("Errors beyond the top are cut off there.")


def neighbours_block() -> None:
    """k-NN: k as a slider, the error over k, and the boundary between two columns."""
    problem = table_line()
    st.markdown(
        "k-NN learns nothing by heart but the rows: it looks for the **k most similar** ones and takes their mean, "
        "or their "
        "vote. Few neighbours follow every row, many blur all."
    )
    most = max(1, len(some_rows(problem).y) // 2)
    values = [k for k in NEIGHBOURS if k <= most]
    k = st.select_slider("k", values, min(values, key=lambda one: abs(one - 12)), key="models.k")
    left, right = st.columns(2, gap="large")
    with left:
        boundary_picture(problem, "knn", Options(k=k), "models.knn")
    with right:
        curve = made_once("k curve", lambda: knob_curve(problem, "knn", "k", values, _options()))
        st.markdown("**All columns**")
        _curve_chart(curve, k, "k", "models.k_curve")
        st.caption(f"Smallest error on rows held out at k = {curve.best}; on at most 2,000 rows.")


def _options() -> Options:
    return Options(seed=chosen().seed)


def boundary_picture(problem: Problem, name: str, options: Options, key: str) -> None:
    """Draw a model that knows two columns only; the visitor says which two."""
    if len(problem.numbers) < 2:
        st.info("The picture needs two columns of numbers among the features; there are fewer.")
        return
    first_place = strongest(problem)
    others = [name for name in problem.numbers if name != problem.numbers[first_place]]
    across, up = st.columns(2)
    first = across.selectbox("Across", problem.numbers, first_place, key=f"{key}_across")
    second = up.selectbox("Up", problem.numbers, problem.numbers.index(others[0]), key=f"{key}_up")
    if first == second:
        st.info("Choose two different columns.")
        return
    found = made_once((name, first, second, options), lambda: boundary(problem, first, second, name, options))
    figure = plane_chart(
        found.xs, found.ys, found.answers, found.points, (first, second), problem.classes, problem.target
    )
    show_chart(figure, f"{key}_plane", f"What {model_of(name).title} says of every pair of {first} and {second}")
    st.caption("The ground is the model's answer when it knows these two columns alone; points are rows.")


def trees_block() -> None:
    """A tree's questions, its depth as a slider, and what a forest and boosting make of many trees."""
    problem = table_line()
    name = st.segmented_control(
        "Model", TREES, default="tree", required=True, format_func=lambda one: model_of(one).title,
        key="models.tree_kind", label_visibility="collapsed",
    )  # fmt: skip
    st.markdown(model_of(name).about)
    options = _options()
    if name == "tree":
        depth = st.slider("Depth, in questions one after another", 1, DEPTHS[-1], 3, key="models.depth")
        options = Options(depth=depth, seed=options.seed)
    left, right = st.columns(2, gap="large")
    with left:
        boundary_picture(problem, name, options, "models.trees")
    with right:
        if name == "tree":
            st.markdown("**All columns**")
            knob: Knob = "depth"
            curve = made_once("depth curve", lambda: knob_curve(problem, "tree", knob, DEPTHS, _options()))
            _curve_chart(curve, options.depth, "depth", "models.depth_curve")
            st.caption(f"Smallest error on rows held out at depth {curve.best}.")
        elif name == "forest":
            _importance(problem)
        else:
            rounds = build("boosting", problem, options)[-1].max_iter
            trees = "trees, one a class," if len(problem.classes) > 2 else "trees"
            st.markdown(
                f"Boosting adds small {trees} in {rounds} rounds one after another, each fitted to what is still "
                "wrong. Explain shows which columns it uses."
            )
    if name == "tree":
        _questions(problem, options)


def _importance(problem: Problem) -> None:
    few = some_rows(problem)
    fitted = fitted_once("forest", lambda: fit(build("forest", few, _options()), few)[0])
    shares = fitted[-1].feature_importances_
    order = np.argsort(-shares)[:12]
    names = names_out(fitted[:-1])
    st.markdown("**How much each column divides**")
    figure = bar_chart([names[one] for one in order], shares[order].tolist(), "share of all that was divided")
    show_chart(figure, "models.forest_shares", f"Most: {names[order[0]]}, {shares[order[0]]:.0%}")
    st.caption("Columns with many different values are flattered here; Explain shuffles them instead, which is fairer.")


def _questions(problem: Problem, options: Options) -> None:
    from sklearn.tree import export_text

    few = some_rows(problem)
    fitted = fitted_once(("tree", options), lambda: fit(build("tree", few, options), few)[0])
    tree = fitted[-1]
    names = [plain_name(name) for name in names_out(fitted[:-1])]
    st.subheader("Its questions", anchor=False)
    classes = [plain_name(name) for name in problem.classes] or None
    st.code(
        export_text(tree, feature_names=names, class_names=classes, max_depth=DRAWN_DEPTH, decimals=2), language=None
    )
    st.caption(
        f"Depth {tree.get_depth()}, {tree.get_n_leaves()} leaves; the first {DRAWN_DEPTH + 1} levels are shown. "
        f"Numbers are "
        f"in deviations from the mean ({plain(problem.numbers[0]) if problem.numbers else 'all'} = 0 is the mean)."
    )


def plain_name(text: str) -> str:
    """Return a name on one line."""
    return " ".join(text.split())[:40] or "?"
