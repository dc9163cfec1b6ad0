"""Eigenfaces: the directions in which faces differ most, and a face rebuilt from the first k of them.

Sources:
    Turk & Pentland 1991, "Eigenfaces for Recognition".
    Sirovich & Kirby 1987, "Low-dimensional procedure for the characterization of human faces".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.dataset.samples import stratified_rows
from fer.dataset.threads import one_thread_each
from fer.errors import DataError

FloatArray = npt.NDArray[np.float32]
COMPONENTS = 150
FACES = 6_000
"""Faces that the directions are fitted on: more change the first 150 hardly, and take longer."""


@dataclass(frozen=True)
class Eigenfaces:
    """Directions of the largest variance.

    Attributes:
        mean: The mean face, shape ``(h, w)``, float32.
        components: Orthonormal, shape ``(k, h, w)``, float32, by falling variance; signs are arbitrary.
        variances: Of the faces along each, shape ``(k,)``.
        explained: Share of the whole variance that each explains, shape ``(k,)``, in [0, 1].
        faces: How many faces they were fitted on.
    """

    mean: FloatArray
    components: FloatArray
    variances: FloatArray
    explained: FloatArray
    faces: int

    def coordinates(self, images: npt.NDArray[np.uint8]) -> FloatArray:
        """Return the faces' places along the directions, shape ``(n, k)``, float32."""
        flat = self.components.reshape(len(self.components), -1)
        centred = images.reshape(len(images), -1).astype(np.float32) - self.mean.ravel()
        return np.asarray(centred @ flat.T, np.float32)

    def rebuild(self, image: npt.NDArray[np.uint8], k: int) -> npt.NDArray[np.uint8]:
        """Rebuild a face from the mean and the first ``k`` directions; 0 gives the mean face.

        Args:
            image: Shape ``(h, w)``, uint8.
            k: At most the number of components; more are not there to be used.
        """
        some = self.components[: max(0, k)]
        places = self.coordinates(image[None])[0, : len(some)]
        rebuilt = self.mean + np.tensordot(places, some, axes=1)
        return np.asarray(np.clip(np.rint(rebuilt), 0, 255), np.uint8)


def fit_eigenfaces(faces: FaceSet, components: int = COMPONENTS, most: int = FACES, seed: int = 0) -> Eigenfaces:
    """Find the directions in which faces differ most.

    Args:
        faces: The data set.
        components: How many directions; fewer come where there are fewer faces.
        most: Above so many faces a sample with the same shares of emotions is taken.
        seed: Of that sample.

    Raises:
        DataError: If there are fewer than two faces, or all are the same.
    """
    from sklearn.decomposition import PCA

    if len(faces) < 2:
        raise DataError(f"Eigenfaces show how faces differ: expected at least two faces, got {len(faces)}.")
    rows = stratified_rows(faces.labels, most, seed)
    flat = faces.images[rows].reshape(len(rows), -1).astype(np.float32)
    if not np.ptp(flat, axis=0).any():
        raise DataError(f"Eigenfaces show how faces differ: these {len(faces):,} are all the same.")
    k = min(components, len(rows) - 1, flat.shape[1])
    with one_thread_each():
        pca = PCA(k, svd_solver="randomized", iterated_power=2, random_state=seed).fit(flat)
    shape = faces.images.shape[1:]
    return Eigenfaces(
        mean=pca.mean_.reshape(shape).astype(np.float32),
        components=pca.components_.reshape(k, *shape).astype(np.float32),
        variances=pca.explained_variance_.astype(np.float32),
        explained=np.nan_to_num(pca.explained_variance_ratio_).astype(np.float32),
        faces=len(rows),
    )
