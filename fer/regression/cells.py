"""Cells as people write them: numbers with any country's signs, dates in any order, categories as texts.

These functions stand word for word in the script that a visitor takes away (``fer.regression.keeping``): each needs
pandas, ``re`` and one another alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def thousands_of(cells: pd.Series, decimal: str = ".") -> tuple[str, bool]:
    """Tell which sign divides thousands in a column: all of its cells are read alike.

    Args:
        cells: Texts; what is no number does not matter.
        decimal: The table's decimal sign, which counts where the column does not tell: 1,050 is either.

    Returns:
        A comma, a point, or nothing where the column contradicts itself; and whether the column told it.
    """
    texts = {cell.strip().removesuffix("%").strip().lstrip("+-") for cell in cells if isinstance(cell, str)}
    divides, points = {}, {}
    for sign, other in (",.", ".,"):
        group = rf"[1-9]\d{{0,2}}(?:[{sign}]\d{{3}})"
        several = re.compile(rf"{group}{{2,}}(?:[{other}]\d*)?|{group}[{other}]\d+")
        divides[sign] = any(several.fullmatch(text) for text in texts)
        # 0,123 and 1234,567 divide no thousands, nor does 1,5.
        alone = re.compile(rf"(?!{group}$)\d*[{sign}]\d+")
        points[sign] = any(alone.fullmatch(text) for text in texts)
    if divides[","] != divides["."]:
        return ("," if divides[","] else "."), True
    if divides[","] or (points[","] and points["."]):
        return "", True
    if points[","] or points["."]:
        return ("." if points[","] else ","), True
    return ("." if decimal == "," else ","), False


def number_text(cell: object, thousands: str) -> object:
    """Return a number's text without signs for thousands and per cent, its decimals after a point; else the cell.

    >>> number_text("1.234,5 %", "."), number_text("1,050", ","), number_text("1,050", "."), number_text(7, ".")
    ('1234.5', '1050', '1.050', 7)
    """
    if not isinstance(cell, str):
        return cell
    text = cell.strip().removesuffix("%").strip()
    if thousands == "," and re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", text):
        return text.replace(",", "")
    if thousands == "." and re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?", text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", ".") if thousands != "," and re.fullmatch(r"[+-]?\d*,\d+", text) else text


def numbers_of(cells: pd.Series, decimal: str = ".") -> pd.Series:
    """Return a column's cells as numbers; what is no number is missing.

    Args:
        cells: The column.
        decimal: The table's decimal sign, where the column does not tell.
    """
    import pandas as pd

    if pd.api.types.is_bool_dtype(cells) or pd.api.types.is_numeric_dtype(cells):
        return cells.astype(float)
    if pd.api.types.is_datetime64_any_dtype(cells):
        return days_of(cells)
    thousands, _ = thousands_of(cells, decimal)
    texts = cells.map(lambda cell: number_text(cell, thousands), na_action="ignore")
    return pd.to_numeric(texts, errors="coerce").astype(float)


def day_first(cells: pd.Series) -> bool | None:
    """Tell whether a column's dates begin with the day or the month; None if 05/03/2024 may be either."""
    import pandas as pd

    parts = cells.dropna().astype(str).str.extract(r"^\s*(\d{1,2})([./-])(\d{1,2})\2\d{2,4}").dropna()
    first, second = ((pd.to_numeric(parts[place]) > 12).any() for place in (0, 2))
    if bool(second) and not bool(first):
        return False
    # With points the day is first in every country that writes them.
    return None if not bool(first) and bool(parts[1].isin(["/", "-"]).any()) else True


def days_of(cells: pd.Series) -> pd.Series:
    """Return dates as days since 1 January 1970, all in one order; what is no date is missing."""
    import pandas as pd

    texts = cells.astype(str).where(cells.notna())
    days_first = day_first(cells) is not False
    months = texts.str.extract(r"^\s*(\d{1,2})[./-](\d{1,2})[./-]\d{2,4}")[1 if days_first else 0]
    # pandas would read 13.25.2024 in the other order rather than not at all.
    texts = texts.mask(pd.to_numeric(months) > 12)
    # Nor must 2024-12-31, which has the year first, be read with the day first.
    iso = texts.str.match(r"\s*\d{4}\D") == True  # noqa: E712 - a missing text is neither
    dates = pd.to_datetime(texts.where(iso), errors="coerce", format="mixed", utc=True).fillna(
        pd.to_datetime(texts.mask(iso), errors="coerce", format="mixed", dayfirst=days_first, utc=True)
    )
    days: pd.Series = (dates - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(days=1)
    return days


def category_text(cell: object) -> str:
    """Return one cell as the text of a category; a whole number has no decimals, and keeps all of its digits.

    >>> category_text(1.0), category_text(" yes "), category_text(True), category_text(1234567.5)
    ('1', 'yes', 'True', '1234567.5')
    """
    if not isinstance(cell, float):
        return str(cell).strip()[:80]
    return f"{cell:.0f}" if cell.is_integer() and abs(cell) < 1e15 else repr(float(cell))


def categories_of(cells: pd.Series) -> pd.Series:
    """Return a column's cells as texts; what is missing stays so."""
    texts = cells.astype(object).map(category_text, na_action="ignore")
    return texts.where(cells.notna(), float("nan")).astype(object)
