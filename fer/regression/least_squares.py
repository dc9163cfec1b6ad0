"""Least squares as statsmodels tells it: coefficients with intervals, the summary, VIF, and what residuals say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer.errors import DataError
from fer.regression.comparing import quiet
from fer.regression.preparing import coded, names_out, references_of
from fer.regression.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.floating[Any]]
MOST_TERMS = 200
LARGE_VIF = 10.0
LEAST_COMPLETE = 0.5
"""Where fewer of the rows are complete, leaving out the others would change more than filling them."""
LARGE_CONDITION = 30.0
"""Belsley, Kuh and Welsch 1980: above it, of scaled columns, some are nearly sums of others."""


@dataclass(frozen=True)
class LeastSquares:
    """A fit by ordinary least squares, in the table's own units.

    Attributes:
        result: statsmodels' result.
        terms: A row a term: coefficient, standard error, t, p, low and high of the 95 % interval, VIF.
        condition: The condition number of the columns, each scaled to length 1.
        fitted: Predictions, shape ``(n,)``.
        residuals: Target minus prediction, shape ``(n,)``.
        studentized: Residuals in their own standard deviation, shape ``(n,)``.
        leverage: How much each row pulls its own prediction, shape ``(n,)``.
        checks: By name, a p value and what it says.
        references: Of each column of categories, the one that the others are compared with.
        note: What was done about missing numbers; empty where there are none.
    """

    result: Any
    terms: pd.DataFrame
    condition: float
    fitted: FloatArray
    residuals: FloatArray
    studentized: FloatArray
    leverage: FloatArray
    checks: dict[str, tuple[float, str]]
    references: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def summary(self) -> str:
        """The full summary, as text."""
        return str(self.result.summary().as_text())


def fit_least_squares(problem: Problem) -> LeastSquares:
    """Fit by least squares, with a constant; one category of each column is left out.

    Rows with missing numbers are left out where enough remain, else the numbers take the median, and the note says so:
    statsmodels knows of no guesses, so what was filled looks surer than it is.

    Raises:
        DataError: If there are too many columns for the rows.
        ValueError: If the target is a class.
    """
    import statsmodels.api as sm

    if problem.classes:
        raise ValueError("least squares predicts numbers")
    columns, references = design_of(problem)
    problem, note = _completed(problem, columns.shape[1])
    if note:
        columns, references = design_of(problem)
    if columns.shape[1] > MOST_TERMS or len(columns) < columns.shape[1] + 3:
        raise DataError(
            f"Least squares with its summary takes at most {MOST_TERMS} terms and more rows than terms; here are "
            f"{columns.shape[1]:,} terms and {len(columns):,} rows. Choose fewer features in Data."
        )
    with quiet():
        result = sm.OLS(problem.y, sm.add_constant(columns, has_constant="add")).fit()
        influence = result.get_influence()
        interval = np.asarray(result.conf_int())
        terms = columns.__class__(
            {
                "coefficient": result.params, "standard error": result.bse, "t": result.tvalues, "p": result.pvalues,
                "low": interval[:, 0], "high": interval[:, 1], "VIF": [np.nan, *inflation_of(columns)],
            }
        )  # fmt: skip
        return LeastSquares(
            result, terms, condition_of(columns), np.asarray(result.fittedvalues), np.asarray(result.resid),
            np.asarray(influence.resid_studentized_internal), np.asarray(influence.hat_matrix_diag),
            _checks(result), references, note,
        )  # fmt: skip


def _completed(problem: Problem, terms: int) -> tuple[Problem, str]:
    """Return the problem without rows that lack numbers, where enough remain, and what to say of it."""
    missing = problem.features[problem.numbers].isna().to_numpy()
    whole: npt.NDArray[np.bool_] = ~np.asarray(missing.any(axis=1))
    if whole.all():
        return problem, ""
    rows, count = len(whole), int(whole.sum())
    least = max(LEAST_COMPLETE * rows, terms + 3)
    if count >= least and float(np.ptp(problem.y[whole])) > 0:
        note = f"{rows - count:,} of {rows:,} rows lack a number and are left out here."
        features = problem.features.iloc[np.flatnonzero(whole)].reset_index(drop=True)
        return replace(problem, features=features, y=problem.y[whole]), note
    return problem, (
        f"{int(missing.sum()):,} missing numbers were filled with the median, for only {count:,} of {rows:,} rows are "
        "complete: coefficients and p values are off, and look surer than they are."
    )


def design_of(problem: Problem) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the columns that least squares adds up, and the category of each column that has none.

    They are not scaled, categories are 0 and 1, and columns that are the same in every row are left out.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline

    parts: list[tuple[str, Any, list[str]]] = []
    if problem.numbers:
        parts.append(("numbers", SimpleImputer(strategy="median", keep_empty_features=True), problem.numbers))
    if problem.categories:
        parts.append(("categories", coded("first"), problem.categories))
    made = Pipeline([("columns", ColumnTransformer(parts))])
    values = np.asarray(made.fit_transform(problem.features), float)
    columns = problem.features.__class__(values, columns=names_out(made))
    return columns.loc[:, columns.nunique() > 1], references_of(made)


def inflation_of(columns: pd.DataFrame) -> list[float]:
    """Return each column's variance inflation factor: 1 / (1 - R2) of predicting it from the others."""
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    if columns.shape[1] < 2:
        return [1.0] * columns.shape[1]
    # With a constant: without one, VIF measures distance from zero instead of likeness.
    values = np.column_stack([np.ones(len(columns)), columns.to_numpy()])
    return [float(variance_inflation_factor(values, place)) for place in range(1, values.shape[1])]


def condition_of(columns: pd.DataFrame) -> float:
    """Return the condition number of the columns with a constant, each scaled to length 1."""
    values = np.column_stack([np.ones(len(columns)), columns.to_numpy()])
    return float(np.linalg.cond(values / np.maximum(np.linalg.norm(values, axis=0), 1e-300)))


def _checks(result: Any) -> dict[str, tuple[float, str]]:
    from statsmodels.stats.diagnostic import het_breuschpagan
    from statsmodels.stats.stattools import durbin_watson, jarque_bera

    normal = float(jarque_bera(result.resid)[1])
    spread = float(het_breuschpagan(result.resid, result.model.exog)[1])
    return {
        "Normal residuals (Jarque-Bera, p)": (
            normal, _said(normal, "look normal", "are not normal: p is rough")),
        "Equal spread (Breusch-Pagan, p)": (
            spread, _said(spread, "spread evenly", "spread unevenly: intervals are off")),
        "Neighbours alike (Durbin-Watson)": (
            float(durbin_watson(result.resid)), "about 2 where neighbouring rows have nothing to do with each other",
        ),
    }  # fmt: skip


def _said(p: float, good: str, bad: str) -> str:
    return f"residuals {good if p >= 0.05 else bad}"
