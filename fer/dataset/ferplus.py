"""FER+: ten votes of a crowd for each row of FER2013, joined to it by position."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import USAGES, FaceSet, row_numbers
from fer.dataset.reading import NO_USAGE
from fer.emotions import EMOTIONS, canonical
from fer.errors import DataError

FloatArray = npt.NDArray[np.float32]

COLUMNS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear")
EXPECTED = "Expected fer2013new.csv of FER+"
MOST_BYTES = 50_000_000


@dataclass(frozen=True)
class Votes:
    """FER+ as it stands in its file.

    Attributes:
        shares: Of the seven emotions in FER2013's order, shape ``(n, 7)``, float32, each row summing to 1, or to 0
            where no vote fell on one of the seven (contempt, unknown and no-face votes are left out).
        usage: Index into ``USAGES``, shape ``(n,)``, uint8.
    """

    shares: FloatArray
    usage: npt.NDArray[np.uint8]


def read_ferplus(path: Path) -> Votes:
    """Read ``fer2013new.csv``: a row for each of FER2013's, in its order.

    Raises:
        DataError: If it is missing or is something else.

    Sources:
        Barsoum et al. 2016, "Training Deep Networks for Facial Expression Recognition with Crowd-Sourced
        Label Distribution"; github.com/microsoft/FERPlus (MIT).
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path.name} has more than {MOST_BYTES / 1e6:.0f} MB. {EXPECTED}, which has 2 MB.")
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except FileNotFoundError as problem:
        raise DataError(f"{path}: there is no such file. {EXPECTED}.") from problem
    except OSError as problem:
        raise DataError(
            f"{path.name} cannot be read ({problem.strerror or problem}). Check its permissions."
        ) from problem
    except (UnicodeDecodeError, csv.Error) as problem:
        raise DataError(f"{path.name} cannot be read as CSV ({problem}). {EXPECTED}; download it again.") from problem
    header = [name.strip().lower() for name in rows[0]] if rows else []
    if missing := [name for name in ("usage", *COLUMNS) if name not in header]:
        raise DataError(f"{path.name} lacks the columns {', '.join(missing)}. {EXPECTED}.")
    places = [header.index(name) for name in COLUMNS]
    try:
        votes = np.array([[row[place] for place in places] for row in rows[1:]], np.float32).reshape(-1, len(COLUMNS))
        usage = np.array([USAGES.index(row[header.index("usage")].strip()) for row in rows[1:]], np.uint8)
    except (ValueError, IndexError) as problem:
        raise DataError(f"{path.name}: {_first_wrong(rows, places, header.index('usage'))}. {EXPECTED}.") from problem
    if not np.isfinite(votes).all() or (votes < 0).any():
        row = int(np.argmax((~np.isfinite(votes) | (votes < 0)).any(axis=1))) + 1
        raise DataError(f"{path.name}: row {row:,} has votes below 0 or that are no numbers. {EXPECTED}.")
    return Votes(_shares(votes), usage)


def _shares(votes: FloatArray) -> FloatArray:
    names = [canonical(name) for name in COLUMNS]
    ours = votes[:, [names.index(emotion) for emotion in EMOTIONS]]
    total = ours.sum(axis=1, keepdims=True)
    shares: FloatArray = np.divide(ours, total, out=np.zeros_like(ours), where=total > 0)
    return shares


def _first_wrong(rows: list[list[str]], places: list[int], usage: int) -> str:
    for number, row in enumerate(rows[1:], 1):
        if len(row) <= max(*places, usage):
            return f"row {number:,} has {len(row)} columns"
        if row[usage].strip() not in USAGES:
            return f"row {number:,} has {row[usage][:30]!r} as its usage"
        try:
            [float(row[place]) for place in places]
        except ValueError:
            return f"row {number:,} has votes that are no numbers"
    return "a row is not as the others"


def join_votes(faces: FaceSet, votes: Votes, name: str, votes_name: str) -> FaceSet:
    """Put votes beside the labels, by the rows' numbers.

    Nothing but the order says which votes are whose, so they are taken only where FER+'s usage is the same in every
    row that is at hand.

    Args:
        faces: Rows of a table, which may be fewer than FER+'s.
        votes: FER+.
        name: What the data is called in messages.
        votes_name: What FER+'s file is called.

    Raises:
        DataError: If they do not belong together, with the reason.
    """
    refused = f"{votes_name} does not fit {name}"
    if faces.drawn:
        raise DataError(f"{refused}: nobody voted on drawn faces.")
    numbers = row_numbers(faces.source)
    if numbers is None:
        raise DataError(
            f"{refused}: votes are joined by the row's place in FER2013's CSV, and a folder of images has lost it. "
            "Open fer2013.csv, icml_face_data.csv or the .npz instead."
        )
    if (faces.usage == NO_USAGE).any():
        raise DataError(f"{refused}: the data has no usages, by which it could be seen that both have the same order.")
    if numbers.max(initial=0) > len(votes.usage):
        raise DataError(
            f"{refused}: it has {len(votes.usage):,} rows, and the data has a row {numbers.max():,}. {EXPECTED}, whole."
        )
    places = numbers - 1
    differ = np.flatnonzero(votes.usage[places] != faces.usage)
    if len(differ):
        first = differ[0]
        raise DataError(
            f"{refused}: in {len(differ):,} rows the usages differ; row {numbers[first]:,} is "
            f"{USAGES[faces.usage[first]]} in the data and {USAGES[votes.usage[places[first]]]} in FER+. "
            "Both must be in FER2013's own order."
        )
    return replace(faces, votes=votes.shares[places])
