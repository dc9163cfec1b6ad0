"""Curves over all thresholds, held to counting."""

from __future__ import annotations

import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.evaluation.curves import coverage_of, precision_recall_curves, reliability, roc_curves


@pytest.fixture(scope="module")
def answered() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 6, 400).astype(np.uint8)
    powers = np.exp(rng.normal(0, 1, (400, 7)) + 1.5 * np.eye(7)[labels])
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32), labels


def test_a_rocs_area_is_how_often_a_face_ranks_above_another(answered: tuple[np.ndarray, np.ndarray]) -> None:
    probabilities, labels = answered
    curves = {curve.emotion: curve for curve in roc_curves(probabilities, labels)}
    assert "neutral" not in curves and len(curves) == 6, "no face is labelled neutral"
    happy = EMOTIONS.index("happy")
    own, others = probabilities[labels == happy, happy], probabilities[labels != happy, happy]
    above = (own[:, None] > others[None, :]).mean() + 0.5 * (own[:, None] == others[None, :]).mean()
    assert curves["happy"].area == pytest.approx(above)
    assert (np.diff(curves["happy"].x) >= 0).all() and curves["happy"].y[-1] == 1


def test_precision_over_recall_goes_through_what_counting_gives(answered: tuple[np.ndarray, np.ndarray]) -> None:
    probabilities, labels = answered
    sad = EMOTIONS.index("sad")
    curve = next(one for one in precision_recall_curves(probabilities, labels) if one.emotion == "sad")
    order = np.argsort(-probabilities[:, sad])
    hits = np.cumsum(labels[order] == sad)
    precision = hits / np.arange(1, 401)
    assert curve.area == pytest.approx(precision[labels[order] == sad].mean())
    assert curve.share == pytest.approx((labels == sad).mean())
    assert len(curve.x) <= 200


def test_the_bins_of_calibration_are_counted_right(answered: tuple[np.ndarray, np.ndarray]) -> None:
    probabilities, labels = answered
    found = reliability(probabilities, labels, 10)
    confidence = probabilities.max(axis=1)
    inside = (confidence > 0.6) & (confidence <= 0.7)
    right = probabilities.argmax(axis=1) == labels
    assert found.counts[6] == inside.sum() and found.counts.sum() == 400
    assert found.accuracy[6] == pytest.approx(right[inside].mean())
    gaps = np.nan_to_num(np.abs(found.accuracy - found.confidence))
    assert found.ece == pytest.approx(float((gaps * found.counts).sum() / 400), abs=1e-6)


def test_coverage_and_accuracy_at_a_threshold_are_counted_right(answered: tuple[np.ndarray, np.ndarray]) -> None:
    probabilities, labels = answered
    found = coverage_of(probabilities, labels)
    sure = probabilities.max(axis=1) >= 0.6
    right = probabilities.argmax(axis=1) == labels
    assert found.at(0.6) == (pytest.approx(sure.mean()), pytest.approx(right[sure].mean()))
    assert found.at(0.0) == (1.0, pytest.approx(right.mean()))
    assert np.isnan(found.accuracy[100])
