"""A drawn class as a video call shows it: a grid of people whose expressions change, for the demo class.

They are drawings and are called so wherever they are shown; no figure on them says anything about people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from fer.dataset.demo_recording import between
from fer.dataset.drawing import EXPRESSIONS, Expression, draw_person, random_looks

UInt8Array = npt.NDArray[np.uint8]

PERSON_PX = 160
TILE_WIDTH_PX = 184
COLUMNS = 6
STEPS = 2
"""Drawings between two expressions: each takes about 15 ms."""
CACHED = 420
"""Drawn tiles that the process keeps, 88 KB each: what a lesson of one class needs."""

LOOKS: tuple[int, ...] = (3, 34, 7, 38, 9, 20, 12, 42, 22, 6, 26, 32, 40, 25, 51, 43, 45, 59)
"""A seed of ``random_looks`` for each student. Chosen among 60 as those in whose drawings the network that ships reads
the expression that was drawn: the demo is to show what the product does, not how well drawings are read."""
WALLS: tuple[tuple[int, int, int], ...] = ((196, 200, 194), (186, 196, 206), (204, 196, 186), (190, 204, 196))

MOODS: dict[str, Expression] = {
    "attentive": Expression(0.3, -0.2, 0.0, -0.6, 0.0, 0.0, -0.35),
    "neutral": EXPRESSIONS["neutral"],
    "smile": Expression(0.05, 0.05, 0.0, -0.1, 0.0, 0.5, 0.5, 0.05, 0.3, 0.3),
    "happy": EXPRESSIONS["happy"],
    "surprise": EXPRESSIONS["surprise"],
    "puzzled": Expression(-0.4, 0.2, 0.6, -0.1, 0.1, 0.0, -0.35),
    "frown": EXPRESSIONS["angry"],
    "sad": EXPRESSIONS["sad"],
}
"""Expressions between the seven emotions as well, as people in a lesson show them."""


@dataclass(frozen=True)
class Pose:
    """Where a face is between two of ``MOODS``.

    Attributes:
        origin: Where it comes from.
        goal: Where it goes.
        steps: How many of ``STEPS`` are done.
    """

    origin: str
    goal: str
    steps: int = STEPS


def tile_at(student: int) -> tuple[int, int]:
    """Return the left upper corner of a student's tile in pixels.

    >>> tile_at(0), tile_at(7)
    ((0, 0), (184, 160))
    """
    row, column = divmod(student, COLUMNS)
    return column * TILE_WIDTH_PX, row * PERSON_PX


def student_at(x: float, y: float, students: int) -> int | None:
    """Return whose tile holds a point, or None outside of all.

    >>> student_at(200.0, 170.0, 18), student_at(200.0, 170.0, 5)
    (7, None)
    """
    column, row = int(x // TILE_WIDTH_PX), int(y // PERSON_PX)
    student = row * COLUMNS + column
    return student if 0 <= column < COLUMNS and 0 <= student < students else None


def draw_class(poses: list[Pose | None], time_s: float) -> UInt8Array:
    """Draw the class at a moment.

    Args:
        poses: Of each student, in the order of the tiles, at most ``len(LOOKS)``; None leaves an empty chair.
        time_s: People sway a little with it.

    Returns:
        Shape ``(rows * 160, 6 * 184, 3)``, uint8, blue-green-red; the lowest line says that it is drawn.
    """
    rows = math.ceil(len(poses) / COLUMNS)
    image = np.full((rows * PERSON_PX, COLUMNS * TILE_WIDTH_PX, 3), (60, 64, 62), np.uint8)
    for student, pose in enumerate(poses):
        x, y = tile_at(student)
        tile = _empty_tile(student) if pose is None else _tile(student, pose)
        if pose is not None:
            sway = 3 * math.sin(0.7 * time_s + 2 * student), 2 * math.sin(1.1 * time_s + student)
            moved = np.array([[1, 0, sway[0]], [0, 1, sway[1]]], np.float64)
            size = (TILE_WIDTH_PX, PERSON_PX)
            tile = cv2.warpAffine(tile, moved, size, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[assignment]
        image[y : y + PERSON_PX, x : x + TILE_WIDTH_PX] = tile
    # Frames of the tiles, as a video call has them.
    image[::PERSON_PX] = image[:, ::TILE_WIDTH_PX] = (60, 64, 62)
    text, face = "Drawn by Classmood: no real people", cv2.FONT_HERSHEY_SIMPLEX
    place = (8, image.shape[0] - 8)
    cv2.putText(image, text, place, face, 0.42, (250, 250, 250), 3, cv2.LINE_AA)
    cv2.putText(image, text, place, face, 0.42, (60, 60, 60), 1, cv2.LINE_AA)
    return image


@lru_cache(maxsize=CACHED)
def _tile(student: int, pose: Pose) -> UInt8Array:
    looks = random_looks(np.random.default_rng(LOOKS[student]))
    shown = between(MOODS[pose.origin], MOODS[pose.goal], pose.steps / STEPS)
    colour, alpha = draw_person(shown, looks, PERSON_PX)
    tile = _empty_tile(student).astype(np.float32)
    left = (TILE_WIDTH_PX - PERSON_PX) // 2
    part = tile[:, left : left + PERSON_PX]
    part += alpha[..., None] * (colour - part)
    return np.asarray(np.clip(tile, 0, 255), np.uint8)


@lru_cache(maxsize=len(LOOKS))
def _empty_tile(student: int) -> UInt8Array:
    y, x = np.mgrid[0:PERSON_PX, 0:TILE_WIDTH_PX].astype(np.float32) / PERSON_PX
    light = 1.06 - 0.22 * np.hypot(x - 0.4, y - 0.2)
    wall = np.array(WALLS[student % len(WALLS)], np.float32) * light[..., None]
    return np.asarray(np.clip(wall, 0, 255), np.uint8)
