"""What the face network sees in each image of a data set: features and probabilities, computed once and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fer.dataset.opening import Opened
from fer.dataset.origin import Origin
from fer.dataset.reading import Progress, silent
from fer.dataset.results import Kept
from fer.faces.features import Description, open_features
from fer.registry import ModelEntry, find

BATCH = 128
THREADS = 2
"""Cores that a worker takes; it runs at low priority."""
WHAT = "features"


class Describes(Protocol):
    """A network that gives its features, as ``fer.faces.features.open_features`` returns one."""

    def describe(self, faces_gray: npt.NDArray[np.uint8]) -> Description:
        """Describe crops, shape ``(n, 48, 48)``; ``n`` is at least 1."""
        ...


def described(images: npt.NDArray[np.uint8], network: Describes, progress: Progress = silent) -> Description:
    """Let a network describe images, batch by batch.

    Args:
        images: Shape ``(n, 48, 48)``, uint8; ``n`` is at least 1.
        network: Which one.
        progress: Told the share done before each batch; what it raises ends the work.
    """
    parts = []
    for start in range(0, len(images), BATCH):
        progress(start / len(images), "Letting the network look at the faces")
        parts.append(network.describe(images[start : start + BATCH]))
    return Description(
        np.concatenate([part.features for part in parts]), np.concatenate([part.probabilities for part in parts])
    )


def kept_description(origin: Origin, opened: Opened, model: str | None = None) -> Description | None:
    """Return what a network sees in a data set if that was computed before, or None.

    Args:
        origin: Where the data set comes from.
        opened: The data set.
        model: A face model of the registry; None takes the default.

    Raises:
        ModelError: If there is no such model.
    """
    return kept_view(origin, opened, model_digest(find(model, "face")))


def kept_view(origin: Origin, opened: Opened, digest: str) -> Description | None:
    """Return what any network sees in a data set if that was computed before, or None; ``digest`` stands for it."""
    found = Kept(origin, opened).arrays(WHAT, model=digest)
    if found is None or len(found.get("features", ())) != len(opened.faces):
        return None
    return Description(found["features"], found["probabilities"])


def description_of(
    origin: Origin, opened: Opened, model: str | None = None, progress: Progress = silent
) -> Description:
    """Return what a network sees in a data set, from what is kept or computed now: for a worker.

    Raises:
        ModelError: If there is no such model, its file is damaged, or it has no features to give.
        StorageError: If the result cannot be kept.
    """
    digest = model_digest(find(model, "face"))
    return view_of(origin, opened, digest, lambda: open_features(model, THREADS), progress)


def view_of(
    origin: Origin, opened: Opened, digest: str, network: Callable[[], Describes], progress: Progress = silent
) -> Description:
    """Return what any network sees in a data set, from what is kept or computed now: for a worker.

    Args:
        origin: Where the data set comes from.
        opened: The data set.
        digest: What stands for the network.
        network: Opens it where it is asked for.
        progress: Told the share done before each batch; what it raises ends the work.

    Raises:
        ModelError: If it cannot be opened, or has no features to give.
        StorageError: If the result cannot be kept.
    """
    known = kept_view(origin, opened, digest)
    if known is None:
        known = described(opened.faces.images, network(), progress)
        arrays = {"features": known.features, "probabilities": known.probabilities}
        Kept(origin, opened).keep_arrays(WHAT, arrays, model=digest)
    return known


def model_digest(entry: ModelEntry) -> str:
    """Return what stands for a network's weights, temperature, and what is done to faces before it."""
    return f"{entry.files['onnx'].sha256} {entry.temperature} {entry.input.model_dump_json()}"
