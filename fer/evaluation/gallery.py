"""Measure the whole way on a gallery recording whose truth is known: who is found, and how they are read."""

from __future__ import annotations

import csv
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.emotions import canonical
from fer.errors import InputError
from fer.faces.pipeline import FaceAnalyzer
from fer.faces.recording import analyze_recording
from fer.faces.track import TrackedFace

COLUMNS = ("seat", "x", "y", "w", "h", "start_s", "end_s", "emotion")
SETTLING_S = 1.0
"""After a change the smoothed mood is given this time before it counts."""


@dataclass(frozen=True)
class Tile:
    """One seat during one time: its place in pixels, its time in seconds, its emotion; "" is an empty seat."""

    seat: int
    x: float
    y: float
    w: float
    h: float
    start_s: float
    end_s: float
    emotion: str

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in the tile."""
        return self.x <= x < self.x + self.w and self.y <= y < self.y + self.h


@dataclass
class SeatCount:
    """What was counted of one seat, in analysed frames."""

    shown: int = 0
    found: int = 0
    right: int = 0
    settled: int = 0
    smoothed_right: int = 0


@dataclass
class TruthSink:
    """Compares each analysed frame with the truth; a sink of ``analyze_recording``."""

    tiles: list[Tile]
    seats: dict[int, SeatCount] = field(default_factory=lambda: defaultdict(SeatCount))
    false_alarms: int = 0

    def take(self, time_s: float, image_bgr: npt.NDArray[np.uint8], faces: list[TrackedFace]) -> None:
        """See ``fer.faces.recording.Sink``."""
        now = [tile for tile in self.tiles if tile.start_s <= time_s < tile.end_s]
        for tile in now:
            self.seats[tile.seat].shown += bool(tile.emotion)
        seen: set[int] = set()
        for face in sorted(faces, key=lambda face: -face.face.score):
            x, y, w, h = face.face.box_xywh
            under = next((tile for tile in now if tile.holds(x + w / 2, y + h / 2)), None)
            if under is None or not under.emotion or under.seat in seen:
                self.false_alarms += 1
                continue
            seen.add(under.seat)
            self._count(under, face, time_s)

    def _count(self, tile: Tile, face: TrackedFace, time_s: float) -> None:
        seat = self.seats[tile.seat]
        seat.found += 1
        seat.right += face.face.emotion == tile.emotion
        if tile.start_s == 0 or time_s >= tile.start_s + SETTLING_S:
            seat.settled += 1
            seat.smoothed_right += face.emotion == tile.emotion


def read_truth(path: Path) -> list[Tile]:
    """Read a gallery's truth.

    Raises:
        InputError: If it cannot be read, a column is missing, or a value is no number or no emotion.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            if missing := set(COLUMNS) - set(table.fieldnames or ()):
                raise InputError(f"{path.name}: expected columns {', '.join(COLUMNS)}; {sorted(missing)} missing.")
            tiles = [_tile(row, f"{path.name}: row {number}") for number, row in enumerate(table, 1)]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise InputError(f"{path} cannot be read as the truth of a recording ({problem}). Expected a CSV.") from problem
    if not tiles:
        raise InputError(f"{path.name} has no rows. Expected one for each seat and time.")
    return tiles


def _tile(row: dict[str, str], where: str) -> Tile:
    try:
        numbers = [float(row[name]) for name in COLUMNS[1:7]]
        seat = int(row["seat"])
    except (TypeError, ValueError) as problem:
        raise InputError(f"{where} holds something else than numbers ({problem}). Make the file again.") from problem
    name = (row["emotion"] or "").strip()
    emotion = canonical(name) if name else ""
    if emotion is None:
        raise InputError(f"{where}: {name!r} is none of the seven emotions. Leave it empty for an empty seat.")
    x, y, w, h, start_s, end_s = numbers
    return Tile(seat, x, y, w, h, start_s, end_s, emotion)


def evaluate_gallery(recording: Path, truth: Path, analyzer: FaceAnalyzer, fps: float | None = None) -> dict[str, Any]:
    """Analyse a recording as pages do and compare it with its truth.

    A seat is found in a frame when a face's centre lies in its tile.

    Args:
        recording: The file.
        truth: Its CSV.
        analyzer: Detector and classifier.
        fps: Frames to analyse a second; None takes every frame.

    Returns:
        ``recall`` (found of occupied seats, over frames), ``accuracy`` (of found seats, each frame by itself),
        ``accuracy_smoothed`` (after smoothing, without the first second after a change), each None where nothing was
        to count; ``false_alarms_per_frame``, ``frames`` (analysed), ``fps`` (analysed a second of work, reading
        included), ``detector``, ``model``, ``seats`` (a row each).

    Raises:
        InputError: If one of the files cannot be read.
    """
    sink = TruthSink(read_truth(truth))
    started = time.perf_counter()
    analysis = analyze_recording(recording, analyzer, fps, [sink])
    elapsed_s = time.perf_counter() - started
    total = {name: sum(getattr(seat, name) for seat in sink.seats.values()) for name in SeatCount.__annotations__}
    return {
        "recall": _ratio(total["found"], total["shown"]),
        "accuracy": _ratio(total["right"], total["found"]),
        "accuracy_smoothed": _ratio(total["smoothed_right"], total["settled"]),
        "false_alarms_per_frame": round(sink.false_alarms / analysis.frames, 4),
        "frames": analysis.frames,
        "fps": round(analysis.frames / elapsed_s, 2),
        "detector": analysis.detector,
        "model": analysis.model,
        "seats": [
            {
                "seat": number,
                "frames": seat.shown,
                "recall": _ratio(seat.found, seat.shown),
                "accuracy": _ratio(seat.right, seat.found),
                "accuracy_smoothed": _ratio(seat.smoothed_right, seat.settled),
            }
            for number, seat in sorted(sink.seats.items())
        ],
    }


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
