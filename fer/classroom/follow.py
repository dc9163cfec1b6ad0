"""Move the boxes of the last analysed frame to where the faces are in this one, so that boxes do not trail behind."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from fer.faces.flow import shifts
from fer.faces.pipeline import box_inside
from fer.faces.track import TrackedFace

UInt8Array = npt.NDArray[np.uint8]

WIDTH_PX = 240
"""Width of the grey copies that the movement is read from."""


def small_gray(image_bgr: UInt8Array) -> UInt8Array:
    """Return a grey copy of at most 240 pixels' width.

    Args:
        image_bgr: Shape ``(height, width, 3)``, uint8.
    """
    height, width = image_bgr.shape[:2]
    if width > WIDTH_PX:
        size = (WIDTH_PX, max(1, round(height * WIDTH_PX / width)))
        image_bgr = cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)  # type: ignore[return-value]


def follow_faces(
    faces: list[TrackedFace], before_gray: UInt8Array, now_gray: UInt8Array, size_px: tuple[int, int]
) -> list[TrackedFace]:
    """Move each face with the picture; a face that cannot be followed stays.

    Args:
        faces: Of the analysed frame.
        before_gray: Small grey copy of the analysed frame.
        now_gray: Small grey copy of this frame; of another shape, the faces are returned as they are.
        size_px: Width and height of the whole frame.
    """
    if not faces or before_gray.shape != now_gray.shape:
        return faces
    ratio = now_gray.shape[1] / size_px[0]
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in (face.face.box_xywh for face in faces)], np.float32)
    return [
        face if np.isnan(shift).any() else _moved(face, shift, size_px)
        for face, shift in zip(faces, shifts(before_gray, now_gray, boxes, ratio), strict=True)
    ]


def _moved(face: TrackedFace, shift: npt.NDArray[np.float32], size_px: tuple[int, int]) -> TrackedFace:
    x, y, w, h = face.face.box_xywh
    box = np.array([x + shift[0], y + shift[1], x + w + shift[0], y + h + shift[1]], np.float32)
    return replace(face, face=replace(face.face, box_xywh=box_inside(box, *size_px)))
