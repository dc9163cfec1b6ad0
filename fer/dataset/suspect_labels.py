"""Labels that look wrong: confident learning on what the network sees.

A linear model learns the labels from the network's features, each time on four fifths of the groups, and says what it
thinks of the rest. Where it is sure of another emotion than the label, by the measure of each class, the label is
suspect. Images of one photograph stay in one fifth: otherwise a wrong label would be confirmed by its own twin.

The features come from a network that was itself taught with FER2013's Training labels: there it has made its peace with
some of the wrong ones, and fewer are found than in rows that it never saw.

Sources:
    Northcutt et al. 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels" (cleanlab is its
    authors' code).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.dataset.finding import Finding, Findings
from fer.dataset.reading import Progress, silent
from fer.dataset.threads import one_thread_each
from fer.emotions import EMOTIONS

FloatArray = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.intp]

FOLDS = 5
LEAST = 2 * FOLDS
"""Faces that a class must have, so that each fifth has some."""
FREEDOM = 100.0
"""Of the linear model, as the inverse of its regularisation over all faces: the same for few faces and for many."""
ROUNDS = 100
FILTER = "both"
"""Suspect by the confident joint and by the class's estimated share of wrong labels: cleanlab's strictest."""


@dataclass(frozen=True)
class LabelCheck:
    """What the check of the labels gave.

    Attributes:
        suspects: A finding for each suspect label.
        probabilities: What the linear model thinks of each row without having seen it, shape ``(n, 7)``, float32; NaN
            for rows that were not examined.
        notes: Sentences about what was not examined.
    """

    suspects: tuple[Finding, ...]
    probabilities: FloatArray
    notes: tuple[str, ...]


def check_labels(
    faces: FaceSet, features: FloatArray, structure: Findings, progress: Progress = silent, seed: int = 0
) -> LabelCheck:
    """Find labels that look wrong.

    Args:
        faces: The data set.
        features: What the network sees, shape ``(n, k)``.
        structure: What ``structural_findings`` said: images of one photograph stay together, blank ones are left out.
        progress: Told the share done; what it raises ends the work.
        seed: Of the folds.
    """
    outside = np.full((len(faces), len(EMOTIONS)), np.nan, np.float32)
    examined = np.setdiff1d(np.arange(len(faces)), structure.rows_of("blank", "nearly_blank"))
    counts = np.bincount(faces.labels[examined], minlength=len(EMOTIONS))
    classes = np.flatnonzero(counts >= LEAST)
    notes = [
        f"{EMOTIONS[label]} has {counts[label]} faces: too few to judge their labels, which takes {LEAST} or more."
        for label in np.flatnonzero((counts > 0) & (counts < LEAST))
    ]
    if len(classes) < 2:
        notes.append(f"Labels are checked against each other: expected two emotions with at least {LEAST} faces each.")
        return LabelCheck((), outside, tuple(notes))
    rows = examined[np.isin(faces.labels[examined], classes)]
    labels = np.searchsorted(classes, faces.labels[rows])
    thought = _out_of_fold(_standard(features[rows]), labels, same_photo(structure)[rows], progress, seed)
    outside[rows] = 0
    outside[np.ix_(rows, classes)] = thought
    progress(1.0, "Weighing the labels")
    wrong = rows[_issues(labels, thought)]
    return LabelCheck(tuple(_suspect(faces, outside, row) for row in wrong.tolist()), outside, tuple(notes))


def same_photo(structure: Findings) -> RowArray:
    """Return for each row the first row that shows the same photograph, shape ``(n,)``."""
    first = np.arange(structure.n)
    for kind in ("exact_duplicate", "near_duplicate"):
        for finding in structure.of(kind).items:
            first[list(finding.rows)] = finding.rows[0]
    return first


def _standard(features: FloatArray) -> FloatArray:
    spread = features.std(axis=0)
    return np.asarray((features - features.mean(axis=0)) / np.where(spread > 1e-6, spread, 1), np.float32)


def _out_of_fold(features: FloatArray, labels: RowArray, groups: RowArray, progress: Progress, seed: int) -> FloatArray:
    """Return each row's probabilities by a model that saw neither it nor its twins, shape ``(n, classes)``."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold

    thought = np.zeros((len(labels), int(labels.max()) + 1), np.float32)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings(), one_thread_each():
        # A class whose faces are few photographs is in fewer folds, and a model that is nearly there is good enough.
        warnings.simplefilter("ignore")
        for number, (known, unknown) in enumerate(folds.split(features, labels, groups)):
            progress(number / FOLDS, "Learning the labels from four fifths of the faces")
            if not len(unknown):
                continue
            model = LogisticRegression(C=FREEDOM / len(known), max_iter=ROUNDS, tol=1e-3)
            if len(np.unique(labels[known])) < 2:
                thought[unknown, labels[known][0]] = 1
                continue
            model.fit(features[known], labels[known])
            thought[np.ix_(unknown, model.classes_)] = model.predict_proba(features[unknown])
    return thought


def _issues(labels: RowArray, thought: FloatArray) -> RowArray:
    """Return the places of suspect labels."""
    from cleanlab.filter import find_label_issues

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # One process: a worker has been started for this already.
        wrong = find_label_issues(labels, thought.astype(np.float64), filter_by=FILTER, n_jobs=1)
    return np.flatnonzero(np.asarray(wrong, bool) & (thought.argmax(axis=1) != labels))


def _suspect(faces: FaceSet, outside: FloatArray, row: int) -> Finding:
    label, other = int(faces.labels[row]), int(outside[row].argmax())
    own = float(outside[row, label])
    sentence = (
        f"Labelled {EMOTIONS[label]}; what the network sees speaks for {EMOTIONS[other]} "
        f"({outside[row, other]:.0%} against {own:.0%})."
    )
    return Finding("suspect_label", (row,), sentence, (row,), 1 - own)
