"""Photos as people have them: every kind that is read, and every kind of damage with its sentence."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer.errors import InputError
from fer.faces.images import read_photo
from fer.settings import ROOT

RED, GREEN, BLUE, WHITE = (220, 20, 30), (20, 200, 40), (30, 40, 210), (250, 250, 250)
EXIF_ORIENTATION = 0x0112


def four_corners(height: int = 24, width: int = 40) -> np.ndarray:
    """An RGB picture whose four quarters differ, so that no turn or mirror leaves it as it was."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = RED
    picture[: height // 2, width // 2 :] = GREEN
    picture[height // 2 :, : width // 2] = BLUE
    picture[height // 2 :, width // 2 :] = WHITE
    return picture


def encoded(picture: Image.Image | np.ndarray, form: str, **options: object) -> bytes:
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that says it is huge and holds a few bytes: whoever decodes it finds it cut off."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_colours_come_in_opencv_order():
    photo = read_photo(encoded(four_corners(), "PNG"))
    assert photo.image_bgr.shape == (24, 40, 3)
    assert photo.image_bgr.dtype == np.uint8
    assert tuple(photo.image_bgr[0, 0]) == RED[::-1]
    assert photo.note == ""


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "MPO"])
def test_every_promised_format_is_read(form: str):
    photo = read_photo(encoded(four_corners(), form))
    np.testing.assert_allclose(photo.image_bgr[3, 3], RED[::-1], atol=12)
    np.testing.assert_allclose(photo.image_bgr[-3, 3], BLUE[::-1], atol=12)


def test_the_ending_of_the_name_does_not_matter(tmp_path: Path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(four_corners(), "PNG"))
    assert read_photo(path).image_bgr.shape == (24, 40, 3)


STORED_AS = {
    1: lambda up: up,
    2: np.fliplr,
    3: lambda up: np.rot90(up, 2),
    4: np.flipud,
    5: lambda up: up.transpose(1, 0, 2),
    6: lambda up: np.rot90(up, 1),
    7: lambda up: np.rot90(up, 2).transpose(1, 0, 2),
    8: lambda up: np.rot90(up, -1),
}
"""How an upright picture lies in a file of each EXIF orientation (EXIF 2.32, tag 0x0112)."""


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", STORED_AS)
def test_every_exif_orientation_comes_out_upright(orientation: int, form: str):
    upright = four_corners(64, 96)
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    stored = np.ascontiguousarray(STORED_AS[orientation](upright))
    photo = read_photo(encoded(stored, form, exif=exif, **({} if form == "PNG" else {"quality": 95})))
    assert photo.image_bgr.shape == (64, 96, 3)
    middles = np.s_[16::32, 24::48]  # of the four quarters: lossy formats blur the colours' edges
    np.testing.assert_allclose(photo.image_bgr[middles].astype(int), upright[middles][:, :, ::-1], atol=16)


def test_cmyk_becomes_colour():
    photo = read_photo(encoded(Image.fromarray(four_corners()).convert("CMYK"), "JPEG", quality=95))
    np.testing.assert_allclose(photo.image_bgr[3, 3].astype(int), RED[::-1], atol=16)


def test_grey_becomes_three_equal_channels():
    grey = np.linspace(0, 255, 24 * 40).reshape(24, 40).astype(np.uint8)
    photo = read_photo(encoded(grey, "PNG"))
    np.testing.assert_array_equal(photo.image_bgr, np.repeat(grey[:, :, None], 3, axis=2))


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_clipped(form: str):
    grey = np.linspace(0, 65535, 24 * 40).reshape(24, 40)
    photo = read_photo(encoded(grey.astype(np.uint16), form))
    np.testing.assert_allclose(photo.image_bgr[:, :, 0], grey / 257, atol=1)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("top", [250, 255, 1000])
def test_a_dark_picture_of_sixteen_bits_stays_dark(form: str, top: int):
    grey = np.linspace(0, top, 24 * 40).reshape(24, 40).astype(np.uint16)
    assert read_photo(encoded(grey, form)).image_bgr.max() == top // 257


@pytest.mark.parametrize(("top", "white"), [(1000, 65535), (250, 255)])
def test_of_wider_numbers_the_range_tells(top: int, white: int):
    grey = np.linspace(0, top, 24 * 40).reshape(24, 40)
    photo = read_photo(encoded(grey.astype(np.int32), "TIFF"))
    np.testing.assert_allclose(photo.image_bgr[:, :, 0], grey * 255 / white, atol=1)


def test_a_float_picture_from_nought_to_one():
    values = np.linspace(0, 1, 24 * 40).reshape(24, 40).astype(np.float32)
    np.testing.assert_allclose(read_photo(encoded(values, "TIFF")).image_bgr[:, :, 0], values * 255, atol=1)


def test_sixteen_bits_in_colour():
    # Pillow writes no 16-bit colour, OpenCV does.
    import cv2

    wide = four_corners().astype(np.uint16) * 257
    data = cv2.imencode(".png", np.ascontiguousarray(wide[:, :, ::-1]))[1].tobytes()
    np.testing.assert_allclose(read_photo(data).image_bgr.astype(int), four_corners()[:, :, ::-1], atol=1)


def test_a_float_picture_with_holes_is_read():
    values = np.linspace(0, 255, 24 * 40).reshape(24, 40).astype(np.float32)
    values[0, 0] = np.nan
    photo = read_photo(encoded(values, "TIFF"))
    assert photo.image_bgr[0, 0, 0] == 0
    assert photo.image_bgr[-1, -1, 0] == 255


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_transparent_parts_become_mid_grey(mode: str, form: str):
    picture = Image.fromarray(four_corners()).convert(mode)
    alpha = np.full((24, 40), 255, np.uint8)
    alpha[:, 20:] = 0
    picture.putalpha(Image.fromarray(alpha))
    photo = read_photo(encoded(picture, form, **({"lossless": True} if form == "WEBP" else {})))
    assert photo.image_bgr.shape == (24, 40, 3)
    assert tuple(photo.image_bgr[5, 30]) == (128, 128, 128)
    assert tuple(photo.image_bgr[5, 5]) != (128, 128, 128)


def test_half_transparent_parts_are_mixed_with_the_ground():
    picture = Image.new("RGBA", (8, 8), (200, 100, 0, 128))
    np.testing.assert_allclose(read_photo(encoded(picture, "PNG")).image_bgr[0, 0], (64, 114, 164), atol=1)


@pytest.mark.skipif(sys.platform == "win32", reason="resource is POSIX's")
def test_a_large_picture_with_transparent_parts_needs_few_copies(tmp_path: Path):
    path = tmp_path / "large.png"
    Image.new("RGBA", (4000, 4000), (200, 100, 0, 200)).save(path, compress_level=1)
    code = (
        "import resource, sys; from pathlib import Path; from fer.faces.images import read_photo\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "read_photo(Path(sys.argv[1]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    run = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True, cwd=ROOT)
    unit = 1 if sys.platform == "darwin" else 1024
    # 4 bytes a pixel are 64 MB; three layers of them, their copies and the arrays were 380 MB.
    assert int(run.stdout) * unit < 240e6


def test_a_palette_with_a_transparent_colour():
    palette = Image.fromarray(four_corners()).quantize(4)
    index = palette.getpixel((30, 5))
    photo = read_photo(encoded(palette, "PNG", transparency=index))
    assert tuple(photo.image_bgr[5, 30]) == (128, 128, 128)
    np.testing.assert_allclose(photo.image_bgr[5, 5].astype(int), RED[::-1], atol=2)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_read_and_said_so(form: str):
    first, second = Image.fromarray(four_corners()), Image.fromarray(255 - four_corners())
    photo = read_photo(encoded(first, form, save_all=True, append_images=[second, first], duration=100, loop=0))
    np.testing.assert_allclose(photo.image_bgr[3, 3].astype(int), RED[::-1], atol=16)
    assert photo.note == "Only the first of its 3 frames is read."


def test_a_phone_picture_of_two_views_needs_no_note():
    views = [Image.fromarray(four_corners()), Image.fromarray(four_corners())]
    assert read_photo(encoded(views[0], "MPO", save_all=True, append_images=views[1:])).note == ""


def test_a_text_file_named_jpg(tmp_path: Path):
    path = tmp_path / "notes.jpg"
    path.write_text("Dear diary, today I renamed a file.")
    with pytest.raises(InputError, match=r"notes\.jpg is not an image that can be read\. Expected a JPEG, PNG or WebP"):
        read_photo(path)


def test_a_truncated_jpeg():
    data = encoded(np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8), "JPEG")
    with pytest.raises(InputError, match=r"class\.jpg is damaged or cut off .*save or download it again"):
        read_photo(data[: len(data) // 2], "class.jpg")


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_other_formats_cut_off(form: str):
    data = encoded(np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8), form)
    with pytest.raises(InputError, match="damaged or cut off|not an image"):
        read_photo(data[: len(data) // 3], "class")


def test_no_bytes_at_all(tmp_path: Path):
    path = tmp_path / "empty.png"
    path.touch()
    with pytest.raises(InputError, match=r"empty\.png is empty \(0 bytes\)\. Expected"):
        read_photo(path)


def test_a_path_that_is_not_there(tmp_path: Path):
    with pytest.raises(InputError, match=r"gone\.jpg cannot be read \(No such file or directory\)\. Check the path"):
        read_photo(tmp_path / "gone.jpg")


def test_a_folder_is_not_a_photo(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        read_photo(tmp_path)


def test_a_gigantic_png_is_refused_from_its_header():
    data = png_header(30_000, 30_000)
    assert len(data) < 200
    with pytest.raises(InputError, match="poster.png is far too large; at most 64 megapixels"):
        read_photo(data, "poster.png")


def test_a_large_png_is_refused_with_its_size():
    with pytest.raises(InputError, match=r"9,000 x 9,000 pixels \(81 megapixels\); at most 64 megapixels"):
        read_photo(png_header(9_000, 9_000), "poster.png")


def test_the_limit_can_be_set(configure: Callable[..., None]):
    configure(FER_MAX_MEGAPIXELS=0.0005)
    with pytest.raises(InputError, match=r"at most 0\.0005 megapixels"):
        read_photo(encoded(four_corners(), "PNG"))


def test_a_photo_of_one_pixel():
    assert read_photo(encoded(np.zeros((1, 1, 3), np.uint8), "PNG")).image_bgr.shape == (1, 1, 3)
