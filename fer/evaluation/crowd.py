"""A model beside the crowd: FER2013's label is one person's word, FER+ asked ten people about each face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.errors import DataError
from fer.evaluation.evaluated import Evaluated

FloatArray = npt.NDArray[np.float64]
STEPS = (0.0, 0.5, 0.7, 0.9, 1.0)
"""Shares of the crowd's first choice between which faces are counted together; the last is all of it."""
STEP_NAMES = ("below half", "50 to 70 %", "70 to 90 %", "90 % or more")


@dataclass(frozen=True)
class Crowd:
    """A model's answers beside votes.

    Attributes:
        voted: Faces that have votes on one of the seven, shape ``(n,)``.
        first: The crowd's first choice of each face, shape ``(n,)``; where several lead, the label if it is among them;
            -1 without votes.
        with_label: Of the faces with votes, the share that the model names as the label does.
        with_crowd: The same with the crowd's first choice.
        label_with_crowd: How often label and crowd agree: what no model need be better than by the label.
        share: The mean share of votes that fell on what the model answers.
        distance: The mean Jensen-Shannon distance (base 2) of the model's probabilities from the votes, 0 to 1.
        by_unity: For each step of ``STEP_NAMES``: faces, and how often the model says what the crowd does (NaN: none).
    """

    voted: npt.NDArray[np.bool_]
    first: npt.NDArray[np.intp]
    with_label: float
    with_crowd: float
    label_with_crowd: float
    share: float
    distance: float
    by_unity: tuple[tuple[int, float], ...]


def crowd_of(evaluated: Evaluated) -> Crowd:
    """Hold a model's answers against FER+'s votes.

    Raises:
        DataError: If no votes are joined, or none fell on one of the seven.
    """
    from scipy.spatial.distance import jensenshannon

    faces = evaluated.faces
    if faces.votes is None:
        raise DataError("No votes are joined to these faces. Join FER+'s fer2013new.csv to the data set.")
    votes, labels = faces.votes.astype(np.float64), evaluated.labels.astype(np.intp)
    voted = votes.sum(axis=1) > 0
    if not voted.any():
        raise DataError("No face here has a vote on one of the seven emotions.")
    rows, most = np.arange(len(labels)), votes.max(axis=1)
    first = np.where(votes[rows, labels] == most, labels, votes.argmax(axis=1))
    agrees = evaluated.guesses == first
    # Seven votes of ten are 0.69999999 as float32 has them.
    steps = np.digitize(most.round(4), STEPS[1:-1])
    counted = [voted & (steps == step) for step in range(len(STEP_NAMES))]
    return Crowd(
        voted,
        np.where(voted, first, -1),
        float(evaluated.right[voted].mean()),
        float(agrees[voted].mean()),
        float((labels == first)[voted].mean()),
        float(votes[rows, evaluated.guesses][voted].mean()),
        float(np.mean(jensenshannon(evaluated.probabilities[voted], votes[voted], base=2, axis=1))),
        tuple((int(one.sum()), float(agrees[one].mean()) if one.any() else float("nan")) for one in counted),
    )


def crowd_recall(evaluated: Evaluated, crowd: Crowd) -> list[tuple[int, float, float]]:
    """Return for each emotion by the crowd's choice: faces, how often the model says so, how often the label does."""
    table = []
    for i in range(len(EMOTIONS)):
        own = crowd.first == i
        n = int(own.sum())
        model, label = (
            float((said == i)[own].mean()) if n else float("nan") for said in (evaluated.guesses, evaluated.labels)
        )
        table.append((n, model, label))
    return table
