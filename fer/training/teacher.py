"""What another model knows, for a training to begin with or to learn from."""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt

from fer import registry
from fer.emotions import EMOTIONS
from fer.faces.classify import open_classifier
from fer.training.recipe import shares_of

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


class Teacher:
    """One model or several, asked about faces.

    Args:
        models: A name, or shares by name.
        threads: Of each model's session.

    Raises:
        ModelError: If there is no such model or its file is damaged.

    Sources:
        Hinton et al. 2015, "Distilling the Knowledge in a Neural Network", for several at once as well; Furlanello et
        al. 2018, "Born Again Neural Networks", for a teacher of the pupil's own size.
    """

    def __init__(self, models: str | dict[str, float], threads: int = 1):
        self._models = [(open_classifier(name, threads), share) for name, share in shares_of(models).items()]

    def probabilities(self, faces_gray: UInt8Array) -> FloatArray:
        """Return the mean of the models' probabilities, weighted by their shares.

        Args:
            faces_gray: Shape ``(n, 48, 48)``, uint8.

        Returns:
            Shape ``(n, 7)``, float32, rows summing to 1.
        """
        mean = np.zeros((len(faces_gray), len(EMOTIONS)), np.float32)
        for model, share in self._models:
            mean += np.float32(share) * model.probabilities(faces_gray)
        return mean


def answers_of(models: str | dict[str, float], faces_gray: UInt8Array) -> FloatArray:
    """Return a teacher's mean probabilities over each face and its mirror image, steadier than one look.

    Args:
        models: A name, or shares by name.
        faces_gray: Shape ``(n, 48, 48)``, uint8.

    Returns:
        Shape ``(n, 7)``, float32, rows summing to 1.

    Raises:
        ModelError: If there is no such model or its file is damaged.
    """
    teacher = Teacher(models, 2)
    firsts = range(0, len(faces_gray), BATCH)
    parts = [np.empty((0, len(EMOTIONS)), np.float32)]
    for batch in (faces_gray[first : first + BATCH] for first in firsts):
        mirrored = np.ascontiguousarray(batch[:, :, ::-1])
        parts.append((teacher.probabilities(batch) + teacher.probabilities(mirrored)) / np.float32(2))
    return np.concatenate(parts)
