"""Two models on the same faces: who is right where the other is wrong, and whether that is more than chance."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.dataset.reading import Progress, silent
from fer.emotions import EMOTIONS
from fer.errors import InputError
from fer.evaluation.evaluated import Candidate, Evaluated, Part
from fer.evaluation.evaluating import answers
from fer.evaluation.intervals import Interval, drawn_anew, interval_of
from fer.evaluation.served import FloatArray, Judged


@dataclass(frozen=True, eq=False)
class Comparison:
    """What came of it; differences are the second model's figure less the first one's.

    Attributes:
        first: One model.
        second: The other.
        difference: Of accuracy.
        recall: Difference of each emotion's recall, in FER2013's order; None where no face has the label.
        only_first: Faces that only the first names rightly, shape ``(n,)``.
        only_second: Faces that only the second names rightly, shape ``(n,)``.
        p_value: McNemar's test, exact: how likely so uneven a share is if both are equally good.
    """

    first: Evaluated
    second: Evaluated
    difference: Interval
    recall: tuple[Interval | None, ...]
    only_first: npt.NDArray[np.bool_]
    only_second: npt.NDArray[np.bool_]
    p_value: float


def compare(first: Evaluated, second: Evaluated) -> Comparison:
    """Compare two models.

    Raises:
        InputError: If they were asked about other faces.

    Sources:
        McNemar 1947, "Note on the sampling error of the difference between correlated proportions".
    """
    if (first.part.data_key, first.part.usage) != (second.part.data_key, second.part.usage):
        raise InputError(
            f"{first.name} answered on {first.part.usage} of {first.part.data}, {second.name} on "
            f"{second.part.usage} of {second.part.data}. Ask both about the same faces."
        )
    only_first, only_second = first.right & ~second.right, second.right & ~first.right
    # Cells: the label, and who is right: nobody or both, the first alone, the second alone.
    counts = np.zeros((len(EMOTIONS), 3), np.int64)
    np.add.at(counts, (first.labels, only_first + 2 * only_second), 1)
    many = drawn_anew(counts)
    recall: list[Interval | None] = []
    for own, draws in zip(counts, many.transpose(1, 0, 2), strict=True):
        # An emotion of few faces may be missing in a draw.
        draws = draws[draws.sum(axis=1) > 0]
        recall.append(interval_of(float(_gain(own)), _gain(draws)) if own.sum() else None)
    overall = interval_of(float(_gain(counts.sum(axis=0))), _gain(many.sum(axis=1)))
    return Comparison(
        first, second, overall, tuple(recall), only_first, only_second,
        mcnemar(int(only_first.sum()), int(only_second.sum())),
    )  # fmt: skip


def comparison_of(
    first: str, answered: FloatArray, second: Judged, part: Part, progress: Progress = silent
) -> dict[str, Any]:
    """Ask a second model about a part and return what the command line writes.

    Args:
        first: The first model's name.
        answered: Its probabilities, shape ``(n, 7)``.
        second: The other.
        part: The rows.
        progress: Told the share done before each batch; what it raises ends the work.

    Returns:
        ``model`` (the second), its ``accuracy``, ``difference`` and ``recall`` by emotion (second less first, each
        with ``value``, ``low``, ``high``; None where no face has the label), ``only_first``, ``only_second`` (faces
        that one alone names rightly) and ``p_value`` (McNemar, exact).

    Raises:
        ModelError: If the second answers with values that are no numbers.
    """
    one, other = (
        Evaluated(Candidate(name, name, 0.0), part, probabilities, 0.0, 0.0)
        for name, probabilities in (
            (first, answered),
            (second.name, answers(second, part.faces.images, progress)),
        )
    )
    found = compare(one, other)
    return {
        "model": second.name,
        "accuracy": round(float(other.right.mean()), 4),
        "difference": _rounded(found.difference),
        "recall": {name: _rounded(one) if one else None for name, one in zip(EMOTIONS, found.recall, strict=True)},
        "only_first": int(found.only_first.sum()),
        "only_second": int(found.only_second.sum()),
        "p_value": found.p_value,
    }


def _rounded(interval: Interval) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(interval).items()}


def _gain(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return what the second model names rightly more than the first, as a share; cells in the last axis."""
    return np.asarray((counts[..., 2] - counts[..., 1]) / counts.sum(axis=-1))


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the p-value of McNemar's exact test: a fair coin over the faces on which one alone is right.

    >>> mcnemar(0, 0), round(mcnemar(3, 12), 4)
    (1.0, 0.0352)
    """
    from scipy.stats import binomtest

    differing = only_first + only_second
    return float(binomtest(only_first, differing, 0.5).pvalue) if differing else 1.0
