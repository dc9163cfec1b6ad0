"""What one fitted model is used for: predict a row by form, explain it, take it away and open it again."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from fer.regression.comparing import fit, probabilities_of, quiet
from fer.regression.explaining import coefficients_of, dependence, explain
from fer.regression.keeping import SUFFIX, Kept, keep, notebook_of, open_kept, script_of
from fer.regression.models import MODELS, NETWORK, Options, build, models_for
from fer.regression.paths import some_rows
from fer.regression.problem import Problem
from fer.settings import settings
from fer.ui.charts import show_chart
from fer.ui.downloads import download_made
from fer.ui.messages import plain
from fer.ui.models import chosen, fitted_once, made_once, table_line
from fer.ui.models_charts import SCALED, bar_chart, line_chart

FORM_FIELDS = 24
SHOWN = 14
SLOW = ("lasso", "elastic_net", "polynomial", "knn", "forest", "boosting")
SLOW_ROWS = 4000
"""The page fits no more rows of the slow kinds; the server's other visitors wait meanwhile."""


def _model(problem: Problem, key: str) -> str:
    """Ask which model; the network is left to the worker."""
    names = [name for name in models_for(problem.task) if name not in (NETWORK, "baseline")]
    first = "logistic" if problem.classes else "ridge"
    return st.selectbox("Model", names, names.index(first), format_func=lambda name: MODELS[name].title, key=key)


def _fitted(problem: Problem, name: str) -> Any:
    """Return the model fitted on all rows, or, where that takes long, on some of them; say so."""
    options = Options(seed=chosen().seed)
    few = some_rows(problem, SLOW_ROWS, options.seed) if name in SLOW else problem
    if len(few.y) < len(problem.y):
        st.caption(
            f"{MODELS[name].title} takes long, so it is fitted here on {len(few.y):,} of the {len(problem.y):,} rows, "
            "drawn at random. Compare and the script use all of them."
        )
    return fitted_once(("fitted", name), lambda: fit(build(name, few, options), few)[0])


def predict_block() -> None:
    """One row by form, and what the model says of it."""
    problem = table_line()
    name = _model(problem, "models.predict_model")
    fitted = _fitted(problem, name)
    names = list(problem.kinds)
    if len(names) > FORM_FIELDS:
        st.caption(
            f"The first {FORM_FIELDS} of {len(names):,} columns can be set; the others are as in the middle row."
        )
    row = {column: _middle(problem, column) for column in names}
    columns = st.columns(3)
    for place, column in enumerate(names[:FORM_FIELDS]):
        row[column] = _field(columns[place % 3], problem, column, row[column])
    answer = problem.features.__class__([row]).astype({one: float for one in problem.numbers})
    with quiet():
        if problem.classes:
            _classes(problem, probabilities_of(fitted, answer, len(problem.classes))[0])
            return
        value = float(fitted.predict(answer)[0])
    st.metric(problem.target, f"{value:.4g}")
    low, high = float(problem.y.min()), float(problem.y.max())
    if not low <= value <= high:
        st.warning(
            f"No row of the table has so extreme a value ({low:.4g} to {high:.4g}): this is a guess beyond the data."
        )


def _middle(problem: Problem, column: str) -> Any:
    cells = problem.features[column].dropna()
    if not len(cells):
        return np.nan
    return cells.mode().iloc[0] if problem.kinds[column] == "category" else float(cells.median())


def _field(place: Any, problem: Problem, column: str, middle: Any) -> Any:
    key = f"models.row.{abs(hash(chosen().token))}.{column}"
    if problem.kinds[column] == "category":
        values = [str(value) for value in problem.features[column].dropna().value_counts().index[:60]]
        return place.selectbox(
            plain(column), values, values.index(str(middle)) if str(middle) in values else 0, key=key
        )
    note = "In days since 1970" if problem.kinds[column] == "date" else None
    return place.number_input(plain(column), value=middle, key=key, help=note, format="%.6g")


def _classes(problem: Problem, probabilities: Any) -> None:
    best = int(np.argmax(probabilities))
    st.metric(problem.target, problem.classes[best])
    st.caption(f"The model gives it {probabilities[best]:.0%}.")
    order = np.argsort(-probabilities)[:SHOWN]
    figure = bar_chart([problem.classes[one] for one in order], probabilities[order].tolist(), "probability")
    show_chart(figure, "models.row_classes", f"{problem.classes[best]} with {probabilities[best]:.0%}")


def explain_block() -> None:
    """Coefficients, permutation importance, and partial dependence."""
    problem = table_line()
    name = _model(problem, "models.explain_model")
    found = fitted_once(("explained", name), lambda: explain(problem, name, Options(seed=chosen().seed)))
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What it loses without a column", anchor=False)
        table = found.importance.head(SHOWN)
        figure = bar_chart(
            table["feature"].tolist(), table["loss"].tolist(), f"{found.metric} lost", table["deviation"].tolist()
        )
        show_chart(figure, "models.importance", f"Most is lost without {table['feature'].iloc[0]}")
        st.caption("Each column of rows held out is shuffled five times. Of two columns that say the same, each "
                   "looks as if "
                   "it mattered little.")  # fmt: skip
    with right:
        weights = coefficients_of(found.fitted, problem)
        st.subheader("Coefficients", anchor=False)
        if weights is None:
            st.caption(f"{MODELS[name].title} has none: it does not add up columns.")
        else:
            rows = weights.head(SHOWN)
            names = [
                f"{one}" if len(problem.classes) < 3 else f"{of}: {one}"
                for one, of in zip(rows["column"], rows["of"], strict=True)
            ]
            figure = bar_chart(names, rows["coefficient"].tolist(), "weight")
            show_chart(figure, "models.coefficients", f"Largest: {names[0]}, {rows['coefficient'].iloc[0]:.3g}")
            # Powers and products are scaled once more, and what is made of categories with them.
            again = "scale" in found.fitted.named_steps
            st.caption("All are scaled to the same deviation, so that they can be compared." if again else SCALED)
    st.subheader("Its answer along one column", anchor=False)
    feature = st.selectbox("Column", found.importance["feature"].tolist(), key="models.dependence")
    values, answers = made_once(("dependence", name, feature), lambda: dependence(found, feature))
    _dependence_chart(problem, feature, values, answers)
    st.caption("The mean answer if every row had this value there and all else stayed (partial dependence). Where "
               "columns go "
               "together, some of these rows could not exist.")  # fmt: skip


def _dependence_chart(problem: Problem, feature: str, values: list[Any], answers: Any) -> None:
    what = problem.target if not problem.classes else "probability"
    if problem.kinds[feature] == "category" and answers.ndim == 1:
        figure = bar_chart([str(value) for value in values], answers.tolist(), what)
    elif answers.ndim == 1:
        name = what if not problem.classes else f"probability of {problem.classes[1]}"
        figure = line_chart(values, {name: answers}, feature, name)
    else:
        lines = {name: answers[:, place] for place, name in enumerate(problem.classes[:10])}
        figure = line_chart(values, lines, feature, what)
    show_chart(
        figure,
        "models.dependence_chart",
        f"Mean answer over {feature}, from {np.min(answers):.3g} to {np.max(answers):.3g}",
    )


def take_block() -> None:
    """The fitted pipeline, the script and the notebook that repeat it; and opening such a pipeline again."""
    problem = table_line()
    now = chosen()
    name = _model(problem, "models.take_model")
    fitted = _fitted(problem, name)
    stem = f"{name}-{''.join(sign if sign.isalnum() else '_' for sign in problem.target)[:40]}"
    pipeline = build(name, problem, Options(seed=now.seed))
    folds = problem.folds(now.folds)
    with st.container(horizontal=True):
        download_made(
            lambda: keep(fitted, problem, MODELS[name].title),
            stem + SUFFIX,
            "models.keep",
            "Fitted pipeline",
            "application/zip",
        )
        download_made(
            lambda: script_of(problem, now.table, pipeline, folds, now.seed),
            stem + ".py",
            "models.script",
            "Python script",
            "text/x-python",
        )
        download_made(
            lambda: notebook_of(problem, now.table, pipeline, folds, now.seed),
            stem + ".ipynb",
            "models.notebook",
            "Notebook",
            "application/json",
        )
    st.caption(
        "The pipeline is a skops file: unlike a pickle it runs nothing when it is opened. The script reads your "
        "table, judges the model on the same folds and fits it; it needs pandas and scikit-learn, nothing of Classmood."
    )
    with st.expander("The script"):
        st.code(script_of(problem, now.table, pipeline, folds, now.seed), language="python")
    if settings().hosted:
        # It runs no code, but trees whose numbers were tampered with can end the process, and with it every class.
        return
    st.subheader("Open one again", anchor=False)
    upload = st.file_uploader("A pipeline that was downloaded here", key="models.kept_file", help="A .skops file.")
    if upload is not None:
        _opened(open_kept(upload.getvalue(), upload.name))


def _opened(kept: Kept) -> None:
    what = f"one of {', '.join(kept.classes[:8])}" if kept.classes else "a number"
    st.success(f"{plain(kept.model)}: predicts {plain(kept.target)} ({plain(what)}) from {len(kept.kinds)} columns of "
               f"{plain(kept.name)}.")  # fmt: skip
    from fer.regression.columns import as_kinds

    table = chosen().table
    missing = [name for name in kept.kinds if name not in table.frame.columns]
    if missing:
        st.info(
            f"The table in Data lacks {plain(', '.join(missing[:5]))}: open one with the same columns to predict it."
        )
        return
    rows, _ = as_kinds(table.frame, kept.kinds, table.decimal)
    with quiet():
        answers = kept.pipeline.predict(rows)
    said = [kept.classes[int(one)] for one in answers] if kept.classes else answers
    st.dataframe({f"{kept.target}, predicted": said[:200]}, key="models.kept_answers")
