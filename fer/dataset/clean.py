"""The clean list: which rows somebody chose to leave out, and why, as a small file that training takes.

    {"schema": 1,
     "data": {"name": "fer2013.csv", "sha256": "…", "rows": 35887},
     "left_out": [{"row": 59, "source": "row 60", "image": "1f2e3d4c5b6a", "reason": "nearly blank: 78 % of …"}]}

``row`` counts from 0, ``source`` is what people look up. ``image`` stands for the row's pixels: a list that belongs to
other data is noticed by it, whatever file the data came in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.finding import KINDS, Findings
from fer.dataset.opening import Opened
from fer.dataset.twins import image_digest
from fer.errors import DataError, InputError, StorageError
from fer.runs.files import replace_text

MOST_BYTES = 50_000_000
EXPECTED = "Expected a clean list, as the page Dataset and `python -m fer dataset DATA --clean FILE` write it"
DEFAULT_KINDS = ("exact_duplicate", "exact_leak", "near_leak", "blank", "nearly_blank", "not_a_face")
"""What is left out unless somebody chooses otherwise: what is there twice, known from the test, or shows nobody.
Suspect labels and different names for one face are for people to judge."""


class CleanData(BaseModel):
    """Which data a list is for."""

    name: str
    sha256: str
    rows: int = Field(ge=0)


class LeftOut(BaseModel):
    """A row that is left out.

    Attributes:
        row: Counted from 0.
        source: As people look it up.
        image: What stands for its pixels.
        reason: Why.
    """

    row: int = Field(ge=0)
    source: str
    image: str = Field(pattern=r"^[0-9a-f]{12}$")
    reason: str


class CleanList(BaseModel):
    """A choice of rows to leave out."""

    model_config = ConfigDict(populate_by_name=True)

    schema_version: Literal[1] = Field(1, alias="schema")
    data: CleanData
    left_out: list[LeftOut]


def choose(
    opened: Opened,
    findings: Findings,
    kinds: Iterable[str] = DEFAULT_KINDS,
    usages: Iterable[str] = ("Training",),
    spared: Iterable[int] = (),
) -> CleanList:
    """Make a clean list from what was found.

    Args:
        opened: The data set.
        findings: What was found in it.
        kinds: Kinds of findings whose rows are left out.
        usages: Splits from which rows are left out. PublicTest and PrivateTest stay whole by default: figures on a test
            that somebody shortened can be compared with nobody's.
        spared: Rows that stay in any case, because somebody looked at them.

    Raises:
        InputError: If there is no such kind or split.
    """
    kinds, usages = list(kinds), list(usages)
    if unknown := [*(kind for kind in kinds if kind not in KINDS), *(name for name in usages if name not in USAGES)]:
        raise InputError(f"there is no {', '.join(unknown)}. Kinds: {', '.join(KINDS)}; splits: {', '.join(USAGES)}.")
    faces, stays = opened.faces, set(spared)
    chosen = np.isin(faces.usage, [USAGES.index(name) for name in usages])
    reasons: dict[int, list[str]] = {}
    for finding in findings.of(*kinds).items:
        for row in finding.leave_out:
            if chosen[row] and row not in stays:
                reasons.setdefault(row, []).append(f"{KINDS[finding.kind].title}: {finding.reason}")
    left_out = [
        LeftOut(row=row, source=str(faces.source[row]), image=_image(faces, row), reason=" ".join(reasons[row]))
        for row in sorted(reasons)
    ]
    return CleanList(data=CleanData(name=opened.name, sha256=opened.sha256, rows=len(faces)), left_out=left_out)


def together(clean: CleanList, other: CleanList, faces: FaceSet, spared: Iterable[int] = ()) -> CleanList:
    """Return a list that leaves out what either of two does, each row with its reasons.

    Args:
        clean: Of this data.
        other: One that was made before, or by the Evaluate page.
        faces: The data.
        spared: Rows that stay in any case.

    Raises:
        DataError: If the other list belongs to other data.
    """
    kept_rows(faces, other)
    rows, stays = {entry.row: entry for entry in clean.left_out}, set(spared)
    for entry in other.left_out:
        known = rows.get(entry.row)
        if known is None:
            rows[entry.row] = entry
        elif entry.reason not in known.reason:
            rows[entry.row] = known.model_copy(update={"reason": f"{known.reason} {entry.reason}"})
    left_out = [rows[row] for row in sorted(rows) if row not in stays]
    return clean.model_copy(update={"left_out": left_out})


def clean_text(clean: CleanList) -> str:
    """Return a clean list as the file holds it, a row in a line."""
    head = clean.model_dump(by_alias=True, exclude={"left_out"})
    lines = ",\n".join("  " + row.model_dump_json() for row in clean.left_out)
    return f'{{"schema": {head["schema"]},\n "data": {json.dumps(head["data"])},\n "left_out": [\n{lines}\n ]}}\n'


def write_clean_list(path: Path, clean: CleanList) -> None:
    """Write a clean list.

    Raises:
        StorageError: If it cannot be written.
    """
    try:
        replace_text(path, clean_text(clean))
    except OSError as problem:
        raise StorageError(f"{path} cannot be written ({problem.strerror or problem}).") from problem


def read_clean_list(path: Path) -> CleanList:
    """Read a clean list.

    Raises:
        DataError: If it is missing or is something else.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path.name} has more than {MOST_BYTES / 1e6:.0f} MB. {EXPECTED}.")
        return parse_clean_list(path.read_bytes(), path.name)
    except FileNotFoundError as problem:
        raise DataError(f"{path}: there is no such file. {EXPECTED}.") from problem
    except OSError as problem:
        raise DataError(f"{path} cannot be read ({problem.strerror or problem}). Check its permissions.") from problem


def parse_clean_list(text: bytes, name: str) -> CleanList:
    """Read a clean list from what its file holds.

    Raises:
        DataError: If it is something else.
    """
    try:
        return CleanList.model_validate_json(text)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise DataError(f"{name}: {where} is wrong ({first['msg']}). {EXPECTED}.") from problem


def kept_rows(faces: FaceSet, clean: CleanList) -> npt.NDArray[np.bool_]:
    """Return which rows stay, shape ``(n,)``.

    Raises:
        DataError: If the list belongs to other data; the sentence names the difference.
    """
    name = clean.data.name
    if len(faces) != clean.data.rows:
        raise DataError(
            f"The clean list was made for {name} with {clean.data.rows:,} rows; this data has {len(faces):,}. "
            "Make a list for this data."
        )
    stays = np.ones(len(faces), bool)
    for entry in clean.left_out:
        if entry.row >= len(faces) or _image(faces, entry.row) != entry.image:
            raise DataError(
                f"The clean list was made for {name}: its {entry.source} (row {entry.row:,} counted from 0) shows "
                "another image than this data there. Make a list for this data."
            )
        stays[entry.row] = False
    return stays


def apply(faces: FaceSet, clean: CleanList) -> FaceSet:
    """Return a data set without the rows that a clean list leaves out.

    Raises:
        DataError: If the list belongs to other data, or leaves nothing.
    """
    stays = kept_rows(faces, clean)
    if len(faces) and not stays.any():
        raise DataError(f"The clean list leaves out all {len(faces):,} rows. Choose less to leave out.")
    return faces.take(stays)


def _image(faces: FaceSet, row: int) -> str:
    return image_digest(faces.images[row]).hex()[:12]
