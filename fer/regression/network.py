"""A small Keras network for a table, as the course builds them; in worker processes and on the command line only.

The course's churn example has 11 inputs and the layers 11-11-1 (276 parameters), its admission example 7 inputs and
7-1 (64 parameters): as many units as inputs, one hidden layer for a number and two for classes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from fer.regression.models import Options
from fer.regression.preparing import prepared
from fer.regression.problem import Problem

MOST_UNITS = 64
BATCH = 64
STEPS = 2500
MOST_EPOCHS = 200
LEAST_EPOCHS = 15
PEAK_RATE = 5e-3

FloatArray = npt.NDArray[np.floating[Any]]


def layers_of(inputs: int, classes: int) -> list[int]:
    """Return the widths of a network's layers from the input on.

    Args:
        inputs: Columns after preparation.
        classes: How many; 0 for a number.

    >>> layers_of(11, 2), layers_of(7, 0), layers_of(4, 3)
    ([11, 11, 11, 1], [7, 7, 1], [4, 4, 4, 3])
    """
    units = min(MOST_UNITS, inputs)
    return [inputs, *([units] * (2 if classes else 1)), classes if classes > 2 else 1]


def build_network(widths: list[int], classes: int, seed: int) -> Any:
    """Return a network that is not trained: ReLU within, sigmoid, softmax or nothing at its end."""
    import keras

    keras.utils.set_random_seed(seed)
    last = "linear" if not classes else "sigmoid" if classes == 2 else "softmax"
    inside = [keras.layers.Dense(width, "relu", kernel_initializer="he_normal") for width in widths[1:-1]]
    return keras.Sequential([keras.Input((widths[0],)), *inside, keras.layers.Dense(widths[-1], last)])


def build_pipeline(problem: Problem, options: Options | None = None) -> Any:
    """Return the whole pipeline, not fitted: the same preparation as a linear model's, then the network."""
    from sklearn.pipeline import Pipeline

    seed = (options or Options()).seed
    network = TableNetwork(len(problem.classes), seed)
    return Pipeline([*prepared(problem, drop="first"), ("model", network)])


class TableNetwork(BaseEstimator):  # type: ignore[misc]
    """The network as scikit-learn wants an estimator.

    Attributes:
        classes: How many classes; 0 for a number.
        seed: Of the first weights and the order of the rows.
        n_parameters_: How many numbers were learned.
        widths_: Of the layers, from the input on.
    """

    def __init__(self, classes: int = 0, seed: int = 1):
        self.classes = classes
        self.seed = seed
        self._estimator_type = "classifier" if classes else "regressor"

    def fit(self, columns: FloatArray, y: npt.NDArray[Any]) -> TableNetwork:
        """Learn from prepared columns, shape ``(n, columns)``; a number is learned in units of its deviation."""
        import keras

        x = np.asarray(columns, np.float32)
        self.widths_ = layers_of(x.shape[1], self.classes)
        self.mean_, self.std_ = (0.0, 1.0) if self.classes else (float(np.mean(y)), float(np.std(y)) or 1.0)
        t = y.astype(np.float32) if self.classes else ((y - self.mean_) / self.std_).astype(np.float32)
        model = build_network(self.widths_, self.classes, self.seed)
        batch = min(BATCH, max(8, len(x) // 20))
        steps = -(-len(x) // batch)
        epochs = int(np.clip(STEPS // steps, LEAST_EPOCHS, MOST_EPOCHS))
        loss = "mse" if not self.classes else "binary_crossentropy" if self.classes == 2 else None
        rate = keras.optimizers.schedules.CosineDecay(PEAK_RATE, epochs * steps)
        model.compile(
            keras.optimizers.AdamW(rate, weight_decay=1e-3), loss or "sparse_categorical_crossentropy",
            steps_per_execution=min(20, steps),
        )  # fmt: skip
        model.fit(x, t, batch_size=batch, epochs=epochs, verbose=0)
        self.n_parameters_ = int(model.count_params())
        self.classes_ = np.arange(self.classes)
        self.network_ = model
        return self

    def predict_proba(self, columns: FloatArray) -> FloatArray:
        """Return the classes' probabilities, shape ``(n, classes)``."""
        answer = self._answers(columns)
        return np.concatenate([1 - answer, answer], axis=1) if self.classes == 2 else answer

    def predict(self, columns: FloatArray) -> npt.NDArray[Any]:
        """Return numbers, or the numbers of classes, shape ``(n,)``."""
        if self.classes:
            chosen: npt.NDArray[Any] = self.predict_proba(columns).argmax(axis=1)
            return chosen
        numbers: FloatArray = self._answers(columns)[:, 0] * self.std_ + self.mean_
        return numbers

    def _answers(self, columns: FloatArray) -> FloatArray:
        answers: FloatArray = np.asarray(self.network_(np.asarray(columns, np.float32)), np.float64)
        return answers
