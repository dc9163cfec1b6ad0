"""Explanations as pictures: heat over a face, a network's maps and filters. Orange speaks for, blue against."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]

FOR_BGR, AGAINST_BGR = (0, 122, 245), (216, 99, 67)
"""Orange and blue, which people who see no red or green tell apart, too."""
SHOWN_PX = 240
STRONGEST = 0.85
"""How much of a pixel's colour is heat where it is strongest: the face stays seen."""


def large_face(face_gray: UInt8Array) -> UInt8Array:
    """Return a face as it is, large, BGR."""
    large = cv2.resize(face_gray, (SHOWN_PX, SHOWN_PX), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR), np.uint8)


def heat_over(face_gray: UInt8Array, values: FloatArray, full: float) -> UInt8Array:
    """Lay values over a face: positive orange, negative blue, the stronger the more.

    Args:
        face_gray: Shape ``(48, 48)``, uint8.
        values: Shape ``(48, 48)``.
        full: The size at which the colour is strongest; more is as strong.

    Returns:
        Shape ``(240, 240, 3)``, uint8, BGR.
    """
    share = np.clip(values / max(full, 1e-9), -1, 1).astype(np.float32)
    share = cv2.resize(share, (SHOWN_PX, SHOWN_PX), interpolation=cv2.INTER_LINEAR)[..., None]
    colour = np.where(share > 0, np.array(FOR_BGR, np.float32), np.array(AGAINST_BGR, np.float32))
    weight = STRONGEST * np.abs(share)
    # A quieter face lets the heat be seen on white and black alike.
    face = 60 + 0.6 * large_face(face_gray).astype(np.float32)
    return np.asarray(np.clip((1 - weight) * face + weight * colour, 0, 255), np.uint8)


def map_picture(values: FloatArray) -> UInt8Array:
    """Return a map from its least to its most answer as grey, dark to light, shape as it is."""
    low, high = float(values.min()), float(values.max())
    return np.asarray(255 * (values - low) / max(high - low, 1e-9), np.uint8)


def filter_picture(values: FloatArray) -> UInt8Array:
    """Return a filter, BGR: white is 0, orange adds, blue takes away, as strong as its strongest weight."""
    share = (values / max(float(np.abs(values).max()), 1e-9))[..., None]
    colour = np.where(share > 0, np.array(FOR_BGR, np.float32), np.array(AGAINST_BGR, np.float32))
    weight: npt.NDArray[Any] = np.abs(share)
    return np.asarray(np.clip((1 - weight) * 255 + weight * colour, 0, 255), np.uint8)
