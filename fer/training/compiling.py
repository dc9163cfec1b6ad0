"""From a recipe to a compiled Keras model: network, optimizer, schedule and loss."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import keras
import numpy as np
from keras import optimizers

from fer.errors import ModelError
from fer.training import recipe as parts
from fer.training.narrowing import narrowed
from fer.training.networks import build_network
from fer.training.recipe import Recipe, shares_of
from fer.training.teacher import keras_model


def compiled(
    recipe: Recipe, steps_per_epoch: int, learning_rate: float | None = None, fresh: bool = True
) -> keras.Model:
    """Build and compile a recipe's network.

    Args:
        recipe: What to do.
        steps_per_epoch: Batches an epoch: schedules are counted in epochs.
        learning_rate: A constant one in place of the recipe's schedule.
        fresh: False for a network whose weights come from a checkpoint: those that it began with are not looked for.

    Raises:
        ModelError: If ``start_from`` names no model, or one of another shape.
    """
    keras.utils.set_random_seed(recipe.seed)
    policy = "mixed_bfloat16" if recipe.precision == "bfloat16" else "float32"
    model = build_network(
        recipe.plan(), initialisation=recipe.initialisation, l1=recipe.l1, l2=recipe.l2, policy=policy
    )
    if recipe.start_from:
        if fresh:
            _begin_with(model, recipe)
        taken = _taken(recipe) if recipe.start_stays else ()
        for layer in model.layers:
            if layer.name in taken:
                layer.trainable = False
    optimizer = optimizer_of(recipe, learning_rate or rate_of(recipe, steps_per_epoch))
    metric: Any = keras.metrics.CategoricalAccuracy(name="accuracy")
    if recipe.loss.kind == "sparse":
        metric = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    model.compile(optimizer=optimizer, loss=loss_of(recipe), metrics=[metric])
    optimizer.build(model.trainable_variables)
    return model


def _begin_with(model: keras.Model, recipe: Recipe) -> None:
    """Give a network the weights that ``start_from`` names: a model's, the mean of several, part of a wider one's."""
    shares = shares_of(recipe.start_from)
    mean = [np.zeros(weight.shape) for weight in model.weights]
    for name, share in shares.items():
        weights = narrowed(keras_model(name), model, recipe.plan(), exact=len(shares) > 1)
        if weights is None:
            raise ModelError(
                f"start_from: {name} is another network than {model.name} of this recipe (its layers have other "
                "shapes). Give the recipe the architecture of that model, or one with fewer channels than "
                "it where it is a residual_cnn, or take start_from out."
            )
        mean = [part + share * weight for part, weight in zip(mean, weights, strict=True)]
    taken = _taken(recipe)
    drawn = {layer.name: layer.get_weights() for layer in model.layers}
    model.set_weights(mean)
    for layer in model.layers:
        if layer.name not in taken:
            layer.set_weights(drawn[layer.name])


def _taken(recipe: Recipe) -> set[str]:
    """Return the layers whose weights come from where the training begins."""
    names = [layer.name for layer in recipe.plan().layers]
    return set(names[: names.index(recipe.start_until) + 1] if recipe.start_until else names)


def rate_of(recipe: Recipe, steps: int) -> Any:
    """Return the learning rate: a number, or one of Keras's schedules.

    A plateau's rate is a number that ``fer.training.job`` lowers.
    """
    rate, schedule = recipe.optimizer.learning_rate, recipe.schedule
    match schedule:
        case parts.Step():
            return optimizers.schedules.ExponentialDecay(
                rate, schedule.every_epochs * steps, schedule.factor, staircase=True
            )
        case parts.Exponential():
            return optimizers.schedules.ExponentialDecay(rate, steps, schedule.factor)
        case parts.Inverse():
            return optimizers.schedules.InverseTimeDecay(rate, steps, schedule.decay)
        case parts.Cosine():
            return _cosine(schedule, rate, recipe.epochs, steps)
    return rate


def _cosine(schedule: parts.Cosine, rate: float, epochs: int, steps: int) -> Any:
    rising = schedule.warmup_epochs * steps
    ends = [epoch * steps for epoch in schedule.ends(epochs)]
    first = optimizers.schedules.CosineDecay(
        rate / 100 if rising else rate,
        decay_steps=max(1, ends[0] - rising),
        warmup_target=rate if rising else None,
        warmup_steps=rising,
    )
    further = [
        optimizers.schedules.CosineDecay(rate * schedule.restart_at, decay_steps=end - start)
        for start, end in pairwise(ends)
    ]
    return Cycles(first, further, ends[:-1]) if further else first


class Cycles(optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Schedules one after the other, each counting its steps from its own start.

    Args:
        first: The first.
        further: Those that follow.
        starts: The step at which each of those begins.
    """

    def __init__(self, first: Any, further: list[Any], starts: list[int]):
        super().__init__()
        self.first, self.further, self.starts = first, further, starts

    def __call__(self, step: Any) -> Any:
        """Return the rate at a step."""
        step = keras.ops.cast(step, "float32")
        rate = self.first(step)
        for start, schedule in zip(self.starts, self.further, strict=True):
            rate = keras.ops.where(step < start, rate, schedule(keras.ops.maximum(step - start, 0.0)))
        return rate


def optimizer_of(recipe: Recipe, rate: Any) -> Any:
    """Return the recipe's optimizer with a learning rate or schedule."""
    o = recipe.optimizer
    decay = o.weight_decay or None
    if isinstance(o, parts.WithMomentum):
        made = optimizers.SGD(rate, momentum=o.momentum, nesterov=o.kind == "nesterov", weight_decay=decay)
    else:
        made = {
            "sgd": optimizers.SGD,
            "adagrad": optimizers.Adagrad,
            "rmsprop": optimizers.RMSprop,
            "adam": optimizers.Adam,
            "adamw": optimizers.AdamW,
        }[o.kind](rate, weight_decay=o.weight_decay if o.kind == "adamw" else decay)
    # Shrinking these would not make the network simpler, only weaker.
    made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return made


class Focal(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy that counts a face the less, the nearer its answer is to its target.

    Keras's own weighs each class by its own probability. With targets that are shares of several classes, by smoothing
    or votes, the right class of an easy face then counts nothing and the shares of all others count in full.

    Args:
        gamma: How much less.

    Sources:
        Lin et al. 2017, eq. 4, which this is where a target is one class.
    """

    def __init__(self, gamma: float):
        super().__init__(name="focal")
        self.gamma = gamma

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each face from targets and logits, shape ``(n,)``."""
        log_p = keras.ops.log_softmax(y_pred)
        y_true = keras.ops.cast(y_true, log_p.dtype)
        # A target of shares is met at best where probability and share agree: then nothing is left to learn.
        met = keras.ops.sum(keras.ops.minimum(y_true, keras.ops.exp(log_p)), axis=-1)
        # Never 0, where a power below 1 has no gradient.
        return keras.ops.power(keras.ops.maximum(1 - met, 1e-6), self.gamma) * -keras.ops.sum(y_true * log_p, axis=-1)


def loss_of(recipe: Recipe) -> Any:
    """Return the recipe's loss on logits; smoothing is in the targets already."""
    match recipe.loss.kind:
        case "sparse":
            return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        case "focal":
            return Focal(recipe.loss.focal_gamma)
    return keras.losses.CategoricalCrossentropy(from_logits=True)
