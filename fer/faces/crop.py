"""From a detection to a 48 x 48 grey face framed as FER2013's are: eyes level, the same margin, the same place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fer.faces.detect import Detections, FloatArray
from fer.faces.scale import CROP_PX

UInt8Array = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Framing:
    """Where the crop lies, measured against the detector's box (docs/decisions/0002-framing.md).

    Attributes:
        side: Side of the square crop as a share of the box's mean side.
        down: How far the crop's centre lies below the box's centre, as a share of the crop's side.
        level: How much of the eyes' tilt is taken out, 0 to 1.
    """

    side: float
    down: float
    level: float = 1.0


FRAMINGS = {"yunet": Framing(side=1.1, down=0.0), "haar": Framing(side=1.05, down=0.0, level=0.0)}
LARGEST_TILT_RAD = np.pi / 4
"""A larger tilt is more often a wrong landmark than a head; then the crop stays upright."""


def crop_faces(image_bgr: UInt8Array, found: Detections, framing: Framing) -> UInt8Array:
    """Cut out the faces of an image.

    Args:
        image_bgr: Shape ``(height, width, 3)``, uint8, or grey ``(height, width)``.
        found: Detections in that image's pixels.
        framing: Margin, place and levelling.

    Returns:
        Shape ``(n_faces, 48, 48)``, uint8, grey. Where a crop reaches over the image's edge, the edge is repeated.
    """
    gray: UInt8Array = image_bgr if image_bgr.ndim == 2 else cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)  # type: ignore[assignment]
    out = np.empty((len(found), CROP_PX, CROP_PX), np.uint8)
    tilts = eye_tilts(found.landmarks_xy) * framing.level
    for i, (box, tilt) in enumerate(zip(found.boxes_xyxy, tilts, strict=True)):
        out[i] = _cut(gray, box, float(tilt), framing)
    return out


def eye_tilts(landmarks_xy: FloatArray) -> FloatArray:
    """Return each face's tilt in radians, clockwise; 0 where there are no landmarks or it is implausible."""
    across = landmarks_xy[:, 1] - landmarks_xy[:, 0]
    tilts = np.arctan2(across[:, 1], across[:, 0])
    usable = np.isfinite(tilts) & (np.abs(tilts) <= LARGEST_TILT_RAD)
    return np.where(usable, tilts, 0).astype(np.float32)


def _cut(gray: npt.NDArray[np.uint8], box: FloatArray, tilt: float, framing: Framing) -> npt.NDArray[np.uint8]:
    width, height = float(box[2] - box[0]), float(box[3] - box[1])
    side = max(1.0, framing.side * (width + height) / 2)
    cos, sin = np.cos(tilt), np.sin(tilt)
    # Down is the face's down, so it turns with the head.
    centre_x = (box[0] + box[2]) / 2 - sin * framing.down * side
    centre_y = (box[1] + box[3]) / 2 + cos * framing.down * side
    # A large face is sampled at a multiple of 48 and then averaged: bilinear sampling alone would alias.
    times = int(np.clip(round(side / CROP_PX), 1, 12))
    target = CROP_PX * times
    step = side / target
    middle = (target - 1) / 2
    gray, left, top = _around(gray, centre_x, centre_y, side)
    centre_x, centre_y = centre_x - left, centre_y - top
    to_image = np.array(
        [
            [cos * step, -sin * step, centre_x - 0.5 - (cos - sin) * step * middle],
            [sin * step, cos * step, centre_y - 0.5 - (sin + cos) * step * middle],
        ]
    )
    how = cv2.INTER_CUBIC if side < CROP_PX else cv2.INTER_LINEAR
    patch = cv2.warpAffine(
        gray, to_image, (target, target), flags=how | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    if times > 1:
        patch = cv2.resize(patch, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA)
    return patch  # type: ignore[return-value]


def _around(
    gray: npt.NDArray[np.uint8], centre_x: float, centre_y: float, side: float
) -> tuple[npt.NDArray[np.uint8], int, int]:
    """Return the part of an image that a crop can touch, and where it begins, as a view.

    OpenCV warps no image that is 32,767 pixels wide, and a panorama is: what is warped reaches at most
    16,000 pixels from the crop's centre, or half the crop's diagonal and the pixels that cubic sampling looks at.
    """
    reach = min(0.75 * side + 4, 16_000.0)
    height, width = gray.shape
    left, right = (int(np.clip(edge, 0, width - 1)) for edge in (centre_x - reach, centre_x + reach))
    top, bottom = (int(np.clip(edge, 0, height - 1)) for edge in (centre_y - reach, centre_y + reach))
    return gray[top : bottom + 1, left : right + 1], left, top
