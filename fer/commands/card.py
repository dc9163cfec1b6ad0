"""``python -m fer card``: a model's card, from its manifest and from faces that it is measured on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer.errors import InputError, StorageError

if TYPE_CHECKING:
    from fer.evaluation.evaluated import Evaluated


def card(
    model: Annotated[str, typer.Argument(help="A model of 'python -m fer models'.")],
    data: Annotated[
        Path | None, typer.Argument(help="Faces to measure a face model on, or demo; left out: the manifest's figures.")
    ] = None,
    usage: Annotated[str, typer.Option(help="Which rows: PublicTest, PrivateTest, test or all.")] = "PublicTest",
    to: Annotated[Path, typer.Option(help="The folder for NAME.html and NAME.md.")] = Path(),
) -> None:
    """Write a model's card as HTML and Markdown: data, recipe, figures with intervals, failures, what it is for."""
    from fer.evaluation.card import FORMATS, card_of
    from fer.registry import models
    from fer.runs.files import replace_text

    entry = next((one for one in models() if one.name == model), None)
    if entry is None:
        raise InputError(f"There is no model called {model}. There are: {', '.join(one.name for one in models())}.")
    if data is not None and entry.kind != "face":
        raise InputError(f"{model} is a {entry.kind} model: leave DATA out, its card has the manifest's figures.")
    measured = None if data is None else _measured(model, data, usage)
    written = card_of(entry, measured)
    try:
        to.mkdir(parents=True, exist_ok=True)
        for form in FORMATS:
            replace_text(to / f"{model}.{form}", written.text(form))
    except OSError as problem:
        raise StorageError(f"{to} cannot be written ({problem.strerror or problem}). Name another folder.") from problem
    typer.echo(f"{to / model}.html and .md")


def _measured(model: str, data: Path, usage: str) -> Evaluated:
    from fer.commands.evaluate import open_data, origin_of
    from fer.evaluation.evaluated import ask, candidate_of, known_answers, part_of_data
    from fer.evaluation.served import judged_model
    from fer.registry import find

    opened = open_data(data, usage)
    part, candidate = part_of_data(opened, usage), candidate_of(find(model, "face"))
    origin = origin_of(data)
    known = known_answers(candidate, origin, opened, part)
    return known or ask(candidate, judged_model(model, os.cpu_count() or 1), origin, opened, part)
