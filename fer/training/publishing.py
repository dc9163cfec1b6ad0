"""What can be published, and the run that does it; what its worker does is in ``publishing_job``.

Pages import this module, so it leads to no Keras.
"""

from __future__ import annotations

import re
from pathlib import Path

from fer import registry
from fer.errors import InputError
from fer.runs.folder import Run
from fer.settings import settings
from fer.training.run import KIND, MODEL, recipe_of

JOB = "publishing"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
ENTRY = "entry.json"
LEAST_CALIBRATING = 50
"""Held-out faces from which confidences are fitted on them; of fewer, the validation faces are more to go by."""


def check_publishable(run: Run, name: str, replace: bool = False, folder: Path | None = None) -> None:
    """Make sure that a run can be published under a name.

    Args:
        run: The training.
        name: What the model is to be called.
        replace: Whether it may take the place of a model of that name.
        folder: Where it is published; FER_HOME/models by default.

    Raises:
        InputError: If it is no finished training of a network, or the name is taken or is none.
        StorageError: If the run is damaged.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"A model's name has small letters, digits and hyphens, as my-model-1; {name[:60]!r} came.")
    if run.kind != KIND:
        raise InputError(f"run {run.id} is no training. Name a training of 'python -m fer runs'.")
    if recipe_of(run).is_baseline:
        raise InputError(
            f"run {run.id} is a baseline for comparison ({recipe_of(run).architecture.kind}): only networks are "
            "published. Train a network."
        )
    if not (run.artifacts / MODEL).is_file():
        raise InputError(f"run {run.id} is {run.status().state} and has no network yet. Let it come to its end first.")
    taken = next((entry for entry in registry.models() if entry.name == name), None)
    if taken is not None and not replace:
        raise InputError(f"There is a model called {name} already. Take another name.")
    ships = taken is not None and taken.folder == settings().models
    # Into models/ itself, a model that ships may be made anew.
    if ships and (folder or settings().home / "models").resolve() != settings().models.resolve():
        raise InputError(f"{name} is the name of a model that ships with Classmood. Take another name.")


def new_publishing_run(trained: Run, name: str, int8: bool = False, default: bool = False) -> Run:
    """Make the run that publishes another run; ``fer.runs.worker.start`` sets it going.

    Args:
        trained: A finished training.
        name: What the model is to be called.
        int8: Whether it is served in eight bits.
        default: Whether it is taken wherever no model is named.

    Raises:
        InputError: If it cannot be published under that name.
        StorageError: If a folder is damaged or cannot be written.
    """
    check_publishable(trained, name)
    return Run.create(JOB, "quick", {"run": trained.id, "name": name, "int8": int8, "default": default})
