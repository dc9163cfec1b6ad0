"""Images that are the same pixel for pixel: the one place that knows."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]
RowArray = npt.NDArray[np.intp]

DIGEST_BYTES = 16
"""128 bits: two different images among a billion share one with a chance below 1e-20."""


def image_digest(image: UInt8Array) -> bytes:
    """Return what stands for an image's pixels, 16 bytes."""
    return hashlib.blake2b(np.ascontiguousarray(image).tobytes(), digest_size=DIGEST_BYTES).digest()


def exact_groups(images: UInt8Array) -> list[RowArray]:
    """Return the rows of images that stand there more than once.

    Args:
        images: Shape ``(n, h, w)``, uint8.

    Returns:
        For each such image its rows, ascending; the groups in the order of their first rows.
    """
    places: dict[bytes, list[int]] = {}
    for row, image in enumerate(images):
        places.setdefault(image_digest(image), []).append(row)
    return [np.array(rows, np.intp) for rows in places.values() if len(rows) > 1]


def has_twin(images: UInt8Array, among: UInt8Array) -> npt.NDArray[np.bool_]:
    """Tell which images stand pixel for pixel among others, too.

    Args:
        images: Shape ``(n, 48, 48)``, uint8.
        among: Shape ``(m, 48, 48)``, uint8: the training split, for example.

    Returns:
        Shape ``(n,)``.
    """
    known = {image_digest(image) for image in among}
    return np.array([image_digest(image) in known for image in images], bool)
