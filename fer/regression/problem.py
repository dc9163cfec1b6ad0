"""What is to be predicted from what: target, features and task, checked before any model sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from fer.errors import DataError, InputError
from fer.regression.cells import categories_of, numbers_of
from fer.regression.columns import Kind, as_kinds, guess_kinds
from fer.regression.leaks import Leak, find_leaks
from fer.regression.tables import Table, listed

if TYPE_CHECKING:
    import pandas as pd

Task = Literal["regression", "classification"]
LEAST_ROWS = 10
MOST_CLASSES = 50
FEW_VALUES = 6
"""Whole numbers with at most so many different values are classes, if nobody says otherwise."""
FOLDS = 5


@dataclass(frozen=True)
class Problem:
    """A table made ready: what every model gets.

    Attributes:
        name: What the table is called.
        features: One column a feature: float64, or texts with NaN where missing.
        kinds: What each feature holds, in the order of the columns.
        y: The target, shape ``(n,)``: float64, or the number of the class.
        target: The target's name.
        task: Whether a number or a class is predicted.
        classes: The classes' names in the order of their numbers; empty for a regression.
        notes: What a reader should know, a sentence each.
        leaks: Features that copy the target.
        target_kind: What the target's column was read as.
    """

    name: str
    features: pd.DataFrame
    kinds: dict[str, Kind]
    y: npt.NDArray[Any]
    target: str
    task: Task
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    leaks: tuple[Leak, ...]
    target_kind: Kind

    @property
    def numbers(self) -> list[str]:
        """The features that are numbers or days."""
        return [name for name, kind in self.kinds.items() if kind in ("number", "date")]

    @property
    def categories(self) -> list[str]:
        """The features that are categories."""
        return [name for name, kind in self.kinds.items() if kind == "category"]

    def only(self, names: Sequence[str]) -> Problem:
        """Return the same problem with some of its features."""
        return replace(self, features=self.features[list(names)], kinds={name: self.kinds[name] for name in names})

    def folds(self, most: int = FOLDS) -> int:
        """Return how many folds there can be: each class must be in each of them."""
        return int(min(most, np.bincount(self.y).min() if self.classes else most, len(self.y) // 2))


def make_problem(
    table: Table,
    target: str,
    features: Sequence[str] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    task: Task | None = None,
) -> Problem:
    """Make a table ready for the models.

    Args:
        table: The table.
        target: The column to predict.
        features: The columns to predict it from; None: all that can be used, without copies of the target.
        kinds: What columns hold, where that is not as guessed.
        task: None: guessed.

    Raises:
        InputError: If a column is not there or cannot be what it is said to be.
        DataError: If nothing can be learned from the table.
    """
    frame = table.frame
    if target not in frame.columns:
        raise InputError(f"{table.name} has no column {target[:60]!r}. Its columns: {listed(list(frame.columns), 12)}.")
    guessed = {**guess_kinds(frame, table.decimal), **(kinds or {})}
    kept = frame[frame[target].notna()]
    notes = [*table.notes]
    if len(kept) < len(frame):
        notes.append(f"{len(frame) - len(kept):,} rows without {target} are left out.")
    _check_rows(table.name, len(kept), target)
    task = task or _guessed_task(table, target, kept[target], guessed[target])
    rows, y, classes, said = _target(kept, target, task, guessed[target], table)
    notes += said
    wanted = {name: guessed[name] for name in _wanted(frame, target, features, guessed, table.name)}
    if left := [name for name, kind in guessed.items() if kind == "left out" and name not in (*wanted, target)]:
        notes.append(f"Left out, as names, numbers of rows or free texts: {listed(left)}.")
    ready, said = as_kinds(kept[rows], wanted, table.decimal)
    notes += said
    leaks = find_leaks(ready, wanted, y, bool(classes))
    ready, chosen_kinds, said = _usable(ready, wanted, leaks if features is None else (), target)
    notes += said
    notes += [leak.sentence(target, left_out=features is None) for leak in leaks]
    _check_rows(table.name, len(y), target)
    return Problem(
        table.name, ready.reset_index(drop=True), chosen_kinds, y, target, task, classes, tuple(notes), leaks,
        "category" if classes else guessed[target],
    )  # fmt: skip


def _guessed_task(table: Table, target: str, cells: pd.Series, kind: Kind) -> Task:
    if table.classes is not None and target == table.target:
        return "classification" if table.classes else "regression"
    if kind == "date":
        return "regression"
    numbers = numbers_of(cells, table.decimal)
    if kind == "category" or numbers.notna().mean() < 0.5:
        return "classification"
    different = numbers.dropna().unique()
    whole = bool((different == np.round(different)).all())
    if len(different) == 1:
        return "regression"
    return "classification" if len(different) <= 2 or (whole and len(different) <= FEW_VALUES) else "regression"


def _target(
    kept: pd.DataFrame, target: str, task: Task, guessed: Kind, table: Table
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[Any], tuple[str, ...], list[str]]:
    """Return which rows have a usable target, their targets, the classes, and what a reader should know."""
    name = table.name
    if not len(kept):
        raise DataError(f"{name}: no row has anything in {target}. Choose another target.")
    if task == "regression":
        kind: Kind = "date" if guessed == "date" else "number"
        values, notes = as_kinds(kept[[target]], {target: kind}, table.decimal)
        good = values[target].notna().to_numpy()
        y = values[target].to_numpy(float)[good]
        if float(np.ptp(y)) == 0:
            raise DataError(f"{name}: {target} is {y[0]:g} in every row. There is nothing to predict; choose another.")
        return good, y, (), notes
    texts = categories_of(kept[target]).astype(str)
    counts = texts.value_counts()
    if len(counts) == 1:
        raise DataError(
            f"{name}: {target} has one class, {counts.index[0]!r}, in every row. A classification needs at least two; "
            "choose another target."
        )
    rare = counts[counts < 2].index
    if len(counts) - len(rare) > MOST_CLASSES or len(rare) > len(texts) // 2:
        raise DataError(
            f"{name}: {target} has {len(counts):,} different texts in {len(texts):,} rows. A class needs several rows, "
            f"and at most {MOST_CLASSES} classes are told apart; choose another target."
        )
    good = ~texts.isin(rare).to_numpy()
    classes = tuple(sorted(counts.index.difference(rare), key=_class_order))
    notes = [f"{len(rare)} classes of {target} with a single row are left out."] if len(rare) else []
    if len(classes) < 2:
        raise DataError(f"{name}: only one class of {target} has two rows or more. Bring more rows of the others.")
    return good, np.array([classes.index(text) for text in texts[good]]), classes, notes


def _class_order(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text


def _wanted(
    frame: pd.DataFrame, target: str, features: Sequence[str] | None, kinds: Mapping[str, Kind], name: str
) -> list[str]:
    if features is None:
        names = [str(column) for column in frame.columns if column != target and kinds[str(column)] != "left out"]
        if not names:
            raise DataError(
                f"{name}: no column can be used to predict {target}: all others hold free texts, names or numbers of "
                "rows. Bring columns of numbers, dates or categories, or change their types."
            )
        return names
    for feature in features:
        if feature not in frame.columns:
            raise InputError(f"{name} has no column {feature[:60]!r}. Its columns: {listed(list(frame.columns), 12)}.")
        if feature == target:
            raise InputError(f"{target} is what is predicted; it cannot be one of the features. Take it out.")
        if kinds[feature] == "left out":
            raise InputError(
                f"{feature} holds a text of its own for almost every row. Leave it out, or change its type."
            )
    if not features:
        raise InputError("No feature is chosen. Choose at least one column to predict from.")
    return list(features)


def _usable(
    ready: pd.DataFrame, wanted: Mapping[str, Kind], leaks: Sequence[Leak], target: str
) -> tuple[pd.DataFrame, dict[str, Kind], list[str]]:
    """Leave out leaks and what is the same in every row."""
    leaking = {leak.feature for leak in leaks if leak.certain}
    constant = [name for name in ready.columns if ready[name].nunique(dropna=False) < 2]
    kept = [name for name in ready.columns if name not in leaking and name not in constant]
    notes = [f"The same in every row, and left out: {listed(constant)}."] if constant else []
    if not kept:
        why = "copies of it" if leaking else "the same in every row"
        raise DataError(f"No column is left to predict {target} from: the others are {why}. Bring other columns.")
    return ready[kept], {name: wanted[name] for name in kept}, notes


def _check_rows(name: str, count: int, target: str) -> None:
    if 0 < count < LEAST_ROWS:
        rows = "row" if count == 1 else "rows"
        raise DataError(
            f"{name} has {count} {rows} with {target}; at least {LEAST_ROWS} are needed to fit on some and judge on "
            "others. Bring more rows."
        )
