"""From a finished run to a model that every page offers: the checks before, and the job that a page starts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fer import registry
from fer.errors import InputError
from fer.runs.files import replace_text
from fer.runs.folder import Run
from fer.settings import settings
from fer.training.material import DEMO, DataSource, Material, identity_of, prepare, refuse_other, title_of
from fer.training.recipe import Recipe
from fer.training.recipe_files import changes_between, preset_names, read_recipe
from fer.training.run import KIND, MODEL, data_of, recipe_of

JOB = "publishing"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
ENTRY = "entry.json"
LICENCE = "as its training data's"


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


def new_publishing_run(trained: Run, name: str) -> Run:
    """Make the run that publishes another run; ``fer.runs.worker.start`` sets it going.

    Raises:
        InputError: If it cannot be published under that name.
        StorageError: If a folder is damaged or cannot be written.
    """
    check_publishable(trained, name)
    return Run.create(JOB, "quick", {"run": trained.id, "name": name})


def run(run: Run) -> bool:
    """Publish as the run's config says; leaves ``artifacts/entry.json``."""
    config = run.config()
    run.update(message=f"Exporting and measuring {config['name']}.")
    entry = publish_run(Run.open(config["run"]), config["name"])
    replace_text(run.artifacts / ENTRY, json.dumps(entry))
    return True


def publish_run(
    trained: Run,
    name: str,
    *,
    folder: Path | None = None,
    default: bool = False,
    replace: bool = False,
    licence: str = LICENCE,
) -> dict[str, Any]:
    """Export a run's network, calibrate and measure it, and enter it in a manifest.

    Args:
        trained: A finished training.
        name: What the model is called.
        folder: Holds manifest.json; FER_HOME/models by default.
        default: Whether it is taken when no model is named.
        replace: Whether a model of that name is replaced.
        licence: Of the weights.

    Returns:
        The manifest entry.

    Raises:
        InputError: If it cannot be published under that name.
        DataError: If its data is gone or is not what it was.
        ModelError: If the export answers otherwise than Keras does, or is too large.
    """
    from fer.training.publish import publish

    check_publishable(trained, name, replace)
    recipe, source = recipe_of(trained), DataSource.of(trained.config())
    opened = source.open()
    identity = identity_of(opened)
    refuse_other(data_of(trained) or identity, identity)
    material = prepare(opened.faces, recipe)
    votes = "; targets mixed with FER+'s crowd votes (MIT)" if source.votes and recipe.votes else ""
    facts = {
        "data": title_of(identity, opened.faces.split("Training")) + votes,
        "split": split_words(material),
        "licence": licence,
        "command": command_of(recipe, source),
    }
    goal = folder or settings().home / "models"
    return publish(
        trained.artifacts / MODEL, opened.faces, material, name=name, folder=goal, facts=facts, default=default
    )


def split_words(material: Material) -> str:
    """Return which faces a network learned from, and where its confidences come from."""
    learned = f"Training ({len(material.training):,} faces"
    if len(material.held_out):
        n = len(material.held_out)
        return f"{learned}; {n:,} more were held out, and temperature and unsure_below fitted on them)"
    return f"{learned}); temperature and unsure_below fitted on {material.validation_name}"


def command_of(recipe: Recipe, source: DataSource) -> str:
    """Return the command that repeats a training: the nearest preset, and what was set otherwise."""
    changes = {name: changes_between(read_recipe(name), recipe) for name in preset_names()}
    nearest = min(changes, key=lambda name: len(changes[name]))
    words = ["python -m fer train", source.data if source.data == DEMO else Path(source.data).name]
    if source.votes:
        words.append(f"--votes {Path(source.votes).name}")
    return " ".join([*words, f"--recipe {nearest}", *(f"--set '{change}'" for change in changes[nearest])])
