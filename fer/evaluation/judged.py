"""A Keras file that somebody brings, judged as a model of the registry is.

The server never imports this module: it leads to Keras (decision 0001).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fer.emotions import EMOTIONS, canonical
from fer.errors import ModelError
from fer.evaluation.served import FloatArray, Judged, UInt8Array, judged_model
from fer.evaluation.wording import IN_EIGHT_BITS
from fer.faces.classify import calibrated
from fer.faces.scale import CROP_PX, InputSpec, scale_faces
from fer.registry import models

__all__ = ["FloatArray", "Judged", "UInt8Array", "judged_keras", "judged_model"]


def judged_keras(
    path: Path, labels: Sequence[str] | None = None, mean: float | None = None, std: float | None = None
) -> Judged:
    """Return a Keras file; it is loaded in safe mode, in this process: never call it in the server.

    From the first file on the process computes on one core. A file of the registry's is known by its checksum, and read
    as its manifest says.

    Args:
        path: A ``.keras`` file with one grey input of at most 48 x 48 and seven outputs.
        labels: Its classes in its own order; FER2013's by default.
        mean: Subtracted from grey values; 0 by default.
        std: The difference is divided by it; 255 by default, which gives 0 to 1.

    Raises:
        ModelError: If it cannot be loaded, or its input, outputs or classes are others.
    """
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        raise ModelError(f"{path} cannot be read ({problem.strerror}). Expected a .keras file.") from problem
    # One file may be served in float32 and in eight bits; the first answers as Keras does.
    same = [m for m in models("face") if "keras" in m.files and m.files["keras"].sha256 == digest]
    known = min(same, key=lambda m: m.precision == "int8", default=None)
    alone = _on_one_core()
    model = _load(path)
    height, width = _checked_shape(model, path.name)
    order = _order(labels if labels is not None else known.labels if known else EMOTIONS, path.name)
    if known is not None and mean is None and std is None:
        spec, temperature = InputSpec(**known.input.model_dump()), known.temperature
        notes = [IN_EIGHT_BITS.format(name=known.name)] if known.precision == "int8" else []
    else:
        spec = InputSpec(h=height, w=width, mean=mean or 0.0, std=255.0 if std is None else std)
        temperature, notes = 1.0, [f"Grey values were scaled by ({spec.mean:g}, {spec.std:g}) before the network."]

    def outputs(faces_gray: UInt8Array) -> FloatArray:
        raw = np.asarray(model.predict(scale_faces(faces_gray, spec), batch_size=256, verbose=0), np.float32)[:, order]
        if not np.isfinite(raw).all():
            raise ModelError(f"{path.name} answers with values that are no numbers (NaN or infinite). Train it again.")
        return raw

    # Decided once: of a single batch logits might look like probabilities by chance.
    output = "probabilities" if _are_probabilities(outputs(_probes())) else "logits"
    if known is None and output == "logits":
        notes.append("Its outputs are no probabilities: they were taken for logits, and softmax was applied.")

    def answers(faces_gray: UInt8Array) -> FloatArray:
        if not len(faces_gray):
            return np.empty((0, len(EMOTIONS)), np.float32)
        return calibrated(outputs(faces_gray), output, temperature)

    if not alone:
        notes.append(
            "The time a face takes was measured on all cores: Keras was at work already, or not on TensorFlow."
        )
    unsure = known.unsure_below if known else 0.0
    return Judged(known.name if known else path.name, answers, answers, unsure, tuple(notes))


def _on_one_core() -> bool:
    """Have this process compute on one core, as all times are measured; return whether it does.

    TensorFlow has no threads of a single model: what is asked then takes longer, too.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return False
    from tensorflow.config import threading

    try:
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        # It has computed something already, and its threads are there.
        return False
    return True


def _load(path: Path) -> Any:
    import keras

    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    # What a stranger's file may raise is open: Keras, h5py, zipfile and json each have their own.
    except Exception as problem:
        why = str(problem).strip().splitlines()[0][:200] if str(problem).strip() else type(problem).__name__
        raise ModelError(
            f"{path.name} was not loaded: {why} Expected a .keras file of plain Keras layers; code of its own (Lambda "
            "layers, custom objects) is refused, since it could do anything."
        ) from problem


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
    if out[-1] != len(EMOTIONS) or len(out) != 2:
        raise ModelError(f"{name} has {out[-1]} outputs; expected seven, one an emotion: {', '.join(EMOTIONS)}.")
    return int(shape[1]), int(shape[2])


def _order(labels: Sequence[str], name: str) -> list[int]:
    """Return where each of our seven stands among a model's own classes."""
    names = [canonical(label) for label in labels]
    if sorted(map(str, names)) != sorted(EMOTIONS):
        raise ModelError(f"{name}: the classes {', '.join(labels)} came; expected the seven, as {', '.join(EMOTIONS)}.")
    return [names.index(emotion) for emotion in EMOTIONS]


def _probes() -> UInt8Array:
    """Return pictures of many kinds of light and noise, to see what a network's outputs are."""
    rng = np.random.default_rng(0)
    light = np.linspace(0, 255, 16)[:, None, None]
    return np.clip(light + rng.normal(0, 60, (16, CROP_PX, CROP_PX)), 0, 255).astype(np.uint8)


def _are_probabilities(raw: FloatArray) -> bool:
    return bool(raw.min() >= 0 and np.allclose(raw.sum(axis=1), 1, atol=1e-3))
