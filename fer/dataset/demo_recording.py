"""A recording of drawn people whose mood changes, for trying the recording page with no real person."""

from __future__ import annotations

import math
from dataclasses import fields
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from fer.dataset.drawing import (
    EXPRESSIONS,
    Expression,
    Looks,
    draw_person,
    random_looks,
)
from fer.dataset.outlines import FloatArray
from fer.faces.video_writer import VideoWriter

UInt8Array = npt.NDArray[np.uint8]

WIDTH_PX, HEIGHT_PX = 854, 480
PERSON_PX = 360
FPS = 10
CHANGE_S = 0.8
"""How long a face takes from one expression to the next."""
STEPS = 4
"""Drawings between two expressions: each takes some hundredths of a second."""
STORY: tuple[tuple[float, tuple[str, str, str]], ...] = (
    (0.0, ("neutral", "neutral", "neutral")),
    (10.0, ("happy", "happy", "neutral")),
    (20.0, ("surprise", "surprise", "surprise")),
    (32.0, ("neutral", "sad", "happy")),
)
"""From when, in seconds, each of the three shows which emotion."""
LENGTH_S = 40.0
DELAYS_S = (0.0, 0.4, 0.9)
"""People do not change in the same moment."""
WALL = (176, 180, 172)


def write_demo_recording(path: Path, seed: int = 8) -> None:
    """Draw the recording: 40 s of three people, 854 x 480, 10 frames a second.

    Args:
        path: An MP4 file.
        seed: The same seed gives the same people.

    Raises:
        OSError: If it cannot be written.
    """
    rng = np.random.default_rng(seed)
    looks = tuple(random_looks(rng) for _ in DELAYS_S)
    wall = _wall()
    with VideoWriter(path, FPS) as out:
        for number in range(round(LENGTH_S * FPS)):
            out.write(number / FPS, _frame(wall, looks, number / FPS))
    _drawn.cache_clear()


def shown_at(person: int, time_s: float) -> tuple[str, str, int]:
    """Return the expression that a person comes from and goes to, and how many of ``STEPS`` steps are done.

    >>> shown_at(0, 5.0), shown_at(0, 10.4), shown_at(2, 39.0)
    (('neutral', 'neutral', 4), ('neutral', 'happy', 2), ('surprise', 'happy', 4))
    """
    began = [number for number, (from_s, _) in enumerate(STORY) if from_s + DELAYS_S[person] <= time_s]
    now = began[-1] if began else 0
    elapsed_s = time_s - STORY[now][0] - DELAYS_S[person]
    steps = STEPS if now == 0 else min(STEPS, int(elapsed_s / CHANGE_S * STEPS + 1e-6))
    return STORY[max(0, now - 1)][1][person], STORY[now][1][person], steps


def _frame(wall: FloatArray, looks: tuple[Looks, ...], time_s: float) -> UInt8Array:
    picture = wall.copy()
    for person, look in enumerate(looks):
        colour, alpha = _drawn(look, *shown_at(person, time_s))
        # People sway a little.
        x = WIDTH_PX * (0.2 + 0.3 * person) + 7 * math.sin(0.7 * time_s + 2 * person) - PERSON_PX / 2
        y = HEIGHT_PX - PERSON_PX + 14 * (2 - person) + 4 + 4 * math.sin(1.1 * time_s + person)
        left, top = round(x), round(y)
        # What reaches over the picture's edges is cut off; the body always reaches over the lower one.
        skip = max(0, -left)
        part = picture[top:, left + skip : left + PERSON_PX]
        height, width = part.shape[:2]
        seen = slice(0, height), slice(skip, skip + width)
        part += alpha[seen][..., None] * (colour[seen] - part)
    image = np.asarray(np.clip(picture, 0, 255), np.uint8)
    text = "Drawn by Classmood: no real people"
    cv2.putText(image, text, (14, 26), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (90, 90, 90), 1, cv2.LINE_AA)
    return image


@lru_cache(maxsize=64)
def _drawn(look: Looks, origin: str, goal: str, steps: int) -> tuple[FloatArray, FloatArray]:
    return draw_person(between(EXPRESSIONS[origin], EXPRESSIONS[goal], steps / STEPS), look, PERSON_PX)


def between(origin: Expression, goal: Expression, share: float) -> Expression:
    """Return the expression that is a share of the way from one to another.

    >>> between(EXPRESSIONS["neutral"], EXPRESSIONS["happy"], 0.5).corners
    0.5
    """
    parts = ((part.name, getattr(origin, part.name), getattr(goal, part.name)) for part in fields(Expression))
    return Expression(**{name: low + share * (high - low) for name, low, high in parts})


def _wall() -> FloatArray:
    y, x = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    light = 1.08 - 0.25 * np.hypot(x / WIDTH_PX - 0.4, y / HEIGHT_PX - 0.2)
    return np.asarray(np.array(WALL, np.float32) * light[..., None], np.float32)
