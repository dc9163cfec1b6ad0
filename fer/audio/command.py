"""``python -m fer speech``: the pages' own code, without the page. Nothing heavy is imported before it runs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from fer.errors import FerError, InputError, StorageError


def speech(
    inputs: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recordings of speech, or folders of them.")],
    model: Annotated[str | None, typer.Option(help="A speech model of 'python -m fer models'.")] = None,
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="Results; - is standard output.")
    ] = None,
    csv_to: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="One row a recording and window.")
    ] = None,
) -> None:
    """Name the emotion of each stretch of recorded speech."""
    from fer.audio.classify import open_classifier
    from fer.audio.pipeline import analyze_speech
    from fer.audio.report import csv_text, speech_rows

    files = list(_files_of(inputs))
    _keep_inputs(files, [Path(json_to)] if json_to not in (None, "-") else [], csv_to)
    classifier = open_classifier(model)
    failed = 0
    with ExitStack() as stack:
        json_out = _opened(stack, json_to)
        csv_out = _opened(stack, csv_to)
        _write(json_out, '{"schema": 1, "files": [')
        _write(csv_out, csv_text([]))
        for number, path in enumerate(files):
            document: dict[str, Any]
            try:
                found = analyze_speech(path, str(path), classifier)
                document, rows = found.as_json(), list(speech_rows(found))
                line = f"{path}: {_in_words(document)}"
                if json_to != "-":
                    typer.echo(line)
            except FerError as problem:
                failed += 1
                document = {"input": str(path), "error": str(problem)}
                rows = [document]
                typer.echo(str(problem), err=True)
            _write(json_out, (",\n" if number else "\n") + json.dumps(document, ensure_ascii=False))
            _write(csv_out, csv_text(rows, header=False))
        _write(json_out, "\n]}\n")
    raise typer.Exit(2 if failed else 0)


def _in_words(document: dict[str, Any]) -> str:
    unsure = "unsure, " if document["unsure"] else ""
    notes = "".join(f" {note}" for note in document.get("notes", ()))
    count = len(document["windows"])
    return (
        f"{unsure}{document['emotion']} {document['confidence']:.0%} "
        f"({document['speech_s']:g} s of speech in {document['duration_s']:g} s, {count} window{'s' * (count != 1)})"
        f"{'.' if notes else ''}{notes}"
    )


def _files_of(inputs: Iterable[Path]) -> Iterable[Path]:
    """Yield files, and of a folder the recordings in it; a folder without any is left to be refused by name."""
    from fer.audio.read import SOUND_SUFFIXES

    for path in inputs:
        try:
            inside = sorted(file for file in path.iterdir() if file.suffix.lower() in SOUND_SUFFIXES)
        except OSError:
            # No folder, or one that may not be entered: reading it says why.
            inside = []
        yield from inside or [path]


def _keep_inputs(files: list[Path], targets: list[Path], csv_to: Path | None) -> None:
    for target in targets + ([csv_to] if csv_to is not None else []):
        for path in files:
            if target.exists() and path.exists() and target.samefile(path):
                raise InputError(f"{target} is one of the inputs and would be overwritten. Name another file.")


def _opened(stack: ExitStack, target: str | Path | None) -> TextIO | None:
    if target is None:
        return None
    # A name that is no text, as Linux allows, becomes \udc… in JSON, which readers understand.
    if target == "-":
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        return sys.stdout
    try:
        return stack.enter_context(Path(target).open("w", encoding="utf-8", errors="backslashreplace", newline=""))
    except OSError as problem:
        raise StorageError(
            f"{target} cannot be written ({problem.strerror or problem}). Name another file."
        ) from problem


def _write(out: TextIO | None, text: str) -> None:
    if out is not None:
        out.write(text)
        out.flush()
