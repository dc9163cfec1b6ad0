"""The worker's job that explains one answer: gradients by Keras where the model has a Keras file, occlusion always."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from fer.dataset.network_view import Describes
from fer.dataset.reading import Progress
from fer.dataset.stages import StopAskedError, part_of, telling
from fer.errors import FerError, ModelError
from fer.evaluation.evaluated import Candidate, candidate_of
from fer.evaluation.explaining import ExplainingConfig
from fer.evaluation.explanation import Explanation, FloatArray, UInt8Array, explanation_key, keep_explanation
from fer.evaluation.judged import open_keras
from fer.evaluation.keras_file import KerasFile
from fer.evaluation.occlusion import occlusion_drops
from fer.evaluation.wording import IN_EIGHT_BITS
from fer.faces.classify import open_classifier
from fer.faces.features import open_features
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

INSIDE = (
    "{name} keeps its convolutions in a network inside the network, which gives plain numbers and no places: there is "
    "no Grad-CAM, and there are no maps to see. Occlusion and integrated gradients work for any network."
)
NO_GRADIENTS = (
    "No gradients could be followed through {name} ({why}), so there is no Grad-CAM, and there are no integrated "
    "gradients, filters or maps. Occlusion asks the network itself and works for any."
)
MIDDLE_GREY = 128.0
"""From here the way to a face begins where nobody says what the mean grey was that a network was trained on."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Subject:
    """A model whose answers are explained.

    Attributes:
        name: What it is called.
        probabilities: From crops ``(n, 48, 48)`` to ``(n, 7)``, FER2013's order.
        spec: What goes in.
        order: Where each of our seven stands among its outputs.
        features: Opens what gives its features.
        keras: Loads what gradients are followed through; None where there is no Keras file.
        notes: Sentences for whoever reads the explanation.
    """

    name: str
    probabilities: Callable[[UInt8Array], FloatArray]
    spec: InputSpec
    order: list[int]
    features: Callable[[], Describes]
    keras: Callable[[], Any] | None
    notes: tuple[str, ...] = ()


def run(run: Run) -> bool:
    """Explain as a run's config says; see ``fer.runs.jobs.Work``.

    Raises:
        InputError: If the room is gone, or the face is none.
        ModelError: If the network cannot be loaded.
        StorageError: If the explanation cannot be kept.
    """
    config = ExplainingConfig.model_validate(run.config())
    room, face, progress = Run.open(config.room), config.face_gray(), telling(run)
    try:
        progress(0.0, "Loading the network")
        model, subject = _opened(config.model)
        found = explain(subject, face, progress)
    except StopAskedError:
        return False
    keep_explanation(room, explanation_key(model, face), found)
    return True


def _opened(model: str | KerasFile) -> tuple[Candidate, Subject]:
    if isinstance(model, KerasFile):
        return Candidate(model.name, model.digest, 0.0, file=model), subject_of_file(model)
    entry = find(model, "face")
    return candidate_of(entry), subject_of(entry)


def subject_of(entry: ModelEntry) -> Subject:
    """Return a model of the registry: the served file answers, its Keras file gives gradients.

    Raises:
        ModelError: If it cannot be loaded.
    """
    classifier = open_classifier(entry.name, THREADS)
    notes = (IN_EIGHT_BITS.format(name=entry.name),) if entry.precision == "int8" and "keras" in entry.files else ()
    return Subject(
        entry.name,
        classifier.probabilities,
        classifier.spec,
        label_order(entry),
        lambda: open_features(entry.name, THREADS),
        (lambda: _load(entry)) if "keras" in entry.files else None,
        notes,
    )


def subject_of_file(file: KerasFile) -> Subject:
    """Return a Keras file, which gives all of it.

    Raises:
        ModelError: If it is refused; the sentence says why.
    """
    network = open_keras(file, THREADS)
    return Subject(
        file.name, network.probabilities, network.spec, network.order, lambda: network, lambda: network.model
    )


def explain(subject: Subject, face_gray: UInt8Array, progress: Progress) -> Explanation:
    """Work out why a model answers as it does.

    Args:
        subject: The model.
        face_gray: Shape ``(48, 48)``, uint8.
        progress: Told the share done; what it raises ends the work.

    Raises:
        ModelError: If it cannot be loaded, or answers with values that are no numbers.
    """
    progress(0.0, "Covering the face bit by bit")
    probabilities = subject.probabilities(face_gray[None])[0]
    occlusion = occlusion_drops(subject.probabilities, face_gray, progress=part_of(progress, 0.0, 0.3))
    parts: dict[str, Any] = {"notes": (NO_KERAS.format(name=subject.name),)}
    if subject.keras is not None:
        progress(0.3, "Loading the network with its gradients")
        parts = _from_gradients(subject, subject.keras, face_gray, part_of(progress, 0.4, 1.0))
    parts["notes"] = (*parts.get("notes", ()), *subject.notes)
    return Explanation(probabilities, occlusion, features=_features(subject, face_gray), **parts)


def _features(subject: Subject, face_gray: UInt8Array) -> FloatArray | None:
    try:
        features: FloatArray = subject.features().describe(face_gray[None]).features[0]
        return features
    except ModelError:
        # The page says so where they are needed: beside the nearest faces.
        return None


def _from_gradients(
    subject: Subject, load: Callable[[], Any], face_gray: UInt8Array, progress: Progress
) -> dict[str, Any]:
    try:
        return _followed(subject, load(), face_gray, progress)
    except (StopAskedError, FerError, MemoryError):
        raise
    # A network that somebody brings may be anything that Keras can build.
    except Exception as problem:
        log.exception("no gradients of %s", subject.name)
        why = (str(problem).strip().splitlines() or [type(problem).__name__])[0][:160]
        return {"notes": (NO_GRADIENTS.format(name=subject.name, why=why),)}


def _followed(subject: Subject, network: Any, face_gray: UInt8Array, progress: Progress) -> dict[str, Any]:
    # Only now: Keras takes seconds to load.
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            f"Explanations need Keras with TensorFlow; KERAS_BACKEND is {keras.backend.backend()}. Unset it."
        )
    from fer.evaluation import gradients

    model, spec, order = gradients.with_scores(network), subject.spec, subject.order
    face = scale_faces(face_gray[None], spec)
    progress(0.1, "Following what each pixel adds")
    # A scaled 0 is the mean grey where a mean is subtracted, and black where none is.
    grey = 0.0 if spec.mean or spec.scaling == "face" else MIDDLE_GREY / spec.std
    integrated, gap = gradients.integrated_gradients(model, face, grey=grey)
    if not np.isfinite(integrated).all():
        raise ValueError("they are no numbers")
    parts: dict[str, Any] = {"integrated": _in_crop(integrated[order], spec), "gap": gap}
    parts["filters"] = gradients.first_filters(model)
    layer = gradients.last_maps(model)
    if layer is None:
        words = NO_CONVOLUTIONS if parts["filters"] is None else INSIDE
        return {**parts, "notes": (words.format(name=subject.name),)}
    progress(0.7, "Weighing what the last layers see")
    heat = gradients.grad_cam(model, face, layer)[order]
    sized = np.stack([cv2.resize(one, (spec.w, spec.h), interpolation=cv2.INTER_LINEAR) for one in heat])
    progress(0.85, "Looking into the layers")
    return {
        **parts,
        "grad_cam": _in_crop(sized, spec),
        "maps_px": heat.shape[1],
        "maps": gradients.feature_maps(model, face),
    }


def _load(entry: ModelEntry) -> Any:
    from fer.evaluation.keras_network import load_keras

    return load_keras(entry.verified("keras"))


def _in_crop(pictures: FloatArray, spec: InputSpec) -> FloatArray:
    """Put pictures of what a network sees back into the crop, of whose edge it may not see all; 0 there."""
    top, left = (CROP_PX - spec.h) // 2, (CROP_PX - spec.w) // 2
    out = np.zeros((len(pictures), CROP_PX, CROP_PX), np.float32)
    out[:, top : top + spec.h, left : left + spec.w] = pictures
    return out
