"""What the checks say: one form for all of them, from an identical pair to a label that looks wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import USAGES, FaceSet
from fer.emotions import EMOTIONS

if TYPE_CHECKING:
    import pandas as pd

RowArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class KindText:
    """How a kind of finding is called on the screen, and what it means."""

    title: str
    meaning: str


KINDS: dict[str, KindText] = {
    "exact_duplicate": KindText("Identical images", "The same image stands there more than once, pixel for pixel."),
    "exact_leak": KindText(
        "Identical images in two splits", "A network is tested on an image that it has seen while it learned."
    ),
    "exact_conflict": KindText("Identical images, other labels", "The same image, but people named it differently."),
    "near_duplicate": KindText(
        "The same photograph twice", "Cut a few pixels beside, lighter or darker, with a watermark, or saved anew."
    ),
    "near_leak": KindText(
        "The same photograph in two splits", "A network is tested on a photograph that it has seen while it learned."
    ),
    "near_conflict": KindText(
        "The same photograph, other labels", "The same photograph, but people named it differently."
    ),
    "blank": KindText("Blank", "Every pixel has the same grey."),
    "nearly_blank": KindText(
        "Nearly blank", "Three quarters of the pixels have almost the same grey: mostly placeholders."
    ),
    "not_a_face": KindText(
        "Not a face?", "The detector sees no face, and the network does not know what to make of it."
    ),
    "suspect_label": KindText(
        "Suspect labels", "What the network sees in the faces speaks for another emotion than the label."
    ),
}
"""Every kind of finding, in the order in which they are shown."""

STRUCTURAL = tuple(KINDS)[:8]
"""Found on pixels, labels and splits alone."""
BY_MODEL = tuple(KINDS)[8:]
"""Found with the detector and the network."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or may be.

    Attributes:
        kind: A name of ``KINDS``.
        rows: The rows that it is about, counted from 0, ascending.
        reason: One sentence.
        leave_out: Those of the rows that a clean list leaves out for it.
        score: How sure or how strong, in [0, 1], higher is surer: a correlation, a share of pixels, one minus the
            label's probability. 1 where there is nothing to doubt.
    """

    kind: str
    rows: tuple[int, ...]
    reason: str
    leave_out: tuple[int, ...]
    score: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not self.rows or not set(self.leave_out) <= set(self.rows):
            raise ValueError(f"no such kind, no rows, or rows left out that it is not about: {self}")


@dataclass(frozen=True)
class Findings:
    """All that was found in one data set.

    Attributes:
        items: The findings, kind by kind.
        n: How many rows the data set has.
    """

    items: tuple[Finding, ...]
    n: int

    def __post_init__(self) -> None:
        if any(finding.rows[0] < 0 or finding.rows[-1] >= self.n for finding in self.items):
            raise ValueError(f"a finding is about a row that is not among the {self.n}")

    def __len__(self) -> int:
        return len(self.items)

    def __add__(self, other: Findings) -> Findings:
        """Join what was found by two checks of the same data set."""
        if self.n != other.n:
            raise ValueError(f"findings of {self.n} and of {other.n} rows do not belong together")
        return Findings(self.items + other.items, self.n)

    def of(self, *kinds: str) -> Findings:
        """Return the findings of some kinds, surest first within a kind."""
        chosen = sorted((f for f in self.items if f.kind in kinds), key=lambda f: (kinds.index(f.kind), -f.score))
        return Findings(tuple(chosen), self.n)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return for each kind how many ``findings`` there are and how many ``images`` they are about."""
        return {
            kind: {
                "findings": sum(finding.kind == kind for finding in self.items),
                "images": len(self.rows_of(kind)),
            }
            for kind in KINDS
        }

    def rows_of(self, *kinds: str) -> RowArray:
        """Return the rows that findings of some kinds are about, ascending, each once."""
        return _rows(finding.rows for finding in self.items if finding.kind in kinds)

    def left_out_by(self, *kinds: str) -> RowArray:
        """Return the rows that a clean list of some kinds leaves out, ascending, each once."""
        return _rows(finding.leave_out for finding in self.items if finding.kind in kinds)

    @cached_property
    def _by_row(self) -> dict[int, list[Finding]]:
        table: dict[int, list[Finding]] = {}
        for finding in self.items:
            for row in finding.rows:
                table.setdefault(row, []).append(finding)
        return table

    def for_row(self, row: int) -> tuple[Finding, ...]:
        """Return what was found about one image."""
        return tuple(self._by_row.get(row, ()))

    def as_json(self, faces: FaceSet, about: Mapping[str, Any]) -> dict[str, Any]:
        """Return the findings as they are kept and downloaded.

        Args:
            faces: The data set, for the names of its rows.
            about: What it is: ``name`` and ``sha256``.
        """
        sources = faces.source.tolist()
        return {
            "schema": 1,
            "data": {**about, "rows": self.n},
            "findings": [
                {
                    "kind": finding.kind,
                    "rows": list(finding.rows),
                    "sources": [sources[row] for row in finding.rows],
                    "reason": finding.reason,
                    "leave_out": list(finding.leave_out),
                    "score": round(finding.score, 4),
                }
                for finding in self.items
            ],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Findings:
        """Read back what ``as_json`` wrote.

        Raises:
            KeyError, TypeError or ValueError: If it is something else.
        """
        items = tuple(
            Finding(item["kind"], tuple(item["rows"]), item["reason"], tuple(item["leave_out"]), item["score"])
            for item in document["findings"]
        )
        return cls(items, document["data"]["rows"])

    def as_table(self, faces: FaceSet) -> pd.DataFrame:
        """Return one line for each finding and image: finding, kind, row, source, emotion, usage, reason, left out."""
        import pandas as pd

        lines = [
            (
                number,
                finding.kind,
                row,
                str(faces.source[row]),
                EMOTIONS[faces.labels[row]],
                USAGES[faces.usage[row]],
                finding.reason,
                row in finding.leave_out,
                round(finding.score, 4),
            )
            for number, finding in enumerate(self.items, 1)
            for row in finding.rows
        ]
        columns = ["finding", "kind", "row", "source", "emotion", "usage", "reason", "leave_out", "score"]
        return pd.DataFrame(lines, columns=columns)


def _rows(parts: Iterable[tuple[int, ...]]) -> RowArray:
    return np.array(sorted({row for part in parts for row in part}), np.intp)
