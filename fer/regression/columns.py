"""What a column holds: guessed from its cells, changeable by whoever knows better."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from fer.errors import InputError
from fer.regression.cells import categories_of, day_first, days_of, number_text, numbers_of, thousands_of

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["number", "category", "date", "left out"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MOST_CATEGORIES = 50
"""A text column with more different texts is a name or a sentence, and left out."""
LEAST_READABLE = 0.95
"""So many of a column's cells must be numbers, or dates, for the column to be of that kind."""
LARGEST_NUMBER = 1e150
"""The square of a larger one is infinite."""
GUESSED_ROWS = 2000

_IDENTIFIER = re.compile(
    r"(?i:(^|[\W_])(id|nr|serial|index|key|row)\.?($|[\W_])|^((row|serial|index)[\W_]*)?(no|number)\.?$)|[a-z](Id|ID)$"
)
_TIME = re.compile(r"(?i)year|month|week|day|date|time|hour|minute|second")
_DATE = re.compile(r"\s*(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})([T ]\d{1,2}:\d{2}.*)?\s*")


def guess_kinds(frame: pd.DataFrame, decimal: str = ".") -> dict[str, Kind]:
    """Guess what each column holds, in the table's order; ``decimal`` is the table's decimal sign."""
    return {str(column): guess_kind(str(column), frame[column], decimal) for column in frame.columns}


def guess_kind(name: str, cells: pd.Series, decimal: str = ".") -> Kind:
    """Guess what one column holds: numbers, categories, dates, or something that no model can use."""
    from pandas.api import types

    if types.is_bool_dtype(cells):
        return "category"
    if types.is_datetime64_any_dtype(cells):
        return "date"
    if types.is_numeric_dtype(cells):
        return "left out" if _is_identifier(name, cells) else "number"
    return _guess_texts(name, cells, decimal)


def _guess_texts(name: str, cells: pd.Series, decimal: str) -> Kind:
    some = cells.dropna().head(GUESSED_ROWS)
    if not len(some):
        return "left out"
    numbers = numbers_of(some, decimal)
    if numbers.notna().mean() >= LEAST_READABLE:
        return "left out" if _is_identifier(name, numbers_of(cells, decimal)) else "number"
    texts = some.astype(str)
    if texts.map(lambda text: bool(_DATE.fullmatch(text))).mean() >= LEAST_READABLE:
        return "date"
    different = texts.nunique()
    return "category" if different <= min(MOST_CATEGORIES, max(2, len(texts) // 2)) else "left out"


def _is_identifier(name: str, cells: pd.Series) -> bool:
    """Whether whole numbers only say which row it is: each once, and called so or counted through."""
    numbers = cells.dropna()
    if len(numbers) < 20 or numbers.nunique() < len(numbers) or not bool(np.isfinite(numbers).all()):
        return False
    if not bool((numbers == numbers.round()).all()):
        return False
    if _IDENTIFIER.search(name):
        return True
    # Years are counted through, too, and say much.
    counted = bool(numbers.is_monotonic_increasing) and float(numbers.max() - numbers.min()) == len(numbers) - 1
    return counted and float(numbers.min()) in (0, 1) and not _TIME.search(name)


def as_kinds(frame: pd.DataFrame, kinds: Mapping[str, Kind], decimal: str = ".") -> tuple[pd.DataFrame, list[str]]:
    """Turn columns into what they are said to hold: numbers and days as float64, categories as texts.

    Args:
        frame: The table.
        kinds: Of the columns that are wanted; those left out are dropped.
        decimal: The table's decimal sign.

    Returns:
        The columns in the order of ``kinds``, and what a reader should know.

    Raises:
        InputError: If a column is not there, or holds nothing of the kind that was chosen.
    """
    import pandas as pd

    made: dict[str, pd.Series] = {}
    notes: list[str] = []
    for name, kind in kinds.items():
        if name not in frame.columns:
            raise InputError(f"The table has no column {name[:60]!r}. Its columns: {', '.join(frame.columns[:12])}.")
        if kind == "left out":
            continue
        cells = frame[name]
        if kind == "category":
            made[name] = categories_of(cells)
            continue
        values = days_of(cells) if kind == "date" else numbers_of(cells, decimal)
        notes += _dates_said(name, cells) if kind == "date" else _thousands_said(name, cells, decimal)
        huge = values.abs() > LARGEST_NUMBER
        if huge.any():
            values = values.mask(huge)
            notes.append(f"{name}: {int(huge.sum()):,} infinite values count as missing.")
        odd = int(cells.notna().sum() - values.notna().sum() - huge.sum())
        if not values.notna().any():
            raise InputError(f"The column {name!r} holds nothing that is a {kind}. Choose another type for it.")
        if odd > 0:
            notes.append(f"{name}: {odd:,} cells are no {kind} and count as missing.")
        made[name] = values
    if dates := [name for name, kind in kinds.items() if kind == "date"]:
        notes.append(f"Dates become days since 1970: {', '.join(dates[:5])}.")
    return pd.DataFrame(made, index=frame.index), notes


def _thousands_said(name: str, cells: pd.Series, decimal: str) -> list[str]:
    """Say it where a sign was taken to divide thousands."""
    from pandas.api import types

    if types.is_numeric_dtype(cells):
        return []
    thousands, sure = thousands_of(cells, decimal)
    texts = (cell.strip().removesuffix("%").strip() for cell in cells if isinstance(cell, str) and thousands)
    first = next((text for text in texts if thousands in text and number_text(text, thousands) != text), None)
    if first is None:
        return []
    sign, other = ("comma", "point") if thousands == "," else ("point", "comma")
    note = f"{name}: the {sign} divides thousands, so {first} is read as {number_text(first, thousands)}."
    return [note if sure else f"{note} If it begins decimals, write a {other} in its place."]


def _dates_said(name: str, cells: pd.Series) -> list[str]:
    """Say which order was taken where dates do not tell it."""
    if day_first(cells) is not None:
        return []
    return [
        f"{name}: nothing tells whether its dates begin with the day or the month. The day was taken, so 05/03/2024 is "
        "5 March; if that is wrong, write them as 2024-05-03."
    ]
