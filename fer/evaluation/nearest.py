"""The faces that a network takes for most like a face: nearest in what its last layer reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.errors import DataError

FloatArray = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Nearest:
    """Neighbours, the nearest first.

    Attributes:
        rows: Their places in the data set.
        distances: Each one's distance, shape as ``rows``.
        typical: The median distance between a face that was looked among and its own nearest one: what "near" is.
    """

    rows: RowArray
    distances: FloatArray
    typical: float


def nearest_faces(features: FloatArray, among: RowArray, face: FloatArray, count: int = 12, seed: int = 0) -> Nearest:
    """Return the faces nearest to one, by Euclidean distance.

    Args:
        features: Of the whole data set, shape ``(n, k)``.
        among: Rows that may be neighbours.
        face: The face's own features, shape ``(k,)``.
        count: How many.
        seed: Of the sample that says what is typical.

    Raises:
        DataError: If there is no face to look among.

    Sources:
        Papernot & McDaniel 2018, "Deep k-Nearest Neighbors": neighbours in a layer's output as an explanation.
    """
    from sklearn.neighbors import NearestNeighbors

    if not len(among):
        raise DataError(
            "There is no training face in this data set to compare with. Open one that has a Training split."
        )
    known = features[among]
    search = NearestNeighbors(algorithm="brute").fit(known)
    distances, places = search.kneighbors(face[None], min(count, len(known)))
    some = np.random.default_rng(seed).permutation(len(known))[:200]
    # The nearest of a face among all is itself; the second is another.
    typical = float(np.median(search.kneighbors(known[some], min(2, len(known)))[0][:, -1]))
    return Nearest(among[places[0]], np.asarray(distances[0], np.float32), typical)
