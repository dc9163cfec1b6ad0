"""What another model knows, for a training to begin with or to learn from."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import numpy.typing as npt

from fer import registry
from fer.faces.classify import open_classifier

FloatArray = npt.NDArray[np.float32]
UInt8Array = npt.NDArray[np.uint8]

SHIFTS_PX = (-1, 0, 1)
BATCH = 256


def keras_weights(name: str) -> list[FloatArray]:
    """Return the weights of a model's .keras file.

    Raises:
        ModelError: If there is no such model or its file is damaged.
    """
    path = registry.find(name, "face").verified("keras")
    weights: list[FloatArray] = keras.saving.load_model(path, compile=False, safe_mode=True).get_weights()
    return weights


def answers_of(name: str, faces_gray: UInt8Array) -> FloatArray:
    """Return a model's mean probabilities over mirrored and shifted views, which are steadier than one look.

    Args:
        name: The model's.
        faces_gray: Shape ``(n, 48, 48)``, uint8.

    Returns:
        Shape ``(n, 7)``, float32, rows summing to 1.

    Raises:
        ModelError: If there is no such model or its file is damaged.

    Sources:
        Hinton et al. 2015, "Distilling the Knowledge in a Neural Network"; Furlanello et al. 2018, "Born Again
        Neural Networks", for a teacher of the pupil's own size.
    """
    classifier = open_classifier(name, 2)
    total = np.zeros((len(faces_gray), 7), np.float32)
    views = list(itertools.product(SHIFTS_PX, SHIFTS_PX, (1, -1)))
    for down, right, way in views:
        view = np.roll(faces_gray[:, :, ::way], (down, right), (1, 2))
        for first in range(0, len(view), BATCH):
            total[first : first + BATCH] += classifier.probabilities(np.ascontiguousarray(view[first : first + BATCH]))
    return total / len(views)
