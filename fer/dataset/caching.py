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


def read_once(path: Path, read: Callable[[], Reading], fingerprint: Callable[[], str], progress: Progress) -> Reading:
    """Return what was read before, or read it now and keep it.

    Two that open the same data at once do the work once: the second waits for the first. Where nothing can be kept
    (a folder that cannot be written, a full disk) the reading says so in its notes.

    Args:
        path: The data.
        read: Reads it.
        fingerprint: Tells whether the data is still what it was, without reading it.
        progress: Called while another one is waited for.

    Raises:
        DataError: If ``read`` raises it, or the data changes while it is read.
        OSError: If the data cannot be read.
    """
    folder, key = _place_of(path)
    stands = fingerprint()
    known = _load(folder, key, stands)
    if known is not None:
        return known
    with _held(folder, key, progress) as kept:
        # Whoever was waited for has read it.
        known = _load(folder, key, stands) if kept else None
        if known is not None:
            return known
        reading = read()
        if fingerprint() != stands:
            raise DataError(f"{path.name} changed while it was read. Open it again when whatever writes it is done.")
        why = _store(folder, key, path, stands, reading) if kept else f"{folder} cannot be written"
    if why:
        return _noted(reading, f"The reading could not be kept ({why}): it will take as long the next time.")
    return _load(folder, key, stands) or reading


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


def _place_of(path: Path) -> tuple[Path, str]:
    """Return the folder of the entry and its key; what a visitor uploaded is kept with the upload and goes with it."""
    whole = path.resolve()
    runs = (settings().home / "runs").resolve()
    folder = settings().home / "datasets"
    if whole.is_relative_to(runs) and whole != runs:
        folder = runs / whole.relative_to(runs).parts[0] / "datasets"
    return folder, hashlib.sha256(os.fsencode(whole)).hexdigest()[:24]


@contextmanager
def _held(folder: Path, key: str, progress: Progress) -> Iterator[bool]:
    """Hold the entry's lock; give whether it can be had at all."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The system lets go of it when the process ends, however it ends.
        lock = FileLock(folder / f"{key}.lock")
        _acquire(lock, progress)
    except OSError as problem:
        log.warning("%s cannot be written (%s): the reading is not kept", folder, problem.strerror or problem)
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


def _load(folder: Path, key: str, fingerprint: str) -> Reading | None:
    """Take up an entry, or return None where there is none that fits."""
    try:
        about = json.loads(read_text(folder / f"{key}.json"))
        if (about["schema"], about["reader"], about["fingerprint"]) != (1, READER, fingerprint):
            return None
        arrays = {name: np.load(folder / about["folder"] / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
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
        log.warning("the kept reading %s is damaged (%s) and is made anew", key, problem)
        return None


def _store(folder: Path, key: str, path: Path, fingerprint: str, reading: Reading) -> str:
    """Keep a reading; return why that failed, or ""."""
    place = folder / f"{key}-{secrets.token_hex(4)}"
    about: dict[str, Any] = {
        "schema": 1,
        "reader": READER,
        "path": str(path.resolve()),
        "fingerprint": fingerprint,
        "folder": place.name,
        "rows": len(reading.faces),
        "kind": reading.kind,
        "sha256": reading.sha256,
        "problems": [problem.as_json() for problem in reading.problems],
        "notes": list(reading.notes),
    }
    try:
        _tidy(folder)
        place.mkdir()
        for name in ARRAYS:
            np.save(place / f"{name}.npy", getattr(reading.faces, name), allow_pickle=False)
        replace_text(folder / f"{key}.json", json.dumps(about))
    except OSError as problem:
        shutil.rmtree(place, ignore_errors=True)
        # NumPy's own error for a short write has no reason of the system.
        return problem.strerror or "the disk may be full"
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    _delete_older(folder, key, place.name)
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
