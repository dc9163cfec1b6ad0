"""The training itself: faces and a recipe in, checkpoints, figures and a Keras model out, resumable by epoch."""

from __future__ import annotations

import logging
import math
import time
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.emotions import EMOTIONS
from fer.errors import InputError, StorageError
from fer.faces.scale import scale_faces
from fer.training.batches import Batches, steps_of
from fer.training.checkpoints import Checkpoints
from fer.training.compiling import compiled, loss_of
from fer.training.material import Material, sample_of
from fer.training.networks import build_network
from fer.training.patience import Patience
from fer.training.recipe import Cosine, Plateau, Recipe
from fer.training.steps import Listener, Steps, WeightAverage
from fer.training.targets import class_weights_of, targets_of
from fer.training.teacher import Teacher, answers_of

log = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float32]
STEPS_FOR_STATISTICS = 400
"""Of batch normalisation, whose momentum of 0.99 leaves 2 % of what was before."""
LOOKED_AT = 2000
"""Training faces that are looked at unchanged after every epoch, beside the validation faces, to tell learning by
heart from learning."""


class Training:
    """A training in hand.

    Args:
        material: What is learned from and looked at.
        recipe: What to do.
        checkpoints: Where it is kept; a run that was stopped goes on from its last whole epoch.
        listener: Who is told.

    Raises:
        ModelError: If a model that the recipe names is missing or does not fit.
        StorageError: If there are checkpoints and all are damaged.
    """

    def __init__(self, material: Material, recipe: Recipe, checkpoints: Checkpoints, listener: Listener):
        self.material, self.recipe, self.checkpoints, self.listener = material, recipe, checkpoints, listener
        training = material.training
        sees_faces = recipe.teacher and recipe.teacher_sees == "face"
        answers = answers_of(recipe.teacher, training.images) if sees_faces else None
        self.teacher = Teacher(recipe.teacher) if recipe.teacher and not sees_faces else None
        self.targets = targets_of(training, recipe, answers)
        self.class_weights = class_weights_of(recipe.loss, training.labels)
        self.seen = sample_of(training, LOOKED_AT, recipe.seed)
        # A checkpoint holds all weights: a model that the run began with may be gone by now.
        fresh = not checkpoints.epochs_done()
        self.model = compiled(recipe, steps_of(len(training), recipe), fresh=fresh)
        self.average = WeightAverage(recipe.average) if recipe.average else None
        self.patience = Patience()
        self.best: str | None = None
        self.cycles: list[FloatArray] = []
        self.done = self._restore()

    def run(self) -> keras.Model | None:
        """Train to the end.

        Returns:
            The network in float32, uncompiled, logits out; None if it was stopped before.

        Raises:
            InputError: If the loss is no number any more.
            OSError: If a checkpoint cannot be written.
        """
        self.listener.report({"event": "start", "epoch": self.done + 1, "validation": self.material.validation_name})
        while self.done < self.recipe.epochs and not self.patience.is_over(self.recipe):
            if not self._epoch():
                return None
        early = self.done < self.recipe.epochs
        kept = self.patience.best_epoch if self.recipe.keep == "best" else self.done
        mean = {}
        if self.recipe.keep == "cycles":
            if not self._take_mean_of_cycles():
                return None
            mean = {"mean_of_cycles": self._look()}
        self.listener.report({"event": "end", "epoch": self.done, "stopped_early": early, "kept_epoch": kept, **mean})
        return self._finished()

    def _epoch(self) -> bool:
        """Train one epoch, look, and keep it; return False if it was given up because somebody asked to stop."""
        recipe, training, epoch = self.recipe, self.material.training, self.done
        started = time.monotonic()
        batches = self._batches(epoch, self.class_weights, self.teacher)
        steps = Steps(recipe, len(training), self.listener)
        callbacks = [steps, *([self.average] if self.average else [])]
        # Batches are in our own order already; Keras would shuffle them by a generator that no checkpoint holds.
        history = self.model.fit(
            batches, initial_epoch=epoch, epochs=epoch + 1, callbacks=callbacks, shuffle=False, verbose=0
        ).history
        if steps.stopped:
            return False
        self.done += 1
        looked = self._look()
        # What an epoch's last step broke shows only here.
        if not (math.isfinite(looked["seen_loss"]) and math.isfinite(looked["validation_loss"])):
            raise InputError(steps.no_number())
        seconds = time.monotonic() - started - steps.paused_s
        figures = {
            "event": "epoch",
            "epoch": self.done,
            "loss": history["loss"][-1],
            "accuracy": history["accuracy"][-1],
            **looked,
            "rate": float(self.model.optimizer.learning_rate),
            "seconds": round(seconds, 3),
            "faces_per_s": len(training) / seconds,
        }
        is_best = self.patience.look(self.done, figures[recipe.monitor], recipe)
        # The line comes first: should a kill part them, the epoch is done again and its line with it.
        self.listener.report({**figures, "best": is_best})
        self._keep(is_best)
        return True

    def _batches(self, epoch: int, class_weights: FloatArray | None = None, teacher: Teacher | None = None) -> Batches:
        images = self.material.training.images
        return Batches(images, self.targets, class_weights, self.recipe, self.material.spec, epoch, teacher)

    def _look(self) -> dict[str, Any]:
        """Look at unchanged faces with the weights that count: the average, where there is one."""
        own = self.model.get_weights()
        self.model.set_weights(self._weights())
        seen = self._figures("seen", self.seen)
        validated = self._figures("validation", self.material.validation)
        self.model.set_weights(own)
        return {**seen, **validated}

    def _figures(self, name: str, faces: FaceSet) -> dict[str, Any]:
        images = scale_faces(np.asarray(faces.images), self.material.spec)
        logits = self.model.predict(images, batch_size=256, verbose=0).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        guesses = logits.argmax(axis=1)
        figures: dict[str, Any] = {
            f"{name}_loss": -float(log_p[np.arange(len(faces)), faces.labels].mean()),
            f"{name}_accuracy": float((guesses == faces.labels).mean()),
        }
        if name == "validation":
            confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), int)
            np.add.at(confusion, (faces.labels, guesses), 1)
            figures["confusion"] = confusion.tolist()
        return figures

    def _weights(self) -> list[FloatArray]:
        if self.average is not None and self.average.weights is not None:
            return self.average.weights
        weights: list[FloatArray] = self.model.get_weights()
        return weights

    def _keep(self, is_best: bool) -> None:
        if is_best:
            self.best = self.checkpoints.save_best(self.done, self._weights())
        if isinstance(self.recipe.schedule, Plateau):
            rate = float(self.model.optimizer.learning_rate)
            self.model.optimizer.learning_rate = self.patience.next_rate(rate, self.recipe)
        self._keep_cycle()
        arrays = {
            "model": [np.asarray(keras.ops.convert_to_numpy(v)) for v in self.model.variables],
            "optimizer": [np.asarray(keras.ops.convert_to_numpy(v)) for v in self.model.optimizer.variables],
            "average": self.average.weights or [] if self.average else [],
            "cycles": self.cycles,
        }
        self.checkpoints.save(self.done, arrays, self.patience.as_state(), self.best)

    def _keep_cycle(self) -> None:
        """Take the weights into the mean of those at the ends of cycles, if this is one."""
        if self.recipe.keep != "cycles":
            return
        schedule, epochs = self.recipe.schedule, self.recipe.epochs
        ends = schedule.ends(epochs) if isinstance(schedule, Cosine) else (epochs,)
        if self.done in ends:
            share = 1 / (ends.index(self.done) + 1)
            before = self.cycles or self._weights()
            self.cycles = [
                np.asarray((1 - share) * old + share * new, np.float32)
                for old, new in zip(before, self._weights(), strict=True)
            ]

    def _take_mean_of_cycles(self) -> bool:
        """Go on with the mean of the cycles' weights, and with statistics of batch normalisation of its own.

        The mean of the statistics is not what the mean network sees. Passes at a learning rate of 0 move nothing else,
        on every backend.

        Returns:
            False if somebody asked to stop; the next start does it again.
        """
        self.model.set_weights(self.cycles)
        self.model.compile(optimizer=keras.optimizers.SGD(0.0), loss=loss_of(self.recipe))
        self.average = None
        asked = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: setattr(self.model, "stop_training", self.listener.stop_asked())
        )
        batches = self._batches(self.recipe.epochs)
        passes = math.ceil(STEPS_FOR_STATISTICS / len(batches))
        self.model.fit(batches, epochs=passes, callbacks=[asked], shuffle=False, verbose=0)
        return not self.listener.stop_asked()

    def _restore(self) -> int:
        saved = self.checkpoints.newest()
        if saved is None:
            return 0
        for name, variables in (("model", self.model.variables), ("optimizer", self.model.optimizer.variables)):
            for variable, value in zip(variables, saved.arrays[name], strict=True):
                variable.assign(value)
        if self.average:
            self.average.weights = saved.arrays["average"]
            self.average.steps = saved.epoch * steps_of(len(self.material.training), self.recipe)
        # Checkpoints from before there were cycles have none.
        self.cycles = saved.arrays.get("cycles", [])
        self.best = saved.state.pop("best_file")
        self.patience = Patience(**saved.state)
        return saved.epoch

    def best_network(self) -> keras.Model | None:
        """Return the network as it was after the best epoch; None where the recipe keeps that, or it is damaged."""
        if self.recipe.keep == "best" or not self.best:
            return None
        try:
            return self._plain(self.checkpoints.best(self.best))
        except StorageError as problem:
            # The finished network is whole: it is no reason to lose that.
            log.warning("%s", problem)
            return None

    def _finished(self) -> keras.Model:
        best = self.recipe.keep == "best" and self.best
        return self._plain(self.checkpoints.best(best) if best else self._weights())

    def _plain(self, weights: list[FloatArray]) -> keras.Model:
        plain = build_network(self.recipe.plan())
        plain.set_weights(weights)
        return plain
