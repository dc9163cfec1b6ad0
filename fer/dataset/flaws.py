"""Flaws that are put into the drawn data set on purpose, so that its checks have something to find."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.emotions import EMOTIONS

TWINS, WRONG_LABELS, BLANKS = 14, 10, 2
LEAST_ROWS = 200
"""A smaller set is left without flaws: they would be most of it."""

RowArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Flaws:
    """Rows that were spoilt, counted from 0.

    Attributes:
        twins: Rows that show another row's image, shape ``(n, 2)``: the copy, and whose image it is. Every second copy
            has another label.
        wrong_labels: Rows whose label is not what was drawn.
        blanks: Rows of a single grey.
    """

    twins: RowArray
    wrong_labels: RowArray
    blanks: RowArray


def spoilt(faces: FaceSet, seed: int = 0) -> tuple[FaceSet, Flaws]:
    """Put flaws into a set, and say where: copies, some in other splits or with other labels, wrong labels, blanks."""
    rng = np.random.default_rng([seed, len(faces)])
    rows = rng.permutation(len(faces))
    copies, models, wrong, blanks, _ = np.split(rows, np.cumsum([TWINS, TWINS, WRONG_LABELS, BLANKS]))
    images, labels = faces.images.copy(), faces.labels.copy()
    images[copies] = images[models]
    labels[copies] = labels[models]
    changed = np.concatenate([copies[::2], wrong])
    labels[changed] = (labels[changed] + rng.integers(1, len(EMOTIONS), len(changed))) % len(EMOTIONS)
    images[blanks] = np.array([0, 128], np.uint8)[:, None, None]
    flaws = Flaws(np.column_stack([copies, models]), np.sort(wrong), np.sort(blanks))
    return replace(faces, images=images, labels=labels), flaws
