"""A data set that somebody opened in the data set room, as a run's folder: it outlives a reload and goes as a whole.

FER_HOME/runs/<UTC>-dataset-<6 hex>/
    config.json     where it comes from
    choices.json    what was chosen since: how it is split, FER+
    upload/         what was uploaded: the data set, FER+
    datasets/       the kept reading of an upload, and what was worked out from it (fer.dataset.results)
    work/           for each kind of long work the id of the run that does it
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer.dataset.faceset import FaceSet
from fer.dataset.ferplus import join_votes, read_ferplus
from fer.dataset.origin import DEMO, Origin
from fer.dataset.splitting import SplitRule
from fer.dataset.stages import StopAskedError, telling
from fer.errors import DataError, InputError, StorageError
from fer.runs.files import read_text, replace_text
from fer.runs.folder import Run
from fer.runs.uploads import file_name, keep_upload
from fer.runs.worker import start

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
        split: How faces without a usage are shared out, or None.
    """

    schema_version: Literal[1] = Field(1, alias="schema")
    votes: str | None = None
    split: SplitRule | None = None

    model_config = ConfigDict(populate_by_name=True)


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


def origin_of(run: Run) -> Origin:
    """Return where a room's data set comes from, and how it was chosen to be opened, as workers take it.

    Raises:
        StorageError: If the room's files are damaged.
    """
    config, choices = config_of(run), choices_of(run)
    data = DEMO if config.origin == "drawn" else str(run.folder / config.path)
    votes = None if choices.votes is None else str(run.folder / choices.votes)
    return Origin(data=data, votes=votes, split=choices.split)


def run(run: Run) -> bool:
    """Read a room's data set, so that it opens at once from then on; see ``fer.runs.jobs.Work``.

    Raises:
        DataError: If it cannot be read.
        StorageError: If the room's files are damaged.
    """
    try:
        origin_of(run).open(telling(run))
    except StopAskedError:
        return False
    return True


def choose_split(run: Run, rule: SplitRule) -> None:
    """Say how faces without a usage are shared out.

    Raises:
        StorageError: If it cannot be written.
    """
    _choose(run, choices_of(run).model_copy(update={"split": rule}))


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
    except OSError as problem:
        raise StorageError(f"{run.folder} cannot be written ({problem.strerror or problem}).") from problem


def _keep(run: Run, upload: BinaryIO, place: str, what: str) -> None:
    path = run.folder / place
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StorageError(f"{run.folder} cannot be written ({problem.strerror or problem}).") from problem
    keep_upload(upload, path, what)


def work_of_room(run: Run, kind: str) -> Run | None:
    """Return the run that does, or did last, a kind of long work for a room, or None."""
    try:
        return Run.open(read_text(run.folder / "work" / kind))
    except (OSError, ValueError, InputError):
        return None


def begin_work(run: Run, kind: str, work: Run) -> None:
    """Start a run that works for a room, in place of the last of its kind.

    Args:
        run: The room.
        kind: A word for the work; one run of each is kept.
        work: The run that does it, just made.

    Raises:
        StorageError: If it cannot be started.
    """
    before = work_of_room(run, kind)
    try:
        (run.folder / "work").mkdir(exist_ok=True)
        replace_text(run.folder / "work" / kind, work.id)
    except OSError as problem:
        work.delete()
        raise StorageError(f"{run.folder} cannot be written ({problem.strerror or problem}).") from problem
    if before is not None:
        before.delete()
    start(work)


def delete_room(run: Run) -> None:
    """Delete a room with everything in it and whatever works for it.

    Raises:
        StorageError: If something cannot be deleted.
    """
    for place in sorted((run.folder / "work").glob("*")):
        work = work_of_room(run, place.name)
        if work is not None:
            work.delete()
    run.delete()
