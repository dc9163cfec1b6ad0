"""The speech networks and how they learn: small ones on functionals, answering together, or convolutions on a patch.

Keras lives in worker processes and on the command line only.

Sources:
    Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization".
    Lakshminarayanan et al. 2017, "Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt
from keras import layers
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fer.audio.describe import Description
from fer.audio.patches import BANDS, STEPS
from fer.emotions import EMOTIONS

FloatArray = npt.NDArray[np.float32]
LabelArray = npt.NDArray[np.int64]
Tell = Callable[[float], None]

CLIP_AT = 5.0
"""Functionals further than this many deviations from the mean count as this far: one odd value must not decide."""


class SpeechRecipe(BaseModel):
    """How the network is built and learns.

    Attributes:
        kind: ``functionals`` for the small networks, ``cnn`` for convolutions on the patch of ``fer.audio.patches``.
        takes: Of every clip: itself and augmented ones.
        members: Networks that answer together; each begins elsewhere and drops other units.
        hidden: Units of each layer of the small networks.
        channels: Of each of the convolutions' layers.
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

    kind: Literal["functionals", "cnn"] = "functionals"
    takes: int = Field(2, ge=1, le=20)
    members: int = Field(3, ge=1, le=10)
    hidden: tuple[int, ...] = (256, 128)
    channels: tuple[int, ...] = (64, 96, 128)
    epochs: int = Field(30, ge=1, le=500)
    batch: int = Field(128, ge=8, le=1024)
    rate: float = Field(3e-3, gt=0)
    decay: float = Field(0.05, ge=0)
    dropout: float = Field(0.5, ge=0, lt=1)
    smoothing: float = Field(0.1, ge=0, lt=1)
    mixup: float = Field(0.3, gt=0)
    seed: int = 0

    @model_validator(mode="before")
    @classmethod
    def _as_kind(cls, values: Any) -> Any:
        """Fill in what suits a network of convolutions where nothing else is said."""
        if isinstance(values, dict) and values.get("kind") == "cnn":
            return {"members": 1, "batch": 32, "dropout": 0.3, "decay": 0.02, **values}
        return values

    @property
    def description(self) -> Description:
        """What the network sees of a window."""
        return "patch" if self.kind == "cnn" else "functionals"


def fit_network(rows: FloatArray, emotions: LabelArray, recipe: SpeechRecipe, tell: Tell | None = None) -> keras.Model:
    """Train all members side by side, which costs little more than one, and return them as one network.

    Args:
        rows: What the recipe's kind sees, shape ``(n, numbers)``, of all takes.
        emotions: Shape ``(n,)``, FER2013's order.
        recipe: How.
        tell: Told the share that is done after each epoch.

    Returns:
        A network from these numbers, as they come, to the mean of the members' log probabilities, shape ``(n, 7)``.
    """
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    standard = np.clip((rows - mean) / deviation, -CLIP_AT, CLIP_AT).astype(np.float32)
    members = _fitted(standard, emotions, recipe, tell)
    inputs = keras.Input((rows.shape[1],), name="functionals")
    # Not Normalization: its mean and variance would become inputs of the exported network.
    scaled = layers.Rescaling(1 / deviation, offset=-mean / deviation)(inputs)
    scaled = keras.ops.clip(scaled, -CLIP_AT, CLIP_AT)
    together = keras.ops.mean(keras.ops.log_softmax(members(scaled), axis=-1), axis=1)
    return keras.Model(inputs, together, name="speech")


def _members(width: int, recipe: SpeechRecipe) -> keras.Model:
    """Return the members as one network with logits of shape ``(n, members, 7)``."""
    inputs = keras.Input((width,))
    logits = []
    for _ in range(recipe.members):
        if recipe.kind == "cnn":
            logits.append(_convolutions(inputs, recipe))
            continue
        x = layers.Dropout(0.2)(inputs)
        for units in recipe.hidden:
            x = layers.Dense(units, use_bias=False)(x)
            x = layers.BatchNormalization(momentum=0.9)(x)
            x = layers.Dropout(recipe.dropout)(layers.ReLU()(x))
        logits.append(layers.Dense(len(EMOTIONS))(x))
    return keras.Model(inputs, keras.ops.stack(logits, axis=1))


def _convolutions(inputs: Any, recipe: SpeechRecipe) -> Any:
    """Return the logits of convolutions along a patch's time: ever coarser, with more channels, then mean and peak."""
    x = layers.Reshape((STEPS, BANDS))(inputs)
    for place, channels in enumerate(recipe.channels):
        x = layers.Conv1D(channels, 3 if place else 5, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.SpatialDropout1D(recipe.dropout / 2)(layers.MaxPooling1D(2)(x))
    x = layers.Concatenate()([layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)])
    return layers.Dense(len(EMOTIONS))(layers.Dropout(recipe.dropout)(x))


def _fitted(rows: FloatArray, emotions: LabelArray, recipe: SpeechRecipe, tell: Tell | None) -> keras.Model:
    keras.utils.set_random_seed(recipe.seed)
    random = np.random.default_rng(recipe.seed)
    network = _members(rows.shape[1], recipe)
    batch = min(recipe.batch, len(rows))
    steps = len(rows) // batch
    rate = keras.optimizers.schedules.CosineDecay(recipe.rate, recipe.epochs * steps)
    network.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=recipe.decay),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.smoothing),
    )
    counts = np.bincount(emotions, minlength=len(EMOTIONS)).clip(1)
    # The square root: rare emotions weigh more, but are not all that counts.
    weights = np.sqrt(len(emotions) / (len(EMOTIONS) * counts)).astype(np.float32)[emotions]
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[emotions]
    for epoch in range(recipe.epochs):
        for chosen in random.permutation(len(rows))[: steps * batch].reshape(steps, batch):
            partner = random.permutation(chosen)
            share = np.float32(random.beta(recipe.mixup, recipe.mixup))
            mixed = share * targets[chosen] + (1 - share) * targets[partner]
            network.train_on_batch(
                share * rows[chosen] + (1 - share) * rows[partner],
                np.repeat(mixed[:, None], recipe.members, axis=1),
                sample_weight=np.repeat(weights[chosen][:, None], recipe.members, axis=1),
            )
        if tell is not None:
            tell((epoch + 1) / recipe.epochs)
    return network


def log_probabilities(network: keras.Model, rows: FloatArray) -> FloatArray:
    """Return a network's answers, shape ``(n, 7)``, float32: what the temperature divides."""
    answers: Any = network.predict(rows, batch_size=256, verbose=0)
    return np.asarray(answers, np.float32)
