"""Excel files: which sheet, merged cells; macros are never run, and formulas count by the value that they last had."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any, BinaryIO

from fer.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

LARGEST_UNPACKED = 600_000_000
MOST_CELLS_READ = 6_000_000


class SheetError(DataError):
    """An Excel file with several sheets: whoever opens it must say which.

    Attributes:
        sheets: Their names.
    """

    def __init__(self, message: str, sheets: list[str]):
        super().__init__(message)
        self.sheets = sheets


def read_sheet(stream: BinaryIO, name: str, sheet: str | None) -> tuple[pd.DataFrame, list[str], str]:
    """Read one sheet: its first line that holds anything has the names.

    Returns:
        The rows, what a reader should know, and the sheet's name.

    Raises:
        SheetError: If there are several and none was named, or one that is not there.
        DataError: If it is no Excel file that can be read, or the sheet is empty.
    """
    import pandas as pd

    notes = _look_inside(stream, name)
    book = _opened(stream, name)
    try:
        names = [one.title for one in book.worksheets]
        if not names:
            raise DataError(f"{name} has no sheet with cells. Save the table as CSV and open that.")
        if sheet is None and len(names) > 1:
            filled = [one.title for one in book.worksheets if one.max_row > 1 or one.max_column > 1]
            if len(filled) != 1:
                raise SheetError(f"{name} has {len(names)} sheets: {', '.join(names)}. Say which one to read.", names)
            sheet = filled[0]
        sheet = sheet or names[0]
        if sheet not in names:
            raise SheetError(f"{name} has no sheet called {sheet!r}, only: {', '.join(names)}.", names)
        cells = book[sheet]
        if cells.max_row * cells.max_column > MOST_CELLS_READ:
            raise DataError(
                f"{name}, sheet {sheet}: {cells.max_row:,} x {cells.max_column:,} cells are too many in Excel. "
                "Save the sheet as CSV and open that."
            )
        notes += _fill_merged(cells)
        rows = [list(row) for row in cells.iter_rows(values_only=True)]
    finally:
        book.close()
    rows = [row for row in rows if any(cell is not None for cell in row)]
    if not rows:
        raise DataError(f"{name}, sheet {sheet}: it is empty. Formulas count only once Excel has saved their values.")
    header, body = rows[0], rows[1:]
    return pd.DataFrame(body, columns=[cell if cell is None else str(cell) for cell in header]), notes, sheet


def _look_inside(stream: BinaryIO, name: str) -> list[str]:
    """Look at the archive before anything unpacks it."""
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as problem:
        raise DataError(
            f"{name} is an old (.xls), locked or damaged Excel file. Save it as .xlsx without a password, or as CSV."
        ) from problem
    finally:
        stream.seek(0)
    members = {part.filename for part in parts}
    if "xl/workbook.xml" not in members:
        if "[Content_Types].xml" in members or "xl/workbook.bin" in members or "content.xml" in members:
            raise DataError(f"{name} is not an .xlsx file. Save the table as .xlsx or CSV and open that.")
        raise DataError(f"{name} is an archive, no table. Unpack it and open the CSV or .xlsx file in it.")
    if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise DataError(f"{name} would take over {LARGEST_UNPACKED / 1e6:,.0f} MB unpacked. Save the sheet as CSV.")
    return ["It holds macros; they were not run."] if "xl/vbaProject.bin" in members else []


def _opened(stream: BinaryIO, name: str) -> Any:
    import openpyxl

    try:
        return openpyxl.load_workbook(stream, data_only=True, keep_vba=False, keep_links=False)
    except Exception as problem:
        # openpyxl raises whatever its parts raise over a damaged file.
        raise DataError(
            f"{name} is a damaged Excel file ({type(problem).__name__}). Save it again as .xlsx, or as CSV."
        ) from problem


def _fill_merged(cells: Any) -> list[str]:
    """Give each cell of a merged range the range's value."""
    merged = list(cells.merged_cells.ranges)
    for area in merged:
        value = cells.cell(area.min_row, area.min_col).value
        cells.unmerge_cells(str(area))
        for row in cells.iter_rows(area.min_row, area.max_row, area.min_col, area.max_col):
            for cell in row:
                cell.value = value
    count = len(merged)
    return [f"{count:,} merged ranges were taken apart; each of their cells has the range's value."] if count else []
