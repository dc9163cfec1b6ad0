"""How far figures may be off, because other faces would have come: bootstrap intervals, seeded, without a loop.

To draw n faces anew, with replacement, and to count them by cells is to draw the counts from a multinomial
distribution with the cells' shares. So whatever follows from counts (accuracy, recall, F1, kappa) is resampled by its
counts, thousands of times at once; only what needs each face's own number is resampled face by face.

Sources:
    Efron 1979, "Bootstrap Methods: Another Look at the Jackknife".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

RESAMPLES = 2000
ROW_RESAMPLES = 500
LEVEL = 0.95
SEED = 0
BINS = 15
CHUNK = 4_000_000


@dataclass(frozen=True)
class Interval:
    """A figure with the range in which it lies for 95 of 100 draws of faces.

    Attributes:
        value: As measured.
        low: The lower end.
        high: The upper end.
    """

    value: float
    low: float
    high: float


def confusion_of(labels: IntArray, guesses: IntArray) -> npt.NDArray[np.int64]:
    """Count labels against guesses, shape ``(7, 7)``, truth in rows."""
    from sklearn.metrics import confusion_matrix

    counts: npt.NDArray[np.int64] = confusion_matrix(labels, guesses, labels=np.arange(len(EMOTIONS)))
    return counts


def drawn_anew(counts: IntArray, resamples: int = RESAMPLES, seed: int = SEED) -> npt.NDArray[np.int64]:
    """Return the counts of many draws of as many faces, shape ``(resamples, *counts.shape)``."""
    n = int(counts.sum())
    drawn = np.random.default_rng(seed).multinomial(n, counts.ravel() / n, size=resamples)
    return drawn.reshape(resamples, *counts.shape)


def figures_of_confusion(confusion: IntArray) -> dict[str, FloatArray]:
    """Return what follows from one or many confusion matrices, as scikit-learn defines it.

    Args:
        confusion: Shape ``(…, 7, 7)``, truth in rows.

    Returns:
        ``accuracy``, ``balanced_accuracy`` (over the emotions that are there), ``macro_f1`` (over all seven) and
        ``kappa`` (NaN where chance explains everything), shape ``(…)``; ``precision``, ``recall`` and ``f1``, shape
        ``(…, 7)``: 0 where nothing is to divide by.
    """
    counts = confusion.astype(np.float64)
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    truth, guessed, n = counts.sum(axis=-1), counts.sum(axis=-2), counts.sum(axis=(-2, -1))
    recall, precision = _ratio(hits, truth), _ratio(hits, guessed)
    f1 = _ratio(2 * hits, truth + guessed)
    accuracy = _ratio(hits.sum(axis=-1), n)
    chance = _ratio((truth * guessed).sum(axis=-1), n**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        kappa = np.where(chance < 1, (accuracy - chance) / (1 - chance), np.nan)
    return {
        "accuracy": accuracy,
        "balanced_accuracy": _ratio(recall.sum(axis=-1), (truth > 0).sum(axis=-1)),
        "macro_f1": f1.mean(axis=-1),
        "kappa": kappa,
        "precision": precision,
        "recall": recall,
        "f1": f1,
    }


def class_intervals(confusion: IntArray) -> dict[str, list[Interval]]:
    """Return ``precision``, ``recall`` and ``f1`` of each emotion with intervals, in FER2013's order."""
    values, many = figures_of_confusion(confusion), figures_of_confusion(drawn_anew(confusion))
    hits = np.diagonal(confusion)
    found = {
        name: [share_interval(int(hits[i]), int(of[i]), many[name][:, i]) for i in range(len(EMOTIONS))]
        for name, of in (("precision", confusion.sum(axis=0)), ("recall", confusion.sum(axis=1)))
    }
    found["f1"] = [interval_of(float(values["f1"][i]), many["f1"][:, i]) for i in range(len(EMOTIONS))]
    for i, f1 in enumerate(found["f1"]):
        if f1.low == f1.high:
            # It lies between precision and recall, whatever was drawn.
            between = (found["precision"][i], found["recall"][i])
            found["f1"][i] = Interval(f1.value, min(one.low for one in between), max(one.high for one in between))
    return found


def overall_intervals(probabilities: FloatArray, labels: IntArray) -> dict[str, Interval]:
    """Return the figures of a whole part with intervals.

    Args:
        probabilities: Shape ``(n, 7)``, rows summing to 1.
        labels: Shape ``(n,)``.

    Returns:
        ``accuracy``, ``top2``, ``balanced_accuracy``, ``macro_f1``, ``kappa`` (left out where it is not defined),
        ``log_loss`` and ``ece``.
    """
    from fer.evaluation.metrics import figures_of

    exact = figures_of(np.asarray(probabilities, np.float32), labels)
    confusion = confusion_of(labels, probabilities.argmax(axis=1))
    values, many = figures_of_confusion(confusion), figures_of_confusion(drawn_anew(confusion))
    n = len(labels)
    found = {"accuracy": share_interval(int(np.trace(confusion)), n, many["accuracy"])}
    found |= {name: interval_of(float(values[name]), many[name]) for name in ("balanced_accuracy", "macro_f1")}
    hits = round(exact["top2"] * n)
    found["top2"] = share_interval(hits, n, drawn_anew(np.array([hits, n - hits]))[:, 0] / n)
    if np.isfinite(values["kappa"]):
        found["kappa"] = interval_of(float(values["kappa"]), many["kappa"][np.isfinite(many["kappa"])])
    losses, errors = _by_face(probabilities, labels)
    found["log_loss"] = interval_of(exact["log_loss"], losses)
    # A draw's error by bins is larger on average than the faces' own; so only its spread is taken.
    found["ece"] = interval_of(exact["ece"], np.maximum(0, errors - errors.mean() + exact["ece"]))
    return found


def interval_of(value: float, many: FloatArray) -> Interval:
    """Return a figure with the middle 95 % of what many draws gave."""
    low, high = np.quantile(many, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if len(many) else (value, value)
    return Interval(value, float(min(low, value)), float(max(high, value)))


def share_interval(hits: int, n: int, many: FloatArray) -> Interval:
    """Return a share with the middle 95 % of many draws; where all or none are hits, draws cannot tell.

    Args:
        hits: Of them.
        n: All; 0 gives 0, with no range.
        many: The share in each draw.

    Sources:
        Wilson 1927, "Probable inference, the law of succession, and statistical inference", for all or none.
    """
    if n and hits in (0, n):
        low, high = wilson(hits, n)
        return Interval(hits / n, low, high)
    return interval_of(hits / n if n else 0.0, many)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return within what a share lies for 95 of 100 samples, from the hits among ``n``.

    >>> [round(end, 2) for end in wilson(3, 3)]
    [0.44, 1.0]
    """
    from scipy.stats import binomtest

    found = binomtest(hits, n).proportion_ci(LEVEL, "wilson")
    return float(found.low), float(found.high)


def _by_face(probabilities: FloatArray, labels: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return log loss and calibration error of many draws of faces, shape ``(ROW_RESAMPLES,)`` each."""
    n = len(labels)
    confidence = probabilities.max(axis=1)
    gap = (probabilities.argmax(axis=1) == labels) - confidence
    member = np.minimum((confidence * BINS).astype(int), BINS - 1)
    columns = np.zeros((n, BINS + 1))
    columns[np.arange(n), member] = gap
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    columns[:, BINS] = -np.log(np.maximum(exact[np.arange(n), labels], np.finfo(np.float64).eps))
    rng, sums = np.random.default_rng(SEED), []
    at_once = max(1, CHUNK // n)
    for first in range(0, ROW_RESAMPLES, at_once):
        draws = min(at_once, ROW_RESAMPLES - first)
        picked = rng.integers(0, n, (draws, n)) + n * np.arange(draws)[:, None]
        times = np.bincount(picked.ravel(), minlength=draws * n).reshape(draws, n)
        sums.append(times @ columns / n)
    table = np.concatenate(sums)
    return table[:, BINS], np.abs(table[:, :BINS]).sum(axis=1)


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    ratio: FloatArray = np.divide(
        part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=np.asarray(whole) > 0
    )
    return ratio
