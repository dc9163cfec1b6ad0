"""Read FER2013 into memory: images, labels and usages in one form, whatever file they came in."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import USAGES, FaceSet
from fer.emotions import EMOTIONS, canonical
from fer.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

FERPLUS_COLUMNS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear")


def read_fer2013(path: Path) -> FaceSet:
    """Read FER2013 from Kaggle's CSV or from its compact form.

    Args:
        path: ``fer2013.csv`` (emotion, pixels, Usage; column names may carry spaces), or an ``.npz``
            with ``pixels`` (n, 48, 48) uint8, ``emotion`` (n,) and ``usage`` (n,) uint8.

    Raises:
        DataError: If the file is missing or is not FER2013.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file. Expected fer2013.csv (Kaggle) or fer2013.npz.")
    return _read_npz(path) if path.suffix == ".npz" else _read_csv(path)


def _read_npz(path: Path) -> FaceSet:
    try:
        with np.load(path) as pack:
            if missing := {"pixels", "emotion", "usage"} - set(pack.files):
                raise DataError(f"{path.name}: expected arrays pixels, emotion, usage; {sorted(missing)} missing.")
            images, labels, usage = pack["pixels"], pack["emotion"], pack["usage"]
    # A single array has no `files` and no `with`; the others are what NumPy raises for damage.
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, TypeError, AttributeError) as problem:
        raise DataError(f"{path.name} is damaged or no .npz file ({problem}). Make or download it again.") from problem
    n = len(images)
    if images.shape != (n, 48, 48) or images.dtype != np.uint8:
        got = f"{images.dtype} {images.shape}"
        raise DataError(f"{path.name}: expected pixels uint8 (n, 48, 48), got {got}. Make or download it again.")
    for name, codes, most in (("emotion", labels, 6), ("usage", usage, 2)):
        if codes.shape != (n,) or codes.dtype.kind not in "iu" or (n and not 0 <= codes.min() <= codes.max() <= most):
            raise DataError(f"{path.name}: expected {n:,} whole numbers 0..{most} in {name}.")
    return FaceSet(images, labels.astype(np.uint8), usage.astype(np.uint8))


def _read_csv(path: Path) -> FaceSet:
    frame = _read_table(path, skipinitialspace=True)
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    if missing := {"emotion", "pixels", "usage"} - set(frame.columns):
        raise DataError(f"{path.name}: expected columns emotion, pixels, Usage; {sorted(missing)} missing.")
    images = np.empty((len(frame), 48, 48), np.uint8)
    for row, text in enumerate(frame["pixels"]):
        images[row] = _face_of(str(text), f"{path.name}: row {row}")
    usage = frame["usage"].map({name: code for code, name in enumerate(USAGES)})
    emotion = frame["emotion"]
    if usage.isna().any() or not emotion.isin(range(7)).all():
        raise DataError(f"{path.name}: expected emotions 0..6 and usages {', '.join(USAGES)} in every row.")
    return FaceSet(images, emotion.to_numpy().astype(np.uint8), usage.to_numpy().astype(np.uint8))


def _face_of(text: str, where: str) -> npt.NDArray[np.uint8]:
    try:
        pixels = np.array(text.split(), np.int64)
    except (ValueError, OverflowError) as problem:
        raise DataError(f"{where} holds something else than whole numbers ({problem}). Download it again.") from problem
    if pixels.size != 48 * 48:
        raise DataError(f"{where} has {pixels.size:,} pixels, not 2,304 (48 x 48). Download it again.")
    if pixels.min() < 0 or pixels.max() > 255:
        came = f"{pixels.min()} to {pixels.max()}"
        raise DataError(f"{where} has pixels of {came}, expected 0 to 255. Download it again.")
    return pixels.reshape(48, 48).astype(np.uint8)


def _read_table(path: Path, skipinitialspace: bool = False) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_csv(path, skipinitialspace=skipinitialspace)
    # pandas' own errors for empty and ragged files, and for bytes that are no text, are ValueErrors.
    except (ValueError, OSError) as problem:
        raise DataError(f"{path.name} cannot be read as CSV ({problem}). Download it again.") from problem


def read_ferplus(path: Path, rows: int) -> npt.NDArray[np.float32]:
    """Read FER+'s crowd votes for the first rows of FER2013.

    Args:
        path: ``fer2013new.csv``: ten votes a row, in the CSV's row order.
        rows: How many rows of FER2013 are at hand.

    Returns:
        Shape ``(rows, 7)``, float32 in FER2013's order, each row summing to 1, or to 0 where no vote fell
        on one of the seven (contempt, unknown and no-face votes are left out).

    Raises:
        DataError: If the file is missing or too short.

    Sources:
        Barsoum et al. 2016, "Training Deep Networks for Facial Expression Recognition with Crowd-Sourced
        Label Distribution".
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file. Expected fer2013new.csv of FER+.")
    frame = _read_table(path)
    if missing := set(FERPLUS_COLUMNS) - set(frame.columns):
        raise DataError(f"{path.name}: expected FER+'s vote columns; {sorted(missing)} missing.")
    if len(frame) < rows:
        raise DataError(f"{path.name}: expected at least {rows:,} rows, got {len(frame):,}.")
    names = [canonical(name) for name in FERPLUS_COLUMNS]
    ours = [names.index(emotion) for emotion in EMOTIONS]
    votes: npt.NDArray[np.float32] = np.asarray(frame[list(FERPLUS_COLUMNS)], np.float32)[:rows, ours]
    total = votes.sum(axis=1, keepdims=True)
    shares: npt.NDArray[np.float32] = np.divide(votes, total, out=np.zeros_like(votes), where=total > 0)
    return shares
