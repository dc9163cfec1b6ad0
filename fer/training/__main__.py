"""Train and publish from the command line: ``python -m fer.training --help``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from fer.errors import FerError, InputError
from fer.settings import settings

app = typer.Typer(add_completion=False, help="Train the face network and publish it.", pretty_exceptions_enable=False)
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
Data = Annotated[Path, typer.Argument(help="fer2013.csv, or its compact form fer2013.npz.")]


@app.command()
def train(
    data: Data,
    votes: Annotated[Path | None, typer.Option(help="FER+'s fer2013new.csv.")] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="A JSON file with what differs from the recipe's defaults.")
    ] = None,
    resume: Annotated[str | None, typer.Option(help="The id of a run that was stopped or interrupted.")] = None,
) -> None:
    """Train in a run folder under FER_HOME; stop it with Ctrl+C or the run's stop file, go on with --resume."""
    from fer.runs import worker
    from fer.runs.folder import Run
    from fer.training.recipe import Recipe

    if resume:
        run = Run.open(resume)
    else:
        try:
            chosen = Recipe.model_validate_json(recipe.read_bytes()) if recipe else Recipe()
        except (OSError, ValidationError) as problem:
            raise InputError(f"{recipe} is not a recipe: {problem}") from problem
        config = {
            "data": str(data.resolve()),
            "votes": str(votes.resolve()) if votes else None,
            "recipe": chosen.model_dump(mode="json"),
        }
        run = Run.create("training", "train", config)
    worker.make_ready(run)
    typer.echo(f"run {run.id} in {run.folder}")
    code = worker.main([str(run.folder)])
    typer.echo(f"{run.status().state}: {run.status().message}")
    raise typer.Exit(code)


@app.command()
def publish(
    data: Data,
    run: Annotated[str, typer.Option(help="The id of a finished training run.")],
    name: Annotated[str, typer.Option(help="What the model is called.")],
    folder: Annotated[Path | None, typer.Option(help="Holds manifest.json; FER_HOME/models by default.")] = None,
    default: Annotated[bool, typer.Option(help="Take it when no model is named.")] = False,
) -> None:
    """Export a run's network to ONNX, calibrate and measure it on PublicTest, and enter it in a manifest."""
    from fer.dataset.read import read_fer2013
    from fer.runs.folder import Run
    from fer.training.job import input_spec
    from fer.training.publish import publish as publish_file
    from fer.training.recipe import Recipe

    if not NAME.fullmatch(name):
        raise InputError(f"a model's name has small letters, digits and hyphens; {name!r} came.")
    trained = Run.open(run)
    config = trained.config()
    model = trained.artifacts / "model.keras"
    if not model.is_file():
        raise InputError(f"run {run} is {trained.status().state} and has no model.keras yet. Resume it first.")
    recipe, faces = Recipe(**config["recipe"]), read_fer2013(data)
    votes = config["votes"]
    changed = recipe.model_dump(mode="json", exclude_defaults=True)
    facts = {
        "data": "FER2013" + ("; targets mixed with FER+'s crowd votes (MIT)" if votes else ""),
        "split": f"Training ({len(faces.split('Training').labels):,} faces); "
        "temperature and unsure_below fitted on PublicTest",
        "licence": "MIT",
        "command": f"python -m fer.training train {data.name}"
        + (f" --votes {Path(votes).name}" if votes else "")
        + (f" --recipe RECIPE, with RECIPE holding {changed}" if changed else ""),
    }
    spec = input_spec(faces.split("Training"), recipe)
    goal = folder or settings().home / "models"
    entry = publish_file(model, faces, spec, name=name, folder=goal, facts=facts, default=default)
    typer.echo(f"{name}: {entry['figures']['PublicTest']}")


@app.command()
def neutral(
    data: Data,
    name: Annotated[str | None, typer.Option(help="A face model; the default one if none is named.")] = None,
    usage: Annotated[str, typer.Option(help="Training is what baselines are held against; others are printed.")] = "",
) -> None:
    """Measure what a model answers to neutral faces, and write it into its manifest (Training split)."""
    from fer import registry
    from fer.dataset.faceset import USAGES
    from fer.dataset.read import read_fer2013
    from fer.training import neutral as measuring

    if usage not in ("", *USAGES):
        raise InputError(f"--usage is one of {', '.join(USAGES)}; {usage!r} came.")
    entry = registry.find(name, "face")
    mean = measuring.measure(entry.name, read_fer2013(data), usage or measuring.USAGE)
    if not usage:
        measuring.enter(entry.folder / "manifest.json", entry.name, mean)
    typer.echo(f"{entry.name}: " + ", ".join(f"{emotion} {share:.4f}" for emotion, share in mean.items()))


def main() -> None:
    """Run the command; a FerError becomes a sentence and exit code 2."""
    try:
        app()
    except FerError as problem:
        typer.echo(str(problem), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
