"""What every reader gives back, before a split is made where the data names none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fer.dataset.faceset import FaceSet
from fer.dataset.problems import Problem

Kind = Literal["csv", "npz", "folder", "zip", "images", "demo"]
Progress = Callable[[float, str], None]

NO_USAGE = 255
"""The usage of a row for which the data names none."""


@dataclass(frozen=True)
class Reading:
    """A data set as it stands in its file.

    Attributes:
        faces: The good rows; ``usage`` is ``NO_USAGE`` where none is given.
        problems: What was left out, in the file's order.
        kind: The form that it came in.
        sha256: Of the content, in hexadecimal.
        notes: Sentences about the reading as a whole.
    """

    faces: FaceSet
    problems: tuple[Problem, ...]
    kind: Kind
    sha256: str
    notes: tuple[str, ...] = ()


def silent(share: float, doing: str) -> None:
    """Take progress and say nothing."""
