"""Figures of a text model on labelled messages."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.evaluation.metrics import figures_of
from fer.text.corpora import LabelledTexts

FloatArray = npt.NDArray[np.float32]


def text_figures(probabilities: FloatArray, labelled: LabelledTexts, unsure_below: float = 0.0) -> dict[str, Any]:
    """Return what a text model is published with.

    Messages with one label are scored. For those with several, which people themselves could not agree on, it is
    reported apart how often the answer is one of them.

    Args:
        probabilities: Shape ``(n, 7)``, FER2013's order.
        labelled: The ``n`` messages.
        unsure_below: The confidence below which an answer is called unsure.

    Returns:
        As ``fer.evaluation.metrics.figures_of`` over the messages with one label, where means and recall are over the
        emotions that there are, and ``lacking`` (those that none of the messages has), ``several`` (messages with
        several labels) and ``one_of_several`` (share of those whose answer is one of their labels; None where there
        are none).
    """
    from sklearn.metrics import f1_score

    single, labels = labelled.single, labelled.labels
    guesses = probabilities.argmax(axis=1)
    with warnings.catch_warnings():
        # A corpus without disgust is answered with disgust now and then: scikit-learn need not say so.
        warnings.simplefilter("ignore", UserWarning)
        figures = figures_of(probabilities[single], labels[single], unsure_below)
    present = np.unique(labels[single])
    among = f1_score(labels[single], guesses[single], average="macro", labels=present, zero_division=0)
    several = ~single
    hit = labelled.targets[np.arange(len(guesses)), guesses] > 0
    return {
        **figures,
        "macro_f1": round(float(among), 4),
        "recall": {name: figures["recall"][name] for column, name in enumerate(EMOTIONS) if column in present},
        "lacking": [name for column, name in enumerate(EMOTIONS) if column not in present],
        "several": int(several.sum()),
        "one_of_several": round(float(hit[several].mean()), 4) if several.any() else None,
    }


def per_class(guesses: npt.NDArray[np.intp], labels: npt.NDArray[np.intp]) -> dict[str, dict[str, float]]:
    """Return precision, recall, F1 and number of messages for each emotion; 0 where one is lacking."""
    from sklearn.metrics import precision_recall_fscore_support

    table = precision_recall_fscore_support(labels, guesses, labels=np.arange(len(EMOTIONS)), zero_division=0)
    return {
        name: {
            "precision": round(float(table[0][column]), 4),
            "recall": round(float(table[1][column]), 4),
            "f1": round(float(table[2][column]), 4),
            "n": int(table[3][column]),
        }
        for column, name in enumerate(EMOTIONS)
    }


def confusion(guesses: npt.NDArray[np.intp], labels: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return how often each emotion (rows: what people said) was answered with each (columns), shape ``(7, 7)``."""
    from sklearn.metrics import confusion_matrix

    table: npt.NDArray[np.intp] = confusion_matrix(labels, guesses, labels=np.arange(len(EMOTIONS)))
    return table
