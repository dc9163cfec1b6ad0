"""What the analysis of a recording writes while it goes: JSON lines, CSV, an annotated MP4; and the JSON of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from fer.faces.draw import draw_faces
from fer.faces.report import csv_text, face_row
from fer.faces.track import TrackedFace
from fer.faces.video_writer import VideoWriter

UInt8Array = npt.NDArray[np.uint8]


class JsonLines:
    """Sink that writes one line of JSON a frame: ``{"time_s", "faces": […]}``; use it in a ``with`` block."""

    def __init__(self, path: Path):
        # Line by line, so that a reader finds whole frames while the work goes on, and after a crash.
        self._out = path.open("w", encoding="utf-8", buffering=1)

    def take(self, time_s: float, image_bgr: UInt8Array, faces: list[TrackedFace]) -> None:
        """See ``fer.faces.recording.Sink``."""
        self._out.write(json.dumps({"time_s": round(time_s, 3), "faces": [face.as_json() for face in faces]}) + "\n")

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()


class CsvFile:
    """Sink that writes one row a face and frame, in ``fer.faces.report.FACE_COLUMNS``; use it in a ``with`` block."""

    def __init__(self, out: Path | TextIO, name: str, header: bool = True):
        """Begin the table.

        Args:
            out: A path, or an open text file, which stays open: several recordings may share one table.
            name: What the recording is called.
            header: Whether the line of column names is written.
        """
        self._own = isinstance(out, Path)
        self._out: TextIO = out.open("w", encoding="utf-8", newline="", buffering=1) if isinstance(out, Path) else out
        self._name = name
        if header:
            self._out.write(csv_text([]))

    def take(self, time_s: float, image_bgr: UInt8Array, faces: list[TrackedFace]) -> None:
        """See ``fer.faces.recording.Sink``."""
        if faces:
            self._out.write(csv_text((face_row(self._name, face, time_s) for face in faces), header=False))

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(self, *_: object) -> None:
        if self._own:
            self._out.close()


class AnnotatedVideo:
    """Sink that writes the analysed frames, faces marked, as an MP4 that browsers play; use it in a ``with`` block."""

    def __init__(self, path: Path, fps: float):
        """Prepare the file.

        Args:
            path: Its name ends in .mp4.
            fps: Frames that are analysed a second.
        """
        self._writer = VideoWriter(path, fps)

    def take(self, time_s: float, image_bgr: UInt8Array, faces: list[TrackedFace]) -> None:
        """See ``fer.faces.recording.Sink``."""
        self._writer.write(time_s, draw_faces(image_bgr, faces))

    def __enter__(self) -> AnnotatedVideo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, problem, trace)


def write_element(out: TextIO, head: dict[str, Any], frames_jsonl: Path) -> None:
    """Write one recording's element of ``inputs`` without holding its frames in memory.

    Args:
        out: Where to.
        head: ``Analysis.head()``.
        frames_jsonl: What ``JsonLines`` wrote.

    Raises:
        OSError: If it cannot be read or written.
    """
    out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "frames": [')
    for number, line in enumerate(whole_lines(frames_jsonl)):
        out.write((",\n" if number else "\n") + line)
    out.write("\n]}")


def write_recording_json(path: Path, head: dict[str, Any], frames_jsonl: Path) -> None:
    """Write the document that ``python -m fer analyze --json`` writes for one recording.

    Raises:
        OSError: If it cannot be written.
    """
    with path.open("w", encoding="utf-8") as out:
        out.write('{"schema": 1, "inputs": [\n')
        write_element(out, head, frames_jsonl)
        out.write("\n]}\n")


def whole_lines(path: Path) -> Iterator[str]:
    """Yield the lines, without their ends, of a file that is still written to; half a line at its end is left out."""
    with path.open(encoding="utf-8") as source:
        for line in source:
            if line.endswith("\n"):
                yield line[:-1]
