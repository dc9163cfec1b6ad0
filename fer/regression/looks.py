"""Looks at one model: its boundary between two numbers, its answers on rows held out, ROC and threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.regression.comparing import fit, folds_of, probabilities_of, quiet
from fer.regression.models import Options, build
from fer.regression.paths import some_rows
from fer.regression.problem import Problem

FloatArray = npt.NDArray[np.floating[Any]]
GRID = 70
MOST_POINTS = 500
MOST_ROWS = 4000


@dataclass(frozen=True)
class Boundary:
    """A model that knows two numbers only, all over the plane of them.

    Attributes:
        xs: Places along the first, shape ``(g,)``.
        ys: Places along the second, shape ``(g,)``.
        answers: Predicted number, or the class's number, shape ``(g, g)``; rows go along the second.
        sureness: The class's probability, shape ``(g, g)``; None for a number.
        points: Some rows: both numbers and the target, shape ``(p, 3)``.
    """

    xs: FloatArray
    ys: FloatArray
    answers: FloatArray
    sureness: FloatArray | None
    points: FloatArray


def boundary(problem: Problem, first: str, second: str, name: str, options: Options | None = None) -> Boundary:
    """Fit a model on two numbers and ask it all over their plane."""
    few = some_rows(problem.only([first, second]), MOST_ROWS)
    fitted, _ = fit(build(name, few, options), few)
    xs, ys = (_places(few.features[column].to_numpy(float)) for column in (first, second))
    plane = few.features.__class__({first: np.tile(xs, GRID), second: np.repeat(ys, GRID)})
    shown = some_rows(few, MOST_POINTS)
    points = np.column_stack([shown.features[first], shown.features[second], shown.y])
    with quiet():
        if not few.classes:
            return Boundary(xs, ys, np.asarray(fitted.predict(plane), float).reshape(GRID, GRID), None, points)
        probabilities = probabilities_of(fitted, plane, len(few.classes))
    answers = probabilities.argmax(axis=1).astype(float)
    return Boundary(xs, ys, answers.reshape(GRID, GRID), probabilities.max(axis=1).reshape(GRID, GRID), points)


def _places(values: FloatArray) -> FloatArray:
    values = values[np.isfinite(values)]
    low, high = np.quantile(values, [0.005, 0.995])
    if low == high:
        low, high = values.min(), values.max()
    margin = 0.05 * (high - low or 1.0)
    return np.linspace(low - margin, high + margin, GRID)


def held_out_answers(problem: Problem, name: str, options: Options | None = None) -> FloatArray:
    """Return what a model says of each row unseen: numbers ``(n,)``, or probabilities ``(n, classes)``."""
    options = options or Options()
    pipeline = build(name, problem, options)
    answers = np.zeros((len(problem.y), len(problem.classes)) if problem.classes else len(problem.y))
    for learned, unseen in folds_of(problem, seed=options.seed):
        fitted, _ = fit(pipeline, problem, learned)
        rows = problem.features.iloc[unseen]
        with quiet():
            if problem.classes:
                answers[unseen] = probabilities_of(fitted, rows, len(problem.classes))
            else:
                answers[unseen] = fitted.predict(rows)
    return answers


def roc(y: npt.NDArray[Any], score: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Return false alarms, hits and thresholds along the ROC curve, and the area under it.

    Args:
        y: Truth, 0 or 1, shape ``(n,)``.
        score: Probability of 1, shape ``(n,)``.
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    false, true, thresholds = roc_curve(y, score)
    return false, true, np.minimum(thresholds, 1.0), float(roc_auc_score(y, score))


def at_threshold(y: npt.NDArray[Any], score: FloatArray, threshold: float) -> dict[str, float]:
    """Count what happens if everything from a probability on is called 1: hits, misses, false alarms."""
    called = score >= threshold
    hit, false = int((called & (y == 1)).sum()), int((called & (y == 0)).sum())
    miss, right = int((~called & (y == 1)).sum()), int((~called & (y == 0)).sum())
    return {
        "hits": hit, "misses": miss, "false alarms": false, "rightly left": right,
        "precision": hit / max(1, hit + false), "recall": hit / max(1, hit + miss), "accuracy": (hit + right) / len(y),
    }  # fmt: skip
