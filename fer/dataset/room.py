"""A data set that somebody opened in the data set room, as a run's folder: it outlives a reload and goes as a whole.

    FER_HOME/runs/<UTC>-dataset-<6 hex>/
        config.json     where it comes from
        choices.json    what was chosen since: how it is split, FER+
        upload/         what was uploaded: the data set, FER+
        datasets/       the kept reading of an upload (fer.dataset.caching)
        artifacts/      what was worked out (fer.dataset.room_job)
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, Field, ValidationError

from fer.dataset.faceset import FaceSet
from fer.dataset.ferplus import join_votes, read_ferplus
from fer.dataset.opening import Opened, Progress, SplitRule, open_dataset, open_demo
from fer.errors import DataError, StorageError
from fer.runs.files import read_text, replace_text
from fer.runs.folder import Run
from fer.runs.uploads import file_name, keep_upload

KIND = "dataset"


class RoomConfig(BaseModel):
    """Where a data set comes from.

    Attributes:
        origin: Drawn by us; uploaded; or read where it lies on this computer.
        path: Within the run's folder, or absolute; empty for the drawn set.
    """

    origin: Literal["drawn", "upload", "path"]
    path: str = ""


class Choices(BaseModel):
    """What was chosen after a data set was opened.

    Attributes:
        votes: FER+'s file, within the run's folder or absolute, or None.
        public: Share of faces without a usage that goes to PublicTest, or None where nothing was asked.
        private: The same for PrivateTest.
        seed: Of that split.
    """

    schema_version: Literal[1] = Field(1, alias="schema")
    votes: str | None = None
    public: float | None = None
    private: float | None = None
    seed: int = 0

    model_config = {"populate_by_name": True}

    def rule(self) -> SplitRule | None:
        """Return how faces without a usage are shared out, or None where that was not said."""
        if self.public is None or self.private is None:
            return None
        return SplitRule(self.public, self.private, self.seed)


def new_room(source: BinaryIO | Path | None, name: str = "") -> Run:
    """Make a room for a data set; nothing is read yet.

    Args:
        source: An upload, which is copied into the room; a file or folder on this computer, which is read where it is;
            or None for the drawn set.
        name: What the upload is called.

    Raises:
        StorageError: If it cannot be kept.
    """
    if source is None:
        config = RoomConfig(origin="drawn")
    elif isinstance(source, Path):
        config = RoomConfig(origin="path", path=str(source.expanduser().resolve()))
    else:
        config = RoomConfig(origin="upload", path=f"upload/{file_name(name)}")
    run = Run.create(KIND, "quick", config.model_dump())
    try:
        # Nothing waits for a worker yet, and nobody's work shall wait for this one.
        run.update(state="done")
        if source is not None and not isinstance(source, Path):
            _keep(run, source, config.path, "The data set")
    except BaseException:
        # Whatever it was: nobody will have this run's key, so nobody else could delete the upload.
        run.delete()
        raise
    return run


def open_room(run: Run, progress: Progress | None = None) -> Opened:
    """Open a room's data set as it was chosen; the first time reads it, later ones map it into memory.

    Raises:
        SplitNeededError: If faces have no usage, and it was not chosen how to share them out.
        DataError: If it cannot be read.
        StorageError: If the room's files are damaged.
    """
    config, choices = config_of(run), choices_of(run)
    if config.origin == "drawn":
        return open_demo(progress=progress)
    votes = None if choices.votes is None else run.folder / choices.votes
    return open_dataset(run.folder / config.path, votes=votes, split_missing=choices.rule(), progress=progress)


def choose_split(run: Run, rule: SplitRule) -> None:
    """Say how faces without a usage are shared out; what was worked out on another split goes.

    Raises:
        StorageError: If it cannot be written.
    """
    _choose(run, choices_of(run).model_copy(update={"public": rule.public, "private": rule.private, "seed": rule.seed}))


def choose_votes(run: Run, faces: FaceSet, source: BinaryIO | Path, name: str) -> None:
    """Join FER+ to a room's data set, if it fits.

    Args:
        run: The room.
        faces: Its data set.
        source: An upload, which is copied into the room, or a file on this computer.
        name: What the upload is called.

    Raises:
        DataError: If it is something else, or does not fit, with the reason.
        StorageError: If it cannot be kept.
    """
    if isinstance(source, Path):
        place = str(source.expanduser().resolve())
    else:
        place = f"upload/votes/{file_name(name)}"
        _keep(run, source, place, "FER+")
    path = run.folder / place
    try:
        join_votes(faces, read_ferplus(path), Path(config_of(run).path).name or "this data set", path.name)
    except DataError:
        if not isinstance(source, Path):
            path.unlink(missing_ok=True)
        raise
    _choose(run, choices_of(run).model_copy(update={"votes": place}))


def config_of(run: Run) -> RoomConfig:
    """Return where a room's data set comes from.

    Raises:
        StorageError: If its config.json is damaged.
    """
    try:
        return RoomConfig.model_validate(run.config())
    except ValidationError as problem:
        raise StorageError(f"{run.id}: config.json is damaged. Delete it and open the data set again.") from problem


def choices_of(run: Run) -> Choices:
    """Return what was chosen in a room so far.

    Raises:
        StorageError: If its choices.json is damaged.
    """
    try:
        return Choices.model_validate_json(read_text(run.folder / "choices.json"))
    except FileNotFoundError:
        return Choices()
    except (OSError, ValueError) as problem:
        raise StorageError(f"{run.id}: choices.json is damaged. Delete it and open the data set again.") from problem


def _choose(run: Run, choices: Choices) -> None:
    try:
        replace_text(run.folder / "choices.json", choices.model_dump_json(by_alias=True))
        # A duplicate across splits is one in that split alone.
        shutil.rmtree(run.artifacts, ignore_errors=True)
        run.artifacts.mkdir(exist_ok=True)
    except OSError as problem:
        raise StorageError(f"{run.folder} cannot be written ({problem.strerror or problem}).") from problem


def _keep(run: Run, upload: BinaryIO, place: str, what: str) -> None:
    path = run.folder / place
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StorageError(f"{run.folder} cannot be written ({problem.strerror or problem}).") from problem
    keep_upload(upload, path, what)
