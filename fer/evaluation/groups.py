"""How right a model is on some kinds of faces: dark and light ones, blurred ones, lit from one side.

FER2013 says nothing about the people in it, so no figures by age, sex or skin can be made from it; how a picture was
taken can be measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import FaceSet
from fer.dataset.statistics import image_measures
from fer.evaluation.evaluated import BoolArray, Evaluated
from fer.evaluation.intervals import Interval, confusion_of, drawn_anew, figures_of_confusion, interval_of

TENTH = 0.1
LEAST_FACES = 100
"""Of a part, so that its tenths hold enough faces to speak of."""


@dataclass(frozen=True)
class Group:
    """Figures on some of the faces.

    Attributes:
        name: Which.
        n: So many.
        accuracy: On them, with its interval.
        balanced: The mean recall of the emotions that are there: groups may hold other emotions than the rest.
    """

    name: str
    n: int
    accuracy: Interval
    balanced: Interval


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
    confusion = confusion_of(evaluated.labels[chosen], evaluated.guesses[chosen])
    values, many = figures_of_confusion(confusion), figures_of_confusion(drawn_anew(confusion))
    accuracy, balanced = (
        interval_of(float(values[figure]), many[figure]) for figure in ("accuracy", "balanced_accuracy")
    )
    return Group(name, int(chosen.sum()), accuracy, balanced)


def _lowest(values: npt.NDArray[np.float64]) -> BoolArray:
    chosen = np.zeros(len(values), bool)
    chosen[np.argsort(values, kind="stable")[: max(1, round(TENTH * len(values)))]] = True
    return chosen
