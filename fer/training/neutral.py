"""What a face model answers on average to faces labelled neutral: the r that a student's own baseline is held against.

Measured on FER2013's Training split, where there are five thousand of them, and kept in the model's manifest entry.
The network learned from these very faces, so it is a little surer of them than of others; the difference to PublicTest
is in docs/decisions/0010-engagement.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.emotions import EMOTIONS
from fer.errors import DataError, ModelError
from fer.faces.classify import open_classifier
from fer.runs.files import replace_text

USAGE = "Training"
NEUTRAL = EMOTIONS.index("neutral")
BATCH = 256


def neutral_faces(faces: FaceSet, usage: str = USAGE) -> npt.NDArray[np.uint8]:
    """Return the faces of a split that are labelled neutral, shape ``(n, 48, 48)``, uint8."""
    part = faces.split(usage)
    images: npt.NDArray[np.uint8] = part.images[part.labels == NEUTRAL]
    return images


def mean_answer(probabilities: npt.NDArray[np.floating]) -> dict[str, float] | None:
    """Return the mean of answers, shape ``(n, 7)``, by emotion's name; None where there is none."""
    if len(probabilities) == 0:
        return None
    mean = probabilities.mean(axis=0, dtype=np.float64)
    return {name: round(float(p), 5) for name, p in zip(EMOTIONS, mean / mean.sum(), strict=True)}


def measure(name: str, faces: FaceSet, usage: str = USAGE, threads: int = 1) -> dict[str, float]:
    """Return what a model of the registry answers on average to neutral faces.

    Args:
        name: The model's.
        faces: FER2013.
        usage: The split.
        threads: Cores that may be used.

    Raises:
        ModelError: If there is no such model or its file is damaged.
        DataError: If the split has no face labelled neutral.
    """
    images = neutral_faces(faces, usage)
    classifier = open_classifier(name, threads)
    parts = [classifier.probabilities(images[first : first + BATCH]) for first in range(0, len(images), BATCH)]
    mean = mean_answer(np.concatenate(parts)) if parts else None
    if mean is None:
        raise DataError(f"the {usage} split has no face labelled neutral. Take the whole FER2013.")
    return mean


def enter(manifest: Path, name: str, neutral: dict[str, float]) -> None:
    """Write a model's mean on neutral faces into its manifest entry.

    Args:
        manifest: The manifest.json that lists the model.
        name: The model's.
        neutral: From ``measure``.

    Raises:
        ModelError: If the manifest does not list the model.
    """
    document: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    entries = [entry for entry in document["models"] if entry["name"] == name]
    if not entries:
        raise ModelError(f"{manifest} lists no model called {name}. Name one that is there.")
    for entry in entries:
        entry["neutral"] = neutral
    replace_text(manifest, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
