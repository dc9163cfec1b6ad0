"""Where a command writes its one JSON document."""

from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import typer

from fer.errors import StorageError


def check_place(target: str | None) -> None:
    """Make sure that a document can be written there, before minutes of work.

    Raises:
        StorageError: If it cannot.
    """
    if target in (None, "-"):
        return
    path = Path(str(target))
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as problem:
        raise StorageError(f"{target} cannot be written ({problem.strerror}). Name another file.") from problem


def write_json(document: dict[str, Any], target: str | None) -> None:
    """Write a document to a file or, for ``-``, to standard output; None writes nothing.

    Raises:
        StorageError: If the file cannot be written.
    """
    if target is None:
        return
    # A name that is no text, as Linux allows, becomes \udc… in JSON, which readers understand.
    text = json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n"
    if target == "-":
        typer.echo(text, nl=False)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as problem:
        raise StorageError(f"{target} cannot be written ({problem.strerror}). Name another file.") from problem


def say(line: str, json_to: str | None) -> None:
    """Print a line for people, unless standard output carries the JSON."""
    typer.echo(line, file=sys.stderr if json_to == "-" else sys.stdout)
