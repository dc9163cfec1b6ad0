"""Why a model says what it says: its coefficients, what it loses without a column, and its answer along a column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer.regression.comparing import fit, probabilities_of, quiet
from fer.regression.models import Options, build
from fer.regression.paths import some_rows
from fer.regression.preparing import names_out
from fer.regression.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.floating[Any]]
HELD_OUT = 0.25
MOST_ROWS = 4000
SHUFFLED_ROWS = 800
REPEATS = 5
POINTS = 24


@dataclass(frozen=True)
class Explained:
    """A model fitted on a part of the rows, with what explains it.

    Attributes:
        fitted: The pipeline.
        problem: With the rows that it has not seen.
        whole: With all rows.
        importance: A row a feature: how much the main figure falls if the feature is shuffled, and its deviation.
        metric: What that figure is.
    """

    fitted: Any
    problem: Problem
    whole: Problem
    importance: pd.DataFrame
    metric: str


def explain(problem: Problem, name: str, options: Options | None = None) -> Explained:
    """Fit a model on three quarters of the rows, and shuffle each feature of the others.

    Sources:
        Breiman 2001, "Random Forests", sec. 10.
    """
    import pandas as pd
    from sklearn.inspection import permutation_importance
    from sklearn.model_selection import train_test_split

    options = options or Options()
    few = some_rows(problem, MOST_ROWS, options.seed)
    # Classes can only be in their share on both sides if each side has room for all of them.
    room = math.ceil(HELD_OUT * len(few.y)) >= len(few.classes)
    stratify = few.y if few.classes and room and np.bincount(few.y).min() > 1 else None
    learned, unseen = train_test_split(
        np.arange(len(few.y)), test_size=HELD_OUT, random_state=options.seed, stratify=stratify
    )
    fitted, _ = fit(build(name, few, options), few, learned)
    judged = Problem(**{**vars(few), "features": few.features.iloc[unseen], "y": few.y[unseen]})
    small = some_rows(judged, SHUFFLED_ROWS, options.seed)
    # Of one class alone there is no AUC.
    two = len(few.classes) == 2 and len(np.unique(small.y)) == 2
    scoring = "r2" if not few.classes else "roc_auc" if two else "accuracy"
    with quiet():
        found = permutation_importance(
            fitted, small.features, small.y, scoring=scoring, n_repeats=REPEATS, random_state=options.seed
        )
    table = pd.DataFrame(
        {"feature": small.features.columns, "loss": found.importances_mean, "deviation": found.importances_std}
    ).sort_values("loss", ascending=False, ignore_index=True)
    return Explained(fitted, judged, problem, table, {"r2": "R²", "roc_auc": "AUC", "accuracy": "accuracy"}[scoring])


def coefficients_of(fitted: Any, problem: Problem) -> pd.DataFrame | None:
    """Return a linear model's coefficients, of scaled columns, the largest first; None where a model has none."""
    import pandas as pd

    model = fitted[-1]
    if not hasattr(model, "coef_"):
        return None
    names = names_out(fitted[:-1])
    table = np.atleast_2d(model.coef_)
    # Only classes among the rows that it was fitted on have coefficients.
    seen = [problem.classes[int(label)] for label in model.classes_] if problem.classes else [problem.target]
    rows = seen if len(table) > 1 else seen[-1:]
    frame = pd.DataFrame(
        {"column": names * len(table), "of": np.repeat(rows, len(names)), "coefficient": table.ravel()}
    )
    return frame.sort_values("coefficient", key=np.abs, ascending=False, ignore_index=True)


def odds_ratios(fitted: Any, problem: Problem) -> pd.DataFrame:
    """Return a logistic model's odds ratios: by how much one step of a column multiplies the odds of a class.

    A step is one standard deviation of a number, or being of that category. The odds are those of the class ``of``
    against the class ``against``: of two, the first; of more, the first that the model has learned, since weights of
    all classes mean something only beside one another.

    Sources:
        Hosmer, Lemeshow and Sturdivant 2013, "Applied Logistic Regression", sec. 8.1.
    """
    table = coefficients_of(fitted, problem)
    if table is None:
        raise ValueError("this model has no coefficients")
    first = problem.classes[int(fitted[-1].classes_[0])]
    if len(fitted[-1].classes_) > 2:
        reference = table[table["of"] == first].set_index("column")["coefficient"]
        table = table[table["of"] != first]
        table = table.assign(coefficient=table["coefficient"] - table["column"].map(reference))
        table = table.sort_values("coefficient", key=np.abs, ascending=False, ignore_index=True)
    table.insert(2, "against", first)
    return table.assign(**{"odds ratio": np.exp(table["coefficient"].clip(-50, 50))})


def dependence(explained: Explained, feature: str) -> tuple[list[Any], FloatArray]:
    """Return a model's mean answer as one feature takes its values and all else stays.

    Returns:
        The values, and the answers, shape ``(values,)`` for a number or two classes (the second's probability), else
        ``(values, classes)``, also of a class that the model has not seen.

    Sources:
        Friedman 2001, "Greedy function approximation", sec. 8.2.
    """
    problem = some_rows(explained.problem, 300)
    # The rows held out may have no value at all in a column that is filled in a few cells.
    cells = explained.whole.features[feature].dropna()
    if problem.kinds[feature] == "category":
        values = list(cells.value_counts().index[:12])
    else:
        values = sorted(set(np.quantile(cells.to_numpy(float), np.linspace(0.02, 0.98, POINTS)).tolist()))
    answers = []
    for value in values:
        rows = problem.features.assign(**{feature: value})
        with quiet():
            if problem.classes:
                answer = probabilities_of(explained.fitted, rows, len(problem.classes))
            else:
                answer = explained.fitted.predict(rows)
        answers.append(np.asarray(answer, float).mean(axis=0))
    table = np.array(answers)
    return values, table[:, 1] if len(problem.classes) == 2 else table
