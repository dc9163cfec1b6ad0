"""A smaller set that looks like the whole one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RowArray = npt.NDArray[np.intp]


def stratified_rows(labels: npt.NDArray[np.uint8], most: int, seed: int = 0) -> RowArray:
    """Choose rows by chance so that each class keeps its share; a class that has faces keeps at least one.

    Args:
        labels: Shape ``(n,)``.
        most: How many rows at most, but never fewer than there are classes.
        seed: The same seed chooses the same rows.

    Returns:
        Ascending; all rows where there are no more than ``most``.

    >>> stratified_rows(np.array([0] * 90 + [1] * 10, np.uint8), 20).shape
    (20,)
    """
    n = len(labels)
    if n <= most:
        return np.arange(n)
    rng = np.random.default_rng(seed)
    classes, counts = np.unique(labels, return_counts=True)
    quotas = np.maximum(1, np.floor(counts * most / n)).astype(int)
    # What rounding down left over goes to the classes that lost most by it.
    lost = np.argsort(-(counts * most / n - quotas), kind="stable")
    quotas[lost[: max(0, most - int(quotas.sum()))]] += 1
    chosen = [
        rng.choice(np.flatnonzero(labels == label), quota, replace=False)
        for label, quota in zip(classes, quotas, strict=True)
    ]
    return np.sort(np.concatenate(chosen))
