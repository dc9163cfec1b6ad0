"""Read a still that a page's own component took: small, a JPEG, many of them. What is not such is refused unread."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from fer.errors import InputError
from fer.faces.images import DAMAGES

MOST_BYTES = 2_000_000
MOST_PIXELS = 1920 * 1200


def read_still(
    jpeg: bytes, longest_px: int | None = None, most_pixels: int = MOST_PIXELS, most_bytes: int = MOST_BYTES
) -> npt.NDArray[np.uint8]:
    """Decode a still after a look at its header.

    Args:
        jpeg: The file's bytes.
        longest_px: A picture with longer sides is decoded at a half, a quarter or an eighth, which takes less time, as
            long as its longer side stays above; None decodes it as it is.
        most_pixels: A larger picture is refused from its header.
        most_bytes: A larger file is refused unread.

    Returns:
        Shape ``(height, width, 3)``, uint8, blue-green-red.

    Raises:
        InputError: If it is empty, no JPEG, damaged or too large, or coded in passes (progressive): no browser's canvas
            writes such, and decoding many passes can take seconds.
    """
    if not 0 < len(jpeg) <= most_bytes:
        raise InputError(f"A picture of {len(jpeg):,} bytes came; expected a JPEG of at most {most_bytes:,}.")
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            width, height = picture.size
            if width * height > most_pixels:
                raise InputError(f"A picture of {width} x {height} pixels came; at most {most_pixels:,} are taken.")
            if "progressive" in picture.info:
                raise InputError("A progressive JPEG came; expected a plain one, as a browser's canvas writes it.")
            if longest_px is not None:
                share = longest_px / max(width, height)
                picture.draft("RGB", (max(1, round(width * share)), max(1, round(height * share))))
            return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])
    except (*DAMAGES, UnidentifiedImageError, Image.DecompressionBombError) as problem:
        raise InputError("A picture came damaged or is no JPEG; the next one is taken.") from problem
