"""The speech network and how it learns: several small networks on a window's functionals, answering together.

Keras lives in worker processes and on the command line only.

Sources:
    Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization".
    Lakshminarayanan et al. 2017, "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers
from pydantic import BaseModel, ConfigDict, Field

from fer.emotions import EMOTIONS

FloatArray = npt.NDArray[np.float32]
LabelArray = npt.NDArray[np.int64]
Tell = Callable[[float], None]

CLIP_AT = 5.0
"""Functionals further than this many deviations from the mean count as this far: one odd value must not decide."""


class SpeechRecipe(BaseModel):
    """How the network is built and learns.

    Attributes:
        takes: Of every clip: itself and augmented ones.
        members: Networks that answer together; each begins elsewhere.
        hidden: Units of each layer.
        epochs: Passes over all takes.
        batch: Rows a step.
        rate: Learning rate at the beginning; it falls along a cosine.
        decay: Weight decay.
        dropout: Of hidden units.
        smoothing: Of the targets.
        mixup: Beta distribution's parameter.
        seed: Of everything that is drawn.
    """

    model_config = ConfigDict(extra="forbid")

    takes: int = Field(2, ge=1, le=20)
    members: int = Field(3, ge=1, le=10)
    hidden: tuple[int, ...] = (256, 128)
    epochs: int = Field(30, ge=1, le=500)
    batch: int = Field(128, ge=8, le=1024)
    rate: float = Field(3e-3, gt=0)
    decay: float = Field(0.05, ge=0)
    dropout: float = Field(0.5, ge=0, lt=1)
    smoothing: float = Field(0.1, ge=0, lt=1)
    mixup: float = Field(0.3, gt=0)
    seed: int = 0


def fit_network(rows: FloatArray, emotions: LabelArray, recipe: SpeechRecipe, tell: Tell | None = None) -> keras.Model:
    """Train all members and return them as one network.

    Args:
        rows: Functionals, shape ``(n, functionals)``, of all takes.
        emotions: Shape ``(n,)``, FER2013's order.
        recipe: How.
        tell: Told the share that is done after each epoch.

    Returns:
        A network from functionals, as they come, to the mean of the members' log probabilities, shape ``(n, 7)``.
    """
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    inputs = keras.Input((rows.shape[1],), name="functionals")
    scaled = layers.Normalization(mean=mean, variance=deviation**2)(inputs)
    scaled = keras.ops.clip(scaled, -CLIP_AT, CLIP_AT)
    standard = np.clip((rows - mean) / deviation, -CLIP_AT, CLIP_AT).astype(np.float32)
    answers = []
    for number in range(recipe.members):
        member = _fit_member(standard, emotions, recipe, number, tell)
        answers.append(keras.ops.log_softmax(member(scaled), axis=-1))
    together = answers[0] if len(answers) == 1 else layers.Average()(answers)
    return keras.Model(inputs, together, name="speech")


def _member(width: int, recipe: SpeechRecipe) -> keras.Model:
    inputs = keras.Input((width,))
    x = layers.Dropout(0.2)(inputs)
    for units in recipe.hidden:
        x = layers.Dense(units, use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.Dropout(recipe.dropout)(layers.ReLU()(x))
    return keras.Model(inputs, layers.Dense(len(EMOTIONS))(x))


def _fit_member(
    rows: FloatArray, emotions: LabelArray, recipe: SpeechRecipe, number: int, tell: Tell | None
) -> keras.Model:
    seed = recipe.seed * 100 + number
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    network = _member(rows.shape[1], recipe)
    steps = max(1, len(rows) // recipe.batch)
    rate = keras.optimizers.schedules.CosineDecay(recipe.rate, recipe.epochs * steps)
    network.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=recipe.decay),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.smoothing),
    )
    counts = np.bincount(emotions, minlength=len(EMOTIONS)).clip(1)
    # The square root: rare emotions weigh more, but are not all that counts.
    weights = np.sqrt(len(emotions) / (len(EMOTIONS) * counts)).astype(np.float32)
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[emotions]
    for epoch in range(recipe.epochs):
        order = random.permutation(len(rows))[: steps * recipe.batch]
        partner = random.permutation(order)
        share = random.beta(recipe.mixup, recipe.mixup, (len(order), 1)).astype(np.float32)
        network.fit(
            share * rows[order] + (1 - share) * rows[partner],
            share * targets[order] + (1 - share) * targets[partner],
            sample_weight=weights[emotions[order]],
            batch_size=recipe.batch,
            epochs=1,
            shuffle=False,
            verbose=0,
        )
        if tell is not None:
            tell((number * recipe.epochs + epoch + 1) / (recipe.members * recipe.epochs))
    return network


def log_probabilities(network: keras.Model, rows: FloatArray) -> FloatArray:
    """Return a network's answers, shape ``(n, 7)``, float32: what the temperature divides."""
    answers: Any = network.predict(rows, batch_size=256, verbose=0)
    return np.asarray(answers, np.float32)
