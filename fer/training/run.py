"""A training run: how it is made, and what its folder holds; what its worker does is in ``run_job``.

Pages import this module, so it leads to no Keras.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from fer.dataset.origin import DEMO
from fer.errors import InputError, StorageError
from fer.runs.folder import Run
from fer.runs.uploads import file_name, keep_upload
from fer.training.material import DataSource
from fer.training.recipe import Recipe
from fer.training.recipe_files import check_recipe

KIND = "training"
RATE_FINDER = "rate_finder"
"""The kind of run that tries learning rates; it is asked for as a training is."""
CHECKPOINTS = "checkpoints"
IDENTITY = "data.json"
ENVIRONMENT = "environment.json"
MODEL = "model.keras"
BEST = "best.keras"
RATE = "rate.json"
"""What the finder found: ``{schema, rate, notes}``."""


def new_training_run(recipe: Recipe, source: DataSource, kind: str = KIND, clean_upload: BinaryIO | None = None) -> Run:
    """Make a run's folder; ``fer.runs.worker.start`` sets it going.

    Args:
        recipe: What to do.
        source: What to learn from; its files must be there.
        kind: ``training``, or ``rate_finder``.
        clean_upload: A clean list that was uploaded, by its name, instead of the source's: it is copied into the run's
            folder and goes with it.

    Raises:
        InputError: If a file is not there.
        StorageError: If FER_HOME cannot be written.
    """
    paths: dict[str, str | None] = {"data": source.data, "votes": source.votes, "clean": source.clean}
    for name, path in paths.items():
        if path is None or (name == "data" and path == DEMO):
            continue
        if not Path(path).exists():
            raise InputError(f"{path}: there is no such file. Name fer2013.csv, an .npz, a folder, or {DEMO}.")
        paths[name] = str(Path(path).resolve())
    if clean_upload is not None:
        paths["clean"] = f"upload/{file_name(clean_upload.name)}"
    described = {**source.model_dump(mode="json"), **paths, "recipe": recipe.as_document()}
    run = Run.create(kind, "train" if kind == KIND else "quick", described)
    if clean_upload is not None:
        _keep(run, clean_upload, run.folder / str(paths["clean"]))
    return run


def _keep(run: Run, clean_upload: BinaryIO, path: Path) -> None:
    try:
        path.parent.mkdir()
        keep_upload(clean_upload, path, "The clean list")
    except (OSError, StorageError) as problem:
        run.delete()
        if isinstance(problem, StorageError):
            raise
        raise StorageError(f"{path.parent} cannot be written ({problem.strerror or problem}).") from problem


def source_of(run: Run) -> DataSource:
    """Return where a run's faces come from.

    Raises:
        InputError: If another version of Classmood wrote it.
        StorageError: If the run's config is damaged.
    """
    source = DataSource.of(run.config())
    # A list that was uploaded lies in the run's folder; a path of this computer is whole.
    return source.model_copy(update={"clean": str(run.folder / source.clean)}) if source.clean else source


def recipe_of(run: Run) -> Recipe:
    """Return a run's recipe.

    Raises:
        InputError: If another version of Classmood wrote it.
        StorageError: If the run's config is damaged.
    """
    document = run.config().get("recipe")
    if isinstance(document, Mapping):
        # Runs write every field down. One without this field began before faces were mended, and goes on so.
        document = {"mend": False, **document}
    try:
        return check_recipe(document, "its recipe")
    except InputError as problem:
        raise InputError(
            f"run {run.id} was made by another version of Classmood: {problem} Start a new run with a recipe of today."
        ) from problem


def data_of(run: Run) -> dict[str, Any] | None:
    """Return what a run's data is, as it was when the run began; None before it did.

    Raises:
        StorageError: If the file is damaged.
    """
    return json_of(run.artifacts / IDENTITY)


def json_of(path: Path) -> dict[str, Any] | None:
    """Return one of a run's JSON files; None where it is not there.

    Raises:
        StorageError: If it is damaged or of another version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        raise StorageError(f"{path} is damaged ({problem}). Delete the run and start a new one.") from problem
    if not isinstance(document, Mapping):
        raise StorageError(f"{path} is damaged (no object). Delete the run and start a new one.")
    if document.get("schema") != 1:
        raise StorageError(
            f"{path} has schema {document.get('schema')!r}; expected 1: another version of Classmood wrote it. Read "
            "it with that version, or start a new run."
        )
    return dict(document)
