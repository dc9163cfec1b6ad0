"""The data path: augmented batches, made by threads while the network computes."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fer.faces.scale import InputSpec, scale_faces
from fer.training.augmentation import augment_twice, mix_up
from fer.training.recipe import Recipe
from fer.training.targets import with_answers
from fer.training.teacher import Teacher

FloatArray = npt.NDArray[np.float32]


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """One epoch of augmented batches.

    Order and changes depend on (seed, epoch) alone, so that a run that was stopped goes on as if it had not been.
    OpenCV and NumPy let go of Python's lock, so two threads keep ahead of the network without processes of their own
    (Keras makes batches of one alone in the network's own thread, but for TensorFlow).

    Args:
        images: Shape ``(n, 48, 48)``, uint8.
        targets: Shape ``(n, 7)``, float32, rows summing to 1.
        class_weights: Shape ``(7,)``, float32, or None.
        recipe: Batch size, seed, augmentation and loss are used.
        spec: The network's input.
        epoch: From 0.
        teacher: Asked about each changed face, where the recipe's ``teacher_sees`` is ``view`` or ``clear``; or None.
    """

    def __init__(
        self,
        images: npt.NDArray[np.uint8],
        targets: FloatArray,
        class_weights: FloatArray | None,
        recipe: Recipe,
        spec: InputSpec,
        epoch: int,
        teacher: Teacher | None = None,
    ):
        super().__init__(workers=2, use_multiprocessing=False, max_queue_size=8)
        self.images, self.targets, self.class_weights = images, targets, class_weights
        self.recipe, self.spec, self.epoch, self.teacher = recipe, spec, epoch, teacher
        self.order = np.random.default_rng([recipe.seed, epoch]).permutation(len(images))

    def __len__(self) -> int:
        """Return how many batches an epoch has."""
        return steps_of(len(self.images), self.recipe)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """Return a batch: images ``(n, h, w, 1)`` float32, targets, and weights ``(n,)`` where classes are weighted.

        Targets are ``(n, 7)`` float32, or ``(n,)`` int32 for the sparse loss.
        """
        rows = self.order[index * self.recipe.batch_size : (index + 1) * self.recipe.batch_size]
        rng = np.random.default_rng([self.recipe.seed, self.epoch, index])
        clear, faces = augment_twice(np.asarray(self.images[rows]), self.recipe.augmentation, rng)
        targets = self.targets[rows]
        if self.teacher:
            asked = faces if self.recipe.teacher_sees == "view" else clear
            targets = with_answers(targets, self.teacher.probabilities(asked), self.recipe)
        scaled, targets = mix_up(scale_faces(faces, self.spec), targets, self.recipe.augmentation.mixup, rng)
        batch: tuple[Any, ...] = (scaled, targets)
        if self.recipe.loss.kind == "sparse":
            batch = (scaled, targets.argmax(axis=1).astype(np.int32))
        return batch if self.class_weights is None else (*batch, targets @ self.class_weights)


def steps_of(faces: int, recipe: Recipe) -> int:
    """Return how many batches an epoch has."""
    return math.ceil(faces / recipe.batch_size)
