"""Baselines without a network, by scikit-learn: what a network has to be better than."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.dataset.reading import Progress, silent
from fer.emotions import EMOTIONS
from fer.faces.scale import InputSpec, scale_faces
from fer.training.architectures import BASELINES, KNearest, Svm
from fer.training.material import Material, sample_of
from fer.training.recipe import Recipe

FloatArray = npt.NDArray[np.float32]
LOOKED_AT = 500
AT_ONCE = 256
"""Faces between two looks whether somebody asked to stop."""
LOOK_S = 0.2


def features_of(faces: FaceSet, spec: InputSpec, kind: str) -> FloatArray:
    """Return what a baseline looks at.

    Args:
        faces: Some faces.
        spec: The input; pixels are scaled by it.
        kind: ``pixels``, or ``hog``: histograms of oriented gradients, 9 directions in cells of 8 x 8 pixels,
            normalised over blocks of 2 x 2 cells.

    Returns:
        Shape ``(n, features)``, float32.

    Sources:
        Dalal & Triggs 2005, "Histograms of Oriented Gradients for Human Detection".
    """
    scaled = scale_faces(np.asarray(faces.images), spec)[..., 0]
    if kind == "pixels":
        return scaled.reshape(len(scaled), -1)
    from skimage.feature import hog

    return np.stack([hog(face, 9, (8, 8), (2, 2)) for face in scaled]).astype(np.float32)


def classifier_of(options: KNearest | Svm) -> Any:
    """Return scikit-learn's classifier for a recipe's baseline."""
    if isinstance(options, KNearest):
        from sklearn.neighbors import KNeighborsClassifier

        return KNeighborsClassifier(options.neighbours)
    from sklearn.svm import SVC, LinearSVC

    return LinearSVC(C=options.c) if options.kernel == "linear" else SVC(C=options.c, kernel="rbf")


def fit_baseline(
    material: Material, recipe: Recipe, report: Callable[[dict[str, Any]], None], progress: Progress = silent
) -> Any:
    """Fit a baseline, and report it as a run of one epoch.

    Args:
        material: What is learned from and looked at.
        recipe: Names the baseline.
        report: Called with lines of figures, as a network's training reports them.
        progress: Called between parts of the work; what it raises ends the work. The share stays 0: how long a fit
            takes cannot be told.

    Returns:
        The fitted classifier.
    """
    options = recipe.architecture
    if not isinstance(options, BASELINES):
        raise ValueError(f"{options.kind} is no baseline")
    report({"event": "start", "epoch": 1, "validation": material.validation_name})
    started = time.monotonic()
    training, validation = material.training, material.validation

    def features(faces: FaceSet) -> FloatArray:
        return features_of(faces, material.spec, options.features)

    learned = _in_parts(features, training, progress, "Describing the faces to learn from.")
    classifier = _fitted(classifier_of(options), learned, training.labels, progress)

    def answers(faces: FaceSet) -> Any:
        return classifier.predict(features(faces))

    seen = sample_of(training, LOOKED_AT, recipe.seed)
    seen_right = _in_parts(answers, seen, progress, "Looking at learned faces.") == seen.labels
    guesses = _in_parts(answers, validation, progress, "Looking at other faces.")
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), int)
    np.add.at(confusion, (validation.labels, guesses), 1)
    seconds = time.monotonic() - started
    report(
        {
            "event": "epoch",
            "epoch": 1,
            "seen_accuracy": float(seen_right.mean()),
            "validation_accuracy": float((guesses == validation.labels).mean()),
            "confusion": confusion.tolist(),
            "seconds": round(seconds, 3),
            "faces_per_s": len(training) / seconds,
            "best": True,
        }
    )
    report({"event": "end", "epoch": 1, "stopped_early": False, "kept_epoch": 1})
    return classifier


def _in_parts(work: Callable[[FaceSet], Any], faces: FaceSet, progress: Progress, words: str) -> Any:
    """Return what comes of work on some faces, which looks between parts whether somebody asked to stop."""
    parts = []
    for first in range(0, len(faces), AT_ONCE):
        progress(0.0, words)
        parts.append(work(faces.take(slice(first, first + AT_ONCE))))
    return np.concatenate(parts)


def _fitted(classifier: Any, features: FloatArray, labels: npt.NDArray[np.integer], progress: Progress) -> Any:
    """Fit a classifier, and look beside it whether somebody asked to stop: scikit-learn itself never looks."""
    failed: list[BaseException] = []

    def fit() -> None:
        try:
            classifier.fit(features, labels)
        except BaseException as problem:
            failed.append(problem)

    # Nothing breaks a fit off but the end of its process, which a stopped run's worker comes to next. A process of its
    # own would outlive a worker that is killed.
    thread = threading.Thread(target=fit, name="fit", daemon=True)
    thread.start()
    while thread.is_alive():
        progress(0.0, "Fitting the baseline.")
        thread.join(LOOK_S)
    if failed:
        raise failed[0]
    return classifier
