"""Turn pixels written as text into faces: many rows at once, and each odd row by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]

SIDE_PX = 48
PIXELS = SIDE_PX * SIDE_PX
_SPACE = np.uint8(ord(" "))
_ZERO = np.uint8(ord("0"))
_WHOLE = re.compile(rb"[+-]?\d+(\.0*)?")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row's pixels.

    Attributes:
        kind: ``pixel_count`` or ``pixel_value``.
        words: The end of a sentence that begins with the row's name.
    """

    kind: str
    words: str


class PixelParser:
    """Reads the pixels of several rows in a few passes over all their bytes.

    It keeps the room that the passes work in: making and giving back half a megabyte a dozen times for each batch takes
    the system longer than the passes. One thread uses it.
    """

    def __init__(self) -> None:
        self._room = np.empty((5, 0), np.uint8)

    def __call__(self, cells: Sequence[bytes]) -> tuple[UInt8Array, list[Fault | None]]:
        """Read some rows.

        Where they are not written as FER2013's are, they are read one by one, and a row that is not then, slowly by
        :func:`parse_row`, which says what is wrong with it.

        Args:
            cells: The text of each row, such as ``b"70 80 82 …"``, without quotation marks.

        Returns:
            Faces, shape ``(n, 48, 48)``, uint8 (zeros where a row is wrong), and for each row what is wrong with it.
        """
        plain = self._plain(cells)
        if plain is not None:
            return plain, [None] * len(cells)
        if len(cells) > 1:
            parts = [self([cell]) for cell in cells]
            return np.concatenate([images for images, _ in parts]), [faults[0] for _, faults in parts]
        row = parse_row(cells[0])
        if isinstance(row, Fault):
            return np.zeros((1, SIDE_PX, SIDE_PX), np.uint8), [row]
        return row.reshape(1, SIDE_PX, SIDE_PX), [None]

    def _text_of(self, cells: Sequence[bytes]) -> UInt8Array:
        """Put the rows behind each other, with a space between, and see that there is room for the passes."""
        # Three spaces before the first row and one after the last: each byte may be looked at with its neighbours.
        n = 3 + sum(len(cell) + 1 for cell in cells)
        if self._room.shape[1] < n:
            self._room = np.empty((5, n + n // 8), np.uint8)
        text = self._room[0, :n]
        text[:3] = _SPACE
        place, bytes_of_text = 3, text.data
        for cell in cells:
            end = place + len(cell)
            bytes_of_text[place:end] = cell
            text[end] = _SPACE
            place = end + 1
        return text

    def _plain(self, cells: Sequence[bytes]) -> UInt8Array | None:
        """Read rows of 2,304 numbers of one to three digits, none above 255, with spaces between, or return None.

        A number's value is put together where it ends, from its last digit and those before it that belong to it. All
        passes are over bytes, and none makes a list of positions but the last: they would take five times as long.
        """
        text = self._text_of(cells)
        n = len(text)
        digits, values, tens = (room[:n] for room in self._room[1:4])
        is_digit, flags = self._room[4, :n].view(bool), values.view(bool)
        np.subtract(text, _ZERO, out=digits)  # bytes below "0" wrap round to more than 9
        np.less(digits, 10, out=is_digit)
        spaces = np.count_nonzero(np.equal(text, _SPACE, out=flags))
        if np.count_nonzero(is_digit) + spaces != n:
            return None
        digits *= is_digit
        pairs = np.logical_and(is_digit[:-1], is_digit[1:], out=tens.view(bool)[:-1])
        if np.count_nonzero(np.logical_and(pairs[:-3], pairs[2:-1], out=flags[:-4])):
            return None  # four digits
        hundreds = np.multiply(digits[1:-3], pairs[2:-1], out=values[:-4])
        if hundreds.max(initial=0) > 2:
            return None
        hundreds *= np.uint8(100)
        below = np.multiply(digits[2:-2], np.uint8(10), out=tens[:-4])
        below += digits[3:-1]
        # 256 and more wrap round to less than they were made of.
        total = np.add(hundreds, below, out=hundreds)
        if np.count_nonzero(np.less(total, below, out=tens.view(bool)[:-4])):
            return None
        ends = np.greater(is_digit[3:-1], is_digit[4:], out=tens.view(bool)[:-4])
        begin = 0
        for cell in cells:
            if np.count_nonzero(ends[begin : begin + len(cell)]) != PIXELS:
                return None
            begin += len(cell) + 1
        return np.compress(ends, total).reshape(-1, SIDE_PX, SIDE_PX)


def parse_row(cell: bytes) -> UInt8Array | Fault:
    """Read the pixels of one row, slowly and exactly.

    Returns:
        Shape ``(2304,)``, uint8, or what is wrong: it must be 2,304 whole numbers of 0 to 255.

    >>> parse_row(b"7 " * 2303)
    Fault(kind='pixel_count', words='has 2,303 pixels, not 2,304 (48 x 48)')
    """
    words = cell.split()
    if len(words) != PIXELS:
        return Fault("pixel_count", f"has {len(words):,} pixels, not 2,304 (48 x 48)")
    values = np.zeros(PIXELS, np.uint8)
    for place, word in enumerate(words):
        # pandas writes 70.0 where a column once had gaps. What is longer than six signs is no pixel.
        value = int(float(word)) if len(word) <= 6 and _WHOLE.fullmatch(word) else None
        if value is None or not 0 <= value <= 255:
            shown = word[:20].decode("utf-8", "replace")
            return Fault("pixel_value", f"has {shown} as its pixel {place + 1:,}, not a whole number of 0 to 255")
        values[place] = value
    return values
