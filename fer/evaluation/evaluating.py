"""Measure a face model on labelled faces: every figure of ``python -m fer evaluate``."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.reading import Progress, silent
from fer.dataset.twins import has_twin
from fer.emotions import EMOTIONS
from fer.errors import InputError, ModelError
from fer.evaluation.metrics import figures_of
from fer.evaluation.served import FloatArray, Judged

GROUPS = {"test": ("PublicTest", "PrivateTest"), "all": USAGES, **{usage: (usage,) for usage in USAGES}}
BATCH = 64
TIMED_BATCH, TIMED_FACES = 32, 320
DRAWN = "These faces are drawn: no figure on them says anything about people."
BY_CHANCE = (
    "Which of these faces train and which test was shared out by chance here: only a model that was trained on this "
    "data has seen its Training split."
)
LEARNED = "Classmood's models learned from FER2013's Training split: figures on it say nothing about other faces."
SELECTION = (
    "FER2013's PublicTest was looked at while Classmood's models were made: it selects, it is no independent test."
)


def places_of(faces: FaceSet, usage: str, name: str) -> npt.NDArray[np.intp]:
    """Return where the rows of a usage, of both test usages, or all stand, from 0.

    Raises:
        InputError: If there is no such usage, or the data has no row of it.
    """
    if usage not in GROUPS:
        raise InputError(f"--usage is one of {', '.join(GROUPS)}; {usage!r} came.")
    places = np.flatnonzero(np.isin(faces.usage, [USAGES.index(one) for one in GROUPS[usage]]))
    if not len(places):
        there = ", ".join(f"{one} {np.count_nonzero(faces.usage == i):,}" for i, one in enumerate(USAGES))
        raise InputError(f"{name} has no rows of {usage}. It has: {there}. Choose another --usage.")
    return places


def standing_of(faces: FaceSet) -> str:
    """Return a sentence on what figures on these rows are worth, or nothing where they are an independent test."""
    if faces.drawn:
        return DRAWN
    if faces.by_chance:
        return BY_CHANCE
    if (faces.usage == USAGES.index("Training")).any():
        return LEARNED
    return SELECTION if (faces.usage == USAGES.index("PublicTest")).any() else ""


def rows_of(faces: FaceSet, usage: str, name: str) -> FaceSet:
    """Return the rows of a usage, of both test usages, or all; see ``places_of``."""
    return faces.take(places_of(faces, usage, name))


def evaluate_faces(
    judged: Judged, faces: FaceSet, whole: FaceSet | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """Measure a model on labelled faces, one pass, without mirrored or shifted views.

    Args:
        judged: The model.
        faces: The rows to measure on.
        whole: The data set that they are of: its Training rows tell which faces have a twin there.
        progress: Told the share done before each batch; what it raises ends the work.

    Returns:
        As ``measured``.

    Raises:
        ModelError: If the model answers with values that are no numbers.
    """
    return measured(judged, answers(judged, faces.images, progress), faces, whole)


def measured(judged: Judged, probabilities: FloatArray, faces: FaceSet, whole: FaceSet | None = None) -> dict[str, Any]:
    """Return the figures of what a model answered, and the time that it takes.

    Args:
        judged: The model.
        probabilities: What ``answers`` gave of the faces.
        faces: The rows to measure on.
        whole: The data set that they are of.

    Returns:
        ``n``, ``accuracy``, ``top2``, ``balanced_accuracy``, ``macro_f1``, ``kappa`` (Cohen's; None where chance
        explains everything), ``log_loss``, ``ece``, ``unsure``, ``accuracy_when_sure``, ``per_class`` (precision,
        recall, f1, n by emotion), ``confusion`` (7 x 7 counts, truth in rows, FER2013's order), ``labels``,
        ``ms_per_face`` (one core, batches of 32, median), ``without_twins`` (None where nothing is to be left out) and
        ``notes``.
    """
    from sklearn import metrics

    guesses, classes = probabilities.argmax(axis=1), np.arange(len(EMOTIONS))
    figures = figures_of(probabilities, faces.labels, judged.unsure_below)
    figures.pop("recall")
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        faces.labels, guesses, labels=classes, zero_division=0
    )
    return {
        **figures,
        "labels": list(EMOTIONS),
        "per_class": {
            name: {
                "precision": round(float(precision[i]), 4),
                "recall": round(float(recall[i]), 4),
                "f1": round(float(f1[i]), 4),
                "n": int(support[i]),
            }
            for i, name in enumerate(EMOTIONS)
        },
        "confusion": metrics.confusion_matrix(faces.labels, guesses, labels=classes).tolist(),
        "ms_per_face": round(ms_per_face(judged, faces.images), 3),
        "without_twins": _without_twins(probabilities, faces, whole, judged.unsure_below),
        "notes": _notes(faces, support),
    }


def answers(judged: Judged, images: npt.NDArray[np.uint8], progress: Progress = silent) -> FloatArray:
    """Ask a model about many faces, batch by batch: shape ``(n, 7)``, float32.

    Args:
        judged: The model.
        images: Shape ``(n, 48, 48)``, uint8.
        progress: Told the share done before each batch; what it raises ends the work.

    Raises:
        ModelError: If it answers with values that are no numbers.
    """
    parts, n = [np.empty((0, len(EMOTIONS)), np.float32)], len(images)
    for first in range(0, n, BATCH):
        progress(first / n, f"{first:,} of {n:,} faces")
        parts.append(judged.probabilities(np.asarray(images[first : first + BATCH])))
        if not np.isfinite(parts[-1]).all():
            raise ModelError(
                f"{judged.name} answers with values that are no numbers (NaN or infinite). Train it again."
            )
    return np.concatenate(parts)


def ms_per_face(judged: Judged, images: npt.NDArray[np.uint8]) -> float:
    """Return the milliseconds that a face takes in batches of 32 on one core, crop to probabilities: the median."""
    some = np.resize(images[:TIMED_FACES], (TIMED_FACES, *images.shape[1:]))
    judged.timed(some[:TIMED_BATCH])
    times = []
    for first in range(0, TIMED_FACES, TIMED_BATCH):
        started = time.perf_counter()
        judged.timed(some[first : first + TIMED_BATCH])
        times.append(time.perf_counter() - started)
    return float(np.median(times)) / TIMED_BATCH * 1e3


def _without_twins(
    probabilities: FloatArray, faces: FaceSet, whole: FaceSet | None, unsure_below: float
) -> dict[str, Any] | None:
    training = USAGES.index("Training")
    if whole is None or (faces.usage == training).any() or not (whole.usage == training).any():
        return None
    single = ~has_twin(np.asarray(faces.images), np.asarray(whole.images[whole.usage == training]))
    if single.all() or not single.any():
        return None
    return figures_of(probabilities[single], faces.labels[single], unsure_below)


def _notes(faces: FaceSet, support: npt.NDArray[np.integer]) -> list[str]:
    notes = [standing] if (standing := standing_of(faces)) else []
    if missing := [name for name, n in zip(EMOTIONS, support, strict=True) if n == 0]:
        notes.append(
            f"No face is labelled {', '.join(missing)}: macro F1 counts it as 0, balanced accuracy leaves it out."
        )
    return notes
