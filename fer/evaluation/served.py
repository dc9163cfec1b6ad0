"""What is judged: something that can be asked about faces; here a model of the registry, as pages serve it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.faces.classify import open_classifier

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Judged:
    """A face model that can be asked.

    Attributes:
        name: What it is called in results.
        probabilities: From crops ``(n, 48, 48)`` uint8 to ``(n, 7)`` float32 in FER2013's order, rows summing to 1.
        timed: The same on one core, for measuring time.
        unsure_below: A confidence below this is called unsure.
        notes: Sentences about how it was read.
    """

    name: str
    probabilities: Callable[[UInt8Array], FloatArray]
    timed: Callable[[UInt8Array], FloatArray]
    unsure_below: float = 0.0
    notes: tuple[str, ...] = ()


def judged_model(name: str | None, threads: int = 1) -> Judged:
    """Return a model of the registry, as pages serve it.

    Raises:
        ModelError: If there is no such model or its file is damaged.
    """
    classifier = open_classifier(name, threads)
    alone = open_classifier(name, 1)
    return Judged(classifier.entry.name, classifier.probabilities, alone.probabilities, classifier.unsure_below)
