"""What ``python -m fer text`` does: a file or standard input in, JSON and CSV out, a message at a time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from fer.errors import InputError
from fer.text.classify import open_text_classifier
from fer.text.report import CsvMessages, JsonMessages, Sink, Tally, read_file
from fer.text.sources import look

IN_MEMORY_BYTES = 16_000_000


@contextmanager
def opened(file: str, standard_input: BinaryIO) -> Iterator[BinaryIO]:
    """Open a file by its path, or what comes from standard input (``-``), which is put by so that it can be looked at.

    Raises:
        InputError: If there is no such file or it cannot be read.
    """
    if file == "-":
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES, prefix="classmood-") as kept:
            shutil.copyfileobj(standard_input, kept)
            yield cast("BinaryIO", kept)
        return
    try:
        source = Path(file).open("rb")  # noqa: SIM115 - closed below, and only opening it is this sentence's fault
    except IsADirectoryError as problem:
        raise InputError(f"{file} is a folder. Name one file with messages.") from problem
    except OSError as problem:
        raise InputError(f"{file} cannot be read ({problem.strerror or problem}). Check the path.") from problem
    with source:
        yield source


def read_named(
    file: str,
    standard_input: BinaryIO,
    column: str | None,
    model: str | None,
    persons: bool,
    json_out: TextIO | None,
    csv_out: TextIO | None,
    on_progress: Callable[[float, int], None] | None = None,
) -> tuple[Tally, str]:
    """Read a file's messages and write what was read in them.

    Args:
        file: A path, or ``-``.
        standard_input: What ``-`` stands for.
        column: A table's column that holds the messages.
        model: A text model; None: the default.
        persons: Whether persons are kept, as numbers.
        json_out: Where JSON goes; whatever happens, it is whole JSON in the end.
        csv_out: Where CSV goes.
        on_progress: Called with the share that is done and the number of messages.

    Returns:
        What was found, and what is wrong with the file in a sentence, or "".

    Raises:
        ModelError: If there is no such model or it is damaged.
    """
    classifier, tally = open_text_classifier(model), Tally()
    document = JsonMessages(json_out, persons) if json_out else None
    sinks: list[Sink] = [tally, *([document] if document else [])]
    sinks += [CsvMessages(csv_out, persons)] if csv_out else []
    name, wrong = "standard input" if file == "-" else file, ""
    try:
        with opened(file, standard_input) as source:
            read_file(source, look(source, name, column), classifier, sinks, on_progress)
    except InputError as problem:
        wrong = str(problem)
        if document:
            document.element({"input": file, "error": wrong})
    if document:
        document.end()
    return tally, wrong
