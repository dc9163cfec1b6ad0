"""Figures with intervals, held to scikit-learn, to drawing faces one by one, and to the binomial distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from sklearn import metrics

from fer.evaluation.intervals import (
    class_intervals,
    confusion_of,
    drawn_anew,
    figures_of_confusion,
    interval_of,
    overall_intervals,
)


def answers(n: int = 700, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Labels of uneven classes, and probabilities that are right about two times of three."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(7, n, p=[0.2, 0.03, 0.17, 0.25, 0.1, 0.1, 0.15]).astype(np.uint8)
    logits = rng.normal(0, 1, (n, 7))
    logits[np.arange(n), labels] += 1.8
    powers = np.exp(logits)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32), labels


def test_what_follows_from_counts_is_what_scikit_learn_says() -> None:
    probabilities, labels = answers()
    guesses = probabilities.argmax(axis=1)
    found = figures_of_confusion(confusion_of(labels, guesses))
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(labels, guesses))
    assert found["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(labels, guesses))
    assert found["macro_f1"] == pytest.approx(metrics.f1_score(labels, guesses, average="macro"))
    assert found["kappa"] == pytest.approx(metrics.cohen_kappa_score(labels, guesses))
    assert found["precision"] == pytest.approx(metrics.precision_score(labels, guesses, average=None))
    assert found["recall"] == pytest.approx(metrics.recall_score(labels, guesses, average=None))
    assert found["f1"] == pytest.approx(metrics.f1_score(labels, guesses, average=None))


def test_counts_drawn_at_once_spread_as_faces_drawn_one_by_one() -> None:
    probabilities, labels = answers()
    guesses = probabilities.argmax(axis=1)
    found = overall_intervals(probabilities, labels)
    rng = np.random.default_rng(11)
    many = []
    for _ in range(300):
        rows = rng.integers(0, len(labels), len(labels))
        own, said = labels[rows], guesses[rows]
        many.append((metrics.f1_score(own, said, average="macro"), metrics.cohen_kappa_score(own, said),
                     metrics.log_loss(own, probabilities[rows], labels=np.arange(7))))  # fmt: skip
    for name, column in (("macro_f1", 0), ("kappa", 1), ("log_loss", 2)):
        low, high = np.quantile(np.array(many)[:, column], [0.025, 0.975])
        width = high - low
        assert found[name].low == pytest.approx(low, abs=0.25 * width)
        assert found[name].high == pytest.approx(high, abs=0.25 * width)


def test_accuracy_spreads_as_a_binomial_does() -> None:
    probabilities, labels = answers()
    found = overall_intervals(probabilities, labels)["accuracy"]
    low, high = binom.ppf([0.025, 0.975], len(labels), found.value) / len(labels)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.006), pytest.approx(high, abs=0.006))


def test_every_figure_lies_in_its_interval_and_the_same_seed_gives_the_same() -> None:
    probabilities, labels = answers(300)
    first, second = overall_intervals(probabilities, labels), overall_intervals(probabilities, labels)
    assert first == second
    for name, one in first.items():
        assert one.low <= one.value <= one.high, name
        assert one.low < one.high, name
    confusion = confusion_of(labels, probabilities.argmax(axis=1))
    rare, common = (class_intervals(confusion)["recall"][label] for label in (1, 3))
    assert rare.high - rare.low > common.high - common.low


def test_one_row_and_a_missing_class_are_measured_all_the_same() -> None:
    probabilities, labels = answers(1)
    one = overall_intervals(probabilities, labels)
    assert one["accuracy"].value in (0.0, 1.0) and one["accuracy"].high - one["accuracy"].low > 0.7
    probabilities, labels = answers(200)
    there = labels != 1
    found = class_intervals(confusion_of(labels[there], probabilities[there].argmax(axis=1)))
    assert found["recall"][1].value == found["recall"][1].high == 0


def test_all_right_of_few_faces_is_no_certainty() -> None:
    three = confusion_of(np.array([0, 0, 0, 3, 3]), np.array([0, 0, 0, 3, 4]))
    recall, f1 = (class_intervals(three)[name][0] for name in ("recall", "f1"))
    # Wilson's interval for 3 of 3.
    assert (recall.value, recall.low, recall.high) == (1, pytest.approx(0.438, abs=1e-3), 1)
    assert (f1.value, f1.low, f1.high) == (1, recall.low, 1)
    sure = np.tile(np.eye(7, dtype=np.float32)[3] * 0.93 + 0.01, (20, 1))
    found = overall_intervals(sure, np.full(20, 3, np.uint8))
    assert found["top2"].low == found["accuracy"].low == pytest.approx(0.839, abs=1e-3)


def test_where_all_is_one_class_kappa_is_left_out() -> None:
    same = np.tile(np.eye(7, dtype=np.float32)[3] * 0.93 + 0.01, (20, 1))
    found = overall_intervals(same, np.full(20, 3, np.uint8))
    assert "kappa" not in found and found["accuracy"].value == 1


def test_draws_hold_as_many_faces_as_there_are() -> None:
    drawn = drawn_anew(np.array([[5, 0], [3, 2]]), 50)
    assert drawn.shape == (50, 2, 2) and (drawn.sum(axis=(1, 2)) == 10).all() and (drawn[:, 0, 1] == 0).all()
    assert interval_of(0.5, np.array([])).low == 0.5


def test_log_loss_of_an_overconfident_network_lies_amid_its_interval() -> None:
    probabilities, labels = answers()
    sure = np.full_like(probabilities, 1e-13)
    sure[np.arange(len(labels)), probabilities.argmax(axis=1)] = 1
    found = overall_intervals(sure, labels)["log_loss"]
    assert found.value == pytest.approx(metrics.log_loss(labels, sure.astype(np.float64), labels=range(7)), rel=1e-3)
    assert found.low < 0.97 * found.value and found.high > 1.03 * found.value
