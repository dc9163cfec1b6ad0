"""Dark faces brightened and noisy ones smoothed, before a network sees them: what a webcam in a dim room does to faces.

Faces that are neither stay as they are. What was chosen and why: docs/decisions/0022-dark-and-noisy-faces.md.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]

LEAST_LIGHT = 64.0
"""Grey values. A face whose mean is lower is multiplied up to it; 3 of 100 faces of FER2013 are darker."""
DARKEST = 1.5
"""Grey values. Below this mean there is no face left to be seen, and nothing is multiplied by more."""
LEAST_NOISE = 5.0
"""Grey values, standard deviation. Less is left alone: 4 of 100 faces of FER2013 have more."""
SMOOTHING = 0.25
"""Pixels of blur for the square root of the noise: 0.7 for a deviation of 7, 1.1 for 20, 1.7 for 48."""

# The Laplacian's second difference: what is smooth gives 0, and so do straight edges; noise of deviation s gives 6 s.
_SECOND_DIFFERENCE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_GAIN = 6.0
_NORMAL_MEDIAN = 0.6745


def mend_faces(faces_gray: UInt8Array) -> FloatArray:
    """Brighten dark faces and smooth noisy ones.

    Args:
        faces_gray: Crops, shape ``(n_faces, h, w)``, uint8.

    Returns:
        The same shape, float32 in [0, 255] but for what brightening lifts above, newly allocated.
    """
    faces = faces_gray.astype(np.float32)
    for face in faces:
        light = float(face.mean())
        if light < LEAST_LIGHT:
            face *= LEAST_LIGHT / max(light, DARKEST)
        noise = noise_of(face)
        if noise > LEAST_NOISE:
            face[:] = cv2.GaussianBlur(face, (0, 0), SMOOTHING * noise**0.5, borderType=cv2.BORDER_REPLICATE)
    return faces


def noise_of(face: FloatArray) -> float:
    """Return the standard deviation of a picture's noise, in its own grey values.

    The median of the second differences instead of their mean, since a face has lines of its own.

    Args:
        face: Shape ``(h, w)``, float32.

    Sources:
        Immerkaer 1996, "Fast Noise Variance Estimation"; Donoho & Johnstone 1994, "Ideal spatial adaptation by wavelet
        shrinkage", for the median.
    """
    differences = np.abs(cv2.filter2D(face, cv2.CV_32F, _SECOND_DIFFERENCE)[1:-1, 1:-1]).ravel()
    middle = differences.size // 2
    # A third of np.median's time, which every live face pays.
    return float(np.partition(differences, middle)[middle]) / (_GAIN * _NORMAL_MEDIAN)
