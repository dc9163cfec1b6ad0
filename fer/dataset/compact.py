"""FER2013 as three arrays in an ``.npz``: ``pixels``, ``emotion``, ``usage``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.dataset.archives import Archive, Guarded, damaged
from fer.dataset.faceset import FaceSet
from fer.dataset.reading import Progress, Reading
from fer.errors import DataError

PARTS = ("pixels", "emotion", "usage")


def is_compact(archive: Archive) -> bool:
    """Tell whether an archive holds NumPy's arrays."""
    return bool(archive.members) and all(member.endswith(".npy") for member in archive.members)


def read_compact(path: Path, archive: Archive, progress: Progress) -> Reading:
    """Read the arrays.

    Raises:
        DataError: If one is missing or is not what it should be.
        OSError: If the file cannot be read.
    """
    if missing := [part for part in PARTS if f"{part}.npy" not in archive.members]:
        raise DataError(f"{path.name}: expected arrays pixels, emotion, usage; {missing} missing.")
    progress(0.0, f"Reading {path.name}")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    progress(0.2, f"Reading {path.name}")
    images = _array(archive, "pixels", (48, 48), "u1")
    n = len(images)
    codes: list[npt.NDArray[np.uint8]] = []
    for name, most in (("emotion", 6), ("usage", 2)):
        values = _array(archive, name, (), "iu")
        if len(values) != n or (n and not 0 <= values.min() <= values.max() <= most):
            raise DataError(f"{path.name}: expected {n:,} whole numbers 0..{most} in {name}.")
        codes.append(values.astype(np.uint8))
    if not n:
        raise DataError(f"{path.name} holds no faces. Make or download it again.")
    return Reading(FaceSet(images, codes[0], codes[1]), (), "npz", digest)


def _array(archive: Archive, name: str, row: tuple[int, ...], kinds: str) -> npt.NDArray[Any]:
    """Read one array; what its header says makes no room, what really comes does."""
    member = f"{name}.npy"
    with archive.opened(member) as (stream, _):
        try:
            version = np.lib.format.read_magic(stream)  # type: ignore[arg-type]
            headers = np.lib.format.read_array_header_1_0, np.lib.format.read_array_header_2_0
            shape, by_column, dtype = headers[version != (1, 0)](stream)  # type: ignore[arg-type]
        except ValueError as problem:
            raise damaged(f"{archive.name}: {member}", problem) from problem
        fits = len(shape) == 1 + len(row) and shape[1:] == row and not by_column
        if not fits or not (dtype.str.endswith(kinds) if row else dtype.kind in kinds):
            wanted = "uint8 (n, 48, 48)" if row else "whole numbers (n,)"
            raise DataError(
                f"{archive.name}: expected {name} {wanted}, got {dtype} {shape}. Make or download it again."
            )
        data = _rest(stream)
        count = int(np.prod(shape, dtype=object))
        if len(data) != count * dtype.itemsize:
            raise DataError(f"{archive.name}: {name} is cut off. Make or download it again.")
        array: npt.NDArray[Any] = np.frombuffer(data, dtype, count) if count else np.empty(0, dtype)
        return array.reshape(shape)


def _rest(stream: Guarded) -> bytearray:
    data = bytearray()
    while block := stream.read(1 << 20):
        data += block
    return data
