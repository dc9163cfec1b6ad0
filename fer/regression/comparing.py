"""Models judged on the same folds: figures with their deviation, the time they take, and which one to choose."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.errors import DataError
from fer.regression.models import MODELS, Options, build
from fer.regression.problem import FOLDS, Problem, Task

FloatArray = npt.NDArray[np.floating[Any]]
Builder = Callable[[str, Problem, Options], Any]
"""Makes a pipeline by its name, as ``fer.regression.models.build`` does."""

MAIN: dict[Task, str] = {"regression": "r2", "classification": "auc"}
"""The figure that chooses; more is better."""
METRICS: dict[Task, tuple[str, ...]] = {
    "regression": ("r2", "rmse", "mae"),
    "classification": ("auc", "accuracy", "f1", "log_loss"),
}
WORDS = {
    "r2": "R²", "rmse": "RMSE", "mae": "MAE", "auc": "AUC", "accuracy": "Accuracy", "f1": "F1 (macro)",
    "log_loss": "Cross-entropy",
}  # fmt: skip
FURTHEST = 1e12
"""A figure beyond this says only that the model blew up; JSON has no infinity."""


@dataclass(frozen=True)
class Judged:
    """One model's figures.

    Attributes:
        name: Of ``fer.regression.models.MODELS``.
        folds: By metric, one figure a fold.
        fit_s: Mean seconds that fitting took.
        parameters: How many numbers the network learned; None for others.
    """

    name: str
    folds: dict[str, list[float]]
    fit_s: float
    parameters: int | None = None

    def mean(self, metric: str) -> float:
        """Return a metric's mean over the folds."""
        return float(np.mean(self.folds[metric]))

    def std(self, metric: str) -> float:
        """Return a metric's standard deviation over the folds."""
        return float(np.std(self.folds[metric], ddof=1)) if len(self.folds[metric]) > 1 else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return it as the command line writes it."""
        metrics = {name: {"mean": round(self.mean(name), 6), "std": round(self.std(name), 6)} for name in self.folds}
        return {"name": self.name, "metrics": metrics, "fit_s": round(self.fit_s, 4)}


@dataclass(frozen=True)
class LeftOut:
    """A model that could not be fitted on these rows.

    Attributes:
        name: Of ``fer.regression.models.MODELS``.
        why: What was in the way.
    """

    name: str
    why: str

    @property
    def sentence(self) -> str:
        """Say it to a reader."""
        return f"{MODELS[self.name].title} is left out. {self.why}"


def folds_of(problem: Problem, folds: int = FOLDS, seed: int = 1) -> list[tuple[Any, Any]]:
    """Return the places of the rows to fit on and of those to judge on, the same for every model.

    Raises:
        DataError: If there are too few rows for two folds.
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    count = problem.folds(folds)
    if count < 2:
        raise DataError(f"{problem.name}: too few rows of some class for two folds. Bring more rows.")
    kind = StratifiedKFold if problem.classes else KFold
    divided = kind(count, shuffle=True, random_state=seed)
    return list(divided.split(problem.features, problem.y))


def compare(
    problem: Problem,
    names: Sequence[str],
    make: Builder = build,
    options: Options | None = None,
    folds: int = FOLDS,
    on_progress: Callable[[float, str], object] | None = None,
    stop: Callable[[], bool] | None = None,
    on_judged: Callable[[Judged], object] | None = None,
    on_left_out: Callable[[LeftOut], object] | None = None,
) -> list[Judged]:
    """Judge models on the same folds; one that cannot be fitted on some fold is left out, and the others go on.

    Args:
        problem: What is predicted from what.
        names: Which models.
        make: Makes their pipelines.
        options: What can be turned; its seed also divides the rows.
        folds: How many, if the rows suffice.
        on_progress: Called with the share that is done and what comes next.
        stop: Looked at before each fold.
        on_judged: Called with each model once its folds are done.
        on_left_out: Called with each model that could not be fitted.

    Raises:
        DataError: If there are too few rows, or no model can be fitted.
        InputError: If a model does not do the task.
    """
    options = options or Options()
    divided = folds_of(problem, folds, options.seed)
    pipelines = [(name, make(name, problem, options)) for name in names]
    found: list[Judged] = []
    failed: list[LeftOut] = []
    for place, (name, pipeline) in enumerate(pipelines):
        figures: dict[str, list[float]] = {metric: [] for metric in METRICS[problem.task]}
        seconds, fitted = 0.0, [None]
        try:
            for number, (learned, held_out) in enumerate(divided):
                if stop and stop():
                    return found
                if on_progress:
                    share = (place + number / len(divided)) / len(pipelines)
                    on_progress(share, f"{MODELS[name].title}, fold {number + 1} of {len(divided)}.")
                fitted, took = fit(pipeline, problem, learned)
                seconds += took
                for metric, figure in figures_of(fitted, problem, held_out).items():
                    figures[metric].append(figure)
        except UnfittedError as wrong:
            failed.append(LeftOut(name, str(wrong)))
            if on_left_out:
                on_left_out(failed[-1])
            continue
        parameters = getattr(fitted[-1], "n_parameters_", None)
        found.append(Judged(name, figures, seconds / len(divided), parameters))
        if on_judged:
            on_judged(found[-1])
    if failed and not found:
        raise DataError(f"{problem.name}: none of the models can be fitted. {failed[0].sentence}")
    return found


class UnfittedError(DataError):
    """Rows that a model cannot be fitted on, as when no column varies among them."""


def fit(pipeline: Any, problem: Problem, rows: Any = None) -> tuple[Any, float]:
    """Fit a copy of a pipeline on some rows, or on all; return it and the seconds it took.

    Raises:
        UnfittedError: If scikit-learn cannot fit it on these rows.
    """
    from sklearn.base import clone

    features = problem.features if rows is None else problem.features.iloc[rows]
    y = problem.y if rows is None else problem.y[rows]
    fitted = clone(pipeline)
    begun = time.perf_counter()
    with fitting(len(y)):
        fitted.fit(features, y)
    return fitted, time.perf_counter() - begun


@contextmanager
def fitting(rows: int) -> Iterator[None]:
    """Within it something is fitted quietly on so many rows.

    Raises:
        UnfittedError: If scikit-learn cannot do it.
    """
    try:
        with quiet():
            yield
    except (ValueError, ArithmeticError) as wrong:
        # What scikit-learn asks of rows differs from step to step; it says it with one of these.
        reason = (str(wrong).strip() or type(wrong).__name__).splitlines()[0].rstrip(".")[:200]
        raise UnfittedError(
            f"The model cannot be fitted on {rows:,} of the rows ({reason}). Bring more rows, or choose other columns."
        ) from wrong


class quiet(warnings.catch_warnings):  # noqa: N801 - used as the standard library's own
    """Within it scikit-learn's and NumPy's warnings about what we judge ourselves are not said."""

    def __enter__(self) -> Any:
        entered = super().__enter__()
        warnings.simplefilter("ignore")
        self._old = np.seterr(all="ignore")
        return entered

    def __exit__(self, *details: Any) -> None:
        np.seterr(**self._old)
        super().__exit__(*details)


def figures_of(fitted: Any, problem: Problem, rows: Any) -> dict[str, float]:
    """Judge a fitted pipeline on rows that it has not seen."""
    features, y = problem.features.iloc[rows], problem.y[rows]
    with quiet():
        if problem.classes:
            return class_figures(y, probabilities_of(fitted, features, len(problem.classes)))
        return number_figures(y, np.asarray(fitted.predict(features), float))


def number_figures(y: FloatArray, guesses: FloatArray) -> dict[str, float]:
    """Return R2, RMSE and MAE; predictions without bound give figures that are only very bad."""
    from sklearn import metrics

    guesses = np.nan_to_num(guesses, nan=FURTHEST, posinf=FURTHEST, neginf=-FURTHEST).clip(-FURTHEST, FURTHEST)
    figures = {
        "r2": metrics.r2_score(y, guesses),
        "rmse": metrics.root_mean_squared_error(y, guesses),
        "mae": metrics.mean_absolute_error(y, guesses),
    }
    return {name: float(np.clip(figure, -FURTHEST, FURTHEST)) for name, figure in figures.items()}


def class_figures(y: npt.NDArray[Any], probabilities: FloatArray) -> dict[str, float]:
    """Return AUC (one class against the rest), accuracy, F1 (the mean of all classes') and cross-entropy."""
    from sklearn import metrics

    labels = np.arange(probabilities.shape[1])
    guesses = probabilities.argmax(axis=1)
    binary = len(labels) == 2
    f1 = metrics.f1_score(y, guesses, average="macro", zero_division=0)
    score = probabilities[:, 1] if binary else probabilities
    return {
        "auc": float(metrics.roc_auc_score(y, score, multi_class="ovr", labels=None if binary else labels)),
        "accuracy": float(metrics.accuracy_score(y, guesses)),
        "f1": float(f1),
        "log_loss": float(metrics.log_loss(y, probabilities, labels=labels)),
    }


def probabilities_of(fitted: Any, features: Any, classes: int) -> FloatArray:
    """Return probabilities with a column for each class, also for one that the model has not seen."""
    given = np.nan_to_num(np.asarray(fitted.predict_proba(features), float), nan=1.0 / classes)
    whole = np.zeros((len(given), classes))
    whole[:, np.asarray(fitted.classes_, int)] = given
    whole /= np.maximum(whole.sum(axis=1, keepdims=True), 1e-12)
    return whole


def chosen(judged: Sequence[Judged], task: Task) -> tuple[str, str, float]:
    """Choose by the one-standard-error rule.

    Returns:
        The best model, the simplest that is within one standard error of it, and the figure that it had to reach.

    Sources:
        Hastie, Tibshirani and Friedman 2009, "The Elements of Statistical Learning", sec. 7.10.
    """
    metric = MAIN[task]
    best = max(judged, key=lambda one: one.mean(metric))
    bar = best.mean(metric) - best.std(metric) / len(best.folds[metric]) ** 0.5
    order = list(MODELS)
    simple = min((one for one in judged if one.mean(metric) >= bar), key=lambda one: order.index(one.name))
    return best.name, simple.name, bar


def document_of(
    problem: Problem, judged: Sequence[Judged], folds: int, left_out: Sequence[LeftOut] = ()
) -> dict[str, Any]:
    """Return figures as the command line writes them; ``notes`` only where a model is left out."""
    document: dict[str, Any] = {
        "schema": 1, "target": problem.target, "task": problem.task, "folds": folds,
        "models": [one.as_json() for one in judged],
    }  # fmt: skip
    return {**document, "notes": [one.sentence for one in left_out]} if left_out else document
