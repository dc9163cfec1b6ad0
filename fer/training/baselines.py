"""Baselines without a network, by scikit-learn: what a network has to be better than."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.emotions import EMOTIONS
from fer.faces.scale import InputSpec, scale_faces
from fer.training.architectures import BASELINES, KNearest, Svm
from fer.training.material import Material, sample_of
from fer.training.recipe import Recipe

FloatArray = npt.NDArray[np.float32]
LOOKED_AT = 500


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


def fit_baseline(material: Material, recipe: Recipe, report: Callable[[dict[str, Any]], None]) -> Any:
    """Fit a baseline, and report it as a run of one epoch.

    Args:
        material: What is learned from and looked at.
        recipe: Names the baseline.
        report: Called with lines of figures, as a network's training reports them.

    Returns:
        The fitted classifier.
    """
    options = recipe.architecture
    if not isinstance(options, BASELINES):
        raise ValueError(f"{options.kind} is no baseline")
    report({"event": "start", "epoch": 1, "validation": material.validation_name})
    started = time.monotonic()
    spec, training = material.spec, material.training
    classifier = classifier_of(options)
    classifier.fit(features_of(training, spec, options.features), training.labels)
    seen = sample_of(training, LOOKED_AT, recipe.seed)
    seen_right = classifier.predict(features_of(seen, spec, options.features)) == seen.labels
    validation = material.validation
    guesses = classifier.predict(features_of(validation, spec, options.features))
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
