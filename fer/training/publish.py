"""From a trained .keras file to a model that serves: export, calibration, figures, manifest entry."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.dataset.twins import has_twin
from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.evaluation.metrics import figures_of, fit_temperature, right_half_the_time
from fer.faces.classify import calibrated
from fer.faces.scale import InputSpec, scale_faces
from fer.runs.files import replace_text
from fer.training.eight_bits import CALIBRATED_ON, in_eight_bits
from fer.training.material import Material, sample_of
from fer.training.neutral import mean_answer, neutral_faces
from fer.training.publishing import LEAST_CALIBRATING

FloatArray = npt.NDArray[np.float32]
OPSET = 17
LARGEST_BYTES = 6_000_000
SAME = 1e-4
"""An export in float32 may differ from Keras's probabilities by this much."""
NEAR = 0.02
"""In eight bits each face's largest difference may be this much on average."""


def publish(
    keras_file: Path,
    faces: FaceSet,
    material: Material,
    *,
    name: str,
    folder: Path,
    facts: dict[str, str],
    default: bool = False,
    int8: bool = False,
    seen: FaceSet | None = None,
) -> dict[str, Any]:
    """Export a network, calibrate it on faces that it did not learn from, measure it, and enter it in a manifest.

    Args:
        keras_file: Trained, logits out.
        faces: The whole data set: PublicTest is measured where it is there, and Training tells which of its faces
            have twins.
        material: What the network was trained with. Confidences are calibrated on ``held_out``, or on the validation
            faces where nothing was held out.
        name: What it is called from now on.
        folder: Holds manifest.json; the files are copied there.
        facts: ``data``, ``split``, ``licence`` and ``command`` of the manifest entry.
        default: Whether it is the one that is taken when none is named.
        int8: Whether it is served in whole numbers of eight bits (``fer.training.eight_bits``).
        seen: Training faces whose twins are no test, where they are more than those of ``faces``: what a clean list
            leaves out, a network that this one began with or was taught by has seen.

    Returns:
        The manifest entry.

    Raises:
        ModelError: If the export answers otherwise than Keras does, or is larger than 6 MB.
    """
    model = _opened(keras_file)
    folder.mkdir(parents=True, exist_ok=True)
    # Under other names until all is well: a refused export leaves the model of that name as it was.
    onnx_new, keras_new = folder / f"{name}.onnx.new", folder / f"{name}.keras.new"
    try:
        shutil.copyfile(keras_file, keras_new)
        export_onnx(model, onnx_new)
        if int8:
            _turn_to_int8(model, onnx_new, material, name)
        seen = faces.split("Training") if seen is None else seen
        measured = _measured(model, onnx_new, faces, seen, material, name, NEAR if int8 else SAME)
        for new in (onnx_new, keras_new):
            os.replace(new, new.with_suffix(""))
    finally:
        onnx_new.unlink(missing_ok=True)
        keras_new.unlink(missing_ok=True)
    files = {"onnx": file_facts(folder / f"{name}.onnx"), "keras": file_facts(folder / f"{name}.keras")}
    precision = "int8" if int8 else "float32"
    entry = {
        "name": name, "kind": "face", "files": files, "precision": precision, **measured, **facts, "default": default,
    }  # fmt: skip
    enter_model(folder / "manifest.json", entry)
    return entry


def _opened(keras_file: Path) -> keras.Model:
    try:
        return keras.saving.load_model(keras_file, compile=False, safe_mode=True)
    # What a damaged file may raise is open: Keras, h5py, zipfile and json each have their own.
    except Exception as problem:
        raise ModelError(
            f"{keras_file} is damaged or missing ({type(problem).__name__}). Restore it from a backup, or train again."
        ) from problem


def _turn_to_int8(model: keras.Model, onnx_file: Path, material: Material, name: str) -> None:
    """Compare an export with its original, then write it anew in eight bits."""
    _compared(model, onnx_file, material.validation, material.spec, name, SAME)
    some = sample_of(material.training, CALIBRATED_ON)
    in_eight_bits(onnx_file, onnx_file, scale_faces(np.asarray(some.images), material.spec))


def _measured(
    model: keras.Model, onnx_file: Path, faces: FaceSet, seen: FaceSet, material: Material, name: str, apart: float
) -> dict[str, Any]:
    """Compare export and original, calibrate and measure; return the manifest's fields that follow from it."""
    if (size := onnx_file.stat().st_size) > LARGEST_BYTES:
        smaller = "" if apart == NEAR else ", or publish it in eight bits (int8)"
        raise ModelError(
            f"{name}: its ONNX file has {size / 1e6:.1f} MB, at most 6 MB serve. Take a smaller network{smaller}."
        )
    held_out, validation = material.held_out, material.validation
    on_held_out = len(held_out) >= min(LEAST_CALIBRATING, len(validation))
    calibrating = held_out if on_held_out else validation
    logits, beside = _compared(model, onnx_file, calibrating, material.spec, name, apart)
    temperature = fit_temperature(logits, calibrating.labels)
    unsure = right_half_the_time(calibrated(logits, "logits", temperature), calibrating.labels)
    figures: dict[str, Any] = {}
    public = faces.split("PublicTest")
    if len(public):
        public_logits, beside = _compared(model, onnx_file, public, material.spec, name, apart)
        answers = calibrated(public_logits, "logits", temperature)
        single = ~has_twin(public.images, seen.images)
        figures["PublicTest"] = figures_of(answers, public.labels, unsure)
        if single.any():
            figures["PublicTest without twins of training faces"] = figures_of(
                answers[single], public.labels[single], unsure
            )
    if on_held_out and len(held_out):
        figures["Held-out training faces"] = figures_of(
            calibrated(logits, "logits", temperature), held_out.labels, unsure
        )
    at_rest = _onnx_logits(onnx_file, scale_faces(neutral_faces(faces), material.spec))
    return {
        "input": material.spec.model_dump(),
        "output": "logits",
        "labels": list(EMOTIONS),
        "temperature": temperature,
        "unsure_below": unsure,
        "calibrated_on": "held_out" if on_held_out else material.validation_name,
        "neutral": mean_answer(calibrated(at_rest, "logits", temperature)),
        "parameters": int(model.count_params()),
        "beside_keras": beside,
        "figures": figures,
        "figures_note": _note(on_held_out or material.validation_name == "held_out", len(public) > 0),
    }


def _note(held_out: bool, public: bool) -> str:
    calibrated_on = "Calibrated on held-out training faces." if held_out else "Calibrated on PublicTest."
    looked_at = " PublicTest was looked at while this was built: it is no independent test." if public else ""
    return calibrated_on + looked_at


def _compared(
    model: keras.Model, onnx_file: Path, faces: FaceSet, spec: InputSpec, name: str, apart: float
) -> tuple[FloatArray, dict[str, float]]:
    """Return the export's logits and, once they are found near enough, how near its answers are to the original's."""
    images = scale_faces(np.asarray(faces.images), spec)
    logits = _onnx_logits(onnx_file, images)
    theirs = model.predict(images, batch_size=256, verbose=0)
    gaps = gaps_of(logits, theirs)
    gap, which = (gaps.mean(), " on average") if apart == NEAR else (gaps.max(), "")
    # Written so that NaN fails too.
    if not gap <= apart:
        advice = " Publish it in float32." if apart == NEAR else ""
        raise ModelError(
            f"{name}: ONNX Runtime and Keras differ by {gap:.2g}{which}, more than {apart:g}. Not published.{advice}"
        )
    same = float((logits.argmax(axis=1) == theirs.argmax(axis=1)).mean())
    return logits, {"n": len(faces), "same_emotion": round(same, 4), "mean_gap": round(float(gaps.mean()), 6)}


def export_onnx(model: keras.Model, path: Path) -> None:
    """Write a Keras model as ONNX with a free batch size.

    Raises:
        ModelError: If Keras does not run on TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            f"Publishing needs Keras with TensorFlow; KERAS_BACKEND is {keras.backend.backend()}. Unset it and publish "
            "again: the run is kept."
        )
    import tensorflow as tf
    import tf2onnx

    shape = (None, *model.input_shape[1:])

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32, name="faces")])  # type: ignore[untyped-decorator]
    def forward(faces: Any) -> Any:
        return model(faces, training=False)

    tf2onnx.convert.from_function(forward, input_signature=forward.input_signature, opset=OPSET, output_path=str(path))


def _onnx_logits(path: Path, images: FloatArray) -> FloatArray:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    parts: list[FloatArray] = [np.empty((0, len(EMOTIONS)), np.float32)]
    for first in range(0, len(images), 256):
        outputs: Any = session.run(None, {name: images[first : first + 256]})
        parts.append(outputs[0])
    return np.concatenate(parts)


def gaps_of(logits_a: FloatArray, logits_b: FloatArray) -> FloatArray:
    """Return for each face the largest difference between two networks' probabilities, shape ``(n,)``."""
    gaps: FloatArray = np.abs(calibrated(logits_a, "logits", 1.0) - calibrated(logits_b, "logits", 1.0)).max(axis=1)
    return gaps


def file_facts(path: Path) -> dict[str, Any]:
    """Return what a manifest says of a file that lies beside it: path, sha256 and bytes."""
    data = path.read_bytes()
    return {"path": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def enter_model(path: Path, entry: dict[str, Any]) -> None:
    """Write a model into a manifest, in the place of one of that name; a new default takes the old one's place.

    Args:
        path: The manifest.json; made if it is not there.
        entry: The model.
    """
    document: dict[str, Any] = (
        json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"schema": 1, "models": []}
    )
    others = [other for other in document["models"] if other["name"] != entry["name"]]
    if entry["default"]:
        others = [{**other, "default": False} if other["kind"] == entry["kind"] else other for other in others]
    document["models"] = [*others, entry]
    replace_text(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
