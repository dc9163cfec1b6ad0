"""Open a data set, whatever form it comes in: one form for all comes out, and what could not be used is named."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fer.dataset.archives import Archive, DamagedError, is_archive, open_archive, open_gzip, open_plain
from fer.dataset.caching import Place, fingerprint_of, folder_for, place_of, read_once
from fer.dataset.compact import is_compact, read_compact
from fer.dataset.faceset import FaceSet
from fer.dataset.ferplus import join_votes, read_ferplus
from fer.dataset.folders import check_size, list_files, read_folder, read_images
from fer.dataset.problems import Problem
from fer.dataset.reading import NO_USAGE, Kind, Progress, Reading, silent
from fer.dataset.splitting import SplitRule, split_faces
from fer.dataset.table import read_table
from fer.errors import DataError, InputError, SplitNeededError
from fer.faces.images import IMAGE_SUFFIXES

__all__ = ["Kind", "Opened", "Progress", "SplitRule", "open_dataset", "open_demo"]

FORMS = "fer2013.csv, icml_face_data.csv (also as .gz or .zip), Kaggle's folders (also as .zip), or fer2013.npz"
DRAWN_NOTE = "These faces are drawn, some flaws were put in on purpose, and nothing here says anything about people."
KNOWN_TABLES = ("fer2013.csv", "icml_face_data.csv")


@dataclass(frozen=True)
class Opened:
    """A data set that was read.

    Attributes:
        faces: The good rows; the arrays may be read-only memory maps.
        problems: What was left out, with its place, in the file's order.
        name: The file's or folder's own name, without its path.
        kind: The form that it came in; a table is ``csv`` however it is packed, a packed folder is ``zip``.
        sha256: Of the content, in hexadecimal: of the table's bytes, however it is packed; of the ``.npz``; of the
            names and bytes of a folder's images.
        notes: Sentences about the reading as a whole.
    """

    faces: FaceSet
    problems: tuple[Problem, ...]
    name: str
    kind: Kind
    sha256: str
    notes: tuple[str, ...] = ()


def open_dataset(
    path: Path,
    *,
    votes: Path | None = None,
    split_missing: SplitRule | None = None,
    progress: Progress | None = None,
) -> Opened:
    """Open a data set; its first reading is kept under FER_HOME/datasets, and later ones map that into memory.

    Args:
        path: A file or a folder; what it is is seen from its content, not from its name.
        votes: FER+'s ``fer2013new.csv``, to be joined by position.
        split_missing: How faces without a usage are shared out.
        progress: Called with the share done, 0 to 1, and a few words.

    Raises:
        SplitNeededError: If faces have no usage, and ``split_missing`` does not say how to share them out.
        DataError: If it cannot be read, is something else, or no face in it can be used.
    """
    progress = progress or silent
    try:
        names = list_files(path) if path.is_dir() else None
        reading = read_once(
            place_of(path),
            lambda: _read_folder(path, names, progress) if names is not None else _read_file(path, progress),
            lambda: fingerprint_of(path, list_files(path) if names is not None else None),
            progress,
        )
    except FileNotFoundError as problem:
        raise DataError(f"{path}: there is no such file. Expected {FORMS}.") from problem
    except OSError as problem:
        raise DataError(f"{path} cannot be read ({problem.strerror or problem}). Check its permissions.") from problem
    faces = reading.faces
    if votes is not None:
        faces = join_votes(faces, read_ferplus(votes), path.name, votes.name)
    if (missing := int(np.count_nonzero(faces.usage == NO_USAGE))) > 0:
        faces = split_faces(faces, _rule(split_missing, path.name, missing, reading.kind))
    progress(1.0, f"Read {path.name}")
    return Opened(faces, reading.problems, path.name, reading.kind, reading.sha256, reading.notes)


def open_demo(per_emotion: int = 160, seed: int = 0, progress: Progress | None = None) -> Opened:
    """Draw the demo set, in FER2013's form, some ten seconds for 1,120 faces; it is kept as what is read is.

    Args:
        per_emotion: Faces of each emotion over all usages.
        seed: The same seed gives the same faces.
        progress: As :func:`open_dataset` takes it.
    """
    from fer.dataset import demo, drawing, flaws

    def draw() -> Reading:
        faces = demo.demo_faces(per_emotion, seed, progress or silent)
        if len(faces) >= flaws.LEAST_ROWS:
            faces, _ = flaws.spoilt(faces, seed)
        digest = hashlib.sha256(faces.images.tobytes() + faces.labels.tobytes()).hexdigest()
        return Reading(faces, (), "demo", digest, (DRAWN_NOTE,))

    code = [Path(str(module.__file__)) for module in (demo, drawing, flaws)]
    reading = read_once(
        Place(folder_for(code[0]), f"drawn-{per_emotion}-{seed}", code[0]),
        draw,
        # Drawn anew when the drawing is changed.
        lambda: hashlib.sha256(b"".join(file.read_bytes() for file in code)).hexdigest(),
        progress or silent,
    )
    return Opened(replace(reading.faces, drawn=True), (), "drawn faces", "demo", reading.sha256, reading.notes)


def _rule(rule: SplitRule | None, name: str, missing: int, kind: Kind) -> SplitRule:
    if rule is None:
        why = "has no Usage column" if kind == "csv" else "does not say which of its images train and which test"
        raise SplitNeededError(
            f"{name} {why} ({missing:,} faces). Say how to share them out, as 10 % each to PublicTest and PrivateTest."
        )
    return rule


def _read_folder(folder: Path, names: list[str], progress: Progress) -> Reading:
    if not names:
        raise DataError(f"{folder.name} is an empty folder. Expected {FORMS}.")
    return read_folder(folder, names, progress)


def _read_file(path: Path, progress: Progress) -> Reading:
    if path.exists() and not path.is_file():
        # A device may never end.
        raise DataError(f"{path} is neither a file nor a folder. Expected {FORMS}.")
    with path.open("rb") as file:
        first = file.read(6)
    if first.startswith(b"PK"):
        with open_archive(path) as archive:
            return _read_archive(path, archive, progress)
    if first.startswith(b"\x93NUMPY"):
        raise DataError(f"{path.name} is a single array. Expected {FORMS}.")
    with (open_gzip if first.startswith(b"\x1f\x8b") else open_plain)(path) as (stream, share_done):
        return read_table(stream, path.name, share_done, progress)


def _read_archive(path: Path, archive: Archive, progress: Progress) -> Reading:
    if not archive.members:
        raise DataError(f"{path.name} is an empty archive. Expected {FORMS}.")
    if is_compact(archive):
        return read_compact(path, archive, progress)
    table = _table_in(archive)
    if table is not None:
        with archive.opened(table) as (stream, share_done):
            return read_table(stream, f"{path.name}: {table}", share_done, progress)
    reading = read_images(path.name, archive.members, lambda name: _image_in(archive, name), progress)
    return Reading(reading.faces, reading.problems, "zip", reading.sha256, reading.notes)


def _table_in(archive: Archive) -> str | None:
    """Return the member that is FER2013's table, or None where the archive holds images."""
    tables = [member for member in archive.members if member.lower().endswith(".csv")]
    for known in KNOWN_TABLES:
        for member in tables:
            if member.rsplit("/", 1)[-1].lower() == known:
                return member
    if any(member.lower().endswith(IMAGE_SUFFIXES) for member in archive.members):
        return None
    if len(tables) > 1:
        shown = ", ".join(tables[:5])
        raise DataError(f"{archive.name} holds {len(tables)} tables ({shown}). Expected one named fer2013.csv.")
    if not tables:
        packed = [member for member in archive.members if is_archive(member)]
        inside = f" It holds {packed[0]}, a packed file inside: unpack that and open it." if packed else ""
        raise DataError(f"{archive.name} holds no table and no images.{inside} Expected {FORMS}.")
    return tables[0]


def _image_in(archive: Archive, name: str) -> bytes:
    check_size(name, archive.bytes_of(name))
    try:
        return archive.read(name)
    except DamagedError as problem:
        # The other images may be whole.
        raise InputError(str(problem)) from problem
