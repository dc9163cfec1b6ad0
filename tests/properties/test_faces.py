"""What must hold for every image, every box and every file, not only for the ones we thought of."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from fer.errors import InputError
from fer.faces.crop import Framing, crop_faces
from fer.faces.detect import Detections
from fer.faces.images import Photo, read_photo
from fer.faces.pipeline import box_inside

# Pillow tells of every odd tag; what matters is what comes out.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")

coordinate = st.floats(-1e6, 1e6, width=32)
any_box = st.tuples(coordinate, coordinate, coordinate, coordinate)
near_box = st.tuples(*[st.floats(-80, 160, width=32)] * 4)
landmark = st.one_of(coordinate, st.just(float("nan")))


def picture(height: int, width: int, colour: bool, seed: int) -> np.ndarray:
    shape = (height, width, 3) if colour else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@given(
    size=st.tuples(st.integers(1, 120), st.integers(1, 120)),
    colour=st.booleans(),
    boxes=st.lists(st.one_of(any_box, near_box), max_size=4),
    marks=st.lists(landmark, min_size=10, max_size=10),
    framing=st.builds(Framing, side=st.floats(0.1, 4), down=st.floats(-1, 1), level=st.floats(0, 1)),
)
def test_any_box_of_any_image_gives_a_crop(
    size: tuple[int, int],
    colour: bool,
    boxes: list[tuple[float, ...]],
    marks: list[float],
    framing: Framing,
):
    image = picture(*size, colour, seed=len(boxes))
    n = len(boxes)
    landmarks = np.tile(np.array(marks, np.float32).reshape(1, 5, 2), (n, 1, 1))
    found = Detections(np.array(boxes, np.float32).reshape(n, 4), np.ones(n, np.float32), landmarks)
    crops = crop_faces(image, found, framing)
    assert crops.shape == (n, 48, 48)
    assert crops.dtype == np.uint8


@given(
    shade=st.integers(0, 255),
    size=st.tuples(st.integers(1, 120), st.integers(1, 120)),
    box=st.one_of(any_box, near_box),
)
def test_a_crop_holds_nothing_that_the_image_lacks(shade: int, size: tuple[int, int], box: tuple[float, ...]):
    found = Detections(np.array([box], np.float32), np.ones(1, np.float32), np.zeros((1, 5, 2), np.float32))
    crop = crop_faces(np.full(size, shade, np.uint8), found, Framing(side=1.2, down=0.1))
    assert np.abs(crop.astype(int) - shade).max() <= 1


@given(box=st.one_of(any_box, near_box), width=st.integers(1, 5000), height=st.integers(1, 5000))
def test_a_box_comes_out_inside_the_image(box: tuple[float, ...], width: int, height: int):
    left, top, wide, high = box_inside(np.array(box, np.float32), width, height)
    assert 0 <= left < left + wide <= width
    assert 0 <= top < top + high <= height


@given(left=st.integers(0, 90), top=st.integers(0, 90), wide=st.integers(1, 10), high=st.integers(1, 10))
def test_a_box_that_lies_inside_stays_as_it_is(left: int, top: int, wide: int, high: int):
    box = np.array([left, top, left + wide, top + high], np.float32)
    assert box_inside(box, 100, 100) == (left, top, wide, high)


def decoded(data: bytes) -> Photo | None:
    """The photo, or None where it was refused as it should be: with a sentence in one line."""
    try:
        return read_photo(data, "photo")
    except InputError as problem:
        assert str(problem).startswith("photo ")
        assert str(problem).endswith(".")
        return None


def check(photo: Photo | None) -> None:
    if photo is not None:
        height, width, channels = photo.image_bgr.shape
        assert height > 0 and width > 0 and channels == 3
        assert photo.image_bgr.dtype == np.uint8


@given(data=st.binary(max_size=400))
@example(b"\xff\xd8\xff")
@example(b"\x89PNG\r\n\x1a\n")
@example(b"GIF89a")
@example(b"RIFF\x10\0\0\0WEBPVP8 ")
@example(b"II*\0\x08\0\0\0\0\0")
def test_any_bytes_are_a_photo_or_an_input_error(data: bytes):
    check(decoded(data))


def encoded(form: str, mode: str) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(picture(17, 23, True, 0)).convert(mode).save(buffer, form, exif=exif)
    return buffer.getvalue()


WHOLE = [
    encoded(form, mode)
    for form, modes in {
        "JPEG": ("RGB", "L", "CMYK"),
        "PNG": ("RGB", "LA", "P", "I;16"),
        "WEBP": ("RGB", "RGBA"),
        "GIF": ("P",),
        "BMP": ("RGB", "L"),
        "TIFF": ("RGB", "F", "CMYK"),
    }.items()
    for mode in modes
]


@settings(max_examples=600)
@given(data=st.data(), whole=st.sampled_from(WHOLE))
def test_any_damage_to_a_photo_is_read_or_said(data: st.DataObject, whole: bytes):
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.sampled_from([0, 1, 127, 128, 255]) | st.integers(0, 255))
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(0, len(damaged))) :]
    check(decoded(bytes(damaged)))


@given(width=st.integers(1, 2**31 - 1), height=st.integers(1, 2**31 - 1))
def test_a_photo_above_the_limit_is_refused_whatever_follows(width: int, height: int):
    assume(width * height > 64e6)
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    data += struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    assert decoded(data) is None
