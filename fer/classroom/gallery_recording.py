"""A class from a recording of the call: the worker writes its seconds into the store, ends the class, and deletes it.

Nothing is made of the pictures but numbers: no annotated recording, no portraits. The upload is deleted as soon as it
was read, also where the work is stopped or fails.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from fer.classroom.gallery_rows import GalleryRows
from fer.classroom.records import ClassRow
from fer.classroom.report import build_report
from fer.classroom.sessions import end
from fer.classroom.store import Store, open_store
from fer.classroom.writer import Writer
from fer.errors import DatabaseError, InputError, StorageError
from fer.faces.detect import GALLERY
from fer.faces.frames import RESTING, FrameAnalyzer
from fer.faces.pipeline import open_analyzer
from fer.faces.recording_job import RecordingConfig, new_recording_run
from fer.faces.video import VideoReader, clock, read_info
from fer.runs.folder import Run, all_runs
from fer.runs.progress import Progress
from fer.settings import settings

KIND = "class_recording"
FPS = 2.0
FORGET_S = 2.5
FLUSH_S = 120.0
"""So long the last rows wait for a database that is away."""
log = logging.getLogger(__name__)


class ClassRecordingConfig(RecordingConfig):
    """What a class's recording was dropped for.

    Attributes:
        class_id: Into which class its seconds go.
    """

    class_id: int


def new_class_recording(store: Store, source: BinaryIO | Path, name: str, row: ClassRow) -> Run:
    """Make a run for a recording of a class; ``fer.runs.worker.start`` sets it going.

    Args:
        store: Where the class is.
        source: An upload, or a file on this computer, which is read where it is.
        name: What the recording is called.
        row: The class, in gallery mode.

    Raises:
        InputError: If it is no recording that can be read, longer than a class may be, or something was counted
            in the class already.
        StorageError: If it cannot be kept.
    """
    if store.seats(row.id):
        raise InputError(
            "Something was counted in this class already, and a recording makes a class of its own. End this one, and "
            "open another for the recording."
        )
    run = new_recording_run(source, name, FPS, kind=KIND, class_id=row.id)
    length_s = read_info(run.folder / str(run.config()["path"]), name).duration_s or 0.0
    if length_s > 3600 * settings().class_hours:
        run.delete()
        raise InputError(
            f"{name} is {clock(length_s)} long; a class lasts at most {settings().class_hours:g} hours "
            "(FER_CLASS_HOURS). Cut it into parts, one for each class."
        )
    return run


def recording_of(row: ClassRow) -> Run | None:
    """Return the latest run of a class's recording, or None."""
    runs = []
    for run in all_runs():
        try:
            if run.kind == KIND and run.config().get("class_id") == row.id:
                runs.append(run)
        except StorageError as problem:
            log.warning("A run was left out: %s", problem)
    return runs[-1] if runs else None


def delete_upload(run: Run) -> None:
    """Delete the upload of a run that nobody works on: one that was cancelled before its turn never comes to ``run``.

    Raises:
        StorageError: If the run cannot be read.
    """
    path = run.folder / ClassRecordingConfig.model_validate(run.config()).path
    if path.parent == run.folder:
        # On Windows a worker that has just begun holds it; it deletes it itself.
        with suppress(OSError):
            path.unlink(missing_ok=True)


def run(run: Run) -> bool:
    """Write a recording's seconds into its class; see ``fer.runs.jobs.Work``. After a crash it begins anew.

    The recording ends now by the class's clock, and the class began when the recording did.

    Raises:
        InputError: If the recording cannot be read, or the class is no more.
        DetectorError: If the detector cannot be had.
        ModelError: If the network cannot be loaded.
        DatabaseError: If the store does not answer.
    """
    config = ClassRecordingConfig.model_validate(run.config())
    store = open_store()
    path = run.folder / config.path
    try:
        row = _begun(store, config.class_id, read_info(path, config.name).duration_s or 0.0)
        complete = _write_seconds(run, config, store, row)
        if complete:
            _end(store, row)
    finally:
        if path.parent == run.folder:
            path.unlink(missing_ok=True)
    return complete


def _begun(store: Store, class_id: int, length_s: float) -> ClassRow:
    row = store.class_by_id(class_id)
    if row is None or row.state == "ended":
        raise InputError("The class of this recording has ended or was deleted. Open a new one and drop it there.")
    # What an earlier start of this run had counted goes.
    store.clear_class(class_id)
    # The sweeper and the report go by it: the class is as old as its recording, and no lesson was held just now.
    store.add_event(class_id, "recording", f"{length_s:.3f}" if length_s else "")
    return store.change_class(class_id, started=store.now() - length_s)


def _end(store: Store, row: ClassRow) -> None:
    """End the class; where somebody did so meanwhile, its report is of the beginning alone, and is made again."""
    before = store.class_by_id(row.id)
    ended = end(store, row)
    early = before is not None and before.state == "ended"
    if early and ended.settings.keep_report and store.seats(row.id):
        store.save_report(row.id, build_report(store, ended))


def _write_seconds(run: Run, config: ClassRecordingConfig, store: Store, row: ClassRow) -> bool:
    frames = FrameAnalyzer(open_analyzer(config.detector, config.model), RESTING, GALLERY, FORGET_S)
    rows = GalleryRows(store, row)
    tell = Progress(run)
    writer = Writer(store)
    stopped = False
    try:
        with VideoReader(run.folder / config.path, config.name) as reader:
            t = int(row.started)
            for time_s, image_bgr in reader.frames(config.fps):
                now_s = row.started + time_s
                while t < int(now_s):
                    _put(writer, rows, t)
                    t += 1
                rows.look(frames.step(image_bgr, time_s), frames.landmarks_xy, now_s)
                tell(reader.share_read, f"Looking at {clock(time_s)}")
                stopped = run.stop_asked()
                if stopped:
                    break
            _put(writer, rows, t)
        if not writer.flush(FLUSH_S):
            raise DatabaseError("The database did not take the recording's numbers. Start the recording again.")
    finally:
        writer.close()
    return not stopped


def _put(writer: Writer, rows: GalleryRows, t: int) -> None:
    for second in rows.close(t):
        writer.put(rows.row.id, second)
