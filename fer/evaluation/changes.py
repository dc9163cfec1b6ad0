"""What can be wrong with a picture of a face, each in steps from nothing to a lot: for measuring what a model bears.

All work on FER2013's form, grey 48 x 48, as crops come from any camera. The first step of each changes nothing.

Sources:
    Hendrycks & Dietterich 2019, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations":
    the idea, and that each corruption comes in steps. The steps here are ours, chosen for faces of 48 x 48.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fer.evaluation.covers import cover_glasses, cover_hand, cover_mask

UInt8Array = npt.NDArray[np.uint8]
Way = Callable[[UInt8Array, float, np.random.Generator], npt.NDArray[np.generic]]
"""From one face ``(h, w)``, a step above nothing, and what chance is drawn from, to grey values of the same shape."""

CODE = 1
"""Raised when a change gives another picture for the same step: older measurements are then made anew."""


@dataclass(frozen=True)
class Change:
    """One thing that may be wrong with a picture, in steps.

    Attributes:
        name: In files.
        title: On the screen.
        axis: What the steps are.
        steps: From nothing to a lot; at the first the picture is as it is.
        words: What each step is called on the axis.
        way: How one face is changed.
    """

    name: str
    title: str
    axis: str
    steps: tuple[float, ...]
    words: tuple[str, ...]
    way: Way

    def apply(self, faces_gray: UInt8Array, step: int, seed: int = 0) -> UInt8Array:
        """Return changed copies of faces.

        Args:
            faces_gray: Shape ``(n, 48, 48)``, uint8.
            step: Place in ``steps``; 0 changes nothing.
            seed: Of what is left to chance (a side, a direction, the noise): each face has the same at every step.

        Returns:
            Shape ``(n, 48, 48)``, uint8, newly allocated.

        Raises:
            ValueError: If the faces are not uint8 and square, or there is no such step.
        """
        if faces_gray.dtype != np.uint8 or faces_gray.ndim != 3 or faces_gray.shape[1] != faces_gray.shape[2]:
            raise ValueError(f"expected uint8 (n, side, side), got {faces_gray.dtype} {faces_gray.shape}")
        if not 0 <= step < len(self.steps):
            raise ValueError(f"{self.name} has the steps 0 to {len(self.steps) - 1}, got {step}")
        out = np.array(faces_gray)
        if step:
            for i, face in enumerate(out):
                changed = self.way(face, self.steps[step], np.random.default_rng((seed, i)))
                out[i] = np.clip(np.rint(changed), 0, 255).astype(np.uint8)
        return out


def _smaller(face: UInt8Array, px: float, rng: np.random.Generator) -> npt.NDArray[np.generic]:
    small = cv2.resize(face, (int(px), int(px)), interpolation=cv2.INTER_AREA)
    # As fer.faces.crop samples a face that is smaller than 48 pixels.
    return cv2.resize(small, face.shape[::-1], interpolation=cv2.INTER_CUBIC)


def _exposed(face: UInt8Array, factor: float, rng: np.random.Generator) -> npt.NDArray[np.generic]:
    return face * np.float64(factor)


def _noisy(face: UInt8Array, deviation: float, rng: np.random.Generator) -> npt.NDArray[np.generic]:
    return face + deviation * rng.standard_normal(face.shape)


def _blurred(face: UInt8Array, sigma: float, rng: np.random.Generator) -> npt.NDArray[np.generic]:
    return cv2.GaussianBlur(face, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def _compressed(face: UInt8Array, quality: float, rng: np.random.Generator) -> npt.NDArray[np.generic]:
    coded = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE))


def _rotated(face: UInt8Array, degrees: float, rng: np.random.Generator) -> npt.NDArray[np.generic]:
    middle = (face.shape[0] - 1) / 2
    return _moved(face, cv2.getRotationMatrix2D((middle, middle), degrees * rng.choice((-1.0, 1.0)), 1.0))


def _shifted(face: UInt8Array, px: float, rng: np.random.Generator) -> npt.NDArray[np.generic]:
    angle = rng.uniform(0, 2 * np.pi)
    return _moved(face, np.array([[1, 0, px * np.cos(angle)], [0, 1, px * np.sin(angle)]]))


def _moved(face: UInt8Array, matrix: npt.NDArray[np.integer[Any] | np.floating[Any]]) -> npt.NDArray[np.generic]:
    # The border repeats, as crops do that reach over a picture's edge.
    return cv2.warpAffine(face, matrix, face.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _side_lit(face: UInt8Array, strength: float, rng: np.random.Generator) -> npt.NDArray[np.generic]:
    """Light from one side: so much less on the other side, and up to half as much more on this one."""
    side = face.shape[0]
    ramp = np.linspace(1 - strength, 1 + strength / 2, side)
    return face * (ramp if rng.random() < 0.5 else ramp[::-1])[None, :]


CHANGES = (
    Change("small", "Smaller", "pixels across", (48, 36, 28, 20, 16, 12),
           ("48", "36", "28", "20", "16", "12"), _smaller),
    Change("dark", "Darker", "light that is left", (1, 0.6, 0.35, 0.2, 0.1, 0.05),
           ("all", "60 %", "35 %", "20 %", "10 %", "5 %"), _exposed),
    Change("bright", "Brighter", "light", (1, 1.3, 1.7, 2.2, 3, 4),
           ("×1", "×1.3", "×1.7", "×2.2", "×3", "×4"), _exposed),
    Change("noise", "Noisier", "noise, standard deviation of 255", (0, 6, 12, 20, 32, 48),
           ("0", "6", "12", "20", "32", "48"), _noisy),
    Change("blur", "Blurred", "blur, standard deviation in pixels", (0, 0.7, 1.2, 1.8, 2.6, 3.6),
           ("0", "0.7", "1.2", "1.8", "2.6", "3.6"), _blurred),
    Change("jpeg", "Compressed", "JPEG quality", (100, 60, 30, 15, 8, 4),
           ("none", "60", "30", "15", "8", "4"), _compressed),
    Change("rotate", "Rotated", "degrees, either way", (0, 5, 10, 20, 30, 45),
           ("0", "5", "10", "20", "30", "45"), _rotated),
    Change("shift", "Shifted", "pixels, any direction", (0, 2, 4, 6, 9, 12), ("0", "2", "4", "6", "9", "12"), _shifted),
    Change("side_light", "Lit from one side", "light lost on the other side", (0, 0.3, 0.5, 0.7, 0.85, 0.95),
           ("none", "30 %", "50 %", "70 %", "85 %", "95 %"), _side_lit),
    Change("mask", "Behind a mask", "face that it covers, from below", (0, 0.12, 0.22, 0.32, 0.42, 0.52),
           ("0 %", "12 %", "22 %", "32 %", "42 %", "52 %"), cover_mask),
    Change("hand", "Behind a hand", "its width, of the face's", (0, 0.2, 0.3, 0.4, 0.5, 0.6),
           ("0 %", "20 %", "30 %", "40 %", "50 %", "60 %"), cover_hand),
    Change("glasses", "Wearing glasses", "how dark the glass is", (0, 0.1, 0.4, 0.7, 0.95),
           ("none", "clear", "tinted", "dark", "black"), cover_glasses),
)  # fmt: skip
"""All of them, in the order in which they are shown."""


def change_named(name: str) -> Change:
    """Return a change by its name.

    Raises:
        KeyError: If there is none.
    """
    return {change.name: change for change in CHANGES}[name]
