"""``python -m fer speech``: the emotion of each stretch of recorded speech."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from fer.commands.output import check_place, say, write_json
from fer.errors import FerError, InputError, StorageError


def speech(
    inputs: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recordings of speech, or folders of them.")],
    model: Annotated[str | None, typer.Option(help="A speech model of 'python -m fer models'.")] = None,
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="Results; - is standard output.")
    ] = None,
    csv_to: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="One row a window.")] = None,
) -> None:
    """Name the emotion that each stretch of recorded speech sounds like."""
    from fer.audio.classify import open_classifier
    from fer.audio.pipeline import analyze_speech
    from fer.audio.report import csv_text, speech_rows

    files = list(_files_of(inputs))
    targets = [Path(target) for target in (json_to, csv_to) if target not in (None, "-")]
    _keep_inputs(files, targets)
    for target in targets:
        check_place(str(target))
    classifier = open_classifier(model)
    documents: list[dict[str, Any]] = []
    table: list[str] = [csv_text([])]
    for path in files:
        try:
            found = analyze_speech(path, str(path), classifier, _progress_words())
        except FerError as problem:
            documents.append({"input": str(path), "error": str(problem)})
            table.append(csv_text(documents[-1:], header=False))
            typer.echo(str(problem), err=True)
            continue
        documents.append(found.as_json())
        table.append(csv_text(speech_rows(found), header=False))
        say(f"{path}: {_in_words(documents[-1])}", json_to)
    write_json({"schema": 1, "files": documents}, json_to)
    if csv_to is not None:
        _write_table("".join(table), csv_to)
    raise typer.Exit(2 if any("error" in document for document in documents) else 0)


def _in_words(document: dict[str, Any]) -> str:
    unsure = "unsure, " if document["unsure"] else ""
    notes = "".join(f" {note}" for note in document.get("notes", ()))
    count = len(document["windows"])
    return (
        f"{unsure}{document['emotion']} {document['confidence']:.0%} "
        f"({document['speech_s']:g} s of speech in {document['duration_s']:g} s, {count} window{'s' * (count != 1)})."
        f"{notes}"
    )


def _files_of(inputs: list[Path]) -> Iterator[Path]:
    """Yield files, and of a folder the recordings in it; one that gives none is left to be refused by its name."""
    from fer.audio.read import SOUND_SUFFIXES

    for path in inputs:
        try:
            inside = sorted(file for file in path.iterdir() if file.suffix.lower() in SOUND_SUFFIXES)
        except OSError:
            # No folder, or one that may not be entered: reading it says why.
            inside = []
        yield from inside or [path]


def _keep_inputs(files: list[Path], targets: list[Path]) -> None:
    for target in targets:
        for path in files:
            if target.exists() and path.exists() and target.samefile(path):
                raise InputError(f"{target} is one of the inputs and would be overwritten. Name another file.")


def _write_table(text: str, target: Path) -> None:
    try:
        target.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as problem:
        raise StorageError(f"{target} cannot be written ({problem.strerror}). Name another file.") from problem


def _progress_words() -> Callable[[float | None, str], None] | None:
    if not sys.stderr.isatty():
        return None
    return lambda share, reached: typer.echo(f"\r{share or 0:4.0%}, at {reached:<12}\r", nl=False, err=True)
