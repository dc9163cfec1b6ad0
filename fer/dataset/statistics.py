"""What a data set looks like in numbers: counts, grey values, light and sharpness, mean faces.

All of it takes a ``FaceSet`` and answers in seconds for FER2013. A class that is missing has zeros or NaN, never an
error, so that a chart shows that nothing is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import USAGES, FaceSet
from fer.emotions import EMOTIONS

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float32]
CHUNK = 4096
"""Images that are worked on at once, so that a set of any size needs little memory."""


def class_counts(faces: FaceSet) -> pd.DataFrame:
    """Count the faces of each emotion in each split.

    Returns:
        Seven rows named by emotion in FER2013's order; for each split that has faces, and for ``all``, the columns
        ``<split>`` (count) and ``<split> share`` (in [0, 1]).
    """
    import pandas as pd

    table: dict[str, npt.NDArray[np.generic]] = {}
    parts = {name: faces.labels[faces.usage == code] for code, name in enumerate(USAGES)}
    for name, labels in {**{name: some for name, some in parts.items() if len(some)}, "all": faces.labels}.items():
        counts = np.bincount(labels, minlength=len(EMOTIONS))
        table[name] = counts
        table[f"{name} share"] = counts / max(1, len(labels))
    return pd.DataFrame(table, index=pd.Index(EMOTIONS, name="emotion"))


@dataclass(frozen=True)
class Imbalance:
    """How unequal the classes are.

    Attributes:
        ratio: Faces of the largest class for each face of the smallest that has any; 1 where all are alike.
        evenness: Entropy of the shares over that of seven equal ones, in [0, 1].
        largest: The largest class, or "" where there are no faces.
        smallest: The smallest class that has faces.
        missing: Classes without faces.
        always_largest: Accuracy of always answering with the largest class.
    """

    ratio: float
    evenness: float
    largest: str
    smallest: str
    missing: tuple[str, ...]
    always_largest: float


def imbalance(labels: npt.NDArray[np.uint8]) -> Imbalance:
    """Measure how unequal the classes are; see ``Imbalance``. No labels at all give zeros.

    >>> imbalance(np.array([3, 3, 3, 6], np.uint8)).ratio
    3.0
    """
    counts = np.bincount(labels, minlength=len(EMOTIONS))
    missing = tuple(name for name, count in zip(EMOTIONS, counts, strict=True) if not count)
    if not counts.any():
        return Imbalance(0.0, 0.0, "", "", missing, 0.0)
    shares = counts[counts > 0] / counts.sum()
    evenness = float(-(shares * np.log(shares)).sum() / np.log(len(EMOTIONS)))
    smallest = int(np.argmin(np.where(counts > 0, counts, counts.max() + 1)))
    return Imbalance(
        ratio=round(float(shares.max() / shares.min()), 4),
        evenness=round(abs(evenness), 4),
        largest=EMOTIONS[int(counts.argmax())],
        smallest=EMOTIONS[smallest],
        missing=missing,
        always_largest=round(float(shares.max()), 4),
    )


def intensity_histograms(faces: FaceSet, bins: int = 64) -> pd.DataFrame:
    """Return how often each grey value comes, by emotion.

    Args:
        faces: The data set.
        bins: A power of two up to 256: neighbouring grey values are counted together.

    Returns:
        A row for each bin, named by its lowest grey value; a column for each emotion, shares that sum to 1, or NaN
        where it has no faces.

    Raises:
        ValueError: If 256 grey values cannot be shared out over so many bins.
    """
    import pandas as pd

    if not 1 <= bins <= 256 or 256 % bins:
        raise ValueError(f"expected 1, 2, 4 … 256 bins, got {bins}")
    counts = np.zeros((len(EMOTIONS), 256))
    for start in range(0, len(faces), CHUNK):
        images, labels = faces.images[start : start + CHUNK], faces.labels[start : start + CHUNK]
        for label in np.unique(labels):
            counts[label] += np.bincount(images[labels == label].ravel(), minlength=256)
    binned = counts.reshape(len(EMOTIONS), bins, -1).sum(axis=2)
    total = binned.sum(axis=1, keepdims=True)
    shares = np.divide(binned, total, out=np.full_like(binned, np.nan), where=total > 0)
    return pd.DataFrame(shares.T, index=pd.Index(range(0, 256, 256 // bins), name="grey"), columns=list(EMOTIONS))


def image_measures(faces: FaceSet) -> pd.DataFrame:
    """Measure the light and sharpness of each image.

    Returns:
        A row for each image in the set's order:
        ``brightness``: mean grey value, in [0, 255];
        ``contrast``: standard deviation of the grey values (root mean square contrast);
        ``sharpness``: variance of the Laplacian, higher is sharper; it grows with contrast and with noise, too;
        ``emotion`` and ``usage``: categories.

    Sources:
        Peli 1990, "Contrast in complex images" (root mean square contrast).
        Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy" (variance of the Laplacian).
    """
    import pandas as pd

    measures = np.empty((len(faces), 3), np.float32)
    for row, image in enumerate(faces.images):
        mean, deviation = cv2.meanStdDev(image)
        _, edges = cv2.meanStdDev(cv2.Laplacian(image, cv2.CV_32F))
        measures[row] = mean[0, 0], deviation[0, 0], edges[0, 0] ** 2
    table = pd.DataFrame(measures, columns=["brightness", "contrast", "sharpness"])
    table["emotion"] = _named(faces.labels, EMOTIONS)
    table["usage"] = _named(faces.usage, USAGES)
    return table


def _named(codes: npt.NDArray[np.uint8], names: tuple[str, ...]) -> pd.Categorical[str]:
    import pandas as pd

    return pd.Categorical(np.array(names)[codes], categories=list(names))


@dataclass(frozen=True)
class MeanFaces:
    """Mean and standard deviation of each pixel, by emotion.

    Attributes:
        mean: Shape ``(7, h, w)``, float32 in [0, 255]; NaN for a class without faces.
        std: The same, of the standard deviation.
        counts: Faces of each class, shape ``(7,)``.
    """

    mean: FloatArray
    std: FloatArray
    counts: npt.NDArray[np.intp]


def mean_faces(faces: FaceSet) -> MeanFaces:
    """Return the mean and the standard-deviation face of each emotion."""
    shape = (len(EMOTIONS), *faces.images.shape[1:])
    total, squares = np.zeros(shape), np.zeros(shape)
    for start in range(0, len(faces), CHUNK):
        images, labels = faces.images[start : start + CHUNK], faces.labels[start : start + CHUNK]
        for label in np.unique(labels):
            some = images[labels == label].astype(np.float64)
            total[label] += some.sum(axis=0)
            squares[label] += np.square(some).sum(axis=0)
    counts = np.bincount(faces.labels, minlength=len(EMOTIONS))
    n = np.where(counts, counts, np.nan)[:, None, None]
    mean = total / n
    std = np.sqrt(np.maximum(squares / n - np.square(mean), 0))
    return MeanFaces(mean.astype(np.float32), std.astype(np.float32), counts)
