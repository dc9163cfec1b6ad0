"""A Keras file that somebody brings, opened: it answers, and says what its last layer reads, as networks that ship do.

Keras is loaded here, so only worker processes and the command line import this module (decision 0001).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS, canonical
from fer.errors import ModelError
from fer.evaluation.keras_file import KerasFile, known_entry
from fer.evaluation.served import Judged
from fer.evaluation.wording import IN_EIGHT_BITS
from fer.faces.classify import calibrated
from fer.faces.features import NO_FEATURES, Description
from fer.faces.scale import CROP_PX, FloatArray, InputSpec, UInt8Array, scale_faces

BATCH = 256
BEFORE_THE_END = (keras.layers.Softmax, keras.layers.Activation, keras.layers.Rescaling)
"""What may follow the layer that names the emotions."""


class KerasNetwork:
    """A Keras file, ready to be asked. It is loaded in safe mode, in this process.

    From the first file on the process computes on as many cores as that one was given. A file of the registry's is
    known by its checksum, and read as its manifest says.

    Attributes:
        name: The file's, or that of the registry's model that it is.
        content: The file's sha256.
        model: What it holds.
        spec: What goes in.
        order: Where each of our seven stands among its outputs.
        unsure_below: A confidence below this is called unsure.
        notes: Sentences about how it is read.
    """

    def __init__(self, file: KerasFile, threads: int = 1):
        """Open a file.

        Args:
            file: With one grey input of at most 48 x 48 and seven outputs.
            threads: Cores that the process may use.

        Raises:
            ModelError: If it cannot be loaded, is not the one that was evaluated, or its input, outputs or classes are
                others.
        """
        self.content = file.checksum()
        _refuse_changed(file, self.content)
        as_asked = _on_cores(threads)
        self.model = load_keras(Path(file.path))
        # What was read is what its checksum stands for.
        if file.checksum() != self.content:
            raise ModelError(f"{file.name} was changed while it was read. Bring the file again.")
        known = known_entry(self.content)
        height, width = _checked_shape(self.model, file.name)
        self.order = _order(file.labels if file.labels is not None else known.labels if known else EMOTIONS, file.name)
        self.name, self.unsure_below = (known.name, known.unsure_below) if known else (file.name, 0.0)
        self._file, self._temperature, notes = file.name, 1.0, []
        if known is not None and file.mean is None and file.std is None:
            self.spec, self._temperature = InputSpec(**known.input.model_dump()), known.temperature
            notes += [IN_EIGHT_BITS.format(name=known.name)] if known.precision == "int8" else []
        else:
            std = 255.0 if file.std is None else file.std
            self.spec = InputSpec(h=height, w=width, mean=file.mean or 0.0, std=std)
            notes.append(f"Grey values were scaled by ({self.spec.mean:g}, {self.spec.std:g}) before the network.")
            if min(height, width) < CROP_PX:
                notes.append(
                    f"It sees the middle {height} x {width} of each face's {CROP_PX} x {CROP_PX}. A network that was "
                    "trained on shrunken faces is better than these figures."
                )
        # Decided once: of a single batch logits might look like probabilities by chance.
        self._output = "probabilities" if _are_probabilities(self._outputs(_probes())) else "logits"
        if known is None and self._output == "logits":
            notes.append("Its outputs are no probabilities: they were taken for logits, and softmax was applied.")
        if threads == 1 and not as_asked:
            notes.append(
                "The time a face takes was measured on all cores: Keras was at work already, or not on TensorFlow."
            )
        self.notes = tuple(notes)
        self._both: keras.Model | None = None

    def judged(self) -> Judged:
        """Return it as something that can be asked; what it was opened with says on how many cores."""
        return Judged(self.name, self.probabilities, self.probabilities, self.unsure_below, self.notes)

    def probabilities(self, faces_gray: UInt8Array) -> FloatArray:
        """Return what it answers: from crops ``(n, 48, 48)`` to ``(n, 7)``, FER2013's order, rows summing to 1.

        Raises:
            ModelError: If it answers with values that are no numbers.
        """
        if not len(faces_gray):
            return np.empty((0, len(EMOTIONS)), np.float32)
        return calibrated(self._outputs(faces_gray), self._output, self._temperature)

    def describe(self, faces_gray: UInt8Array) -> Description:
        """Return what its last layer reads of some faces, at least one, and what it answers.

        Raises:
            ModelError: If it does not end in a fully connected layer, or gives values that are no numbers.
        """
        if self._both is None:
            self._both = _with_features(self.model, self._file)
        raw, features = self._asked(self._both, faces_gray)
        flat = features.reshape(len(faces_gray), -1)
        self._refuse_nan(flat)
        return Description(flat, calibrated(self._in_order(raw), self._output, self._temperature))

    def _outputs(self, faces_gray: UInt8Array) -> FloatArray:
        return self._in_order(self._asked(self.model, faces_gray)[0])

    def _in_order(self, raw: FloatArray) -> FloatArray:
        self._refuse_nan(raw)
        return raw[:, self.order]

    def _asked(self, model: keras.Model, faces_gray: UInt8Array) -> list[FloatArray]:
        """Ask batch by batch; ``predict`` would take several times as long to set out than to answer."""
        parts = []
        for first in range(0, len(faces_gray), BATCH):
            found = model.predict_on_batch(scale_faces(faces_gray[first : first + BATCH], self.spec))
            parts.append(found if isinstance(found, list | tuple) else [found])
        return [np.asarray(np.concatenate(part), np.float32) for part in zip(*parts, strict=True)]

    def _refuse_nan(self, values: FloatArray) -> None:
        if not np.isfinite(values).all():
            raise ModelError(f"{self._file} answers with values that are no numbers (NaN or infinite). Train it again.")


def load_keras(path: Path) -> keras.Model:
    """Load a file in safe mode.

    Raises:
        ModelError: If it cannot be loaded.
    """
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    # What a stranger's file may raise is open: Keras, h5py, zipfile and json each have their own.
    except Exception as problem:
        why = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
        why = f"{why[:160]}…" if len(why) > 160 else f"{why.rstrip('.')}."
        raise ModelError(
            f"{path.name} was not loaded: {why} Expected a .keras file of plain Keras layers; code of its own (Lambda "
            "layers, custom objects) is refused, since it could do anything."
        ) from problem


def fresh_copy(model: keras.Model) -> keras.Model:
    """Return the same network with the same weights, whose layers were called once.

    Those of a ``Sequential`` that was loaded were called many times over, and what they gave at first is no part of
    what it answers now: no gradient leads from there to its end.
    """
    whole = keras.Model(model.inputs[0], model.outputs[0])
    copy = keras.models.clone_model(whole)
    copy.set_weights(whole.get_weights())
    return copy


def _with_features(model: keras.Model, name: str) -> keras.Model:
    copy = fresh_copy(model)
    for layer in reversed(copy.layers):
        if isinstance(layer, keras.layers.Dense):
            return keras.Model(copy.input, [copy.output, layer.input])
        if not isinstance(layer, BEFORE_THE_END):
            break
    raise ModelError(NO_FEATURES.format(name=name))


def _refuse_changed(file: KerasFile, content: str) -> None:
    if file.digest and file.digest_of(content) != file.digest:
        raise ModelError(f"{file.name} is not the file any more that was evaluated. Bring it again.")


def _on_cores(threads: int) -> bool:
    """Have this process compute on so many cores, as all times are measured on one; return whether it does.

    TensorFlow has no threads of a single model: what is asked then takes longer, too.
    """
    if keras.backend.backend() != "tensorflow":
        return False
    from tensorflow.config import threading

    try:
        threading.set_intra_op_parallelism_threads(threads)
        threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        # It has computed something already, and its threads are there.
        return False
    return True


def _checked_shape(model: Any, name: str) -> tuple[int, int]:
    """Return the input's height and width, if one grey face goes in and seven numbers come out."""
    try:
        inputs, outputs = model.inputs, model.outputs
    # A Sequential that begins with no Input has neither before it is called.
    except (AttributeError, ValueError) as problem:
        raise ModelError(
            f"{name} does not say what goes in: it was saved without an Input layer, before it saw any data. Expected "
            "grey faces, shape (n, height, width, 1): begin it with keras.Input((48, 48, 1)), train it and save it."
        ) from problem
    if len(inputs) != 1 or len(outputs) != 1:
        raise ModelError(f"{name} has {len(inputs)} inputs and {len(outputs)} outputs; expected one each.")
    shape, out = tuple(inputs[0].shape), tuple(outputs[0].shape)
    if len(shape) != 4 or shape[3] != 1:
        channels = f"{shape[3]} channels" if len(shape) == 4 else f"the shape {shape}"
        raise ModelError(f"{name} takes {channels}; expected grey faces, shape (n, height, width, 1).")
    if None in shape[1:3] or not all(8 <= side <= CROP_PX for side in shape[1:3]):
        raise ModelError(f"{name} takes faces of {shape[1]} x {shape[2]}; expected 8 to {CROP_PX} pixels a side.")
    if len(out) != 2:
        raise ModelError(f"{name} answers with the shape {out}; expected seven numbers a face, shape (n, 7).")
    if out[-1] != len(EMOTIONS):
        raise ModelError(f"{name} has {out[-1]} outputs; expected seven, one an emotion: {', '.join(EMOTIONS)}.")
    return int(shape[1]), int(shape[2])


def _order(labels: Sequence[str], name: str) -> list[int]:
    """Return where each of our seven stands among a model's own classes."""
    names = [canonical(label) for label in labels]
    if sorted(map(str, names)) != sorted(EMOTIONS):
        raise ModelError(f"{name}: the classes {', '.join(labels)} came; expected the seven, as {', '.join(EMOTIONS)}.")
    return [names.index(emotion) for emotion in EMOTIONS]


def _probes() -> npt.NDArray[np.uint8]:
    """Return pictures of many kinds of light and noise, to see what a network's outputs are."""
    rng = np.random.default_rng(0)
    light = np.linspace(0, 255, 16)[:, None, None]
    return np.clip(light + rng.normal(0, 60, (16, CROP_PX, CROP_PX)), 0, 255).astype(np.uint8)


def _are_probabilities(raw: FloatArray) -> bool:
    return bool(raw.min() >= 0 and np.allclose(raw.sum(axis=1), 1, atol=1e-3))
