"""The first reading of a data set is kept under FER_HOME/datasets; later ones map it into memory.

An entry is a small JSON file, ``<key>.json``, and a folder of arrays that it names. The key is the data's path; the
entry holds the data's fingerprint (size and times) and the content's hash. The JSON is replaced as a whole after the
arrays are written, so whatever happens in between, nothing half-written is ever taken.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from fer.dataset.faceset import FaceSet
from fer.dataset.problems import Problem
from fer.dataset.reading import NO_USAGE, Progress, Reading
from fer.errors import DataError
from fer.runs.files import read_text, replace_text
from fer.settings import settings

READER = 1
"""Raised when the readers give something else for the same file: older entries are then read anew."""
ARRAYS = ("images", "labels", "usage", "source")
MOST_ENTRIES = 12
LOOK_S = 0.2
UNUSABLE = (OSError, ValueError, KeyError, TypeError, EOFError)
"""What a damaged entry raises while it is taken up."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a reading is kept.

    Attributes:
        folder: Holds the entries.
        key: The entry's name.
        path: The data, for messages, and to tell when an entry's data is gone.
    """

    folder: Path
    key: str
    path: Path


def read_once(place: Place, read: Callable[[], Reading], fingerprint: Callable[[], str], progress: Progress) -> Reading:
    """Return what was read before, or read it now and keep it.

    Two that open the same data at once do the work once: the second waits for the first. Where nothing can be kept
    (a folder that cannot be written, a full disk) the reading says so in its notes.

    Args:
        place: Where it is kept.
        read: Reads the data.
        fingerprint: Tells whether the data is still what it was, without reading it.
        progress: Called while another one is waited for.

    Raises:
        DataError: If ``read`` raises it, or the data changes while it is read.
        OSError: If the data cannot be read.
    """
    stands = fingerprint()
    known = _load(place, stands)
    if known is not None:
        return known
    with _held(place, progress) as kept:
        # Whoever was waited for has read it.
        known = _load(place, stands) if kept else None
        if known is not None:
            return known
        reading = read()
        if fingerprint() != stands:
            raise DataError(
                f"{place.path.name} changed while it was read. Open it again when whatever writes it is done."
            )
        why = _store(place, stands, reading) if kept else f"{place.folder} cannot be written"
    if why:
        return _noted(reading, f"The reading could not be kept ({why}): it will take as long the next time.")
    return _load(place, stands) or reading


def fingerprint_of(path: Path, names: Sequence[str] | None = None) -> str:
    """Describe a file by its size and times, or a folder by those of its files.

    Args:
        path: The file or folder.
        names: Of a folder's files.

    Raises:
        OSError: If it is gone.
    """
    if names is None:
        return _stamp(path)
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\0{_stamp(path / name)}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _stamp(path: Path) -> str:
    about = path.stat()
    # The time of the last change to the file itself is not set back by programs that set the modification time.
    return f"{about.st_size} {about.st_mtime_ns} {about.st_ctime_ns} {about.st_ino}"


def folder_for(path: Path) -> Path:
    """Return the folder of what is made from a data set; that of a visitor's upload goes with the upload."""
    whole = path.resolve()
    runs = (settings().home / "runs").resolve()
    if whole.is_relative_to(runs) and whole != runs:
        return runs / whole.relative_to(runs).parts[0] / "datasets"
    return settings().home / "datasets"


def place_of(path: Path) -> Place:
    """Return where the reading of a file or folder is kept."""
    return Place(folder_for(path), hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24], path.resolve())


@contextmanager
def _held(place: Place, progress: Progress) -> Iterator[bool]:
    """Hold the entry's lock; give whether it can be had at all."""
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
        # The system lets go of it when the process ends, however it ends.
        lock = FileLock(place.folder / f"{place.key}.lock")
        _acquire(lock, progress)
    except OSError as problem:
        log.warning("%s cannot be written (%s): the reading is not kept", place.folder, problem.strerror or problem)
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _acquire(lock: FileLock, progress: Progress) -> None:
    while True:
        try:
            lock.acquire(timeout=LOOK_S)
            return
        except Timeout:
            progress(0.0, "Somebody else is opening it; waiting for the result")


def _load(place: Place, fingerprint: str) -> Reading | None:
    """Take up an entry, or return None where there is none that fits."""
    try:
        about = json.loads(read_text(place.folder / f"{place.key}.json"))
        if (about["schema"], about["reader"], about["fingerprint"]) != (1, READER, fingerprint):
            return None
        arrays = {name: np.load(place.folder / about["folder"] / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
        faces = FaceSet(**{name: array.view(np.ndarray) for name, array in arrays.items()})
        n = about["rows"]
        right = faces.images.shape == (n, 48, 48) and faces.images.dtype == np.uint8 and faces.labels.max() <= 6
        if not right or not ((faces.usage <= 2) | (faces.usage == NO_USAGE)).all():
            raise ValueError("it holds something else than faces")
        problems = tuple(Problem(**problem) for problem in about["problems"])
        return Reading(faces, problems, about["kind"], about["sha256"], tuple(about["notes"]))
    except FileNotFoundError:
        return None
    except UNUSABLE as problem:
        log.warning("the kept reading %s is damaged (%s) and is made anew", place.key, problem)
        return None


def _store(place: Place, fingerprint: str, reading: Reading) -> str:
    """Keep a reading; return why that failed, or ""."""
    arrays = place.folder / f"{place.key}-{secrets.token_hex(4)}"
    about: dict[str, Any] = {
        "schema": 1,
        "reader": READER,
        "path": str(place.path),
        "fingerprint": fingerprint,
        "folder": arrays.name,
        "rows": len(reading.faces),
        "kind": reading.kind,
        "sha256": reading.sha256,
        "problems": [problem.as_json() for problem in reading.problems],
        "notes": list(reading.notes),
    }
    try:
        _tidy(place.folder)
        arrays.mkdir()
        for name in ARRAYS:
            np.save(arrays / f"{name}.npy", getattr(reading.faces, name), allow_pickle=False)
        replace_text(place.folder / f"{place.key}.json", json.dumps(about))
    except OSError as problem:
        shutil.rmtree(arrays, ignore_errors=True)
        # NumPy's own error for a short write has no reason of the system.
        return problem.strerror or "the disk may be full"
    except BaseException:
        shutil.rmtree(arrays, ignore_errors=True)
        raise
    _delete_older(place.folder, place.key, arrays.name)
    return ""


def _delete_older(folder: Path, key: str, current: str) -> None:
    """Delete an entry's folders but the current one; on Windows one that is mapped stays until later."""
    for old in folder.glob(f"{key}-*"):
        if old.name != current:
            shutil.rmtree(old, ignore_errors=True)


def _tidy(folder: Path) -> None:
    """Delete entries whose data is gone, and the oldest of too many."""
    stay = 0
    for file in sorted(folder.glob("*.json"), key=_written, reverse=True):
        try:
            there = Path(json.loads(read_text(file))["path"]).exists()
        except UNUSABLE:
            there = False
        stay += there
        if not there or stay >= MOST_ENTRIES:
            file.unlink(missing_ok=True)
            _delete_older(folder, file.stem, "")


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0  # another process has just deleted it


def _noted(reading: Reading, note: str) -> Reading:
    return Reading(reading.faces, reading.problems, reading.kind, reading.sha256, (*reading.notes, note))
