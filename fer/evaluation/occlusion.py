"""Occlusion: cover a face bit by bit and see when the answer changes. It works for any model, whatever is in it.

Sources:
    Zeiler & Fergus 2014, "Visualizing and Understanding Convolutional Networks", sec. 4.2.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fer.dataset.reading import Progress, silent

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]

PATCH_PX = 10
STEP_PX = 3
BATCH = 32


def occlusion_drops(
    answers: Callable[[UInt8Array], FloatArray],
    face_gray: UInt8Array,
    patch_px: int = PATCH_PX,
    step_px: int = STEP_PX,
    progress: Progress = silent,
) -> FloatArray:
    """Return how much of each emotion's probability is lost where a face is covered.

    Args:
        answers: From crops ``(n, 48, 48)`` uint8 to ``(n, 7)`` probabilities.
        face_gray: Shape ``(48, 48)``, uint8.
        patch_px: Side of the square that covers, in the face's mean grey.
        step_px: From one place of it to the next.
        progress: Told the share done before each batch; what it raises ends the work.

    Returns:
        Shape ``(7, 48, 48)``, float32 in [-1, 1]: at each pixel the mean over the squares that cover it; positive
        where covering makes the emotion less probable.
    """
    side = face_gray.shape[0]
    places = sorted({*range(0, side - patch_px + 1, step_px), side - patch_px})
    corners = [(top, left) for top in places for left in places]
    covered = np.repeat(face_gray[None], len(corners), axis=0)
    for picture, (top, left) in zip(covered, corners, strict=True):
        picture[top : top + patch_px, left : left + patch_px] = round(float(face_gray.mean()))
    before = answers(face_gray[None])[0]
    lost = np.zeros((len(before), side, side), np.float64)
    times = np.zeros((side, side))
    for first in range(0, len(corners), BATCH):
        progress(first / len(corners), "Covering the face bit by bit")
        drops = before - answers(covered[first : first + BATCH])
        for drop, (top, left) in zip(drops, corners[first : first + BATCH], strict=True):
            lost[:, top : top + patch_px, left : left + patch_px] += drop[:, None, None]
            times[top : top + patch_px, left : left + patch_px] += 1
    return np.asarray(lost / times, np.float32)
