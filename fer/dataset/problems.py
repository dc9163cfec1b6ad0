"""What a reader could not use, each with its place: the rest is read all the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One row or file that was left out, or read otherwise than it stands.

    Attributes:
        kind: A word that programs can count by: ``pixel_count``, ``pixel_value``, ``label``, ``usage``,
            ``not_an_image``, and others that the readers name.
        source: Where: ``row 17``, or a file's name.
        message: One sentence: what was expected and what came.
    """

    kind: str
    source: str
    message: str

    def as_json(self) -> dict[str, str]:
        """Return the problem as the command line and downloads write it."""
        return {"kind": self.kind, "source": self.source, "message": self.message}


def problems_as_csv(problems: Iterable[Problem]) -> str:
    """Return problems as a table; a name that a spreadsheet would run as a formula begins with an apostrophe.

    >>> print(problems_as_csv([Problem("not_an_image", "=1+1.jpg", "No image.")]), end="")
    kind,source,message
    not_an_image,'=1+1.jpg,No image.
    """
    from fer.faces.report import neutral_cell

    out = io.StringIO()
    table = csv.DictWriter(out, ("kind", "source", "message"), lineterminator="\n")
    table.writeheader()
    table.writerows({key: neutral_cell(value) for key, value in problem.as_json().items()} for problem in problems)
    return out.getvalue()
