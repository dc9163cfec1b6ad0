"""Outlines of the shapes that drawn faces are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
AnyFloats = npt.NDArray[np.floating[Any]]


def ellipse(u: float, v: float, width: float, height: float) -> FloatArray:
    """Return the outline of an ellipse in head units, shape ``(48, 2)``."""
    t = np.linspace(0, 2 * np.pi, 48, dtype=np.float32)
    return np.stack([u + width * np.cos(t), v + height * np.sin(t)], axis=1)


def bezier(
    start: npt.NDArray[np.floating], bend: npt.NDArray[np.floating], end: npt.NDArray[np.floating]
) -> FloatArray:
    """Return a curve through two points, drawn towards a third, shape ``(24, 2)``."""
    t = np.linspace(0, 1, 24)[:, None]
    return ((1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end).astype(np.float32)


def between(u: FloatArray, upper: AnyFloats, lower: AnyFloats) -> FloatArray:
    """Return the outline of what lies between two curves over the same places, shape ``(2 n, 2)``."""
    edges = np.concatenate([np.stack([u, upper], axis=1), np.stack([u, lower], axis=1)[::-1]])
    return edges.astype(np.float32)
