"""The training job: FER2013 and a recipe in, checkpoints and an averaged Keras model out, resumable by epoch."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.errors import DataError
from fer.faces.scale import InputSpec, scale_faces
from fer.training.architectures import residual_cnn
from fer.training.augmentation import augment_faces
from fer.training.recipe import Recipe

FloatArray = npt.NDArray[np.float32]
CLASSES = 7


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """One epoch of augmented batches.

    Order and changes depend on (seed, epoch) alone, so that a run that was stopped goes on as if it had not been.
    """

    def __init__(self, images: npt.NDArray[np.uint8], targets: FloatArray, recipe: Recipe, spec: InputSpec, epoch: int):
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
        self.images, self.targets, self.recipe, self.spec, self.epoch = images, targets, recipe, spec, epoch
        self.order = np.random.default_rng([recipe.seed, epoch]).permutation(len(images))

    def __len__(self) -> int:
        """Return how many batches an epoch has."""
        return math.ceil(len(self.images) / self.recipe.batch_size)

    def __getitem__(self, index: int) -> tuple[FloatArray, FloatArray]:
        """Return a batch: images ``(n, h, w, 1)`` float32 and targets ``(n, 7)`` float32."""
        rows = self.order[index * self.recipe.batch_size : (index + 1) * self.recipe.batch_size]
        rng = np.random.default_rng([self.recipe.seed, self.epoch, index])
        faces = augment_faces(self.images[rows], self.recipe.augmentation, rng)
        return scale_faces(faces, self.spec), self.targets[rows]


class StopWhenAsked(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends the epoch after the step during which somebody asked for it."""

    def __init__(self, asked: Callable[[], bool]):
        super().__init__()
        self.asked = asked
        self.stopped = False

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Look at the stop file, which costs microseconds beside a step's quarter of a second."""
        if self.asked():
            self.stopped = self.model.stop_training = True


class WeightAverage(keras.callbacks.Callback):  # type: ignore[misc]
    """Exponential average of all weights, batch normalisation's statistics included.

    Sources:
        Polyak & Juditsky 1992; Tarvainen & Valpola 2017 ("Mean teachers") for the exponential form.
    """

    def __init__(self, keep: float, every: int):
        super().__init__()
        self.keep, self.every = keep, every
        self.weights: list[FloatArray] | None = None

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Take the model's weights into the average."""
        if batch % self.every:
            return
        now = self.model.get_weights()
        if self.weights is None:
            self.weights = now
        for kept, new in zip(self.weights, now, strict=True):
            kept *= self.keep
            kept += (1 - self.keep) * new


def targets_of(faces: FaceSet, votes: FloatArray | None, recipe: Recipe) -> FloatArray:
    """Mix FER's label, FER+'s votes and smoothing into target distributions.

    Args:
        faces: The training rows.
        votes: Shape ``(n, 7)``, rows summing to 1 or to 0 (no usable vote: FER's label alone); or None.
        recipe: ``votes`` and ``label_smoothing`` are used.

    Returns:
        Shape ``(n, 7)``, float32, rows summing to 1.
    """
    targets = np.eye(CLASSES, dtype=np.float32)[faces.labels]
    if votes is not None:
        usable = votes.sum(axis=1, keepdims=True) > 0
        targets = np.where(usable, (1 - recipe.votes) * targets + recipe.votes * votes, targets)
    smooth = recipe.label_smoothing
    return ((1 - smooth) * targets + smooth / CLASSES).astype(np.float32)


def build(recipe: Recipe, steps_per_epoch: int) -> keras.Model:
    """Build and compile the recipe's network."""
    keras.utils.set_random_seed(recipe.seed)
    keras.mixed_precision.set_global_policy("mixed_bfloat16" if recipe.bfloat16 else "float32")
    model = residual_cnn((recipe.input_px, recipe.input_px, 1), CLASSES, recipe.widths, recipe.dropout)
    warmup = recipe.warmup_epochs * steps_per_epoch
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.peak_lr / 100 if warmup else recipe.peak_lr,
        decay_steps=max(1, recipe.epochs * steps_per_epoch - warmup),
        warmup_target=recipe.peak_lr if warmup else None,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.SGD(
        schedule, momentum=recipe.momentum, nesterov=True, weight_decay=recipe.weight_decay
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimizer, loss=loss, metrics=["categorical_accuracy"])
    optimizer.build(model.trainable_variables)
    return model


def train(
    faces: FaceSet,
    votes: FloatArray | None,
    recipe: Recipe,
    folder: Path,
    *,
    report: Callable[[dict[str, Any]], None],
    stop_asked: Callable[[], bool] = lambda: False,
) -> keras.Model | None:
    """Train on the Training rows, look at PublicTest after every epoch, and return the averaged network.

    Nothing is selected on PublicTest: the weights are those of the last epoch's average.

    Args:
        faces: FER2013 with Training and PublicTest rows.
        votes: FER+ for the same rows, or None.
        recipe: What to do.
        folder: Checkpoints are kept here; a run that was stopped goes on from its last whole epoch.
        report: Called once an epoch with its figures.
        stop_asked: Looked at after every step; what was done of the epoch is then given up.

    Returns:
        The network in float32, uncompiled, logits out; None if it was stopped before the last epoch.

    Raises:
        DataError: If there are no Training or no PublicTest rows, or the loss is no number any more.
    """
    training, public = faces.split("Training"), faces.split("PublicTest")
    if not len(training.labels) or not len(public.labels):
        raise DataError("expected rows of Training and of PublicTest; one of them is missing. Read the whole FER2013.")
    own_votes = None if votes is None else votes[faces.usage == 0]
    targets = targets_of(training, own_votes, recipe)
    spec = input_spec(training, recipe)
    public_x = scale_faces(public.images, spec)
    model = build(recipe, math.ceil(len(training.images) / recipe.batch_size))
    average = WeightAverage(recipe.average, recipe.average_every)
    stop = StopWhenAsked(stop_asked)
    first = _restore(model, average, folder)
    for epoch in range(first, recipe.epochs):
        started = time.monotonic()
        batches = Batches(training.images, targets, recipe, spec, epoch)
        _seed_dropout(model, recipe.seed, epoch)
        # Batches are in our own order already; Keras would shuffle them by a generator that no checkpoint holds.
        history = model.fit(
            batches, initial_epoch=epoch, epochs=epoch + 1, callbacks=[average, stop], shuffle=False, verbose=0
        ).history
        if stop.stopped:
            return None
        if not math.isfinite(history["loss"][-1]):
            raise DataError(
                f"epoch {epoch + 1}: the loss is no number any more. Try a lower peak_lr, or bfloat16: false."
            )
        logits = _averaged_logits(model, average, public_x)
        _keep(model, average, folder, epoch + 1)
        report(
            {
                "epoch": epoch + 1,
                "loss": history["loss"][-1],
                "training_accuracy": history["categorical_accuracy"][-1],
                "publictest_accuracy": float((logits.argmax(1) == public.labels).mean()),
                "seconds": time.monotonic() - started,
            }
        )
    return _in_float32(recipe, average)


def input_spec(training: FaceSet, recipe: Recipe) -> InputSpec:
    """Return the network's input: its size, and the training split's mean and deviation in grey values."""
    return InputSpec(
        h=recipe.input_px,
        w=recipe.input_px,
        mean=round(float(training.images.mean()), 3),
        std=round(float(training.images.std()), 3),
    )


def _seed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    # Checkpoints do not hold the generators' states; set by epoch, a resumed run drops what it would have dropped.
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout) and layer.rate > 0:
            layer.seed_generator.state.assign([seed, epoch])


def _averaged_logits(model: keras.Model, average: WeightAverage, images: FloatArray) -> FloatArray:
    own = model.get_weights()
    model.set_weights(average.weights)
    logits: FloatArray = model.predict(images, batch_size=256, verbose=0)
    model.set_weights(own)
    return logits


def _in_float32(recipe: Recipe, average: WeightAverage) -> keras.Model:
    keras.mixed_precision.set_global_policy("float32")
    plain = residual_cnn((recipe.input_px, recipe.input_px, 1), CLASSES, recipe.widths, recipe.dropout)
    plain.set_weights(average.weights)
    return plain


def _keep(model: keras.Model, average: WeightAverage, folder: Path, done: int) -> None:
    # Each epoch has a pair of files of its own, and the small JSON that names the pair is replaced last, so a kill at
    # any moment leaves the previous epoch's pair whole.
    name = _checkpoint(done)
    model.save_weights(folder / f"{name}.weights.h5")
    assert average.weights is not None
    np.savez(folder / f"{name}.average.npz", *average.weights)
    beside = folder / "last.json.new"
    beside.write_text(json.dumps({"schema": 1, "epochs_done": done}))
    os.replace(beside, folder / "last.json")
    for old in folder.glob("epoch-*"):
        if not old.name.startswith(name):
            old.unlink()


def epochs_done(folder: Path) -> int:
    """Return how many epochs a folder's checkpoints hold."""
    note = folder / "last.json"
    return int(json.loads(note.read_text())["epochs_done"]) if note.is_file() else 0


def _restore(model: keras.Model, average: WeightAverage, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    done = epochs_done(folder)
    if done:
        name = _checkpoint(done)
        model.load_weights(folder / f"{name}.weights.h5")
        with np.load(folder / f"{name}.average.npz") as pack:
            average.weights = [pack[key] for key in pack.files]
    return done


def _checkpoint(epochs: int) -> str:
    return f"epoch-{epochs:03d}"
