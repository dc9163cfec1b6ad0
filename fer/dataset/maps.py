"""Maps of a data set: each face a point, faces that are alike near each other.

PCA is a shadow of the whole cloud: distances far apart mean something, neighbours less. t-SNE keeps neighbours
together: who is beside whom means something, the size of gaps between clusters does not.

Sources:
    Pearson 1901, "On lines and planes of closest fit to systems of points in space" (PCA).
    van der Maaten & Hinton 2008, "Visualizing Data using t-SNE".
    Kobak & Berens 2019, "The art of using t-SNE for single-cell transcriptomics" (PCA as the start).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from fer.dataset.reading import Progress, silent
from fer.dataset.threads import one_thread_each
from fer.errors import DataError

FloatArray = npt.NDArray[np.float32]
Space = Literal["pixels", "features"]
Method = Literal["pca", "tsne"]

LEAST = 5
"""Faces below which a map says nothing."""
DIRECTIONS = 50
"""t-SNE sees the first principal components: what is beyond is noise, and takes long."""
PERPLEXITY = 30.0
ROUNDS = 4
STEPS = 250
"""t-SNE works in rounds of so many steps, so that it can tell how far it is and be stopped."""


@dataclass(frozen=True)
class FaceMap:
    """A place for each face of a sample.

    Attributes:
        rows: The faces, as rows of the data set, shape ``(n,)``.
        xy: Their places, shape ``(n, 2)``, float32; units mean nothing.
        space: What was compared: ``pixels`` or the network's ``features``.
        method: ``pca`` or ``tsne``.
        explained: With PCA the shares of the variance that the two axes show; otherwise empty.
    """

    rows: npt.NDArray[np.intp]
    xy: FloatArray
    space: Space
    method: Method
    explained: tuple[float, ...] = ()


def pca_map(vectors: FloatArray, rows: npt.NDArray[np.intp], space: Space) -> FaceMap:
    """Lay faces out along the two directions in which they differ most.

    Args:
        vectors: What stands for each face, shape ``(n, k)``; see ``pixel_vectors``, or the network's features.
        rows: Which rows of the data set they are, shape ``(n,)``.
        space: What they are.

    Raises:
        DataError: If there are too few faces, or all are the same.
    """
    reduced, explained = _reduced(vectors, 2)
    return FaceMap(rows, reduced, space, "pca", tuple(round(float(share), 4) for share in explained))


def tsne_map(
    vectors: FloatArray, rows: npt.NDArray[np.intp], space: Space, progress: Progress = silent, seed: int = 0
) -> FaceMap:
    """Lay faces out so that those which are alike are neighbours.

    Args:
        vectors: As for ``pca_map``; the time grows with ``n``: 3,000 faces take some 20 s.
        rows: Which rows of the data set they are.
        space: What they are.
        progress: Told the share done; what it raises ends the work.
        seed: The same seed gives the same map on the same machine.

    Raises:
        DataError: If there are too few faces, or all are the same.
    """
    from sklearn.manifold import TSNE

    progress(0.0, "Finding which faces are alike")
    reduced, _ = _reduced(vectors, DIRECTIONS)
    perplexity = min(PERPLEXITY, (len(reduced) - 1) / 3)
    # The usual start, scaled as scikit-learn scales it: the large directions of the map are those of the data.
    start: FloatArray = np.zeros((len(reduced), 2), np.float32)
    start[:, : reduced.shape[1]] = reduced[:, :2] / reduced[:, 0].std() * 1e-4
    xy: FloatArray = start
    for number in range(ROUNDS):
        progress((number + 0.2) / (ROUNDS + 0.2), "Laying out the map")
        push = 12.0 if number == 0 else 1.0
        tsne = TSNE(2, perplexity=perplexity, early_exaggeration=push, max_iter=STEPS, init=xy, random_state=seed)
        with one_thread_each():
            xy = np.asarray(tsne.fit_transform(reduced), np.float32)
    return FaceMap(rows, xy, space, "tsne")


def pixel_vectors(images: npt.NDArray[np.uint8]) -> FloatArray:
    """Return each image's pixels, free of its own brightness and contrast, shape ``(n, h * w)``, float32.

    A map of bare pixels shows the light and little else.
    """
    flat = images.reshape(len(images), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    spread = flat.std(axis=1, keepdims=True)
    return np.asarray(flat / np.where(spread > 1e-3, spread, 1), np.float32)


def _reduced(vectors: FloatArray, directions: int) -> tuple[FloatArray, npt.NDArray[np.floating]]:
    """Return the vectors along their first principal directions, and the shares of variance of these."""
    from sklearn.decomposition import PCA

    if len(vectors) < LEAST:
        raise DataError(f"A map needs at least {LEAST} faces, got {len(vectors)}.")
    if not np.ptp(vectors, axis=0).any():
        raise DataError(f"A map shows how faces differ: these {len(vectors):,} are all the same.")
    k = min(directions, len(vectors) - 1, vectors.shape[1])
    pca = PCA(k, svd_solver="randomized", iterated_power=3, random_state=0)
    with one_thread_each():
        reduced = np.asarray(pca.fit_transform(vectors), np.float32)
    return reduced, pca.explained_variance_ratio_
