"""What another model knows, for a training to begin with or to learn from."""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt

from fer import registry
from fer.emotions import EMOTIONS
from fer.faces.classify import open_classifier

FloatArray = npt.NDArray[np.float32]
UInt8Array = npt.NDArray[np.uint8]

BATCH = 256


def keras_model(name: str) -> keras.Model:
    """Return what a model's .keras file holds.

    Raises:
        ModelError: If there is no such model or its file is damaged.
    """
    path = registry.find(name, "face").verified("keras")
    return keras.saving.load_model(path, compile=False, safe_mode=True)


def answers_of(name: str, faces_gray: UInt8Array) -> FloatArray:
    """Return a model's mean probabilities over each face and its mirror image, steadier than one look.

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
    firsts = range(0, len(faces_gray), BATCH)
    parts = [np.empty((0, len(EMOTIONS)), np.float32)]
    for batch in (faces_gray[first : first + BATCH] for first in firsts):
        mirrored = np.ascontiguousarray(batch[:, :, ::-1])
        parts.append((classifier.probabilities(batch) + classifier.probabilities(mirrored)) / np.float32(2))
    return np.concatenate(parts)
