"""FER2013 for whoever needs only its faces: training, evaluation, benchmarks."""

from __future__ import annotations

from pathlib import Path

from fer.dataset.faceset import FaceSet
from fer.dataset.opening import open_dataset


def read_fer2013(path: Path, votes: Path | None = None) -> FaceSet:
    """Read a data set that says which faces train and which test.

    Args:
        path: As :func:`fer.dataset.opening.open_dataset` takes it.
        votes: FER+'s ``fer2013new.csv``, to be joined.

    Returns:
        The good rows.

    Raises:
        DataError: If it cannot be read.
    """
    return open_dataset(path, votes=votes).faces
