"""Gallery recordings of real FER2013 faces with their truth, made by the data folder's make_gallery.py."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

SHARED = Path(os.environ.get("FER_SHARED", Path(__file__).resolve().parents[2] / "shared"))
MAKE_GALLERY = SHARED / "tools" / "make_gallery.py"


@dataclass(frozen=True)
class Tile:
    """One seat during one hold: its place in pixels, its time in seconds, its emotion ("" for an empty seat)."""

    seat: int
    x: int
    y: int
    w: int
    h: int
    start_s: float
    end_s: float
    emotion: str

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in the tile."""
        return self.x <= x < self.x + self.w and self.y <= y < self.y + self.h


@dataclass(frozen=True)
class Gallery:
    """A recording and its truth."""

    path: Path
    tiles: list[Tile]
    fps: int

    def at(self, time_s: float) -> list[Tile]:
        """The tiles at a time."""
        return [tile for tile in self.tiles if tile.start_s <= time_s < tile.end_s]

    def frames(self, every: int = 1, first: int = 0) -> Iterator[tuple[float, np.ndarray]]:
        """Every n-th frame with its time."""
        capture = cv2.VideoCapture(str(self.path))
        number = 0
        while True:
            if not capture.grab():
                return
            if number >= first and (number - first) % every == 0:
                yield number / self.fps, capture.retrieve()[1]
            number += 1


def make_gallery(
    folder: Path,
    seats: int,
    *,
    seconds: int = 20,
    hold: int = 5,
    seed: int = 0,
    fps: int = 15,
    split: str = "test",
    width: int = 1280,
    height: int = 720,
) -> Gallery:
    """Make a gallery recording in a folder, or take the one that is there."""
    if not MAKE_GALLERY.is_file():
        sys.exit(f"{MAKE_GALLERY} is not there: set FER_SHARED to the folder that holds tools/ and data/.")
    path = folder / f"gallery-{seats}-{seconds}-{hold}-{seed}-{fps}-{split}-{width}x{height}.mp4"
    if not path.with_suffix(".csv").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        options = dict(
            seats=seats, seconds=seconds, hold=hold, seed=seed, fps=fps, split=split, width=width, height=height
        )
        flags = [part for key, value in options.items() for part in (f"--{key}", str(value))]
        subprocess.run(
            [sys.executable, str(MAKE_GALLERY), "--out", str(path), *flags], check=True, stdout=subprocess.DEVNULL
        )
    with path.with_suffix(".csv").open(newline="") as file:
        tiles = [
            Tile(
                *(int(row[key]) for key in ("seat", "x", "y", "w", "h")),
                float(row["start_s"]),
                float(row["end_s"]),
                row["emotion"],
            )
            for row in csv.DictReader(file)
        ]
    return Gallery(path, tiles, fps)


def match(tiles: list[Tile], centres: list[tuple[float, float]]) -> tuple[dict[int, int], int]:
    """Match detections to seats.

    Args:
        tiles: The tiles at that time.
        centres: Each detection's centre in pixels, best first.

    Returns:
        The detection of each seat that was found, and how many detections are false alarms (in an empty
        seat, or a second one in a seat).
    """
    found: dict[int, int] = {}
    false_alarms = 0
    for index, centre in enumerate(centres):
        tile = next((tile for tile in tiles if tile.holds(*centre)), None)
        if tile is None or not tile.emotion or tile.seat in found:
            false_alarms += 1
        else:
            found[tile.seat] = index
    return found, false_alarms
