"""Train, compare and evaluate from the command line: ``python -m fer.audio --help``."""

from __future__ import annotations

import logging
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from fer.errors import FerError, InputError

app = typer.Typer(add_completion=False, help="Train the speech model and judge it.", pretty_exceptions_enable=False)
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
Data = Annotated[Path, typer.Argument(help="A folder with ravdess and emodb in it, or one of both.")]


@app.command()
def train(
    data: Data,
    name: Annotated[str, typer.Option(help="What the model is called.")],
    folder: Annotated[Path | None, typer.Option(help="Holds manifest.json; FER_HOME/models by default.")] = None,
    default: Annotated[bool, typer.Option(help="Take it when no speech model is named.")] = False,
    recipe: Annotated[Path | None, typer.Option(help="A JSON file with what differs from the defaults.")] = None,
) -> None:
    """Judge by speakers left out, learn from all, publish; works in a run folder, Ctrl+C or its stop file stops it."""
    from pydantic import ValidationError

    from fer.audio.networks import SpeechRecipe
    from fer.runs import worker
    from fer.runs.folder import Run

    if not NAME.fullmatch(name):
        raise InputError(f"a model's name has small letters, digits and hyphens; {name!r} came.")
    try:
        chosen = SpeechRecipe.model_validate_json(recipe.read_bytes()) if recipe else SpeechRecipe()
    except (OSError, ValidationError) as problem:
        raise InputError(f"{recipe} is not a recipe: {problem}") from problem
    changed = chosen.model_dump(mode="json", exclude_defaults=True)
    command = f"python -m fer.audio train {data.name} --name {name}"
    config: dict[str, Any] = {
        "data": str(data.resolve()),
        "name": name,
        "folder": str(folder.resolve()) if folder else None,
        "default": default,
        "command": command + (f" --recipe RECIPE, with RECIPE holding {changed}" if changed else ""),
        "recipe": chosen.model_dump(mode="json"),
    }
    run = Run.create("speech_training", "train", config)
    worker.make_ready(run)
    typer.echo(f"run {run.id} in {run.folder}")
    _quiet()
    code = worker.main([str(run.folder)])
    for figures in run.metrics()[0]:
        for split, values in figures.items():
            typer.echo(f"{split}: {_short(values)}")
    status = run.status()
    typer.echo(f"{status.state}: {status.message}" if status.message else status.state)
    raise typer.Exit(code)


@app.command()
def compare(
    data: Data,
    models: Annotated[str, typer.Option(help="Names with commas between them; all by default.")] = "",
) -> None:
    """Compare models on speakers left out, and show what a random split would have claimed."""
    from fer.audio.comparison import compare_models
    from fer.audio.corpora import read_corpora
    from fer.audio.models import CANDIDATES

    _quiet()
    names = [name.strip() for name in models.split(",") if name.strip()] or list(CANDIDATES)
    rows = compare_models(read_corpora(data), names, lambda share, sentence: None, lambda: False)
    for row in rows:
        for corpus, figures in row["figures"].items():
            claim = f"a random split claims {row['random_split'][corpus]:.3f}"
            typer.echo(f"{row['title']}, {corpus}: {_short(figures)}; {claim}; {row['seconds']:.1f} s")


@app.command()
def evaluate(
    data: Data,
    model: Annotated[str | None, typer.Option(help="A speech model; the default one if none is named.")] = None,
) -> None:
    """Answer every clip of a folder with a published model: meant for speakers that it did not learn from."""
    from fer.audio.corpora import read_corpora
    from fer.audio.evaluation import evaluate_model

    for corpus, figures in evaluate_model(read_corpora(data), model).items():
        typer.echo(f"{corpus}: {_short(figures)}")
        typer.echo("  recall: " + ", ".join(f"{name} {value}" for name, value in figures["recall"].items()))


@app.command()
def samples() -> None:
    """Speak the page's samples again, with eSpeak NG."""
    from fer.audio.samples import make_samples

    for path in make_samples():
        typer.echo(path.name)


def _quiet() -> None:
    """Keep TensorFlow and the exporter from telling of their own work between our lines."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name in ("tensorflow", "tf2onnx"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _short(figures: dict[str, Any]) -> str:
    spread = f" (folds ± {figures['uar_deviation']:.3f})" if figures.get("uar_deviation") else ""
    return (
        f"UAR {figures['uar']:.3f}{spread}, accuracy {figures['accuracy']:.3f}, {figures['n']:,} clips of "
        f"{figures['speakers']} speakers"
    )


def main() -> None:
    """Run the command; a FerError becomes a sentence and exit code 2."""
    try:
        app()
    except FerError as problem:
        typer.echo(str(problem), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
