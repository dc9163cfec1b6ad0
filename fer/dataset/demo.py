"""Faces that we draw ourselves: a data set in FER2013's form and a class photo, for trying things with no real person.

They are drawings: wherever they are shown they are called drawn, and no accuracy on them says anything about people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fer.dataset.drawing import (
    CANVAS_PX,
    EXPRESSIONS,
    HALF_HEIGHT,
    HALF_WIDTH,
    HEAD_X,
    HEAD_Y,
    draw_person,
    random_looks,
    varied,
)
from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.outlines import FloatArray
from fer.dataset.reading import Progress, silent
from fer.emotions import EMOTIONS

UInt8Array = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

SMALL_PX = 128
"""A face of 48 pixels is drawn at about one and a half times its size and averaged; larger shows no more."""


@dataclass(frozen=True)
class DrawnClass:
    """A drawn class photo and what is in it.

    Attributes:
        image_bgr: Shape ``(height, width, 3)``, uint8.
        boxes_xywh: Where the faces are, forehead to chin, in whole pixels.
        emotions: What each was drawn to show.
    """

    image_bgr: UInt8Array
    boxes_xywh: tuple[Box, ...]
    emotions: tuple[str, ...]


def demo_faces(per_emotion: int, seed: int = 0, progress: Progress = silent) -> FaceSet:
    """Draw a data set in FER2013's form: about 10 ms a face.

    Args:
        per_emotion: Faces of each emotion over all usages; eight of ten go to Training, one to each of the others.
        seed: The same seed gives the same faces.
        progress: Called now and then.

    Returns:
        ``7 * per_emotion`` faces in mixed order, 48 x 48 grey.

    Raises:
        ValueError: If ``per_emotion`` is not positive.
    """
    if per_emotion < 1:
        raise ValueError(f"expected at least one face an emotion, got {per_emotion}")
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(EMOTIONS), dtype=np.uint8), per_emotion))
    images = np.empty((len(labels), 48, 48), np.uint8)
    for row, label in enumerate(labels):
        if row % 20 == 0:
            progress(row / len(labels), "Drawing faces")
        images[row] = face_gray(EMOTIONS[label], rng)
    tenths = np.arange(len(labels)) * 10 // len(labels)
    usage = np.select([tenths == 8, tenths == 9], [USAGES.index("PublicTest"), USAGES.index("PrivateTest")], 0)
    return FaceSet(images, labels, usage.astype(np.uint8), drawn=True)


def face_gray(emotion: str, rng: np.random.Generator) -> UInt8Array:
    """Draw one face as FER2013 frames them: shape ``(48, 48)``, uint8, grey, with tilt, light and noise."""
    colour, alpha = draw_person(varied(EXPRESSIONS[emotion], rng), random_looks(rng), SMALL_PX)
    picture = rng.uniform(50, 205) * (1 - alpha[..., None]) + colour * alpha[..., None]
    gray = cv2.cvtColor(picture.astype(np.uint8), cv2.COLOR_BGR2GRAY)
    # FER2013's frames go from the hairline to just below the chin.
    side = 2 * HALF_HEIGHT * SMALL_PX * rng.uniform(0.9, 1.02)
    centre = np.array([HEAD_X, HEAD_Y + 0.02]) * SMALL_PX + rng.normal(0, 0.008 * SMALL_PX, 2)
    turn = cv2.getRotationMatrix2D(tuple(centre), rng.normal(0, 5), 48 / side)
    turn = _moved(turn, 23.5 - centre)
    # Averaged first: a single pixel in four would otherwise decide.
    soft = cv2.GaussianBlur(gray, (0, 0), side / 48 / 2.2)
    crop = cv2.warpAffine(soft, turn, (48, 48), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lit = crop.astype(np.float32) * rng.uniform(0.75, 1.2) + rng.uniform(-15, 15) + rng.normal(0, 4, crop.shape)
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def demo_class(
    emotions: Sequence[str] = ("happy", "neutral", "surprise", "angry", "sad", "happy"),
    seed: int = 8,
    width: int = 1280,
    height: int = 720,
) -> DrawnClass:
    """Draw a class photo: two rows of people before a wall; a line in the picture says that it is drawn.

    Args:
        emotions: One for each person, the back row first.
        seed: The same seed gives the same picture.
        width: Of the picture in pixels.
        height: Of the picture in pixels.

    Raises:
        ValueError: If there is nobody to draw or an emotion is unknown.
    """
    if not emotions or set(emotions) - set(EMOTIONS):
        raise ValueError(f"expected some of {EMOTIONS}, got {tuple(emotions)}")
    rng = np.random.default_rng(seed)
    picture = _wall(width, height)
    back = len(emotions) // 2
    boxes = [
        _stand(picture, emotion, (row, place, len(people)), rng)
        for row, people in enumerate((emotions[:back], emotions[back:]))
        for place, emotion in enumerate(people)
    ]
    grain = rng.normal(0, 2.0, picture.shape[:2])[..., None]
    image = np.clip(picture + grain, 0, 255).astype(np.uint8)
    cv2.putText(
        image, "Drawn by Classmood: no photograph, no real people", (18, height - 18), cv2.FONT_HERSHEY_SIMPLEX,
        height / 1300, (235, 235, 235), 1, cv2.LINE_AA,
    )  # fmt: skip
    return DrawnClass(np.asarray(image, np.uint8), tuple(boxes), tuple(emotions))


def _wall(width: int, height: int) -> FloatArray:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 1.06 - 0.3 * np.hypot(x / width - 0.35, (y / height - 0.2) * 0.7)
    wall = np.array([186, 190, 186], np.float32) * light[..., None]
    board = np.zeros((height, width), np.uint8)
    cv2.rectangle(
        board, (round(0.08 * width), round(0.05 * height)), (round(0.92 * width), round(0.5 * height)), 255, -1
    )
    on = cv2.GaussianBlur(board, (0, 0), 1.5)[..., None] / np.float32(255)
    frame = cv2.GaussianBlur(cv2.dilate(board, np.ones((9, 9))), (0, 0), 1.5)[..., None] / np.float32(255)
    wall += frame * (np.array([96, 118, 142], np.float32) - wall)
    wall += on * (np.array([74, 88, 66], np.float32) * light[..., None] - wall)
    return np.asarray(wall, np.float32)


def _moved(matrix: npt.NDArray[Any], by: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return an affine matrix that also moves."""
    return np.concatenate([matrix[:, :2], matrix[:, 2:] + by[:, None]], axis=1)


def _stand(picture: FloatArray, emotion: str, seat: tuple[int, int, int], rng: np.random.Generator) -> Box:
    """Put a person into the picture and return the face's box."""
    row, place, of = seat
    height, width = picture.shape[:2]
    side = round(min(height * (0.62, 0.82)[row], 1.5 * width / of))
    x = round(width * (place + (0.62, 0.42)[row]) / (of + 0.04) - side / 2 + rng.normal(0, width * 0.006))
    y = round(height * (-0.02, 0.3)[row] + rng.normal(0, height * 0.012))
    colour, alpha = draw_person(varied(EXPRESSIONS[emotion], rng), random_looks(rng))
    middle = (CANVAS_PX * HEAD_X, CANVAS_PX * (HEAD_Y + HALF_HEIGHT))
    turn = cv2.getRotationMatrix2D(middle, rng.normal(0, 3.5), side / CANVAS_PX)
    turn = _moved(turn, np.array([side * HEAD_X, side * (HEAD_Y + HALF_HEIGHT)]) - middle)
    # The last row is repeated down to the picture's edge: a body does not end where the drawing does.
    size = (side, max(side, height - y))
    layer = cv2.warpAffine(
        np.dstack([colour, alpha]), turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    top, left, right = max(0, y), max(0, x), min(width, x + side)
    cut = layer[top - y : height - y, left - x : right - x]
    part = picture[top:height, left:right]
    part += cut[..., 3:] * (cut[..., :3] - part)
    box = (x + side * (HEAD_X - HALF_WIDTH), y + side * (HEAD_Y - 0.7 * HALF_HEIGHT))
    return round(box[0]), round(box[1]), round(2 * side * HALF_WIDTH), round(1.7 * side * HALF_HEIGHT)
