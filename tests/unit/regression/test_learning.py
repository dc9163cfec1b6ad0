"""The pictures that teach show what is true: descents, a neuron and XOR, gradients that vanish."""

from __future__ import annotations

import numpy as np
import pytest

from fer.regression.descent import gradient, loss_at, scaled, surface, walk
from fer.regression.neurons import GATES, gradient_by_layer, hidden_layer, perceptron_steps

random = np.random.default_rng(0)
X = scaled(random.normal(size=80))
Y = scaled(0.8 * X + random.normal(0, 0.4, 80))
BEST = float(np.mean(X * Y))


def test_the_gradient_is_the_slope_of_the_loss():
    place, step = np.array([0.3, -0.7]), 1e-6
    for axis in (0, 1):
        there = place + step * np.eye(2)[axis]
        slope = (loss_at(X, Y, there[:1], there[1:]) - loss_at(X, Y, place[:1], place[1:]))[0] / step
        assert gradient(X, Y, place)[axis] == pytest.approx(slope, abs=1e-4)


@pytest.mark.parametrize(
    ("optimizer", "batch", "rate"), [("plain", 80, 0.1), ("momentum", 80, 0.03), ("adam", 80, 0.1), ("plain", 16, 0.1)]
)
def test_every_way_comes_down_to_the_best_line(optimizer: str, batch: int, rate: float):
    walked = walk(X, Y, optimizer, batch, rate, 300)
    assert walked.places[-1] == pytest.approx([BEST, 0], abs=0.15)
    assert walked.losses[-1] < 0.3 * walked.losses[0] and not walked.lost
    assert walked.losses == pytest.approx(loss_at(X, Y, walked.places[:, 0], walked.places[:, 1]))


def test_single_rows_stumble_and_all_rows_do_not():
    whole, single = walk(X, Y, "plain", 80, 0.1, 60), walk(X, Y, "plain", 1, 0.1, 60)
    assert (np.diff(whole.losses) <= 1e-12).all()
    assert (np.diff(single.losses) > 0).sum() > 10


def test_too_long_steps_run_away_and_it_is_said():
    walked = walk(X, Y, "plain", 80, 1.3, 60)
    assert walked.lost and np.isfinite(walked.losses).all() and walked.losses[-1] > walked.losses[0]


def test_the_surface_is_lowest_at_the_best_line():
    places, losses = surface(X, Y)
    b, w = np.unravel_index(losses.argmin(), losses.shape)
    assert (places[w], places[b]) == pytest.approx((BEST, 0), abs=0.05)


@pytest.mark.parametrize(("gate", "learned"), [("AND", True), ("OR", True), ("XOR", False)])
def test_one_neuron_learns_what_a_line_divides(gate: str, learned: bool):
    steps = perceptron_steps(gate, 60)
    assert len(steps) == 61 and steps[1].shown == 0
    assert (steps[-1].right == 4) == learned
    assert (max(step.right for step in steps) == 4) == learned


def test_a_hidden_layer_learns_xor_and_one_hidden_neuron_does_not():
    answers, right = hidden_layer("XOR", 4)
    assert right == 4 and answers.shape == (60, 60)
    assert hidden_layer("XOR", 1)[1] < 4
    assert set(GATES) == {"AND", "OR", "XOR"}


def test_the_sigmoids_gradient_vanishes_and_relus_does_not():
    sigmoid, tanh, relu = (gradient_by_layer(20, name) for name in ("sigmoid", "tanh", "relu"))
    shares = [lengths[0] / lengths[-1] for lengths in (sigmoid, tanh, relu)]
    assert shares[0] < 1e-9 and shares[1] > 1e-4 and shares[2] > 0.05
    shallow = gradient_by_layer(2, "sigmoid")
    assert shallow[0] / shallow[-1] > 0.1
