"""The worker's job: a run with a recording in, its mood, tracks, moments, tables and annotated recording out.

    artifacts/
        frames.jsonl      one line a frame; written while it goes
        faces.csv         one row a face and frame; written while it goes
        annotated.mp4     the analysed frames with their faces marked
        recording.json    what the command line writes
        summary.json      mood of each second, tracks, moments
        moment-N.jpg      the frame of each moment
        track-N.jpg       a portrait of each of the longest tracks

A run that is stopped has all of them, up to where it was stopped; one whose worker was killed has the first two.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from fer.faces.detect import DetectorName
from fer.faces.moments import Moment, find_moments
from fer.faces.pipeline import open_analyzer
from fer.faces.recording import Analysis, analyze_recording, analyzed_rate
from fer.faces.recording_files import AnnotatedVideo, CsvFile, JsonLines, write_recording_json
from fer.faces.recording_mood import MoodKeeper
from fer.faces.video import RECORDING_SUFFIXES, clock, read_info
from fer.faces.video_writer import frame_at
from fer.runs.files import delete_folder, replace_text
from fer.runs.folder import Run
from fer.runs.progress import Progress
from fer.runs.uploads import keep_upload


class RecordingConfig(BaseModel):
    """What a recording's run was asked for.

    Attributes:
        path: Within the run's folder, or the absolute path of a file on this computer.
        name: What the recording is called.
        fps: Frames to analyse a second.
        detector: Which detector looks.
        model: Which network classifies; None: the default.
    """

    path: str
    name: str
    fps: float
    detector: DetectorName = "auto"
    model: str | None = None


def new_recording_run(
    source: BinaryIO | Path,
    name: str,
    fps: float,
    detector: DetectorName = "auto",
    model: str | None = None,
    kind: str = "recording",
    **more: Any,
) -> Run:
    """Make a run for a recording, once its header was read; ``fer.runs.worker.start`` sets it going.

    Args:
        source: An upload, which is copied into the run's folder; or a file on this computer, which is read where it is.
        name: What the recording is called.
        fps: Frames to analyse a second.
        detector: Which detector looks.
        model: Which network classifies.
        kind: Of ``fer.runs.jobs.JOBS``.
        more: What another kind's config holds besides.

    Raises:
        InputError: If it is no recording that can be read.
        StorageError: If it cannot be kept.
    """
    suffix = Path(name).suffix.lower()
    place = f"upload{suffix if suffix in RECORDING_SUFFIXES else ''}"
    if isinstance(source, Path):
        place = str(source.expanduser().resolve())
    config = RecordingConfig(path=place, name=name, fps=fps, detector=detector, model=model)
    run = Run.create(kind, "quick", {**config.model_dump(), **more})
    try:
        if not isinstance(source, Path):
            keep_upload(source, run.folder / place, "The recording")
        read_info(run.folder / place, name)
    except BaseException:
        # Whatever it was: nobody will have this run's key, so nobody else could delete the upload.
        run.delete()
        raise
    return run


def run(run: Run) -> bool:
    """Analyse a run's recording; see ``fer.runs.jobs.Work``. Started again, it begins anew, with no artifacts.

    Raises:
        InputError: If the recording cannot be read.
        DetectorError: If the detector cannot be had.
        ModelError: If the network cannot be loaded.
        OSError: If the folder cannot be written.
    """
    config = RecordingConfig.model_validate(run.config())
    out = run.artifacts
    # An old summary beside new tables would be shown as if it were theirs.
    delete_folder(out)
    out.mkdir()
    analyzer = open_analyzer(config.detector, config.model)
    rate = analyzed_rate(config.fps, read_info(run.folder / config.path, config.name))
    tell = Progress(run)
    mood = MoodKeeper()
    with ExitStack() as open_files:
        analysis = analyze_recording(
            run.folder / config.path,
            analyzer,
            config.fps,
            sinks=[
                mood,
                open_files.enter_context(JsonLines(out / "frames.jsonl")),
                open_files.enter_context(CsvFile(out / "faces.csv", config.name)),
                open_files.enter_context(AnnotatedVideo(out / "annotated.mp4", rate)),
            ],
            on_progress=lambda share, time_s: tell(share, f"Looking at {clock(time_s)}"),
            stop=run.stop_asked,
            name=config.name,
        )
    write_recording_json(out / "recording.json", analysis.head(), out / "frames.jsonl")
    moments = find_moments(mood.seconds())
    for number, moment in enumerate(moments, 1):
        image = frame_at(out / "annotated.mp4", moment.picture_s)
        if image is not None:
            _save(out / f"moment-{number}.jpg", image)
    for story in mood.longest():
        picture = mood.album.portrait_of(story.track)
        if picture is not None:
            _save(out / f"track-{story.track}.jpg", picture)
    summary = summarize(analysis, mood, moments, analyzer.detector.note)
    replace_text(out / "summary.json", json.dumps(summary, ensure_ascii=False))
    return analysis.complete


def summarize(analysis: Analysis, mood: MoodKeeper, moments: list[Moment], detector_note: str = "") -> dict[str, Any]:
    """Return summary.json's content."""
    step_s = 1 / analysis.analyzed_fps
    return {
        "schema": 1,
        **analysis.head(),
        "detector_note": detector_note,
        "complete": analysis.complete,
        "frames": analysis.frames,
        "mood": mood.mood_as_json(),
        "tracks": [story.as_json(step_s) for story in mood.tracks.values()],
        "moments": [
            {"number": number, **moment.as_json(), "picture": f"moment-{number}.jpg"}
            for number, moment in enumerate(moments, 1)
        ],
    }


def _save(path: Path, image_bgr: npt.NDArray[np.uint8]) -> None:
    done, data = cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, 88])
    assert done
    path.write_bytes(data.tobytes())
