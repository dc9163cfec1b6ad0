"""Figures and calibration, against cases that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fer.evaluation.metrics import (
    cross_fitted_error,
    expected_calibration_error,
    figures_of,
    fit_temperature,
    right_half_the_time,
)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def test_figures_of_a_small_case_worked_out_by_hand() -> None:
    labels = np.arange(7)
    probabilities = np.full((7, 7), 0.05, np.float32)
    probabilities[labels, labels] = 0.7
    # The last two: one right as second guess, one not among the first two.
    probabilities[5], probabilities[6] = 0.02, 0.02
    probabilities[5, [4, 5]] = 0.6, 0.3
    probabilities[6, [0, 1]] = 0.5, 0.4
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    figures = figures_of(probabilities, labels)
    assert figures["n"] == 7
    assert figures["accuracy"] == pytest.approx(5 / 7, abs=1e-4)
    assert figures["top2"] == pytest.approx(6 / 7, abs=1e-4)
    assert figures["balanced_accuracy"] == pytest.approx(5 / 7, abs=1e-4)
    assert figures["recall"]["happy"] == 1 and figures["recall"]["neutral"] == 0
    assert (figures["unsure"], figures["accuracy_when_sure"]) == (0, figures["accuracy"])


def test_unsure_answers_are_counted_apart() -> None:
    probabilities = np.full((4, 7), 0.05, np.float32)
    probabilities[:2, 3], probabilities[2:, 4] = 0.7, 0.4
    figures = figures_of(probabilities / probabilities.sum(axis=1, keepdims=True), np.array([3, 3, 3, 4]), 0.6)
    assert (figures["unsure"], figures["accuracy_when_sure"], figures["accuracy"]) == (0.5, 1.0, 0.75)
    assert figures_of(probabilities, np.array([3, 3, 3, 4]), 0.99)["accuracy_when_sure"] is None


def test_calibration_error_is_the_distance_of_confidence_and_accuracy() -> None:
    probabilities = np.full((10, 7), 0.2 / 6, np.float32)
    probabilities[:, 0] = 0.8
    always_right, half_right = np.zeros(10, int), np.array([0, 1] * 5)
    assert expected_calibration_error(probabilities, always_right) == pytest.approx(0.2, abs=1e-5)
    assert expected_calibration_error(probabilities, half_right) == pytest.approx(0.3, abs=1e-5)


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found_again(true_temperature: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 7)).astype(np.float32)
    chances = softmax(logits / true_temperature).cumsum(axis=1)
    labels = (rng.random(20_000)[:, None] > chances).sum(axis=1).clip(0, 6)
    assert fit_temperature(logits, labels) == pytest.approx(true_temperature, rel=0.05)


def test_a_handful_of_faces_and_a_network_that_is_always_right_choose_no_temperature() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (14, 7)).astype(np.float32)
    assert fit_temperature(logits, rng.integers(0, 7, 14)) == 1
    many = rng.normal(0, 2, (200, 7)).astype(np.float32)
    assert fit_temperature(many, many.argmax(axis=1)) == 1, "it would be made surer without end"


def test_unsure_begins_where_guesses_are_more_often_wrong_than_right() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.2, 1.0, 40_000)
    probabilities = np.repeat(((1 - confidence) / 6)[:, None], 7, axis=1).astype(np.float32)
    probabilities[:, 3] = confidence
    # Right as often as the confidence says, then ten points less often than it says.
    labels = np.where(rng.random(40_000) < confidence, 3, 0)
    assert right_half_the_time(probabilities, labels) == pytest.approx(0.5, abs=0.02)
    labels = np.where(rng.random(40_000) < confidence - 0.1, 3, 0)
    assert right_half_the_time(probabilities, labels) == pytest.approx(0.6, abs=0.02)


def test_a_network_that_is_always_right_or_never_has_a_threshold_at_the_end() -> None:
    probabilities = np.full((50, 7), 0.05, np.float32)
    probabilities[:, 2] = 0.7
    assert right_half_the_time(probabilities, np.full(50, 2)) == 0.2
    assert right_half_the_time(probabilities, np.full(50, 3)) == 0.8


def test_a_temperature_is_worth_on_the_other_half_what_it_is_worth_on_others() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (20_000, 7)).astype(np.float32)
    labels = (rng.random(20_000)[:, None] > softmax(logits).cumsum(axis=1)).sum(axis=1).clip(0, 6)
    too_sure = softmax(3 * logits)
    assert expected_calibration_error(too_sure, labels) > 0.1
    assert cross_fitted_error(too_sure, labels) < 0.01, "whatever temperature it had before"
    # Two faces: what fits the one says nothing of the other.
    assert cross_fitted_error(softmax(np.eye(7, dtype=np.float32)[:2] * 5), np.array([0, 0])) > 0.3
