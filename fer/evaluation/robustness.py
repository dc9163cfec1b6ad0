"""How much of its accuracy a model keeps when pictures get worse: measured change by change, step by step, and kept.

    FER_HOME/datasets/results/<data>/robustness-<key>.json        (for an upload: in its run's own folder)

Each change is kept by itself, so that a measurement that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from fer.dataset.faceset import FaceSet
from fer.dataset.opening import Opened
from fer.dataset.origin import Origin
from fer.dataset.reading import Progress, silent
from fer.dataset.results import Kept, labels_digest
from fer.dataset.samples import stratified_rows
from fer.dataset.stages import part_of
from fer.evaluation.changes import CHANGES, CODE, Change
from fer.evaluation.evaluating import answers, places_of
from fer.evaluation.intervals import wilson
from fer.evaluation.served import Judged

FACES = 700
"""Faces by default: an accuracy of 70 % is then known to about 3.4 points either way."""
WHAT = "robustness"


class Borne(BaseModel):
    """How many faces a model named rightly at each step of one change.

    Attributes:
        change: Its name.
        n: Faces.
        right: By step, from nothing on.
    """

    change: str
    n: int
    right: list[int]

    @property
    def accuracy(self) -> list[float]:
        """By step."""
        return [right / self.n for right in self.right]

    def intervals(self) -> list[tuple[float, float]]:
        """Return within what the accuracy lies, by step, for 95 of 100 samples (Wilson's interval)."""
        return [wilson(right, self.n) for right in self.right]

    @property
    def lost(self) -> float:
        """What of the accuracy is lost on average over the steps above nothing."""
        accuracy = self.accuracy
        return accuracy[0] - sum(accuracy[1:]) / (len(accuracy) - 1)


@dataclass(frozen=True)
class Asked:
    """What a measurement depends on besides the data.

    Attributes:
        digest: Of the model: all that its answers depend on.
        usage: As it was asked for: a usage, ``test`` or ``all``.
        faces: How many at most.
        seed: Of the sample, and of what the changes leave to chance.
    """

    digest: str
    usage: str
    faces: int = FACES
    seed: int = 0

    def question(self, change: str, faces: FaceSet) -> dict[str, Any]:
        """Return what a kept answer is found by."""
        return {"model": self.digest, "usage": self.usage, "faces": self.faces, "seed": self.seed, "change": change,
                "labels": labels_digest(faces), "code": CODE}  # fmt: skip


def sample_of(faces: FaceSet, usage: str, most: int, seed: int, name: str) -> FaceSet:
    """Return the faces that are measured on: each emotion keeps its share.

    Raises:
        InputError: If there is no such usage, or the data has no row of it.
    """
    rows = places_of(faces, usage, name)
    return faces.take(rows[stratified_rows(faces.labels[rows], most, seed)])


def measure_change(
    judged: Judged, sample: FaceSet, change: Change, seed: int = 0, progress: Progress = silent
) -> Borne:
    """Measure one change.

    Args:
        judged: The model.
        sample: The faces.
        change: What happens to them.
        seed: Of what it leaves to chance.
        progress: Told the share done before each step; what it raises ends the work.

    Raises:
        ModelError: If the model answers with values that are no numbers.
    """
    right = []
    for step in range(len(change.steps)):
        progress(step / len(change.steps), f"{change.title}: {change.words[step]}")
        probabilities = answers(judged, change.apply(np.asarray(sample.images), step, seed))
        right.append(int(np.count_nonzero(probabilities.argmax(axis=1) == sample.labels)))
    return Borne(change=change.name, n=len(sample), right=right)


def measure_robustness(
    judged: Judged, asked: Asked, origin: Origin, opened: Opened, progress: Progress = silent
) -> list[Borne]:
    """Measure all changes that are not measured yet, and keep each.

    Raises:
        InputError: If there is no such usage, or the data has no row of it.
        ModelError: If the model answers with values that are no numbers.
        StorageError: If a result cannot be kept.
    """
    sample = sample_of(opened.faces, asked.usage, asked.faces, asked.seed, opened.name)
    kept, found = Kept(origin, opened), []
    for place, change in enumerate(CHANGES):
        known = _known(kept, asked, opened.faces, change)
        if known is None:
            part = part_of(progress, place / len(CHANGES), (place + 1) / len(CHANGES))
            known = measure_change(judged, sample, change, asked.seed, part)
            kept.keep_document(WHAT, {"schema": 1, **known.model_dump()}, **asked.question(change.name, opened.faces))
        found.append(known)
    progress(1.0, "Measured")
    return found


def known_robustness(asked: Asked, origin: Origin, opened: Opened) -> list[Borne] | None:
    """Return what was measured before, or None where something is missing."""
    kept = Kept(origin, opened)
    found = [_known(kept, asked, opened.faces, change) for change in CHANGES]
    whole = [one for one in found if one is not None]
    return whole if len(whole) == len(CHANGES) else None


def _known(kept: Kept, asked: Asked, faces: FaceSet, change: Change) -> Borne | None:
    found = kept.document(WHAT, **asked.question(change.name, faces))
    try:
        borne = None if found is None else Borne.model_validate(found)
    except ValidationError:
        return None
    return borne if borne is not None and len(borne.right) == len(change.steps) and borne.n else None


def robustness_as_json(measured: Iterable[Borne]) -> list[dict[str, Any]]:
    """Return measurements as the command line writes them: by change, every step with its accuracy and interval."""
    changes = {change.name: change for change in CHANGES}
    return [
        {
            "change": borne.change,
            "title": changes[borne.change].title,
            "axis": changes[borne.change].axis,
            "lost": round(borne.lost, 4),
            "steps": [
                {
                    "step": word,
                    "right": right,
                    **_rounded(accuracy=share, low=low, high=high),
                }
                for word, right, share, (low, high) in zip(
                    changes[borne.change].words, borne.right, borne.accuracy, borne.intervals(), strict=True
                )
            ],
        }
        for borne in measured
    ]


def _rounded(**shares: float) -> dict[str, float]:
    return {name: round(share, 4) for name, share in shares.items()}


def in_short(measured: list[Borne]) -> list[tuple[str, float]]:
    """Return the changes by what they cost, the worst first: title, and the accuracy that is lost on average."""
    changes = {change.name: change for change in CHANGES}
    worst = sorted(measured, key=lambda borne: -borne.lost)
    return [(changes[borne.change].title, borne.lost) for borne in worst]
