"""What a crowd says of FER2013's labels: FER+'s ten votes a face against the one label that it came with.

Sources:
    Barsoum et al. 2016, "Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label
    Distribution".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.emotions import EMOTIONS
from fer.errors import DataError

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LabelNoise:
    """Labels beside votes.

    Attributes:
        compared: Faces that have votes on one of the seven emotions.
        without: Faces that have none: the crowd saw no face, contempt, or could not tell.
        agreement: By emotion of the label, the share of faces that the crowd names so, too, shape ``(7,)``; NaN where
            there are none. Where two emotions lead with the same votes, the label counts as named if it is one of them.
        overall: The same of all faces.
        confusion: Label in rows, the crowd's first choice in columns, counts, shape ``(7, 7)``; the first choice of a
            tie is the label if it is among the leaders, otherwise the first of them in FER2013's order.
        entropy_bits: How divided the crowd is on each face, shape ``(n,)``, in [0, log2 7]; NaN without votes.
        mean_entropy_bits: By emotion of the label, shape ``(7,)``.
        label_share: The share of votes that each face's own label got, shape ``(n,)``; NaN without votes.
    """

    compared: int
    without: int
    agreement: FloatArray
    overall: float
    confusion: npt.NDArray[np.intp]
    entropy_bits: FloatArray
    mean_entropy_bits: FloatArray
    label_share: FloatArray


def label_noise(faces: FaceSet) -> LabelNoise:
    """Hold a data set's labels against FER+'s votes.

    Raises:
        DataError: If no votes are joined.
    """
    if faces.votes is None:
        raise DataError("No votes are joined to these faces. Name FER+'s fer2013new.csv when the data is opened.")
    votes, labels = faces.votes.astype(np.float64), faces.labels
    voted = votes.sum(axis=1) > 0
    rows = np.arange(len(faces))
    own = votes[rows, labels]
    named = own >= votes.max(axis=1, initial=0) - 1e-6
    choice = np.where(named, labels, votes.argmax(axis=1))
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.intp)
    np.add.at(confusion, (labels[voted], choice[voted]), 1)
    logs = np.log2(votes, out=np.zeros_like(votes), where=votes > 0)
    entropy = np.where(voted, np.abs(-(votes * logs).sum(axis=1)), np.nan)
    return LabelNoise(
        compared=int(voted.sum()),
        without=int((~voted).sum()),
        agreement=_by_label(np.where(voted, named, np.nan), labels),
        overall=float(named[voted].mean()) if voted.any() else float("nan"),
        confusion=confusion,
        entropy_bits=entropy,
        mean_entropy_bits=_by_label(entropy, labels),
        label_share=np.where(voted, own, np.nan),
    )


def _by_label(values: FloatArray, labels: npt.NDArray[np.uint8]) -> FloatArray:
    """Return the mean of each class, shape ``(7,)``; NaN where it has no value."""
    there = ~np.isnan(values)
    totals = np.bincount(labels[there], values[there], minlength=len(EMOTIONS))
    counts = np.bincount(labels[there], minlength=len(EMOTIONS))
    return np.asarray(np.divide(totals, counts, out=np.full(len(EMOTIONS), np.nan), where=counts > 0), np.float64)
