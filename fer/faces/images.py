"""Read a photo: whatever people drop, upright BGR pixels or one sentence come out."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from fer.errors import InputError
from fer.settings import settings

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
"""Pillow's names; its JPEG reader also opens the MPO files that some phones write."""
EXPECTED = "Expected a JPEG, PNG or WebP photo"
DAMAGES = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What Pillow's readers raise when a file's bytes are not what its header says; found by fuzzing each format."""


@dataclass(frozen=True)
class Photo:
    """One photo, decoded.

    Attributes:
        image_bgr: Shape ``(height, width, 3)``, uint8, blue-green-red, turned upright by its EXIF orientation.
        note: What was done to it that the viewer should know, or "".
    """

    image_bgr: npt.NDArray[np.uint8]
    note: str = ""


def read_photo(source: Path | bytes, name: str | None = None) -> Photo:
    """Decode a photo after looking at its header.

    Args:
        source: A path, or the file's bytes.
        name: What the file is called in messages; a path's own name by default.

    Raises:
        InputError: If it is empty, no image, cut off, or larger than ``max_megapixels``.
    """
    name = name or (source.name if isinstance(source, Path) else "photo")
    data = _bytes_of(source, name)
    limit = settings().max_megapixels
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = picture.size
        if width * height > limit * 1e6:
            raise InputError(
                f"{name} is {width:,} x {height:,} pixels ({width * height / 1e6:,.0f} megapixels); "
                f"at most {limit:g} megapixels are taken. Scale it down and try again."
            )
        return _upright(picture)
    except Image.DecompressionBombError as problem:
        # Pillow refuses far larger pictures itself, before it says their size.
        raise InputError(
            f"{name} is far too large; at most {limit:g} megapixels are taken. Scale it down and try again."
        ) from problem
    except UnidentifiedImageError as problem:
        raise InputError(f"{name} is not an image that can be read. {EXPECTED}.") from problem
    except DAMAGES as problem:
        raise InputError(
            f"{name} is damaged or cut off ({problem}). {EXPECTED}; save or download it again."
        ) from problem


def _bytes_of(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, Path):
        try:
            source = source.read_bytes()
        except OSError as problem:
            raise InputError(f"{name} cannot be read ({problem.strerror or problem}). Check the path.") from problem
    if not source:
        raise InputError(f"{name} is empty (0 bytes). {EXPECTED}; save or download it again.")
    return source


def _upright(picture: Image.Image) -> Photo:
    frames = getattr(picture, "n_frames", 1)
    note = f"Only the first of its {frames} frames is read." if frames > 1 and picture.format != "MPO" else ""
    # In place, and closed when it is no longer needed: 64 megapixels are 256 MB for each copy.
    ImageOps.exif_transpose(picture, in_place=True)
    rgb = _as_rgb(picture)
    if rgb is not picture:
        picture.close()
    return Photo(np.ascontiguousarray(np.asarray(rgb)[:, :, ::-1]), note)


def _as_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")):
        # Pillow's own conversion clips at 255.
        values = np.nan_to_num(np.asarray(picture, np.float32))
        picture = Image.fromarray(np.clip(values * (255.0 / _white(picture.mode, values)), 0, 255).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        # Transparent parts become mid grey, a ground on which neither dark nor light faces vanish.
        layer = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        ground = Image.new("RGB", layer.size, (128, 128, 128))
        ground.paste(layer, (0, 0), layer)
        return ground
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _white(mode: str, values: npt.NDArray[np.float32]) -> float:
    """Return the value that means white: 16 bits say it themselves, of wider numbers the range that is there tells."""
    if mode.startswith("I;16"):
        return 65535.0
    top = float(values.max())
    if mode == "F" and top <= 1:
        return 1.0
    return 65535.0 if top > 255 else 255.0
