"""What a column holds: guessed from its cells, changeable by whoever knows better."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from fer.errors import InputError

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

_IDENTIFIER = re.compile(r"(?i)(^|[\W_])(id|nr|no|number|serial|index|key|row)\.?($|[\W_])|[a-z](Id|ID|Number|No)$")
_DATE = re.compile(r"\s*(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})([T ]\d{1,2}:\d{2}.*)?\s*")
_GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})*,\d+|[+-]?\d+,\d+")


def guess_kinds(frame: pd.DataFrame) -> dict[str, Kind]:
    """Guess what each column holds, in the table's order."""
    return {str(column): guess_kind(str(column), frame[column]) for column in frame.columns}


def guess_kind(name: str, cells: pd.Series) -> Kind:
    """Guess what one column holds: numbers, categories, dates, or something that no model can use."""
    from pandas.api import types

    if types.is_bool_dtype(cells):
        return "category"
    if types.is_datetime64_any_dtype(cells):
        return "date"
    if types.is_numeric_dtype(cells):
        return "left out" if _is_identifier(name, cells) else "number"
    return _guess_texts(name, cells)


def _guess_texts(name: str, cells: pd.Series) -> Kind:
    some = cells.dropna().head(GUESSED_ROWS)
    if not len(some):
        return "left out"
    numbers = numbers_of(some)
    if numbers.notna().mean() >= LEAST_READABLE:
        return "left out" if _is_identifier(name, numbers_of(cells)) else "number"
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
    return bool(_IDENTIFIER.search(name)) or (
        bool(numbers.is_monotonic_increasing) and float(numbers.max() - numbers.min()) == len(numbers) - 1
    )


def numbers_of(cells: pd.Series) -> pd.Series:
    """Return a column's cells as numbers, decimal commas too; what is no number is missing."""
    import pandas as pd
    from pandas.api import types

    if types.is_bool_dtype(cells):
        return cells.astype(float)
    if types.is_numeric_dtype(cells):
        return cells.astype(float)
    if types.is_datetime64_any_dtype(cells):
        return days_of(cells)
    texts = cells.map(_with_point, na_action="ignore")
    return pd.to_numeric(texts, errors="coerce").astype(float)


def _with_point(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = cell.strip().removesuffix("%").strip()
    return text.replace(".", "").replace(",", ".") if _GROUPED.fullmatch(text) else text


def days_of(cells: pd.Series) -> pd.Series:
    """Return dates as days since 1 January 1970; what is no date is missing."""
    import pandas as pd

    texts = cells.astype(str).where(cells.notna())
    # 31.12.2024 has the day first; 2024-12-31 must not be read so.
    iso = bool(texts.dropna().head(GUESSED_ROWS).str.match(r"\s*\d{4}-").mean() > 0.5)
    dates = pd.to_datetime(texts, errors="coerce", format="mixed", dayfirst=not iso, utc=True)
    days: pd.Series = (dates - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(days=1)
    return days


def categories_of(cells: pd.Series) -> pd.Series:
    """Return a column's cells as texts; a whole number has no decimals, and what is missing stays so."""
    return cells.astype(object).map(category_text, na_action="ignore").where(cells.notna(), np.nan).astype(object)


def category_text(cell: Any) -> str:
    """Return one cell as the text of a category.

    >>> category_text(1.0), category_text(" yes "), category_text(True)
    ('1', 'yes', 'True')
    """
    return f"{cell:g}" if isinstance(cell, float) else str(cell).strip()[:80]


def as_kinds(frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> tuple[pd.DataFrame, list[str]]:
    """Turn columns into what they are said to hold: numbers and days as float64, categories as texts.

    Args:
        frame: The table.
        kinds: Of the columns that are wanted; those left out are dropped.

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
        values = days_of(cells) if kind == "date" else numbers_of(cells)
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
