"""What can be published, and the run that does it; what its worker does is in ``publishing_job``.

Pages import this module, so it leads to no Keras.
"""

from __future__ import annotations

import re

from fer import registry
from fer.errors import InputError
from fer.runs.folder import Run
from fer.training.run import KIND, MODEL, recipe_of

JOB = "publishing"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
ENTRY = "entry.json"


def check_publishable(run: Run, name: str, replace: bool = False) -> None:
    """Make sure that a run can be published under a name.

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
    if not replace and any(entry.name == name for entry in registry.models()):
        raise InputError(f"There is a model called {name} already. Take another name.")


def new_publishing_run(trained: Run, name: str, int8: bool = False) -> Run:
    """Make the run that publishes another run; ``fer.runs.worker.start`` sets it going.

    Raises:
        InputError: If it cannot be published under that name.
        StorageError: If a folder is damaged or cannot be written.
    """
    check_publishable(trained, name)
    return Run.create(JOB, "quick", {"run": trained.id, "name": name, "int8": int8})
