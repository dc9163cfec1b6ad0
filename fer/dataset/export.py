"""Write a set of faces in the two forms that people know: ``fer2013.csv``, and Kaggle's folders."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.reading import Progress, silent
from fer.emotions import EMOTIONS
from fer.errors import InputError, StorageError

UInt8Array = npt.NDArray[np.uint8]
ImageForm = Literal["jpg", "png"]

JPEG_QUALITY = 95
ROWS_AT_ONCE = 64
_TEXTS: UInt8Array = np.frombuffer(b"".join(b"%-4d" % value for value in range(256)), np.uint8).reshape(256, 4)
"""Each value with a space behind it, and more spaces up to four signs."""
_KEPT = np.arange(4) <= np.array([len(str(value)) for value in range(256)])[:, None]
"""Which of the four signs are written: the digits and one space."""


def write_csv(faces: FaceSet, path: Path, inputs: tuple[Path, ...] = (), progress: Progress | None = None) -> None:
    """Write ``emotion,pixels,Usage``, a row a face, as Kaggle's ``fer2013.csv`` has them.

    Args:
        faces: At least one; everything that is written of them is numbers and the three usages.
        path: Where to; the file is there when it is whole.
        inputs: Files that were read, which are never overwritten.
        progress: Called now and then.

    Raises:
        InputError: If the file is one of the inputs.
        StorageError: If it cannot be written.
    """
    keep_inputs(path, inputs)

    def write(part: Path) -> None:
        with part.open("wb") as file:
            file.write(b"emotion,pixels,Usage\n")
            for begin in range(0, len(faces), ROWS_AT_ONCE):
                (progress or silent)(begin / len(faces), f"Writing {path.name}")
                file.write(_rows(faces.take(slice(begin, begin + ROWS_AT_ONCE))))

    _write_whole(path, write)


def write_folders(
    faces: FaceSet,
    folder: Path,
    inputs: tuple[Path, ...] = (),
    form: ImageForm = "jpg",
    progress: Progress | None = None,
) -> None:
    """Write ``train|test/EMOTION/USAGE_NUMBER.jpg``, as Kaggle's folders have them.

    Args:
        faces: At least one.
        folder: New or empty; it is there when it is whole.
        inputs: Files and folders that were read.
        form: ``jpg`` as Kaggle's, which changes pixels a little, or ``png``, which keeps them.
        progress: Called now and then.

    Raises:
        InputError: If the folder holds something, or is or holds one of the inputs.
        StorageError: If it cannot be written.
    """
    keep_inputs(folder, inputs)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there and not an empty folder; nothing was written. Name a new folder.")

    def write(part: Path) -> None:
        for place in {_folder_of(usage) for usage in np.unique(faces.usage)}:
            for emotion in EMOTIONS:
                (part / place / emotion).mkdir(parents=True)
        for row, image in enumerate(faces.images):
            if row % 500 == 0:
                (progress or silent)(row / len(faces), f"Writing {folder.name}")
            usage = int(faces.usage[row])
            below = part / _folder_of(usage) / EMOTIONS[faces.labels[row]]
            (below / f"{USAGES[usage]}_{row + 1:08d}.{form}").write_bytes(_encoded(image, form))

    _write_whole(folder, write)


def _rows(faces: FaceSet) -> bytes:
    """Return lines of the CSV."""
    pixels = faces.images.reshape(len(faces), -1)
    lines = []
    for row, label, usage in zip(pixels, faces.labels, faces.usage, strict=True):
        text = np.compress(_KEPT[row].ravel(), _TEXTS[row].ravel()).tobytes()[:-1]
        lines.append(b"%d,%b,%b\n" % (label, text, USAGES[usage].encode()))
    return b"".join(lines)


def _folder_of(usage: int) -> str:
    return "train" if USAGES[usage] == "Training" else "test"


def _encoded(image: UInt8Array, form: ImageForm) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if form == "jpg" else []
    return cv2.imencode(f".{form}", np.ascontiguousarray(image), options)[1].tobytes()


def keep_inputs(target: Path, inputs: tuple[Path, ...]) -> None:
    """Refuse to write where something is read.

    Raises:
        InputError: If the target is an input, holds one, or lies in one.
    """
    place = target.resolve()
    for path in inputs:
        read = path.resolve()
        if place == read or read.is_relative_to(place) or (read.is_dir() and place.is_relative_to(read)):
            raise InputError(f"{target} is, holds or lies in what is read: nothing was written. Name another place.")
        # A hard link is the same file under another name.
        if place.exists() and read.exists() and place.samefile(read):
            raise InputError(f"{target} is what is read: nothing was written. Name another file.")


def _write_whole(target: Path, write: Callable[[Path], None]) -> None:
    """Write beside the target and put it in its place when it is whole."""
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        write(part)
        if target.is_dir():
            target.rmdir()
        os.replace(part, target)
    except OSError as problem:
        raise StorageError(
            f"{target} cannot be written ({problem.strerror or problem}). Make room, or name another place."
        ) from problem
    finally:
        shutil.rmtree(part, ignore_errors=True) if part.is_dir() else part.unlink(missing_ok=True)
