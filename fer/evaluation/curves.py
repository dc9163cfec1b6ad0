"""Curves of a classifier over all thresholds: ROC, precision and recall, calibration, coverage and accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.evaluation.intervals import BINS
from fer.evaluation.metrics import expected_calibration_error

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
MOST_POINTS = 200
"""Of a curve: more cannot be told apart on a screen and take long to send."""


@dataclass(frozen=True)
class Curve:
    """A curve of one emotion against all others.

    Attributes:
        emotion: Which one.
        x: False positive rate, or recall.
        y: True positive rate, or precision.
        area: Under it: the ROC's area, or average precision.
        share: Of the faces with this label: what precision is by guessing.
    """

    emotion: str
    x: FloatArray
    y: FloatArray
    area: float
    share: float


def roc_curves(probabilities: FloatArray, labels: IntArray) -> list[Curve]:
    """Return the ROC curve of each emotion that some faces have and others have not."""
    from sklearn.metrics import roc_auc_score, roc_curve

    curves = []
    for name, own, score in _split(probabilities, labels):
        false, true, _ = roc_curve(own, score)
        keep = _thin(len(false))
        curves.append(Curve(name, false[keep], true[keep], float(roc_auc_score(own, score)), float(own.mean())))
    return curves


def precision_recall_curves(probabilities: FloatArray, labels: IntArray) -> list[Curve]:
    """Return precision over recall of each emotion that some faces have and others have not."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    curves = []
    for name, own, score in _split(probabilities, labels):
        precision, recall, _ = precision_recall_curve(own, score)
        keep = _thin(len(recall))
        area = float(average_precision_score(own, score))
        curves.append(Curve(name, recall[keep], precision[keep], area, float(own.mean())))
    return curves


@dataclass(frozen=True)
class Reliability:
    """Confidence against accuracy, in bins of equal width.

    Attributes:
        edges: Of all bins, shape ``(bins + 1,)``.
        counts: Faces in each, shape ``(bins,)``.
        confidence: Mean confidence in each; NaN where it is empty.
        accuracy: Share of right answers in each; NaN where it is empty.
        ece: The expected calibration error.
    """

    edges: FloatArray
    counts: IntArray
    confidence: FloatArray
    accuracy: FloatArray
    ece: float


def reliability(probabilities: FloatArray, labels: IntArray, bins: int = BINS) -> Reliability:
    """Hold confidence against accuracy; ``sklearn.calibration.calibration_curve`` on the most probable emotion."""
    from sklearn.calibration import calibration_curve

    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, bins + 1)
    # As calibration_curve sorts them into bins; it leaves empty ones out.
    counts = np.bincount(np.searchsorted(edges[1:-1], confidence), minlength=bins)
    accuracy, mean = np.full(bins, np.nan), np.full(bins, np.nan)
    accuracy[counts > 0], mean[counts > 0] = calibration_curve(right, confidence, n_bins=bins)
    ece = expected_calibration_error(np.asarray(probabilities, np.float32), labels, bins)
    return Reliability(edges, counts, mean, accuracy, ece)


@dataclass(frozen=True)
class Coverage:
    """What stays when answers below a confidence are withheld.

    Attributes:
        thresholds: From 0 to 1 in hundredths, shape ``(101,)``.
        coverage: Share of faces that still get an answer.
        accuracy: Share of right answers among those; NaN where none is left.
    """

    thresholds: FloatArray
    coverage: FloatArray
    accuracy: FloatArray

    def at(self, threshold: float) -> tuple[float, float]:
        """Return coverage and accuracy at a threshold of whole hundredths."""
        place = int(np.clip(round(100 * threshold), 0, len(self.thresholds) - 1))
        return float(self.coverage[place]), float(self.accuracy[place])


def coverage_of(probabilities: FloatArray, labels: IntArray) -> Coverage:
    """Return coverage and accuracy at each threshold of whole hundredths."""
    thresholds = np.arange(101) / 100
    confidence = probabilities.max(axis=1).astype(np.float64)
    order = np.argsort(confidence)
    right = np.concatenate([[0], np.cumsum((probabilities.argmax(axis=1) == labels)[order])])
    below = np.searchsorted(confidence[order], thresholds, side="left")
    left = len(labels) - below
    accuracy = np.divide(right[-1] - right[below], left, out=np.full(len(thresholds), np.nan), where=left > 0)
    return Coverage(thresholds, left / max(1, len(labels)), accuracy)


def _split(probabilities: FloatArray, labels: IntArray) -> list[tuple[str, npt.NDArray[np.bool_], FloatArray]]:
    both = [(name, labels == i, probabilities[:, i]) for i, name in enumerate(EMOTIONS)]
    return [(name, own, score) for name, own, score in both if own.any() and not own.all()]


def _thin(n: int) -> npt.NDArray[np.intp]:
    return np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).astype(np.intp))
