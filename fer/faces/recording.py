"""Analyse a recording frame by frame: what is found goes to sinks at once, so that memory stays flat.

    sinks                                   module
    JsonLines, CsvFile, AnnotatedVideo      fer.faces.recording_files
    MoodKeeper                              fer.faces.recording_mood

The worker's job (``fer.faces.recording_job``) and the command line both call ``analyze_recording``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fer.errors import InputError
from fer.faces.detect import GALLERY, VIDEO
from fer.faces.frames import EVERY_FRAME, FrameAnalyzer, Pace
from fer.faces.pipeline import FaceAnalyzer
from fer.faces.track import FORGET_S, TrackedFace
from fer.faces.video import VideoInfo, VideoReader

FPS_AT_MOST = 240.0
SELDOM_FPS = 8.0
"""Up to so many analysed frames a second each is looked at closely."""


class Sink(Protocol):
    """Takes what was found in each analysed frame, in order."""

    def take(self, time_s: float, image_bgr: npt.NDArray[np.uint8], faces: list[TrackedFace]) -> None:
        """Take one frame.

        Args:
            time_s: Its own time from the recording's beginning, in seconds, growing.
            image_bgr: Shape ``(height, width, 3)``, uint8, upright; must not be changed.
            faces: Who is in view; may be empty.
        """
        ...


@dataclass(frozen=True)
class Analysis:
    """What an analysis was of, and how far it came; what it found is in the sinks.

    Attributes:
        name: What the recording is called.
        info: What its header says.
        analyzed_fps: Frames analysed a second; not more than there are.
        duration_s: Where the last frame ends, in seconds; of an analysis that was stopped, what the header says.
        frames: How many were analysed.
        complete: False if it was stopped.
        notes: What was wrong with the file and how it was read all the same.
        detector: Which detector looked.
        model: Which network classified.
    """

    name: str
    info: VideoInfo
    analyzed_fps: float
    duration_s: float | None
    frames: int
    complete: bool
    notes: tuple[str, ...]
    detector: str
    model: str

    def head(self) -> dict[str, Any]:
        """Return the recording's element of ``inputs`` without its frames."""
        return {
            "input": self.name,
            "width": self.info.width,
            "height": self.info.height,
            "fps": round(self.info.fps, 3),
            "analyzed_fps": round(self.analyzed_fps, 3),
            "duration_s": None if self.duration_s is None else round(self.duration_s, 3),
            "detector": self.detector,
            "model": self.model,
            **({"note": " ".join(self.notes)} if self.notes else {}),
        }


def analyzed_rate(fps: float | None, info: VideoInfo) -> float:
    """Return how many frames are analysed a second: what was asked for, but not more than there are.

    Args:
        fps: What was asked for; None takes every frame.
        info: The recording's header.
    """
    return min(fps or info.fps, info.fps)


def analyze_recording(
    path: Path,
    analyzer: FaceAnalyzer,
    fps: float | None = None,
    sinks: Sequence[Sink] = (),
    *,
    on_progress: Callable[[float, float], None] | None = None,
    stop: Callable[[], bool] | None = None,
    name: str | None = None,
    pace: Pace = EVERY_FRAME,
) -> Analysis:
    """Find the faces of a recording, follow them and name their emotions.

    Args:
        path: The file.
        analyzer: Detector and classifier.
        fps: Frames to analyse a second, evenly by the frames' own times; None takes every frame.
        sinks: Take what is found, frame by frame; nothing else keeps it.
        on_progress: Called after each analysed frame with the share that is done, in [0, 1], and the frame's time in
            seconds.
        stop: Asked after each analysed frame; once it says True the analysis ends and what was found stays.
        name: What the recording is called in messages and results; the path's own name by default.
        pace: Whether detection and classification may rest between frames.

    Returns:
        What was analysed and how far; ``frames`` is 1 or more.

    Raises:
        InputError: If the recording cannot be read from its beginning, or ``fps`` is not in (0, 240]. A recording
            that is cut off or damaged later gives the frames there are and a note.
        OSError: If a sink cannot write.
    """
    if fps is not None and not 0 < fps <= FPS_AT_MOST:
        raise InputError(f"Expected more than 0 and at most {FPS_AT_MOST:g} frames a second to analyse, got {fps:g}.")
    with VideoReader(path, name) as reader:
        analyzed_fps = analyzed_rate(fps, reader.info)
        # Between two frames that are far apart in time nobody is forgotten for having been missed once.
        look = GALLERY if analyzed_fps <= SELDOM_FPS else VIDEO
        faces_in = FrameAnalyzer(analyzer, pace, look, forget_s=max(FORGET_S, 2.5 / analyzed_fps))
        frames, stopped = 0, False
        for time_s, image_bgr in reader.frames(fps):
            faces = faces_in.step(image_bgr, time_s)
            for sink in sinks:
                sink.take(time_s, image_bgr, faces)
            frames += 1
            if on_progress is not None:
                on_progress(reader.share_read, time_s)
            stopped = stop is not None and stop()
            if stopped:
                break
        return Analysis(
            name=reader.name,
            info=reader.info,
            analyzed_fps=analyzed_fps,
            duration_s=reader.info.duration_s if stopped else reader.end_s,
            frames=frames,
            complete=not stopped,
            notes=tuple(reader.notes),
            detector=analyzer.detector.name,
            model=analyzer.classifier.entry.name,
        )
