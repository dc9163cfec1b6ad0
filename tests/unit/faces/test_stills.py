"""Stills: what a browser's canvas writes is read, anything else is one sentence, and a bomb is never decoded."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fer.errors import InputError
from fer.faces.stills import MOST_BYTES, read_still


def coded(width: int = 320, height: int = 240, kind: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    rows, columns = np.mgrid[0:height, 0:width]
    pixels = np.stack([columns % 256, rows % 256, np.full_like(rows, 60)], axis=2).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, kind, **options)
    return out.getvalue()


STILL = coded()


def test_a_still_comes_out_as_bgr() -> None:
    image = read_still(STILL)
    assert image.shape == (240, 320, 3) and image.dtype == np.uint8 and image.flags.c_contiguous
    # Blue is constant, red grows to the right.
    assert abs(int(image[120, 100, 0]) - 60) < 12
    assert int(image[120, 200, 2]) > int(image[120, 40, 2]) + 100


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_are_pictures_too(mode: str) -> None:
    assert read_still(coded(mode=mode)).shape == (240, 320, 3)


def test_a_large_one_is_decoded_smaller() -> None:
    image = read_still(coded(1920, 1080), longest_px=640)
    assert 640 <= max(image.shape[:2]) < 1280
    assert read_still(coded(1920, 1080)).shape == (1080, 1920, 3)
    assert read_still(coded(1, 1), longest_px=640).shape == (1, 1, 3)


@pytest.mark.parametrize(
    ("still", "says"),
    [
        (b"", "0 bytes"),
        (b"GIF89a", "damaged or is no JPEG"),
        (coded(kind="PNG"), "damaged or is no JPEG"),
        (STILL[:400], "damaged or is no JPEG"),
        (STILL[: len(STILL) // 2], "damaged or is no JPEG"),
        (b"\xff" * (MOST_BYTES + 1), "at most 2,000,000"),
        (coded(1921, 1200), "at most 2,304,000"),
        (coded(progressive=True), "progressive"),
    ],
    ids=["empty", "gif", "png", "header", "half", "bytes", "pixels", "progressive"],
)
def test_what_is_no_still_is_a_sentence(still: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_still(still)


def test_a_bomb_is_refused_from_its_header() -> None:
    """A file of some hundred bytes that says 65,000 x 65,000 pixels would need 12 GB."""
    bomb = bytearray(coded(16, 16))
    at = bomb.index(b"\xff\xc0")
    bomb[at + 5 : at + 9] = (65000).to_bytes(2, "big") * 2
    tracemalloc.start()
    with pytest.raises(InputError):
        read_still(bytes(bomb))
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_bytes_are_a_picture_or_a_sentence(data: st.DataObject) -> None:
    still = bytearray(STILL)
    for place in data.draw(st.lists(st.integers(0, len(still) - 1), max_size=8)):
        still[place] = data.draw(st.integers(0, 255))
    try:
        image = read_still(bytes(still[: data.draw(st.integers(0, len(still)))]))
    except InputError as problem:
        assert str(problem)
    else:
        assert image.ndim == 3 and image.shape[2] == 3
