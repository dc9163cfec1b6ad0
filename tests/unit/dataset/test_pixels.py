"""Pixels written as text: what the quick way takes, the slow and exact way takes to the same values."""

from __future__ import annotations

import numpy as np
import pytest

from fer.dataset.pixels import Fault, PixelParser, parse_row


def text_of(values: list[int]) -> bytes:
    return " ".join(map(str, values)).encode()


GOOD = [7] * 2304

parse_pixels = PixelParser()
"""One for all tests: what it read before must not show."""


def test_all_values_and_widths():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 48, 48), np.uint8)
    images[0] = np.arange(2304).reshape(48, 48) % 256
    images[1], images[2] = 0, 255
    read, faults = parse_pixels([text_of(image.ravel().tolist()) for image in images])
    np.testing.assert_array_equal(read, images)
    assert faults == [None] * 40


@pytest.mark.parametrize(
    ("cell", "kind", "said"),
    [
        (text_of(GOOD[1:]), "pixel_count", "has 2,303 pixels, not 2,304 (48 x 48)"),
        (text_of([*GOOD, 1]), "pixel_count", "has 2,305 pixels"),
        (b"", "pixel_count", "has 0 pixels"),
        (text_of([*GOOD[1:], 256]), "pixel_value", "has 256 as its pixel 2,304, not a whole number of 0 to 255"),
        (text_of([300, *GOOD[1:]]), "pixel_value", "has 300 as its pixel 1,"),
        (text_of([-1, *GOOD[1:]]), "pixel_value", "has -1 as its pixel 1,"),
        (text_of([1000, *GOOD[1:]]), "pixel_value", "has 1000 as"),
        (b"x " + text_of(GOOD[1:]), "pixel_value", "has x as"),
        (b"1.5 " + text_of(GOOD[1:]), "pixel_value", "has 1.5 as"),
        (b"nan " + text_of(GOOD[1:]), "pixel_value", "has nan as"),
        (b"9" * 5000 + b" " + text_of(GOOD[1:]), "pixel_value", "has " + "9" * 20 + " as"),
        (b"\xff\xfe " + text_of(GOOD[1:]), "pixel_value", "as its pixel 1,"),
    ],
)
def test_a_wrong_row_is_named_and_its_neighbours_stay(cell: bytes, kind: str, said: str):
    images, faults = parse_pixels([text_of(GOOD), cell, text_of(GOOD)])
    assert faults[0] is None and faults[2] is None
    assert faults[1] is not None and faults[1].kind == kind and said in faults[1].words
    np.testing.assert_array_equal(images[[0, 2]], np.full((2, 48, 48), 7))


def test_one_row_too_short_and_the_next_too_long():
    # Together they have as many numbers as two good rows.
    _, faults = parse_pixels([text_of(GOOD[1:]), text_of([*GOOD, 7])])
    assert [fault and fault.kind for fault in faults] == ["pixel_count", "pixel_count"]


@pytest.mark.parametrize(
    "cell",
    [
        b"  " + text_of(GOOD) + b" ",
        text_of(GOOD).replace(b" ", b"   "),
        text_of(GOOD).replace(b" ", b"\t"),
        b" ".join([b"007"] * 2304),
        b" ".join([b"0007"] * 2304),
        b" ".join([b"7.0"] * 2304),
        b" ".join([b"+7"] * 2304),
    ],
)
def test_other_ways_to_write_the_same(cell: bytes):
    images, faults = parse_pixels([cell, cell])
    assert faults == [None, None]
    assert (images == 7).all()


def test_the_exact_way_gives_a_row():
    row = parse_row(text_of(list(range(256)) * 9))
    assert not isinstance(row, Fault)
    assert row.tolist() == list(range(256)) * 9
