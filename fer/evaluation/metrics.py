"""Figures of a classifier on labelled faces, by scikit-learn, and its calibration."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS, as_mapping
from fer.faces.classify import calibrated

LEAST_FITTED = 20
"""Faces that can choose a temperature: of 14, that of a network without need of one comes out between 0.5 and 1.4."""

FloatArray = npt.NDArray[np.float32]
LabelArray = npt.NDArray[np.integer]


def figures_of(probabilities: FloatArray, labels: LabelArray, unsure_below: float = 0.0) -> dict[str, Any]:
    """Return the figures that every model is published with.

    Args:
        probabilities: Shape ``(n, 7)``, rows summing to 1, in FER2013's order.
        labels: Shape ``(n,)``, 0..6.
        unsure_below: The confidence below which an answer is called unsure.

    Returns:
        ``n``, ``accuracy``, ``top2``, ``balanced_accuracy``, ``macro_f1``, ``log_loss``, ``ece``, ``kappa`` (Cohen's;
        None where chance explains everything), the share of ``unsure`` answers, ``accuracy_when_sure`` (None if none is
        sure), and ``recall`` by emotion; rounded to four decimals.
    """
    from sklearn import metrics

    classes = np.arange(len(EMOTIONS))
    guesses = probabilities.argmax(axis=1)
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    values = {
        "accuracy": metrics.accuracy_score(labels, guesses),
        "top2": metrics.top_k_accuracy_score(labels, exact, k=2, labels=classes),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, guesses),
        "macro_f1": metrics.f1_score(labels, guesses, average="macro", labels=classes, zero_division=0),
        "log_loss": metrics.log_loss(labels, exact, labels=classes),
        "ece": expected_calibration_error(probabilities, labels),
    }
    sure = probabilities.max(axis=1) >= unsure_below
    recall = metrics.recall_score(labels, guesses, average=None, labels=classes, zero_division=0)
    return {
        "n": len(labels),
        **{name: round(float(value), 4) for name, value in values.items()},
        "kappa": _kappa(labels, guesses),
        "unsure": round(float(1 - sure.mean()), 4),
        "accuracy_when_sure": round(float((guesses == labels)[sure].mean()), 4) if sure.any() else None,
        "recall": as_mapping(recall),
    }


def _kappa(labels: LabelArray, guesses: LabelArray) -> float | None:
    from sklearn import metrics

    # Where truth and guesses are one and the same class throughout, chance explains everything and kappa is undefined.
    if len(np.unique(np.concatenate([labels, guesses]))) < 2:
        return None
    return round(float(metrics.cohen_kappa_score(labels, guesses)), 4)


def expected_calibration_error(probabilities: FloatArray, labels: LabelArray, bins: int = 15) -> float:
    """Return the mean distance between confidence and accuracy over bins of equal width.

    scikit-learn has a curve of calibration but not this figure.

    Sources:
        Guo et al. 2017, "On Calibration of Modern Neural Networks", eq. 3.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    member = np.minimum((confidence * bins).astype(int), bins - 1)
    distances = [
        abs(float(right[member == b].mean()) - float(confidence[member == b].mean())) * float((member == b).mean())
        for b in range(bins)
        if np.any(member == b)
    ]
    return float(sum(distances))


def fit_temperature(logits: FloatArray, labels: LabelArray) -> float:
    """Return the temperature that makes confidences fit best: the lowest log loss.

    Args:
        logits: Shape ``(n, 7)``.
        labels: Shape ``(n,)``.

    Returns:
        The temperature; 1 where nothing can be told: fewer than ``LEAST_FITTED`` faces, or none is named wrongly.

    Sources:
        Guo et al. 2017, sec. 4.2.
    """
    from scipy.optimize import minimize_scalar

    if len(labels) < LEAST_FITTED or (logits.argmax(axis=1) == labels).all():
        return 1.0
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        probabilities = calibrated(logits, "logits", float(np.exp(log_temperature)))
        return -float(np.log(np.maximum(probabilities[rows, labels], 1e-12)).mean())

    best = minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded")
    return round(float(np.exp(best.x)), 4)


def cross_fitted_error(probabilities: FloatArray, labels: LabelArray, seed: int = 0) -> float:
    """Return the calibration error where each half of the faces has the temperature that fits the other half best.

    That is what a temperature that was fitted on these faces is worth on others.

    Args:
        probabilities: Shape ``(n, 7)``, rows summing to 1, of any temperature; at least two rows.
        labels: Shape ``(n,)``.
        seed: Of the halves.
    """
    logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    order = np.random.default_rng(seed).permutation(len(labels))
    halves = (order[: len(order) // 2], order[len(order) // 2 :])
    answers = np.empty_like(probabilities)
    for fitted, measured in (halves, halves[::-1]):
        temperature = fit_temperature(logits[fitted], labels[fitted])
        answers[measured] = calibrated(logits[measured], "logits", temperature)
    return expected_calibration_error(answers, labels)


def right_half_the_time(probabilities: FloatArray, labels: LabelArray) -> float:
    """Return the confidence below which a face's emotion is called unsure.

    It is where a logistic curve of being right over confidence passes one half: a guess that is more often wrong
    than right is not shown as an answer.

    Args:
        probabilities: Calibrated, shape ``(n, 7)``.
        labels: Shape ``(n,)``.

    Returns:
        A confidence in [0.2, 0.8], rounded to two decimals.
    """
    from sklearn.linear_model import LogisticRegression

    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    if right.all() or not right.any():
        return 0.2 if right.all() else 0.8
    curve = LogisticRegression(C=1e6).fit(confidence[:, None], right)
    slope, start = float(curve.coef_[0, 0]), float(curve.intercept_[0])
    # Confidence that says nothing about being right has no such place.
    crossing = -start / slope if slope > 1e-6 else 0.8
    return round(float(np.clip(crossing, 0.2, 0.8)), 2)
