"""What took long is kept: results by the data's checksum, the network's checksum and what was asked for.

    FER_HOME/datasets/results/<data>/<what>-<key>.npz|json        (for an upload: in its run's own folder)

Files are written beside their place and moved there as a whole, so a reader finds all of a result or none.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.dataset.opening import Opened
from fer.dataset.origin import Origin
from fer.errors import StorageError

RESULTS = 1
"""Raised when a computation gives something else for the same question: older results are then made anew."""
MOST_DATA_SETS = 6
UNUSABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)
"""What a damaged file raises while it is read."""

log = logging.getLogger(__name__)


class Kept:
    """The kept results of one data set.

    Attributes:
        folder: Where they lie; it may not be there yet.
    """

    def __init__(self, origin: Origin, opened: Opened):
        content = f"{RESULTS} {opened.sha256} {len(opened.faces)} {opened.kind}"
        self.folder = origin.kept_in / hashlib.sha256(content.encode()).hexdigest()[:24]

    def arrays(self, what: str, **asked: Any) -> dict[str, npt.NDArray[Any]] | None:
        """Return the arrays of a result, or None where it is not kept.

        Args:
            what: Its name.
            asked: Everything that the result depends on besides the images.
        """
        path = self._place(what, asked, "npz")
        try:
            with np.load(path, allow_pickle=False) as pack:
                return {name: pack[name] for name in pack.files}
        except FileNotFoundError:
            return None
        except UNUSABLE as problem:
            log.warning("the kept result %s is damaged (%s) and is made anew", path.name, problem)
            return None

    def keep_arrays(self, what: str, arrays: dict[str, npt.NDArray[Any]], **asked: Any) -> None:
        """Keep a result.

        Raises:
            StorageError: If it cannot be written.
        """
        with _Replacement(self._place(what, asked, "npz")) as part, part.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    def document(self, what: str, **asked: Any) -> dict[str, Any] | None:
        """Return a result that is JSON, or None where it is not kept; see ``arrays``."""
        path = self._place(what, asked, "json")
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return found if isinstance(found, dict) and found.get("schema") == 1 else None
        except FileNotFoundError:
            return None
        except UNUSABLE as problem:
            log.warning("the kept result %s is damaged (%s) and is made anew", path.name, problem)
            return None

    def keep_document(self, what: str, document: dict[str, Any], **asked: Any) -> None:
        """Keep a result that is JSON, with ``schema`` 1.

        Raises:
            StorageError: If it cannot be written.
        """
        with _Replacement(self._place(what, asked, "json")) as part:
            part.write_text(json.dumps(document), encoding="utf-8")

    def delete(self) -> None:
        """Delete all of them."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _place(self, what: str, asked: dict[str, Any], suffix: str) -> Path:
        question = json.dumps(asked, sort_keys=True)
        return self.folder / f"{what}-{hashlib.sha256(question.encode()).hexdigest()[:16]}.{suffix}"


def labels_digest(faces: FaceSet) -> str:
    """Return what stands for labels and splits: a data set without a Usage column may be shared out in several ways."""
    return hashlib.sha256(faces.labels.tobytes() + b"/" + faces.usage.tobytes()).hexdigest()[:24]


class _Replacement:
    """A file that is written beside its place and moved there when all of it is written."""

    def __init__(self, path: Path):
        self.path = path
        self.part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")

    def __enter__(self) -> Path:
        try:
            if not self.path.parent.is_dir():
                _tidy(self.path.parent.parent)
                self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise self._refusal(problem) from problem
        return self.part

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: object) -> None:
        try:
            if kind is None:
                os.replace(self.part, self.path)
        except OSError as failure:
            raise self._refusal(failure) from failure
        finally:
            self.part.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise self._refusal(problem) from problem

    def _refusal(self, problem: OSError) -> StorageError:
        return StorageError(
            f"{self.path.parent} cannot be written ({problem.strerror or problem}). "
            "Free some space or mend its permissions, or set FER_HOME to another folder."
        )


def _tidy(folder: Path) -> None:
    """Delete the results of the data sets that were looked at longest ago, so that a new one has room."""
    if not folder.is_dir():
        return
    known = sorted((place for place in folder.iterdir() if place.is_dir()), key=lambda place: place.stat().st_mtime)
    for old in known[: max(0, len(known) - MOST_DATA_SETS + 1)]:
        shutil.rmtree(old, ignore_errors=True)
