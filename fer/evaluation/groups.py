"""How right a model is on some of the faces: by how a picture was taken, and by groups that somebody names.

FER2013 says nothing about the people in it, so no figures by age, sex or skin can be made from it; how a picture was
taken can be measured. Who knows more about the faces of a data set writes it beside them: a CSV with a column
``group`` and a row for each face, in the data set's order.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.dataset.statistics import image_measures
from fer.emotions import EMOTIONS
from fer.errors import DataError
from fer.evaluation.evaluated import BoolArray, Evaluated
from fer.evaluation.intervals import (
    Interval,
    confusion_of,
    drawn_anew,
    figures_of_confusion,
    interval_of,
    share_interval,
)

TENTH = 0.1
MOST_GROUPS = 40
LEAST_FACES = 500
"""Of a part, so that its tenths hold enough faces to speak of."""
LEAST_OF_EMOTION = 10
"""Of a group: the recall of a single face would weigh as much as that of a hundred others."""


@dataclass(frozen=True)
class Group:
    """Figures on some of the faces.

    Attributes:
        name: Which.
        n: So many.
        accuracy: On them, with its interval.
        recall: The mean recall of the emotions of which the group has at least ten faces, since groups may hold other
            emotions than the rest; None where it has none.
        recall_of_all: The mean recall of the same emotions, on all faces.
        too_few: The emotions that were left out of both.
    """

    name: str
    n: int
    accuracy: Interval
    recall: Interval | None
    recall_of_all: float
    too_few: tuple[str, ...]


def picture_groups(faces: FaceSet) -> dict[str, BoolArray]:
    """Return kinds of pictures, each a tenth of the faces, as masks of shape ``(n,)``; none of few faces."""
    if len(faces) < LEAST_FACES:
        return {}
    measures = image_measures(faces)
    light, contrast, sharpness = (
        measures[name].to_numpy(np.float64) for name in ("brightness", "contrast", "sharpness")
    )
    side = side_light(faces.images)
    return {
        "the darkest tenth": _lowest(light),
        "the brightest tenth": _lowest(-light),
        "the flattest tenth (least contrast)": _lowest(contrast),
        "the blurriest tenth": _lowest(sharpness),
        "the tenth most lit from one side": _lowest(-side),
    }


def named_groups(content: bytes, name: str, n: int) -> npt.NDArray[np.str_]:
    """Read which group each face of a data set is in.

    Args:
        content: A CSV in UTF-8 with a column ``group``; a row a face, in the data set's order. Empty, as an empty
            line: in none.
        name: What the file is called.
        n: Rows of the data set.

    Returns:
        Shape ``(n,)``, text.

    Raises:
        DataError: If it is something else, or has other rows than the data set.
    """
    expected = f"Expected a CSV with a column group and {n:,} rows, one for each face, in the data set's order"
    try:
        head, *rows = [*csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))] or [[]]
    except (UnicodeDecodeError, csv.Error) as problem:
        raise DataError(f"{name} cannot be read as a table ({problem}). {expected}.") from problem
    column = next((place for place, title in enumerate(head) if title.strip().lower() == "group"), None)
    if column is None:
        came = ", ".join(title[:30] for title in head[:6]) or "nothing"
        raise DataError(f"{name} has no column group; its first line is: {came}. {expected}.")
    while len(rows) > n and not rows[-1]:
        rows.pop()
    groups = [row[column].strip()[:60] if column < len(row) else "" for row in rows]
    if len(groups) != n:
        raise DataError(f"{name} has {len(groups):,} rows; the data set has {n:,} that can be read. {expected}.")
    if not 0 < len(set(groups) - {""}) <= MOST_GROUPS:
        found = len(set(groups) - {""})
        raise DataError(f"{name} names {found:,} groups; expected 1 to {MOST_GROUPS}, so that each has faces to count.")
    return np.array(groups, np.str_)


def masks_of(groups: npt.NDArray[np.str_]) -> dict[str, BoolArray]:
    """Return each group's faces as a mask, the largest group first."""
    names, counts = np.unique(groups[groups != ""], return_counts=True)
    return {str(name): groups == name for name in names[np.argsort(-counts, kind="stable")]}


def side_light(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return how much lighter one half of each face is than the other, in grey values, shape ``(n,)``."""
    middle = images.shape[2] // 2
    sides = [np.array([half.mean() for half in part]) for part in (images[:, :, :middle], images[:, :, middle:])]
    difference: npt.NDArray[np.float64] = np.abs(sides[0] - sides[1])
    return difference


def by_group(evaluated: Evaluated, groups: dict[str, BoolArray]) -> list[Group]:
    """Return the figures of each group that has faces, in the order given."""
    return [_figures(evaluated, name, chosen) for name, chosen in groups.items() if chosen.any()]


def _figures(evaluated: Evaluated, name: str, chosen: BoolArray) -> Group:
    confusion, n = confusion_of(evaluated.labels[chosen], evaluated.guesses[chosen]), int(chosen.sum())
    of_all = figures_of_confusion(confusion_of(evaluated.labels, evaluated.guesses))["recall"]
    values, many = figures_of_confusion(confusion), figures_of_confusion(drawn_anew(confusion))
    counts = confusion.sum(axis=1)
    enough = counts >= LEAST_OF_EMOTION
    recall = None
    if enough.any():
        recall = interval_of(float(values["recall"][enough].mean()), many["recall"][:, enough].mean(axis=1))
    return Group(
        name,
        n,
        share_interval(int(np.trace(confusion)), n, many["accuracy"]),
        recall,
        float(of_all[enough].mean()) if enough.any() else 0.0,
        tuple(emotion for emotion, count in zip(EMOTIONS, counts, strict=True) if 0 < count < LEAST_OF_EMOTION),
    )


def _lowest(values: npt.NDArray[np.float64]) -> BoolArray:
    chosen = np.zeros(len(values), bool)
    chosen[np.argsort(values, kind="stable")[: max(1, round(TENTH * len(values)))]] = True
    return chosen
