"""Gallery mode with the real detector and network: faces of a shared screen become seats and rows."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer.classroom import sessions
from fer.classroom.gallery import Galleries, GalleryClass
from fer.classroom.gallery_places import KEPT_S
from fer.classroom.gallery_rows import LOST_S, SILENT_S, GalleryRows
from fer.classroom.places import Places
from fer.classroom.records import ClassRow, ClassSettings, SecondRow
from fer.classroom.store import Store
from fer.classroom.writer import Writer
from fer.dataset.drawn_class import LOOKS, Pose, draw_class
from fer.faces.pipeline import Face
from fer.faces.track import TrackedFace

PATIENCE_S = 60.0
SETTINGS = ClassSettings(title="Waves", mode="gallery", attested=True, purpose="own")


@pytest.fixture
def store(tmp_path: Path, home: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{(tmp_path / 'classmood.db').as_posix()}")
    yield made
    made.close()


@pytest.fixture
def row(store: Store) -> ClassRow:
    return sessions.open_class(store, SETTINGS).row


@pytest.fixture
def gallery(store: Store, row: ClassRow, yunet: Path) -> Iterator[GalleryClass]:
    writer = Writer(store, every_s=0.1)
    made = GalleryClass(store, writer, row, Places())
    yield made
    assert made.close(timeout_s=20)
    writer.close()


def wait_until(true: Callable[[], object], what: str) -> None:
    ends_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < ends_s, f"not within {PATIENCE_S:.0f} s: {what}"
        time.sleep(0.05)


def jpeg_of(image: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def drawn(students: int = len(LOOKS), mood: str = "happy") -> bytes:
    return jpeg_of(draw_class([Pose(mood, mood)] * students, 0.0))


def feed(gallery: GalleryClass, jpeg: bytes, until: Callable[[], object], what: str) -> None:
    def fed() -> object:
        gallery.on_still(jpeg)
        time.sleep(0.2)
        return until()

    wait_until(fed, what)


def test_faces_become_seats_and_a_row_a_second(gallery: GalleryClass, store: Store, row: ClassRow) -> None:
    def rows() -> list[object]:
        return [second for second in store.seconds(row.id) if second.state == "mood"]

    feed(gallery, drawn(), lambda: len(rows()) >= 3 * len(LOOKS), "three seconds of everybody")
    seats = store.seats(row.id)
    assert [seat.number for seat in seats] == list(range(1, len(LOOKS) + 1))
    assert all(seat.nickname == "" and seat.consent_at is None and not seat.opted_in for seat in seats)
    moods = np.array([second.probabilities for second in store.seconds(row.id) if second.state == "mood"])
    assert moods[:, 3].mean() > 0.5, "the drawn faces are happy"
    keys = [(second.seat_id, second.t) for second in store.seconds(row.id)]
    assert len(keys) == len(set(keys))
    assert all(second.attention is not None for second in store.seconds(row.id) if second.state == "mood")
    numbers = gallery.numbers()
    assert numbers.faces == numbers.places == len(LOOKS) and numbers.size_px == (1104, 480)
    assert numbers.problem == "" and numbers.received > numbers.dropped
    assert all(0 <= value <= 1 for box in numbers.boxes for value in box)


def test_somebody_who_leaves_is_unknown_and_comes_back_to_the_same_seat(
    gallery: GalleryClass, store: Store, row: ClassRow
) -> None:
    feed(gallery, drawn(6), lambda: len(store.seats(row.id)) == 6, "six seats")
    feed(
        gallery,
        jpeg_of(draw_class([None, *[Pose("happy", "happy")] * 5], 0.0)),
        lambda: any(second.state == "no_face" for second in store.seconds(row.id)),
        "one is away",
    )
    gone = next(second for second in store.seconds(row.id) if second.state == "no_face")
    back = int(store.now()) + 2
    feed(
        gallery,
        drawn(6),
        lambda: any(s.seat_id == gone.seat_id and s.state == "mood" for s in store.seconds(row.id, back)),
        "back in the seat",
    )
    assert len(store.seats(row.id)) == 6


def test_a_paused_class_looks_at_nothing_and_an_ended_one_closes(
    gallery: GalleryClass, store: Store, row: ClassRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer.classroom.gallery.LOOK_S", 0.2)
    sessions.pause(store, row)
    for _ in range(15):
        gallery.on_still(drawn(4))
        time.sleep(0.2)
    assert store.seats(row.id) == [] and gallery.numbers().faces == 0
    sessions.resume(store, row)
    feed(gallery, drawn(4), lambda: len(store.seats(row.id)) == 4, "seats after the pause")
    sessions.end(store, row)
    feed(gallery, drawn(4), lambda: gallery.closed, "the end")
    ended = store.class_by_id(row.id)
    assert ended is not None and ended.ended is not None
    assert max(second.t for second in store.seconds(row.id)) <= ended.ended + 2


def test_bad_stills_are_told_and_the_next_good_one_counts(gallery: GalleryClass, store: Store, row: ClassRow) -> None:
    huge = jpeg_of(np.zeros((4320, 7680, 3), np.uint8))
    for bad in (b"", b"no picture", drawn()[:2000], huge):
        feed(gallery, bad, lambda: gallery.numbers().problem, f"a sentence about {bad[:12]!r}")
        feed(gallery, drawn(4), lambda: not gallery.numbers().problem, "a good one")
    tiny = jpeg_of(np.zeros((1, 1, 3), np.uint8))
    before = gallery.numbers().received
    feed(gallery, tiny, lambda: gallery.numbers().received > before + 3, "tiny ones")
    assert gallery.numbers().problem == ""


def test_the_newest_still_wins_and_the_others_are_counted(gallery: GalleryClass) -> None:
    jpeg = drawn()
    for _ in range(200):
        gallery.on_still(jpeg)
    numbers = gallery.numbers()
    assert numbers.received == 200 and numbers.dropped >= 150


def test_without_a_place_on_the_server_it_says_so(store: Store, row: ClassRow, configure: Callable[..., None]) -> None:
    configure(FER_MAX_LIVE_STREAMS=1)
    places = Places()
    assert places.take()
    writer = Writer(store)
    gallery = GalleryClass(store, writer, row, places)
    gallery.on_still(drawn(2))
    assert "as many screens and cameras as it can" in gallery.numbers().problem
    assert gallery.close(5)
    writer.close()


def test_it_rests_without_stills_and_begins_anew(store: Store, row: ClassRow, yunet: Path) -> None:
    writer, places = Writer(store, every_s=0.1), Places()
    gallery = GalleryClass(store, writer, row, places, idle_s=0.5)
    feed(gallery, drawn(3), lambda: len(store.seats(row.id)) == 3 or gallery.numbers().faces == 3, "faces")
    wait_until(lambda: places.taken == 0, "the place given back")
    feed(gallery, drawn(3), lambda: places.taken == 1 and gallery.numbers().faces == 3, "again")
    assert gallery.close(20)
    writer.close()


def test_each_class_has_one_gallery_in_a_process(store: Store, row: ClassRow) -> None:
    writer, galleries = Writer(store), Galleries()
    one = galleries.of(store, writer, row)
    assert galleries.of(store, writer, row) is one
    one.close()
    assert galleries.of(store, writer, row) is not one
    writer.close()


MOOD = np.array([0.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.1], np.float32)
MARKS = np.full((1, 5, 2), np.nan, np.float32)


def face(track: int = 1) -> TrackedFace:
    return TrackedFace(track, Face((10, 10, 40, 40), 0.9, MOOD, 0.5), MOOD)


def test_rows_of_seconds_without_a_picture(store: Store, row: ClassRow) -> None:
    rows = GalleryRows(store, row)
    rows.look([face()], MARKS, 100.0)
    rows.look([face()], MARKS, 101.9)
    assert [second.state for second in rows.close(101)] == ["mood"]
    # A second without a still repeats what was seen; a longer silence tells of nobody.
    assert [second.state for second in rows.close(102)] == ["mood"]
    assert rows.close(int(101.9 + SILENT_S) + 1) == []


def test_an_empty_place_is_unknown_and_then_away(store: Store, row: ClassRow) -> None:
    rows = GalleryRows(store, row)
    none = np.empty((0, 5, 2), np.float32)
    rows.look([face()], MARKS, 100.0)
    rows.look([face()], MARKS, 102.0)
    rows.close(102)
    rows.look([], none, 110.0)
    assert [second.state for second in rows.close(110)] == ["no_face"]
    rows.look([], none, 103.0 + LOST_S)
    assert rows.close(103 + int(LOST_S)) == []
    rows.look([face(7)], MARKS, 130.0)
    assert [second.state for second in rows.close(130)] == ["mood"] and len(store.seats(row.id)) == 1


def test_more_faces_than_a_class_has_seats(store: Store, row: ClassRow, configure: Callable[..., None]) -> None:
    configure(FER_MAX_SEATS=1)
    rows = GalleryRows(store, row)
    far = TrackedFace(2, Face((400, 10, 40, 40), 0.9, MOOD, 0.5), MOOD)
    for time_s in (100.0, 102.0):
        rows.look([face(), far], np.repeat(MARKS, 2, axis=0), time_s)
    assert len(rows.close(102)) == 1 and "others are not counted" in rows.full and "Ask your teacher" not in rows.full


@pytest.mark.slow
def test_forty_nine_real_faces_are_found_and_keep_their_places(
    store: Store, row: ClassRow, yunet: Path, shared: Path, tmp_path: Path
) -> None:
    from fer.faces.detect import GALLERY
    from fer.faces.frames import RESTING, FrameAnalyzer
    from fer.faces.pipeline import open_analyzer
    from fer.faces.video import VideoReader

    path = tmp_path / "gallery.mp4"
    command = [sys.executable, str(shared / "tools" / "make_gallery.py"), "--out", str(path)]
    command += ["--seats", "49", "--seconds", "8", "--hold", "4", "--fps", "5"]
    subprocess.run(command, check=True, capture_output=True)
    rows = GalleryRows(store, row)
    frames = FrameAnalyzer(open_analyzer("yunet"), RESTING, GALLERY, 2.5)
    seconds = []
    with VideoReader(path) as reader:
        t = 0
        for time_s, image in reader.frames(5):
            if int(time_s) > t:
                seconds.append(rows.close(t))
                t = int(time_s)
            rows.look(frames.step(image, time_s), frames.landmarks_xy, time_s)
    truth = path.with_suffix(".csv").read_text()
    seated = len({line.split(",")[0] for line in truth.splitlines()[1:] if line.split(",")[-1]})
    assert len(seconds[-1]) >= 0.85 * seated
    # Faces change while the tiles stay: no place is given twice.
    assert len(store.seats(row.id)) <= 52


def faces_at(number: int, tracks: int) -> list[TrackedFace]:
    faces = [Face((100 * n, 10, 40, 40), 0.9, MOOD, 0.5) for n in range(number)]
    return [TrackedFace(tracks + n, face, MOOD) for n, face in enumerate(faces)]


def test_who_comes_back_after_a_break_takes_a_seat_that_was_left(
    store: Store, row: ClassRow, configure: Callable[..., None]
) -> None:
    configure(FER_MAX_SEATS=8)
    # A student who joined to click has a seat of their own, and keeps it.
    student = store.add_seat(row.id, "s", "", None, False)
    store.add_seconds(row.id, [SecondRow(student.id, 99, "camera_off")])
    rows, none = GalleryRows(store, row), np.empty((0, 5, 2), np.float32)
    for round_ in range(4):
        begin = 100 + 400 * round_
        if round_ == 2:
            # The server was restarted meanwhile.
            rows = GalleryRows(store, row)
        for time_s in (begin, begin + 2):
            rows.look(faces_at(6, 10 * round_), np.repeat(MARKS, 6, axis=0), float(time_s))
        closed = rows.close(begin + 2)
        store.add_seconds(row.id, closed)
        assert len({second.seat_id for second in closed}) == 6 and student.id not in {s.seat_id for s in closed}
        rows.look([], none, begin + 3.0 + KEPT_S)
        rows.close(int(begin + 3 + KEPT_S))
    assert len(store.seats(row.id)) == 7 and rows.full == ""
