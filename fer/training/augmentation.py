"""What a training face may look like besides itself: moved, turned, lit otherwise, blurred, partly covered."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]


class Augmentation(BaseModel):
    """How far each change may go; every amount is drawn uniformly up to its limit.

    Attributes:
        flip: Chance of a mirror image.
        rotation_deg: Rotation either way.
        scale: Zoom either way (0.12 is 88 % to 112 %).
        shift_px: Shift along each axis, in pixels of the 48 x 48 crop.
        contrast: Contrast either way, as a share.
        brightness: Brightness either way, in grey values.
        dark: Chance that little light is left, down to ``dark_to``.
        dark_to: Least share of the light that is left where it is dark.
        noise: Chance of a camera's noise.
        noise_sd: Its largest standard deviation, in grey values.
        cutout: Chance that a rectangle is covered by the image's mean.
        cutout_px: Largest side of that rectangle.
        cutout_grey: Chance that the rectangle has some other grey than the mean, as a hand or a mask has.
        blur: Chance that the face is scaled down to ``blur_to_px`` to 40 pixels and up again, as a far seat is.
        blur_to_px: Fewest pixels across that are left.
        jpeg: Chance that it is compressed, as a call's picture is on a slow line.
        jpeg_quality: Lowest quality (1 to 100); up to 60 is drawn.
        mixup: How evenly faces are mixed in pairs, targets too: both parameters of a beta distribution; 0 is never.
    """

    model_config = ConfigDict(extra="forbid")

    flip: float = Field(0.5, ge=0, le=1)
    rotation_deg: float = Field(12.0, ge=0, le=45)
    scale: float = Field(0.12, ge=0, lt=0.5)
    shift_px: float = Field(2.5, ge=0, le=12)
    contrast: float = Field(0.25, ge=0, lt=1)
    brightness: float = Field(25.0, ge=0, le=128)
    dark: float = Field(0.0, ge=0, le=1)
    dark_to: float = Field(0.1, gt=0, le=1)
    noise: float = Field(0.0, ge=0, le=1)
    noise_sd: float = Field(20.0, gt=0, le=128)
    cutout: float = Field(0.4, ge=0, le=1)
    cutout_px: int = Field(16, ge=1, le=40)
    cutout_grey: float = Field(0.0, ge=0, le=1)
    blur: float = Field(0.15, ge=0, le=1)
    blur_to_px: int = Field(20, ge=8, le=40)
    jpeg: float = Field(0.0, ge=0, le=1)
    jpeg_quality: int = Field(10, ge=1, le=60)
    mixup: float = Field(0.0, ge=0, le=4)


def augment_faces(faces_gray: UInt8Array, how: Augmentation, rng: np.random.Generator) -> UInt8Array:
    """Return changed copies of grey faces.

    Args:
        faces_gray: Shape ``(n, 48, 48)``, uint8.
        how: The limits.
        rng: Drawn from; the same state gives the same faces.

    Returns:
        Shape ``(n, 48, 48)``, uint8, newly allocated.
    """
    return augment_twice(faces_gray, how, rng)[1]


def augment_twice(faces_gray: UInt8Array, how: Augmentation, rng: np.random.Generator) -> tuple[UInt8Array, UInt8Array]:
    """Return grey faces moved and lit otherwise, and the same with all changes, as ``augment_faces`` gives them.

    Args:
        faces_gray: Shape ``(n, 48, 48)``, uint8.
        how: The limits.
        rng: Drawn from; the same state gives the same faces.

    Returns:
        Both of shape ``(n, 48, 48)``, uint8, newly allocated. The first ones are as clear as the faces were.
    """
    clear, changed = np.empty_like(faces_gray), np.empty_like(faces_gray)
    for i, face in enumerate(faces_gray):
        moved = _move(face, how, rng)
        blurred = _blur(moved, how, rng)
        levels = _light(blurred, how, rng)
        clear[i] = levels[moved]
        worse = _cover(_noise(_darken(levels[blurred], how, rng), how, rng), how, rng)
        changed[i] = _compress(worse, how, rng)
    return clear, changed


def _move(face: UInt8Array, how: Augmentation, rng: np.random.Generator) -> UInt8Array:
    side = face.shape[0]
    centre = (side - 1) / 2
    angle = rng.uniform(-how.rotation_deg, how.rotation_deg)
    zoom = rng.uniform(1 - how.scale, 1 + how.scale)
    matrix = cv2.getRotationMatrix2D((centre, centre), angle, zoom)
    matrix[:, 2] = matrix[:, 2] + rng.uniform(-how.shift_px, how.shift_px, 2)
    if rng.random() < how.flip:
        # Mirror first, then move: x becomes side - 1 - x.
        matrix[:, 2] += matrix[:, 0] * (side - 1)
        matrix[:, 0] *= -1
    # The border repeats: FER2013's faces fill their frames, a black corner would be a cue.
    moved = cv2.warpAffine(face, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _blur(face: UInt8Array, how: Augmentation, rng: np.random.Generator) -> UInt8Array:
    if rng.random() >= how.blur:
        return face
    small = int(rng.integers(how.blur_to_px, 41))
    reduced = cv2.resize(face, (small, small), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(reduced, face.shape[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


def _light(face: UInt8Array, how: Augmentation, rng: np.random.Generator) -> UInt8Array:
    """Return what becomes of each of the 256 grey values."""
    mean = float(face.mean())
    gain = rng.uniform(1 - how.contrast, 1 + how.contrast)
    offset = mean * (1 - gain) + rng.uniform(-how.brightness, how.brightness)
    levels: UInt8Array = np.clip(np.arange(256) * gain + offset, 0, 255).astype(np.uint8)
    return levels


# A change that a recipe leaves out draws nothing, so that recipes from before it was there give what they gave.


def _darken(face: UInt8Array, how: Augmentation, rng: np.random.Generator) -> UInt8Array:
    if not how.dark or rng.random() >= how.dark:
        return face
    # As many faces between 10 and 20 % of the light as between 20 and 40 %.
    left = how.dark_to ** rng.random()
    # Whole grey values are what a dark face has few of.
    dark: UInt8Array = np.rint(face * left).astype(np.uint8)
    return dark


def _noise(face: UInt8Array, how: Augmentation, rng: np.random.Generator) -> UInt8Array:
    if not how.noise or rng.random() >= how.noise:
        return face
    grain = rng.standard_normal(face.shape, np.float32) * np.float32(rng.uniform(0, how.noise_sd))
    noisy: UInt8Array = np.clip(np.rint(face + grain), 0, 255).astype(np.uint8)
    return noisy


def _cover(face: UInt8Array, how: Augmentation, rng: np.random.Generator) -> UInt8Array:
    if rng.random() >= how.cutout:
        return face
    side = face.shape[0]
    h, w = rng.integers(min(6, how.cutout_px), how.cutout_px + 1, 2)
    y, x = rng.integers(0, side - h + 1), rng.integers(0, side - w + 1)
    grey = int(face.mean())
    if how.cutout_grey and rng.random() < how.cutout_grey:
        grey = int(rng.integers(0, 256))
    face[y : y + h, x : x + w] = grey
    return face


def _compress(face: UInt8Array, how: Augmentation, rng: np.random.Generator) -> UInt8Array:
    if not how.jpeg or rng.random() >= how.jpeg:
        return face
    quality = int(rng.integers(how.jpeg_quality, 61))
    _, written = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(written, cv2.IMREAD_GRAYSCALE), np.uint8)


def mix_up(
    faces: FloatArray, targets: FloatArray, alpha: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Mix each face of a batch with another one, and their targets alike.

    Args:
        faces: Scaled, shape ``(n, h, w, 1)``, float32.
        targets: Shape ``(n, classes)``, float32, rows summing to 1.
        alpha: Both parameters of the beta distribution that the share is drawn from; 0 mixes nothing.
        rng: Drawn from.

    Sources:
        Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization".
    """
    if not alpha:
        return faces, targets
    share = rng.beta(alpha, alpha, len(faces)).astype(np.float32)
    other = rng.permutation(len(faces))
    own = share[:, None, None, None]
    mixed = own * faces + (1 - own) * faces[other]
    return mixed, share[:, None] * targets + (1 - share[:, None]) * targets[other]
