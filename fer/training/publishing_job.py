"""From a finished run to a model that every page offers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fer.dataset.origin import DEMO
from fer.runs.files import replace_text
from fer.runs.folder import Run
from fer.settings import settings
from fer.training.material import DataSource, Material, identity_of, prepare, refuse_other, title_of
from fer.training.publishing import ENTRY, LEAST_CALIBRATING, check_publishable
from fer.training.recipe import Recipe, models_words
from fer.training.recipe_files import changes_between, preset_names, read_recipe
from fer.training.run import MODEL, data_of, recipe_of, source_of

LICENCE = "as its training data's"


def run(run: Run) -> bool:
    """Publish as the run's config says; leaves ``artifacts/entry.json``."""
    config = run.config()
    run.update(message=f"Exporting and measuring {config['name']}.")
    trained, int8, default = Run.open(config["run"]), bool(config.get("int8")), bool(config.get("default"))
    entry = publish_run(trained, config["name"], int8=int8, default=default)
    replace_text(run.artifacts / ENTRY, json.dumps(entry))
    return True


def publish_run(
    trained: Run,
    name: str,
    *,
    folder: Path | None = None,
    default: bool = False,
    overwrite: bool = False,
    licence: str = LICENCE,
    int8: bool = False,
) -> dict[str, Any]:
    """Export a run's network, calibrate and measure it, and enter it in a manifest.

    Args:
        trained: A finished training.
        name: What the model is called.
        folder: Holds manifest.json; FER_HOME/models by default.
        default: Whether it is taken when no model is named.
        overwrite: Whether a model of that name is replaced.
        licence: Of the weights.
        int8: Whether it is served in eight bits: quicker, a little less exact.

    Returns:
        The manifest entry.

    Raises:
        InputError: If it cannot be published under that name.
        DataError: If its data is gone or is not what it was.
        ModelError: If the export answers otherwise than Keras does, or is too large.
    """
    check_publishable(trained, name, overwrite, folder)
    # Only now: Keras takes seconds to load.
    from fer.training.publish import publish

    recipe, source = recipe_of(trained), source_of(trained)
    opened = source.open()
    identity = identity_of(opened)
    refuse_other(data_of(trained) or identity, identity)
    material, public = prepare(opened.faces, recipe), opened.faces.split("PublicTest")
    more = "; targets mixed with FER+'s crowd votes (MIT)" if source.votes and recipe.votes else ""
    more += f"; without the rows of {Path(source.clean).name}" if source.clean else ""
    whole = source.whole().faces
    facts = {
        "data": title_of(identity, whole.split("Training")) + more,
        "split": split_words(material, recipe, len(public) > 0) + began_words(recipe),
        "licence": licence,
        "command": command_of(recipe, source),
    }
    goal = folder or settings().home / "models"
    if not on_held_out(recipe) and len(public):
        # The weights that it began with may have learned the held-out faces: it would seem surer than it may be.
        nobody = material.held_out.take(np.zeros(len(material.held_out), bool))
        material = replace(material, held_out=nobody, validation=public, validation_name="PublicTest")
    return publish(
        trained.artifacts / MODEL,
        opened.faces,
        material,
        name=name,
        folder=goal,
        facts=facts,
        default=default,
        int8=int8,
        seen=whole.split("Training"),
    )


def split_words(material: Material, recipe: Recipe, public: bool) -> str:
    """Return which faces a network learned from, and where its confidences come from.

    Args:
        material: As it was trained with.
        recipe: What was done.
        public: Whether the data has PublicTest rows.
    """
    learned = f"Training ({len(material.training):,} faces"
    if not len(material.held_out):
        return f"{learned}); temperature and unsure_below fitted on {material.validation_name}"
    n = len(material.held_out)
    if on_held_out(recipe):
        few = n < min(LEAST_CALIBRATING, len(material.validation))
        where = f"{material.validation_name}, since they are few" if few else "them"
        return f"{learned}; {n:,} more were held out, and temperature and unsure_below fitted on {where})"
    where = "PublicTest" if public else "them all the same: there is no PublicTest"
    return (
        f"{learned}; {n:,} more were held out, but not from what it began with, so temperature and unsure_below "
        f"were fitted on {where})"
    )


def on_held_out(recipe: Recipe) -> bool:
    """Return whether confidences are calibrated on the held-out faces."""
    return recipe.calibrate_on == "held_out" or not recipe.start_from


def began_words(recipe: Recipe) -> str:
    """Return what a network knew before."""
    parts = []
    if recipe.start_from:
        until = f" up to {recipe.start_until}" if recipe.start_until else ""
        parts.append(f"began with weights of {models_words(recipe.start_from)}{until}")
    if recipe.teacher:
        asked = {"face": "", "view": ", asked about each changed face", "clear": ", asked about each moved face"}
        of_it = f"{recipe.teacher_share:.0%} of each target came from {models_words(recipe.teacher)}"
        parts.append(of_it + asked[recipe.teacher_sees])
    return "".join(f"; {part}" for part in parts)


def command_of(recipe: Recipe, source: DataSource) -> str:
    """Return the command that repeats a training: the nearest preset, and what was set otherwise."""
    changes = {name: changes_between(read_recipe(name), recipe) for name in preset_names()}
    nearest = min(changes, key=lambda name: len(changes[name]))
    words = ["python -m fer train", source.data if source.data == DEMO else Path(source.data).name]
    if source.votes:
        words.append(f"--votes {Path(source.votes).name}")
    if source.clean:
        words.append(f"--clean {Path(source.clean).name}")
    return " ".join([*words, f"--recipe {nearest}", *(f"--set '{change}'" for change in changes[nearest])])
