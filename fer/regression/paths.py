"""What a knob does: coefficients over alpha, and the error over degree, neighbours or depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fer.regression.comparing import figures_of, fit, fitting, folds_of
from fer.regression.models import Options, build
from fer.regression.preparing import names_out, prepared
from fer.regression.problem import Problem

FloatArray = npt.NDArray[np.floating[Any]]
Penalty = Literal["ridge", "lasso", "elastic_net"]
Knob = Literal["degree", "k", "depth"]
MOST_ROWS = 2000
"""Curves of more rows are drawn on some of them: they show a shape, and Compare has the figures."""
LEAST_OF_CLASS = 2
"""Fewer rows of a class could not be divided into folds."""
L1_SHARE = 0.5


@dataclass(frozen=True)
class Path:
    """Coefficients over alpha.

    Attributes:
        alphas: Shape ``(a,)``, rising.
        coefficients: Of scaled columns, shape ``(columns, a)``.
        names: Of the columns.
        r2: Mean R2 of held-out folds, shape ``(a,)``.
        error: Its standard error, shape ``(a,)``.
    """

    alphas: FloatArray
    coefficients: FloatArray
    names: list[str]
    r2: FloatArray
    error: FloatArray

    @property
    def best(self) -> int:
        """The place of the alpha with the best R2."""
        return int(np.argmax(self.r2))

    @property
    def simplest(self) -> int:
        """The place of the largest alpha within one standard error of the best."""
        return int(np.flatnonzero(self.r2 >= self.r2[self.best] - self.error[self.best]).max())


@dataclass(frozen=True)
class Curve:
    """Error over a knob.

    Attributes:
        values: Of the knob.
        learned: Mean error on the rows that were learned from, shape ``(v,)``.
        held_out: Mean error on rows that were not.
        deviation: Its standard deviation over the folds.
        metric: What the error is.
    """

    values: list[int]
    learned: FloatArray
    held_out: FloatArray
    deviation: FloatArray
    metric: str

    @property
    def best(self) -> int:
        """The value with the smallest error on rows held out."""
        return self.values[int(np.argmin(self.held_out))]


def some_rows(problem: Problem, most: int = MOST_ROWS, seed: int = 1) -> Problem:
    """Return the problem with at most so many of its rows: each class in its share, and two rows of it where it can."""
    if len(problem.y) <= most:
        return problem
    order = np.random.default_rng(seed).permutation(len(problem.y))
    if problem.classes:
        y = problem.y[order]
        rank = np.empty(len(y), int)
        for label in np.unique(y):
            rank[y == label] = np.arange((y == label).sum())
        # The first two rows of each class come first, then all classes at the same pace: a rare one is not lost.
        pace = np.where(rank < LEAST_OF_CLASS, rank - float(LEAST_OF_CLASS), (rank + 0.5) / np.bincount(y)[y])
        order = order[np.argsort(pace, kind="stable")]
    chosen = np.sort(order[:most])
    return replace(problem, features=problem.features.iloc[chosen].reset_index(drop=True), y=problem.y[chosen])


def coefficient_path(problem: Problem, penalty: Penalty, points: int = 40, seed: int = 1) -> Path:
    """Return a linear model's coefficients as its penalty grows, and how well each predicts held-out rows."""
    from sklearn.pipeline import Pipeline

    problem = some_rows(problem, seed=seed)
    steps = Pipeline(prepared(problem))
    with fitting(len(problem.y)):
        columns = np.asarray(steps.fit_transform(problem.features, problem.y), float)
        alphas = _alphas(columns, problem.y, penalty, points)
        coefficients = np.array([_linear(penalty, alpha).fit(columns, problem.y).coef_ for alpha in alphas]).T
        r2 = np.array([_r2_of(problem, penalty, alphas, fold) for fold in folds_of(problem, seed=seed)])
    error = r2.std(axis=0, ddof=1) / len(r2) ** 0.5
    return Path(alphas, coefficients, names_out(steps), r2.mean(axis=0), error)


def _alphas(columns: FloatArray, y: FloatArray, penalty: Penalty, points: int) -> FloatArray:
    if penalty == "ridge":
        return np.logspace(-2, 5, points)
    # From this alpha on every coefficient is zero.
    largest = np.abs((columns - columns.mean(axis=0)).T @ (y - y.mean())).max() / len(y)
    largest /= 1.0 if penalty == "lasso" else L1_SHARE
    return np.logspace(np.log10(largest) - 3, np.log10(largest), points)


def _linear(penalty: Penalty, alpha: float) -> Any:
    from sklearn.linear_model import ElasticNet, Lasso, Ridge

    if penalty == "ridge":
        return Ridge(alpha)
    return Lasso(alpha, max_iter=3000) if penalty == "lasso" else ElasticNet(alpha, l1_ratio=L1_SHARE, max_iter=3000)


def _r2_of(problem: Problem, penalty: Penalty, alphas: FloatArray, fold: tuple[Any, Any]) -> list[float]:
    from sklearn.metrics import r2_score
    from sklearn.pipeline import Pipeline

    learned, held_out = fold
    steps = Pipeline(prepared(problem))
    x = steps.fit_transform(problem.features.iloc[learned], problem.y[learned])
    unseen, truth = steps.transform(problem.features.iloc[held_out]), problem.y[held_out]
    models = (_linear(penalty, alpha).fit(x, problem.y[learned]) for alpha in alphas)
    return [float(r2_score(truth, model.predict(unseen))) for model in models]


def knob_curve(problem: Problem, name: str, knob: Knob, values: Sequence[int], options: Options | None = None) -> Curve:
    """Return a model's error as one of its knobs is turned, on rows learned from and on rows held out."""
    options = options or Options()
    problem = some_rows(problem, seed=options.seed)
    metric = "log_loss" if problem.classes else "rmse"
    divided = folds_of(problem, seed=options.seed)
    errors: list[list[tuple[float, float]]] = []
    for value in values:
        pipeline = build(name, problem, replace(options, **{knob: int(value)}))
        errors.append([_errors(pipeline, problem, fold, metric) for fold in divided])
    table = np.array(errors)
    return Curve(
        list(values), table[..., 0].mean(axis=1), table[..., 1].mean(axis=1), table[..., 1].std(axis=1), metric
    )


def _errors(pipeline: Any, problem: Problem, fold: tuple[Any, Any], metric: str) -> tuple[float, float]:
    fitted, _ = fit(pipeline, problem, fold[0])
    return figures_of(fitted, problem, fold[0])[metric], figures_of(fitted, problem, fold[1])[metric]


@dataclass(frozen=True)
class Polynomials:
    """Polynomials of one number, without any penalty, as the degree grows.

    Attributes:
        curve: Their error over the degree.
        grid: Places along the number, shape ``(g,)``.
        lines: By degree, predictions along the grid.
        x: The number, shape ``(n,)``.
        y: The target, shape ``(n,)``.
    """

    curve: Curve
    grid: FloatArray
    lines: dict[int, FloatArray]
    x: FloatArray
    y: FloatArray


def polynomials(problem: Problem, feature: str, degrees: Sequence[int], rows: int = 60, seed: int = 1) -> Polynomials:
    """Fit polynomials of one number to a few rows, where a high degree can overfit for all to see.

    Args:
        problem: A regression.
        feature: One of its numbers.
        degrees: Which.
        rows: On how many rows; fewer overfit sooner.
        seed: Which rows, and of the folds.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures

    few = some_rows(problem.only([feature]), rows, seed)
    divided = folds_of(few, seed=seed)
    x = few.features[feature].fillna(few.features[feature].median()).to_numpy(float)
    grid = np.linspace(x.min(), x.max(), 160)
    errors, lines = [], {}
    for degree in degrees:
        # Between -1 and 1 high powers stay within what a number can hold.
        steps = make_pipeline(
            SimpleImputer(strategy="median"), MinMaxScaler((-1, 1)), PolynomialFeatures(degree), LinearRegression()
        )
        errors.append([_errors(steps, few, fold, "rmse") for fold in divided])
        fitted, _ = fit(steps, few)
        lines[degree] = np.asarray(fitted.predict(few.features.__class__({feature: grid})), float)
    table = np.array(errors)
    curve = Curve(list(degrees), table[..., 0].mean(1), table[..., 1].mean(1), table[..., 1].std(1), "rmse")
    return Polynomials(curve, grid, lines, x, few.y)
