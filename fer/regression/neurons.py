"""One neuron and what it cannot do, a hidden layer that can, and gradients that vanish on their way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
Gate = Literal["AND", "OR", "XOR"]
Activation = Literal["sigmoid", "tanh", "relu"]
GATES: dict[Gate, tuple[int, int, int, int]] = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "XOR": (0, 1, 1, 0)}
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
GRID = 60
WIDTH = 24


@dataclass(frozen=True)
class Neuron:
    """A perceptron after some examples.

    Attributes:
        weights: Of both inputs, shape ``(2,)``.
        bias: Its threshold, turned around.
        right: How many of the four corners it names rightly.
        shown: The place of the corner that it saw last; None before the first.
    """

    weights: FloatArray
    bias: float
    right: int
    shown: int | None


def perceptron_steps(gate: Gate, steps: int) -> list[Neuron]:
    """Show scikit-learn's perceptron the four corners in turn, one a step, and note each step.

    Sources:
        Rosenblatt 1958, "The perceptron".
    """
    from sklearn.linear_model import Perceptron

    truth = np.array(GATES[gate])
    model = Perceptron(shuffle=False, random_state=1)
    noted = [Neuron(np.zeros(2), 0.0, int((truth == 0).sum()), None)]
    for step in range(steps):
        corner = step % 4
        model.partial_fit(CORNERS[corner : corner + 1], truth[corner : corner + 1], classes=[0, 1])
        right = int((model.predict(CORNERS) == truth).sum())
        noted.append(Neuron(model.coef_[0].copy(), float(model.intercept_[0]), right, corner))
    return noted


def hidden_layer(gate: Gate, units: int, seed: int = 1) -> tuple[FloatArray, int]:
    """Fit a network with one hidden layer (scikit-learn's) to a gate.

    Returns:
        Its probability of 1 over the square from -0.5 to 1.5, shape ``(GRID, GRID)``, rows along the second input; and
        how many corners it names rightly.
    """
    from sklearn.neural_network import MLPClassifier

    from fer.regression.comparing import quiet

    truth = np.array(GATES[gate])
    model = MLPClassifier((units,), activation="tanh", solver="lbfgs", alpha=1e-4, max_iter=500, random_state=seed)
    with quiet():
        model.fit(CORNERS, truth)
    places = np.linspace(-0.5, 1.5, GRID)
    first, second = np.meshgrid(places, places)
    answers = model.predict_proba(np.column_stack([first.ravel(), second.ravel()]))[:, 1]
    return answers.reshape(GRID, GRID), int((model.predict(CORNERS) == truth).sum())


def gradient_by_layer(depth: int, activation: Activation, seed: int = 1) -> FloatArray:
    """Return the mean length of the loss's gradient at each layer of an untrained network, first to last.

    Weights begin as Glorot has them, for ReLU as He has them; the input is noise, and the loss's slope at the end is 1.

    Args:
        depth: Layers, each of 24 units.
        activation: After each layer.
        seed: Of the weights.

    Sources:
        Glorot and Bengio 2010; Hochreiter 1991 on vanishing gradients.
    """
    random = np.random.default_rng(seed)
    signal: FloatArray
    scale = (2 / WIDTH) ** 0.5 if activation == "relu" else (1 / WIDTH) ** 0.5
    weights = [random.normal(0, scale, (WIDTH, WIDTH)) for _ in range(depth)]
    signal, slopes = random.normal(size=(64, WIDTH)), []
    for layer in weights:
        total = signal @ layer
        signal, slope = _bend(total, activation)
        slopes.append(slope)
    back = random.normal(size=signal.shape)
    lengths = np.zeros(depth)
    for place in reversed(range(depth)):
        back = back * slopes[place]
        lengths[place] = np.linalg.norm(back, axis=1).mean()
        back = back @ weights[place].T
    return lengths


def _bend(total: FloatArray, activation: Activation) -> tuple[FloatArray, FloatArray]:
    signal: FloatArray
    if activation == "sigmoid":
        signal = 1 / (1 + np.exp(-total))
        return signal, signal * (1 - signal)
    if activation == "tanh":
        signal = np.tanh(total)
        return signal, 1 - signal**2
    return np.maximum(total, 0), (total > 0).astype(float)
