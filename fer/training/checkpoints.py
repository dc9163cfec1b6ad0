"""Checkpoints: a kill leaves a whole one, a flipped byte is noticed, and the one before takes its place."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.errors import StorageError
from fer.runs.files import replace_text

Arrays = Mapping[str, Sequence[npt.NDArray[Any]]]
KEPT = 2
"""The last epoch's, and the one before in case the last is damaged."""
NOTE = "last.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Saved:
    """What a checkpoint holds.

    Attributes:
        epoch: How many epochs were done.
        arrays: By name, lists of arrays as they were saved.
        state: What is not an array.
    """

    epoch: int
    arrays: dict[str, list[npt.NDArray[Any]]]
    state: dict[str, Any]


class Checkpoints:
    """The checkpoints of one run.

    Each epoch has a file of its own; the small ``last.json``, which names the files with their checksums, is replaced
    last, so that it never names a file that is not whole.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def epochs_done(self) -> int:
        """Return how many epochs the newest checkpoint holds; 0 where there is none.

        Raises:
            StorageError: If last.json is damaged.
        """
        entries = self._entries()
        return int(entries[0]["epoch"]) if entries else 0

    def save(self, epoch: int, arrays: Arrays, state: dict[str, Any], best: str | None = None) -> None:
        """Save what a run needs to go on.

        Args:
            epoch: How many epochs are done.
            arrays: What to keep.
            state: What is not an array, as JSON holds it.
            best: The file of the best weights so far, from ``save_best``.

        Raises:
            OSError: If it cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"epoch-{epoch:05d}.npz"
        entry = {"epoch": epoch, "file": name, "sha256": self._write(name, arrays), "state": state, "best": best}
        kept = [entry, *(old for old in self._entries() if old["epoch"] < epoch)][:KEPT]
        replace_text(self.folder / NOTE, json.dumps({"schema": 1, "checkpoints": kept, "sha256": _digest(kept)}))
        named = {NOTE, *(old["file"] for old in kept), *(old["best"].split(" ")[0] for old in kept if old["best"])}
        for path in self.folder.iterdir():
            if path.name not in named:
                path.unlink(missing_ok=True)

    def save_best(self, epoch: int, weights: Sequence[npt.NDArray[Any]]) -> str:
        """Save the weights of the best epoch so far; ``save`` afterwards makes them count.

        Returns:
            The file and its checksum in one text, for ``save``.

        Raises:
            OSError: If it cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"best-{epoch:05d}.npz"
        return f"{name} {self._write(name, {'weights': weights})}"

    def newest(self) -> Saved | None:
        """Return the newest whole checkpoint, or None where there is none.

        Raises:
            StorageError: If there are checkpoints and none of them is whole.
        """
        entries = self._entries()
        for entry in entries:
            arrays = self._read(entry["file"], entry["sha256"])
            if arrays is not None:
                return Saved(int(entry["epoch"]), arrays, {**entry["state"], "best_file": entry["best"]})
            log.warning("%s is damaged or missing: the checkpoint before it is taken", entry["file"])
        if entries:
            raise StorageError(
                f"{self.folder}: the checkpoints of epoch {' and '.join(str(e['epoch']) for e in entries)} are damaged "
                "(their checksums do not fit). Restore them from a backup, or start a new run."
            )
        return None

    def best(self, named: str) -> list[npt.NDArray[Any]]:
        """Return the weights that ``save_best`` saved.

        Raises:
            StorageError: If the file is damaged.
        """
        file, _, digest = named.partition(" ")
        arrays = self._read(file, digest)
        if arrays is None:
            raise StorageError(
                f"{self.folder / file}: the weights of the best epoch are damaged (their checksum does not fit). "
                "Restore them from a backup, or start a new run."
            )
        return arrays["weights"]

    def _write(self, name: str, arrays: Arrays) -> str:
        pack = io.BytesIO()
        named: dict[str, Any] = {
            f"{key}.{at:04d}": array for key, part in arrays.items() for at, array in enumerate(part)
        }
        np.savez(pack, **named)
        data = pack.getvalue()
        beside = self.folder / f"{name}.part"
        try:
            with beside.open("wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            os.replace(beside, self.folder / name)
        finally:
            beside.unlink(missing_ok=True)
        return hashlib.sha256(data).hexdigest()

    def _read(self, name: str, digest: str) -> dict[str, list[npt.NDArray[Any]]] | None:
        try:
            data = (self.folder / Path(name).name).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(data).hexdigest() != digest:
            return None
        arrays: dict[str, list[npt.NDArray[Any]]] = {}
        with np.load(io.BytesIO(data), allow_pickle=False) as pack:
            for key in sorted(pack.files):
                arrays.setdefault(key.rsplit(".", 1)[0], []).append(pack[key])
        return arrays

    def _entries(self) -> list[dict[str, Any]]:
        path = self.folder / NOTE
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["schema"] != 1:
                raise ValueError(f"schema {document['schema']!r}")
            entries: list[dict[str, Any]] = document["checkpoints"]
            if document["sha256"] != _digest(entries):
                raise ValueError("its checksum does not fit")
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as problem:
            raise StorageError(
                f"{path} is damaged or of another version ({problem}). Restore it from a backup, or start a new run."
            ) from problem
        return entries


def _digest(entries: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()
