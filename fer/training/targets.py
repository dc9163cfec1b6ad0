"""What each face should be answered with: its label, the crowd's votes, a teacher's answers, smoothing, weights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.emotions import EMOTIONS
from fer.training.recipe import Loss, Recipe

FloatArray = npt.NDArray[np.float32]
CLASSES = len(EMOTIONS)


def targets_of(faces: FaceSet, recipe: Recipe, answers: FloatArray | None = None) -> FloatArray:
    """Mix FER's label, FER+'s votes, a teacher's answers and smoothing into target distributions.

    Args:
        faces: The training rows; their ``votes`` are rows summing to 1, or to 0 (no usable vote: FER's label alone).
        recipe: ``votes``, ``teacher_share`` and ``loss.label_smoothing`` are used.
        answers: A teacher's probabilities, shape ``(n, 7)``; or None.

    Returns:
        Shape ``(n, 7)``, float32, rows summing to 1.
    """
    targets = np.eye(CLASSES, dtype=np.float32)[faces.labels]
    if faces.votes is not None:
        usable = faces.votes.sum(axis=1, keepdims=True) > 0
        targets = np.where(usable, (1 - recipe.votes) * targets + recipe.votes * faces.votes, targets)
    targets = _smoothed(targets, recipe)
    return targets if answers is None else with_answers(targets, answers, recipe)


def with_answers(targets: FloatArray, answers: FloatArray, recipe: Recipe) -> FloatArray:
    """Mix a teacher's answers into finished targets, smoothed as these are; both of shape ``(n, 7)``."""
    share = np.float32(recipe.teacher_share)
    return (1 - share) * targets + share * _smoothed(answers, recipe)


def _smoothed(targets: FloatArray, recipe: Recipe) -> FloatArray:
    smooth = recipe.loss.label_smoothing
    return ((1 - smooth) * targets + smooth / CLASSES).astype(np.float32)


def class_weights_of(loss: Loss, labels: npt.NDArray[np.uint8]) -> FloatArray | None:
    """Return how much each emotion counts, shape ``(7,)``, float32; None where all count alike.

    ``balanced`` gives ``n / (classes that are there * faces of the class)``, as scikit-learn does.
    """
    if loss.class_weights == "none":
        return None
    if isinstance(loss.class_weights, dict):
        return np.array([loss.class_weights[name] for name in EMOTIONS], np.float32)
    counts = np.bincount(labels, minlength=CLASSES)
    there = counts > 0
    weights = np.zeros(CLASSES, np.float32)
    weights[there] = len(labels) / (there.sum() * counts[there])
    return weights
