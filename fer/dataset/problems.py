"""What a reader could not use, each with its place: the rest is read all the same."""

from __future__ import annotations

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
