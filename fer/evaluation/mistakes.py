"""The faces that say most about a model: its surest mistakes, its closest calls, and labels that may be wrong."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.dataset.finding import Finding, Findings
from fer.emotions import EMOTIONS
from fer.evaluation.evaluated import Evaluated

RowArray = npt.NDArray[np.intp]


def worst_mistakes(evaluated: Evaluated) -> RowArray:
    """Return the places of wrong answers within the part, the most confident first."""
    wrong = np.flatnonzero(~evaluated.right)
    return wrong[np.argsort(-evaluated.confidence[wrong], kind="stable")]


def most_uncertain(evaluated: Evaluated) -> RowArray:
    """Return all places within the part, the closest call between first and second guess first."""
    ordered = np.sort(evaluated.probabilities, axis=1)
    return np.argsort(ordered[:, -1] - ordered[:, -2], kind="stable")


def cell_faces(evaluated: Evaluated, label: int, guess: int) -> RowArray:
    """Return the places of faces with this label and this answer, the most confident first."""
    own = np.flatnonzero((evaluated.labels == label) & (evaluated.guesses == guess))
    return own[np.argsort(-evaluated.confidence[own], kind="stable")]


def suspect_labels(evaluated: Evaluated) -> RowArray:
    """Return the places of labels that the model speaks against, the label with the least probability first.

    Confident learning on the model's own answers: that is honest on faces that it did not learn from, and says little
    on those that it did.

    Sources:
        Northcutt et al. 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels" (cleanlab).
    """
    from cleanlab.filter import find_label_issues

    classes = np.flatnonzero(np.bincount(evaluated.labels, minlength=len(EMOTIONS)))
    if len(classes) < 2:
        return np.empty(0, np.intp)
    thought = evaluated.probabilities[:, classes].astype(np.float64)
    thought /= np.maximum(thought.sum(axis=1, keepdims=True), 1e-12)
    labels = np.searchsorted(classes, evaluated.labels)
    with warnings.catch_warnings():
        # It warns of classes with few faces, where it finds little.
        warnings.simplefilter("ignore")
        wrong = np.flatnonzero(find_label_issues(labels, thought, filter_by="both", n_jobs=1))
    wrong = wrong[~evaluated.right[wrong]]
    return wrong[np.argsort(evaluated.probabilities[wrong, evaluated.labels[wrong]], kind="stable")]


def as_findings(evaluated: Evaluated, places: RowArray, n: int) -> Findings:
    """Return faces of a part as findings about the whole data set, for a clean list.

    Args:
        evaluated: The model's answers.
        places: Within the part.
        n: Rows of the whole data set.
    """
    found = []
    for place in places.tolist():
        label, guess = EMOTIONS[evaluated.labels[place]], EMOTIONS[evaluated.guesses[place]]
        own = float(evaluated.probabilities[place, evaluated.labels[place]])
        row = int(evaluated.part.rows[place])
        reason = (
            f"Labelled {label}; {evaluated.name} says {guess} ({evaluated.confidence[place]:.0%} against {own:.0%})."
        )
        found.append(Finding("suspect_label", (row,), reason, (row,), 1 - own))
    return Findings(tuple(found), n)


@dataclass(frozen=True)
class Confused:
    """Two emotions that a model takes for each other.

    Attributes:
        label: What the faces are labelled.
        guess: What the model says.
        count: So many faces.
        share: Of the faces with that label.
    """

    label: str
    guess: str
    count: int
    share: float


def most_confused(confusion: npt.NDArray[np.integer], most: int = 5) -> list[Confused]:
    """Return the mistakes that are made most often, by their share of the label's faces.

    Args:
        confusion: Counts, shape ``(7, 7)``, truth in rows.
        most: So many at most.
    """
    totals = confusion.sum(axis=1)
    found = [
        Confused(EMOTIONS[i], EMOTIONS[j], int(confusion[i, j]), float(confusion[i, j] / totals[i]))
        for i in range(len(EMOTIONS))
        for j in range(len(EMOTIONS))
        if i != j and confusion[i, j]
    ]
    return sorted(found, key=lambda one: -one.share)[:most]
