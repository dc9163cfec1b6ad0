"""Faces for tests of training: each emotion a pattern of its own in noise, made in a blink and learned in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fer.dataset.faceset import FaceSet
from fer.emotions import EMOTIONS


def patterned_faces(per_emotion: int, seed: int = 0, noise: float = 40.0) -> FaceSet:
    """Return faces in mixed order: of ten of an emotion two are PublicTest's, the others Training's."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:48, 0:48]
    n = per_emotion * len(EMOTIONS)
    labels = np.repeat(np.arange(len(EMOTIONS), dtype=np.uint8), per_emotion)
    usage = np.tile(np.where(np.arange(per_emotion) % 10 < 2, 1, 0).astype(np.uint8), len(EMOTIONS))
    angle = labels[:, None, None] * np.pi / len(EMOTIONS)
    waves = np.cos((np.cos(angle) * x + np.sin(angle) * y) / 2 + rng.uniform(0, 6, (n, 1, 1)))
    images = np.clip(128 + 60 * waves + rng.normal(0, noise, (n, 48, 48)), 0, 255).astype(np.uint8)
    order = rng.permutation(n)
    return FaceSet(images[order], labels[order], usage[order])


def write_npz(faces: FaceSet, path: Path) -> Path:
    """Write faces in FER2013's compact form."""
    np.savez(path, pixels=faces.images, emotion=faces.labels, usage=faces.usage)
    return path
