"""Where a command writes its one JSON document."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def progress_line(name: str = "") -> Iterator[Callable[[float, str], None]]:
    """Give a progress that says on a terminal, on standard error, how far it is, and nothing elsewhere.

    It is one line, which is gone afterwards.

    Args:
        name: What it begins with.
    """
    if not sys.stderr.isatty():
        yield lambda share, doing: None
        return
    # A line that wraps cannot be written over.
    width = shutil.get_terminal_size().columns - 1

    def show(share: float, doing: str) -> None:
        typer.echo(f"\r{f'{name} {share:4.0%} {doing}'.strip()[:width]:<{width}}", nl=False, err=True)

    try:
        yield show
    finally:
        typer.echo(f"\r{'':<{width}}\r", nl=False, err=True)
