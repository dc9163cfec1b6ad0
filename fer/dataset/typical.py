"""Which faces are like the others of their class, and which are the odd ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Typical:
    """The ends of one class.

    Attributes:
        typical: Rows of the faces most like their class, the most typical first.
        odd: Rows of the faces least like it, the oddest first.
    """

    typical: RowArray
    odd: RowArray


def likeness(vectors: FloatArray, labels: npt.NDArray[np.uint8]) -> FloatArray:
    """Return how much each face is like the mean of the others of its class.

    Args:
        vectors: What stands for each face, shape ``(n, k)``: the network's features (what it shows) or coordinates
            along eigenfaces (how it looks).
        labels: Shape ``(n,)``, 0..6.

    Returns:
        The cosine between face and mean, both from the middle of the whole set, shape ``(n,)``, float32 in [-1, 1]; 0
        for the only face of a class.
    """
    centred = vectors - (vectors.mean(axis=0) if len(vectors) else 0)
    alike = np.zeros(len(vectors), np.float32)
    for label in np.unique(labels):
        own = centred[labels == label]
        # Its own place must not speak for a face in a small class.
        others = (own.sum(axis=0) - own) / max(1, len(own) - 1)
        lengths = np.linalg.norm(own, axis=1) * np.linalg.norm(others, axis=1)
        products = (own * others).sum(axis=1)
        alike[labels == label] = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 1e-9)
    return alike


def typical_and_odd(alike: FloatArray, labels: npt.NDArray[np.uint8], label: int, count: int = 12) -> Typical:
    """Return the most typical and the oddest faces of a class; none of a class without faces.

    Args:
        alike: As ``likeness`` gives it.
        labels: Shape ``(n,)``.
        label: The class.
        count: How many of each; a small class is divided into halves, so that no face is both.
    """
    rows = np.flatnonzero(labels == label)
    order = rows[np.argsort(-alike[rows], kind="stable")]
    count = min(count, (len(rows) + 1) // 2)
    return Typical(order[:count], order[::-1][: min(count, len(rows) - count)])
