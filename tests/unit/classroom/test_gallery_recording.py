"""A class from a recording: its seconds are the recording's, the class ends with a report, and the upload is gone."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from fer.classroom import gallery_recording, sessions
from fer.classroom.gallery_recording import delete_upload, new_class_recording, recording_of, run
from fer.classroom.gallery_rows import GalleryRows
from fer.classroom.records import ClassRow, ClassSettings
from fer.classroom.store import Store, open_store
from fer.classroom.writer import Writer
from fer.dataset.drawn_class import Pose, draw_class
from fer.errors import InputError
from fer.faces.video_writer import VideoWriter
from fer.runs.worker import main

SECONDS, SEATS = 24, 6
TURN_S = 12


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    open_store.cache_clear()
    yield open_store()
    open_store().close()
    open_store.cache_clear()


@pytest.fixture
def row(store: Store) -> ClassRow:
    settings = ClassSettings(title="Waves", mode="gallery", attested=True, purpose="own")
    return sessions.open_class(store, settings).row


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Six drawn people in gallery view who begin to smile in the middle; the last one is away for the first seconds."""
    path = tmp_path_factory.mktemp("recording") / "call.mp4"
    with VideoWriter(path, 4) as out:
        for number in range(4 * SECONDS):
            time_s = number / 4
            mood = "neutral" if time_s < TURN_S else "happy"
            poses: list[Pose | None] = [Pose(mood, mood)] * SEATS
            poses[-1] = None if 4 <= time_s < 8 else poses[-1]
            out.write(time_s, draw_class(poses, time_s))
    return path.read_bytes()


@pytest.mark.usefixtures("yunet")
def test_a_recording_becomes_a_class_that_ended_now(store: Store, row: ClassRow, recording: bytes) -> None:
    work = new_class_recording(store, io.BytesIO(recording), "call.mp4", row)
    assert recording_of(row) is not None and list(work.folder.glob("upload*"))
    assert main([str(work.folder)]) == 0
    assert work.status().state == "done", work.status().message
    ended = store.class_by_id(row.id)
    assert ended is not None and ended.state == "ended" and ended.ended is not None
    assert ended.ended - ended.started >= SECONDS - 1
    seats = store.seats(row.id)
    assert len(seats) == SEATS and all(seat.consent_at is None for seat in seats)
    seconds = store.seconds(row.id)
    at = np.array([second.t - int(ended.started) for second in seconds])
    assert at.min() >= 0 and at.max() <= SECONDS
    happy = np.array([0.0 if s.probabilities is None else s.probabilities[3] for s in seconds])
    assert happy[at >= TURN_S + 2].mean() > 0.6
    assert happy[at < TURN_S].mean() < 0.4
    assert any(s.state == "no_face" for s in seconds), "who is away for some seconds is unknown, and not a zero"
    report = store.report(row.id)
    assert report is not None and report["participation"]["most_present"] == SEATS
    # However long the reading took, the lesson was as long as the recording.
    assert report["class"]["duration_s"] == pytest.approx(SECONDS, abs=1)
    assert report["class"]["recording_read"] is not None
    # Nothing of the pictures is left.
    kept = [path for path in work.folder.rglob("*") if path.is_file()]
    assert not [path for path in kept if path.suffix in (".mp4", ".jpg", ".png") or path.stat().st_size > 100_000]


@pytest.mark.usefixtures("yunet")
def test_a_recording_that_is_stopped_leaves_the_class_open(store: Store, row: ClassRow, recording: bytes) -> None:
    work = new_class_recording(store, io.BytesIO(recording), "call.mp4", row)
    work.ask_stop()
    assert run(work) is False
    left = store.class_by_id(row.id)
    assert left is not None and left.state == "open"
    assert not list(work.folder.glob("upload*"))


@pytest.mark.usefixtures("yunet")
def test_a_file_on_this_computer_is_read_where_it_is_and_stays(
    store: Store, row: ClassRow, recording: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "call.mp4"
    path.write_bytes(recording)
    assert run(new_class_recording(store, path, path.name, row))
    assert path.read_bytes() == recording


def test_a_class_in_which_something_was_counted_takes_no_recording(
    store: Store, row: ClassRow, recording: bytes
) -> None:
    store.add_seat(row.id, "x", "", None, False)
    with pytest.raises(InputError, match="open another for the recording"):
        new_class_recording(store, io.BytesIO(recording), "call.mp4", row)
    assert recording_of(row) is None


def test_what_is_no_recording_or_too_long_is_refused_and_nothing_of_it_kept(
    store: Store, row: ClassRow, recording: bytes, configure: Callable[..., None]
) -> None:
    with pytest.raises(InputError):
        new_class_recording(store, io.BytesIO(b"no film"), "call.mp4", row)
    configure(FER_CLASS_HOURS=0.001)
    with pytest.raises(InputError, match="FER_CLASS_HOURS"):
        new_class_recording(store, io.BytesIO(recording), "call.mp4", row)
    assert recording_of(row) is None


@pytest.mark.usefixtures("yunet")
def test_a_class_that_was_ended_meanwhile_takes_nothing(store: Store, row: ClassRow, recording: bytes) -> None:
    work = new_class_recording(store, io.BytesIO(recording), "call.mp4", row)
    sessions.end(store, row)
    with pytest.raises(InputError, match="has ended or was deleted"):
        run(work)
    assert not list(work.folder.glob("upload*")) and store.seats(row.id) == []


@pytest.mark.usefixtures("yunet")
def test_a_class_that_ends_while_its_recording_is_read_has_the_whole_in_its_report(
    store: Store, row: ClassRow, recording: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = new_class_recording(store, io.BytesIO(recording), "call.mp4", row)
    put = gallery_recording._put

    def put_and_end(writer: Writer, rows: GalleryRows, t: int) -> None:
        put(writer, rows, t)
        if t == int(rows.row.started) + 5:
            sessions.end(store, row)

    monkeypatch.setattr(gallery_recording, "_put", put_and_end)
    assert run(work)
    report = store.report(row.id)
    assert report is not None and report["participation"]["most_present"] == SEATS
    assert report["timeline"]["rows"][-2]["present"] == SEATS, "to its end, not to where the class was ended"


def test_a_recording_cancelled_before_its_turn_is_deleted(store: Store, row: ClassRow, recording: bytes) -> None:
    work = new_class_recording(store, io.BytesIO(recording), "call.mp4", row)
    work.ask_stop()
    assert main([str(work.folder)]) == 0
    delete_upload(work)
    assert not list(work.folder.glob("upload*")) and work.folder.is_dir()


def test_a_file_of_the_user_s_own_is_not_deleted(store: Store, row: ClassRow, recording: bytes, tmp_path: Path) -> None:
    path = tmp_path / "call.mp4"
    path.write_bytes(recording)
    delete_upload(new_class_recording(store, path, path.name, row))
    assert path.read_bytes() == recording
