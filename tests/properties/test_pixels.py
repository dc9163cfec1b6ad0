"""Whatever a cell holds, reading many rows at once says the same as reading each by itself."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fer.dataset.pixels import Fault, PixelParser, parse_row

parse_pixels = PixelParser()
"""One for all tests: what it read before must not show."""

number = st.one_of(
    st.integers(0, 255).map(str),
    st.sampled_from(["256", "999", "-1", "1000", "00", "007", "0255", "7.0", "2.5", "x", "+3", "\t4", "5 ", "\xe9"]),
)


@st.composite
def cells(draw: st.DrawFn) -> bytes:
    """A row that is mostly good: as many numbers as it must have, or one off, with a few odd ones among them."""
    seed, length = draw(st.integers(0, 99)), draw(st.sampled_from([2304, 2304, 2304, 2303, 2305]))
    words = [str(value) for value in np.random.default_rng(seed).integers(0, 256, length)]
    for place, word in draw(st.dictionaries(st.integers(0, length - 1), number, max_size=2)).items():
        words[place] = word
    return draw(st.sampled_from([" ", " ", "  "])).join(words).encode()


@settings(max_examples=60)
@given(st.lists(st.one_of(cells(), st.binary(max_size=40)), min_size=1, max_size=4))
def test_many_at_once_and_one_by_one(rows: list[bytes]):
    images, faults = parse_pixels(rows)
    for row, image, fault in zip(rows, images, faults, strict=True):
        alone = parse_row(row)
        if isinstance(alone, Fault):
            assert fault == alone
        else:
            assert fault is None
            np.testing.assert_array_equal(image.ravel(), alone)
