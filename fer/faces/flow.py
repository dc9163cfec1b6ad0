"""How far faces moved from one picture to the next, read from the picture itself."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from fer.faces.scale import FloatArray

UInt8Array = npt.NDArray[np.uint8]

GRID = np.array([(x, y) for y in (0.3, 0.5, 0.7) for x in (0.3, 0.5, 0.7)], np.float32)
"""Nine points inside a box, as shares of its width and height."""
ENOUGH_POINTS = 5


def shifts(before_gray: UInt8Array, now_gray: UInt8Array, boxes_xyxy: FloatArray, ratio: float) -> FloatArray:
    """Return how far each box moved: the median movement of nine points inside it.

    Args:
        before_gray: Small grey copy of the frame in which the boxes are right, shape ``(height, width)``.
        now_gray: Small grey copy of a later frame, of the same shape.
        boxes_xyxy: Shape ``(n_boxes, 4)``, in pixels of the whole frame; at least one.
        ratio: Width of the grey copies over the whole frame's.

    Returns:
        Shape ``(n_boxes, 2)``, float32, in pixels of the whole frame; NaN where too few points could be followed.

    Sources:
        Bouguet 2001, "Pyramidal Implementation of the Lucas Kanade Feature Tracker".
    """
    sizes = boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]
    points = ((boxes_xyxy[:, None, :2] + GRID * sizes[:, None]) * np.float32(ratio)).astype(np.float32)
    flowed, found, _ = cv2.calcOpticalFlowPyrLK(
        before_gray,
        now_gray,
        points.reshape(-1, 1, 2),
        None,  # type: ignore[call-overload]
        winSize=(15, 15),
        maxLevel=2,
    )
    moved = (flowed.reshape(points.shape) - points) / np.float32(ratio)
    usable = found.reshape(points.shape[:2]) == 1
    out = np.full((len(points), 2), np.nan, np.float32)
    for row in np.flatnonzero(usable.sum(axis=1) >= ENOUGH_POINTS):
        out[row] = np.median(moved[row][usable[row]], axis=0)
    return out
