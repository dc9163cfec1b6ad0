"""Features that copy the target: with them every model looks perfect and none is of use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer.regression.columns import Kind

if TYPE_CHECKING:
    import pandas as pd

CERTAIN = 0.99999
LIKELY = 0.995
LEAST_SHARED = 10


@dataclass(frozen=True)
class Leak:
    """A feature that tells the target.

    Attributes:
        feature: Its name.
        certain: Whether it is a copy, maybe in other units or words; otherwise it is suspiciously close to one.
        why: What was seen.
    """

    feature: str
    certain: bool
    why: str

    def sentence(self, target: str, left_out: bool) -> str:
        """Return what a reader should know."""
        if not self.certain:
            return f"Possible leak: {self.feature} {self.why} {target}. Would you know it when you predict?"
        what = "It is left out." if left_out else "It was asked for, so it stays; take it out for honest figures."
        return f"Leak: {self.feature} {self.why} {target}, so it would give the answer away. {what}"


def find_leaks(
    features: pd.DataFrame, kinds: Mapping[str, Kind], y: npt.NDArray[Any], classes: bool
) -> tuple[Leak, ...]:
    """Look at each feature beside the target.

    Args:
        features: As ``fer.regression.columns.as_kinds`` makes them.
        kinds: What they hold.
        y: The target, shape ``(n,)``.
        classes: Whether it is the number of a class.
    """
    found = []
    for name in features.columns:
        kind = kinds[str(name)]
        leak = _of_category(str(name), features[name], y) if kind == "category" else None
        if kind != "category":
            values = features[name].to_numpy(float)
            leak = _of_classes(str(name), values, y) if classes else _of_numbers(str(name), values, y)
        if leak is not None:
            found.append(leak)
    return tuple(found)


def _of_numbers(name: str, values: npt.NDArray[Any], y: npt.NDArray[Any]) -> Leak | None:
    there = np.isfinite(values)
    if there.sum() < max(LEAST_SHARED, len(y) // 2):
        return None
    x, t = values[there], y[there]
    if np.ptp(x) == 0 or np.ptp(t) == 0:
        return None
    with np.errstate(all="ignore"):
        likeness = abs(float(np.corrcoef(x, t)[0, 1]))
    if likeness >= CERTAIN:
        return Leak(name, True, "is a copy of" if np.array_equal(x, t) else "is, in other units, a copy of")
    return Leak(name, False, f"follows almost exactly (correlation {likeness:.4f})") if likeness >= LIKELY else None


def _of_classes(name: str, values: npt.NDArray[Any], y: npt.NDArray[Any]) -> Leak | None:
    there = np.isfinite(values)
    if there.sum() < max(LEAST_SHARED, len(y) // 2) or len(np.unique(y[there])) < 2:
        return None
    x, t = values[there], y[there]
    order = np.argsort(x, kind="stable")
    x, t = x[order], t[order]
    changes = np.flatnonzero(t[1:] != t[:-1])
    apart = len(changes) == len(np.unique(t)) - 1 and bool((x[changes + 1] > x[changes]).all())
    if not apart:
        return None
    few = len(np.unique(x)) == len(np.unique(t))
    return Leak(name, few, "is, as a number, a copy of" if few else "alone divides without a mistake the classes of")


def _of_category(name: str, texts: pd.Series, y: npt.NDArray[Any]) -> Leak | None:
    import pandas as pd

    there = texts.notna().to_numpy()
    if there.sum() < max(LEAST_SHARED, len(y) // 2):
        return None
    pairs = pd.DataFrame({"text": texts[there].to_numpy(), "y": y[there]}).drop_duplicates()
    different = pairs["text"].nunique()
    if different < 2 or len(pairs) != different or different > len(y) // 3:
        return None
    return Leak(name, True, "says in other words" if pairs["y"].nunique() == different else "decides without exception")
