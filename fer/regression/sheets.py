"""Excel files: which sheet, merged cells; macros are never run, and formulas count by the value that they last had."""

from __future__ import annotations

import zipfile
import zlib
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate

from fer.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

LARGEST_UNPACKED = 100_000_000
MOST_CELLS_READ = 6_000_000
MOST_CELLS_IN_RANGES = 1_000_000
"""openpyxl makes an object of each cell of a merged range, a link or a comment, also where the sheet is empty."""
CHUNK_BYTES = 1_000_000
_RANGES = frozenset({"mergeCell", "hyperlink", "comment"})
_ONE_AT_A_TIME = Lock()
"""A workbook takes some fifty times its size in memory, so two are not read at once."""


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
    with _ONE_AT_A_TIME:
        return _read(stream, name, sheet)


def _read(stream: BinaryIO, name: str, sheet: str | None) -> tuple[pd.DataFrame, list[str], str]:
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
    _check_ranges(stream, name)
    return ["It holds macros; they were not run."] if "xl/vbaProject.bin" in members else []


def _check_ranges(stream: BinaryIO, name: str) -> None:
    """Add up the cells of the ranges that openpyxl would fill, in all parts, for any of them may be a sheet."""
    cells = 0

    def see(tag: str, attributes: dict[str, str]) -> None:
        nonlocal cells
        if tag.rpartition(":")[2] in _RANGES:
            cells += _area(attributes.get("ref", ""))
        if cells > MOST_CELLS_IN_RANGES:
            raise DataError(
                f"{name} has merged ranges, links or comments over more than {MOST_CELLS_IN_RANGES:,} cells. "
                "Take them apart, or save the sheet as CSV and open that."
            )

    def refuse(*_: object) -> None:
        raise DataError(f"{name} abbreviates its XML by entities, which Excel never does. Save it again as .xlsx.")

    with zipfile.ZipFile(stream) as archive:
        for part in archive.infolist():
            parser = ParserCreate()
            parser.StartElementHandler, parser.EntityDeclHandler = see, refuse
            try:
                with archive.open(part) as inside:
                    while chunk := inside.read(CHUNK_BYTES):
                        parser.Parse(chunk)
            except (ExpatError, LookupError, ValueError):
                continue  # a picture, or a part that openpyxl cannot read either
            except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as problem:
                raise DataError(
                    f"{name} is a damaged or locked Excel file. Save it as .xlsx without a password, or as CSV."
                ) from problem
    stream.seek(0)


def _area(reference: str) -> int:
    """Return how many cells a reference such as ``A1:B3`` covers; 0 if it is none, which openpyxl refuses.

    >>> _area("A1:B3"), _area("C7"), _area("A1:XFD1048576"), _area("B3:A1"), _area("here")
    (6, 1, 17179869184, 0, 0)
    """
    from openpyxl.utils import range_boundaries

    try:
        left, top, right, bottom = range_boundaries(reference.rpartition("!")[2])
    except ValueError:
        return 0
    if left is None and top is None:
        return 0
    # Whole columns or rows have no ends of their own.
    wide, high = (right or 16_384) - (left or 1) + 1, (bottom or 1_048_576) - (top or 1) + 1
    return max(0, int(wide)) * max(0, int(high))


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
