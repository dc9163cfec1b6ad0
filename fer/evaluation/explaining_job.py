"""The worker's job that explains one answer: gradients by Keras where the model has a Keras file, occlusion always."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from fer.dataset.reading import Progress
from fer.dataset.stages import StopAskedError, part_of, telling
from fer.errors import ModelError
from fer.evaluation.explaining import ExplainingConfig
from fer.evaluation.explanation import Explanation, FloatArray, UInt8Array, explanation_key, keep_explanation
from fer.evaluation.occlusion import occlusion_drops
from fer.evaluation.wording import IN_EIGHT_BITS
from fer.faces.classify import open_classifier
from fer.faces.scale import CROP_PX, InputSpec, scale_faces
from fer.registry import ModelEntry, find, label_order
from fer.runs.folder import Run

THREADS = 2
NO_KERAS = (
    "{name} has no Keras file in the registry, so there are no gradients: no Grad-CAM, no integrated gradients, no "
    "filters or feature maps. Occlusion asks the network itself and works for any."
)
NO_CONVOLUTIONS = (
    "{name} has no convolutions: it does not keep places apart, so there is no Grad-CAM, and there are no filters or "
    "feature maps to see. Occlusion and integrated gradients work for any network."
)


def run(run: Run) -> bool:
    """Explain as a run's config says; see ``fer.runs.jobs.Work``.

    Raises:
        InputError: If the room is gone, or the face is none.
        ModelError: If the network cannot be loaded.
        StorageError: If the explanation cannot be kept.
    """
    config = ExplainingConfig.model_validate(run.config())
    room, entry, face = Run.open(config.room), find(config.model, "face"), config.face_gray()
    try:
        found = explain(entry, face, telling(run))
    except StopAskedError:
        return False
    keep_explanation(room, explanation_key(entry, face), found)
    return True


def explain(entry: ModelEntry, face_gray: UInt8Array, progress: Progress) -> Explanation:
    """Work out why a model answers as it does.

    Args:
        entry: The model.
        face_gray: Shape ``(48, 48)``, uint8.
        progress: Told the share done; what it raises ends the work.

    Raises:
        ModelError: If it cannot be loaded.
    """
    progress(0.0, "Covering the face bit by bit")
    classifier = open_classifier(entry.name, THREADS)
    probabilities = classifier.probabilities(face_gray[None])[0]
    occlusion = occlusion_drops(classifier.probabilities, face_gray, progress=part_of(progress, 0.0, 0.3))
    if "keras" not in entry.files:
        return Explanation(probabilities, occlusion, notes=(NO_KERAS.format(name=entry.name),))
    progress(0.3, "Loading the network with its gradients")
    parts = _from_gradients(entry, face_gray, part_of(progress, 0.4, 1.0))
    if entry.precision == "int8":
        parts["notes"] = (*parts.get("notes", ()), IN_EIGHT_BITS.format(name=entry.name))
    return Explanation(probabilities, occlusion, **parts)


def _from_gradients(entry: ModelEntry, face_gray: UInt8Array, progress: Progress) -> dict[str, Any]:
    # Only now: Keras takes seconds to load.
    from fer.evaluation import gradients

    model = gradients.with_scores(_load(entry))
    spec, order = InputSpec(**entry.input.model_dump()), label_order(entry)
    face = scale_faces(face_gray[None], spec)
    progress(0.1, "Following what each pixel adds")
    integrated, gap = gradients.integrated_gradients(model, face)
    parts: dict[str, Any] = {"integrated": _in_crop(integrated[order], spec), "gap": gap}
    layer = gradients.last_maps(model)
    if layer is None:
        return {**parts, "notes": (NO_CONVOLUTIONS.format(name=entry.name),)}
    progress(0.7, "Weighing what the last layers see")
    heat = gradients.grad_cam(model, face, layer)[order]
    sized = np.stack([cv2.resize(one, (spec.w, spec.h), interpolation=cv2.INTER_LINEAR) for one in heat])
    progress(0.85, "Looking into the layers")
    return {
        **parts,
        "grad_cam": _in_crop(sized, spec),
        "maps_px": heat.shape[1],
        "filters": gradients.first_filters(model),
        "maps": gradients.feature_maps(model, face),
    }


def _load(entry: ModelEntry) -> Any:
    import keras

    path = entry.verified("keras")
    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            f"Explanations need Keras with TensorFlow; KERAS_BACKEND is {keras.backend.backend()}. Unset it."
        )
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    # Keras, h5py, zipfile and json each have their own errors.
    except Exception as problem:
        why = (str(problem).strip().splitlines() or [type(problem).__name__])[0][:200]
        raise ModelError(f"model {entry.name}: {path.name} was not loaded ({why}). Publish it again.") from problem


def _in_crop(pictures: FloatArray, spec: InputSpec) -> FloatArray:
    """Put pictures of what a network sees back into the crop, of whose edge it may not see all; 0 there."""
    top, left = (CROP_PX - spec.h) // 2, (CROP_PX - spec.w) // 2
    out = np.zeros((len(pictures), CROP_PX, CROP_PX), np.float32)
    out[:, top : top + spec.h, left : left + spec.w] = pictures
    return out
