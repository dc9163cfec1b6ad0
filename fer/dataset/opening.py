"""Open a data set, whatever form it comes in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fer.dataset.faceset import FaceSet
from fer.dataset.problems import Problem

Kind = Literal["csv", "npz", "folder", "zip", "images", "demo"]
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Opened:
    """A data set that was read.

    Attributes:
        faces: The good rows.
        problems: What was left out, with its place, in the file's order.
        name: The file's or folder's own name, without its path.
        kind: The form that it came in.
        sha256: Of the content, in hexadecimal: of the file's bytes, or of a folder's names and bytes.
    """

    faces: FaceSet
    problems: tuple[Problem, ...]
    name: str
    kind: Kind
    sha256: str


@dataclass(frozen=True)
class SplitRule:
    """How faces without a usage are shared out, by chance within each emotion.

    Attributes:
        public: Share that goes to PublicTest.
        private: Share that goes to PrivateTest; the rest is Training.
        seed: The same seed gives the same split.
    """

    public: float = 0.1
    private: float = 0.1
    seed: int = 0


def open_dataset(
    path: Path,
    *,
    votes: Path | None = None,
    split_missing: SplitRule | None = None,
    progress: Progress | None = None,
) -> Opened:
    """Open a data set.

    Args:
        path: A file or a folder.
        votes: FER+'s ``fer2013new.csv``, to be joined by position.
        split_missing: What to do where no usage is given; None refuses it with a sentence.
        progress: Called with the share done, 0 to 1, and a word for it.

    Raises:
        DataError: If it cannot be read.
    """
    from dataclasses import replace

    from fer.dataset.read import read_fer2013, read_ferplus

    faces = read_fer2013(path)
    if votes is not None:
        faces = replace(faces, votes=read_ferplus(votes, len(faces)))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Opened(faces, (), path.name, "npz" if path.suffix == ".npz" else "csv", digest)


def open_demo(per_emotion: int = 120, seed: int = 0) -> Opened:
    """Draw the demo set: ``7 * per_emotion`` faces, called drawn wherever they are shown."""
    from fer.dataset.demo import demo_faces

    faces = demo_faces(per_emotion, seed)
    return Opened(faces, (), "drawn faces", "demo", hashlib.sha256(faces.images.tobytes()).hexdigest())
