"""``python -m fer dataset``: read a data set of faces, say what is wrong with it, and write it in other forms."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from fer.commands.output import check_place, say, write_json


def dataset(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="fer2013.csv, a folder of images, .zip, .gz or .npz.")],
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="Counts and findings; - is standard output.")
    ] = None,
    clean_to: Annotated[
        Path | None, typer.Option("--clean", metavar="FILE", help="A list of the faces that training leaves out.")
    ] = None,
    csv_to: Annotated[Path | None, typer.Option("--to-csv", metavar="FILE", help="Write it as fer2013.csv.")] = None,
    folders_to: Annotated[
        Path | None, typer.Option("--to-folders", metavar="DIR", help="Write it as Kaggle's folders of images.")
    ] = None,
    png: Annotated[bool, typer.Option("--png", help="PNG in those folders: JPEG changes pixels a little.")] = False,
    votes: Annotated[Path | None, typer.Option(metavar="FILE", help="FER+'s fer2013new.csv, to be joined.")] = None,
    split: Annotated[
        str | None, typer.Option(metavar="A,B", help="Shares of PublicTest and PrivateTest where none are named.")
    ] = None,
) -> None:
    """Read FER2013 or any faces by class, say what is wrong with them, and write them in other forms."""
    from fer.dataset.command import Wanted, examine

    target = None if json_to in (None, "-") else Path(str(json_to))
    wanted = Wanted(
        data, votes, split, clean_to, csv_to, folders_to, "png" if png else "jpg", target, json_to is not None
    )
    check_place(json_to)
    write_json(examine(wanted, lambda line: say(line, json_to), _progress_words()), json_to)


def _progress_words() -> Callable[[float, str], None]:
    def show(share: float, doing: str) -> None:
        if sys.stderr.isatty():
            end = "\n" if share >= 1 else ""
            typer.echo(f"\r{share:4.0%} {doing[:60]:<60}{end}", nl=False, err=True)

    return show
