"""The seats of a process with the real store and writer: found by token, ticked by themselves, let go in time."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from class_stubs import Eyes, image, video_frame
from live_stubs import until

from fer.classroom import live_seats, seat, sessions
from fer.classroom.codes import digest
from fer.classroom.inference import Inference
from fer.classroom.live_seats import LiveSeats
from fer.classroom.records import ClassSettings
from fer.classroom.seat_stream import SeatStream
from fer.classroom.sessions import Joined, Opened
from fer.classroom.store import Store
from fer.classroom.writer import Writer
from fer.errors import DatabaseError, JoinError


def class_threads() -> list[str]:
    return [
        name for name in (thread.name for thread in threading.enumerate()) if name in ("class-seconds", "class-reader")
    ]


class School:
    """One process's part of a class: store, writer, seats, and the class itself."""

    def __init__(self, url: str, opened: Opened | None = None) -> None:
        self.store = Store(url)
        self.writer = Writer(self.store, every_s=0.05)
        self.seats = LiveSeats(lambda: self.store, lambda: self.writer)
        self.opened = opened or sessions.open_class(self.store, ClassSettings())

    def join(self) -> Joined:
        return sessions.join(self.store, self.opened.code, "a", consented=True)

    def rows(self, joined: Joined) -> list[str]:
        return [row.state for row in self.store.seconds(self.opened.row.id) if row.seat_id == joined.seat.id]

    def close(self) -> None:
        assert self.seats.stop(20)
        self.writer.close()
        self.store.close()


@pytest.fixture
def school(database_url: str, home: Path) -> Iterator[School]:
    made = School(database_url)
    yield made
    made.close()
    assert not class_threads()


def test_a_camera_becomes_rows_in_the_store(school: School) -> None:
    joined = school.join()
    live = school.seats.get(digest(joined.token))
    service = Inference(Eyes().open)
    stream = SeatStream(live, service)
    assert not class_threads(), "nobody is there yet"

    def counted() -> bool:
        live.note("connecting")
        stream.on_frame(video_frame(image()))
        return school.rows(joined).count("mood") >= 2

    until(counted)
    rows = school.store.seconds(school.opened.row.id)
    assert [row.t for row in rows] == list(range(rows[0].t, rows[0].t + len(rows)))
    assert abs(rows[-1].t - school.store.now()) < 20
    stream.on_ended()
    until(lambda: not service._threads)


def test_the_same_seat_for_every_page(school: School) -> None:
    joined = school.join()
    first = school.seats.get(digest(joined.token))
    assert school.seats.get(digest(joined.token)) is first
    assert school.seats.get(digest(school.join().token)) is not first
    school.seats.close(digest(joined.token))
    assert first.closed
    assert school.seats.get(digest(joined.token)) is not first, "who left and comes back begins anew"


@pytest.mark.parametrize("token", ["", "unknown", "x" * 10_000])
def test_a_token_of_no_seat(token: str, school: School) -> None:
    with pytest.raises(JoinError, match="Join the class again"):
        school.seats.get(digest(token))


def test_a_deleted_seat_ends_by_itself(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_seats, "CLASS_EVERY_S", 0.05)
    joined = school.join()
    live = school.seats.get(digest(joined.token))
    live.note("camera_off")
    until(lambda: school.rows(joined))
    # By another process: here nobody is told but by the store.
    school.store.forget_seat(joined.seat.id)
    until(lambda: live.closed)
    until(lambda: school.seats.active() == 0)
    assert school.writer.flush(20)
    assert school.rows(joined) == []
    with pytest.raises(JoinError):
        school.seats.get(digest(joined.token))


def test_a_class_that_is_paused_or_ended_elsewhere(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_seats, "CLASS_EVERY_S", 0.05)
    joined = school.join()
    live = school.seats.get(digest(joined.token))

    def heard(count: int) -> bool:
        live.note("camera_off")
        return len(school.rows(joined)) >= count

    until(lambda: heard(1))
    row = school.opened.row
    sessions.pause(school.store, row)
    until(lambda: live._row.state == "paused")
    time.sleep(0.1)
    assert school.writer.flush(20)
    before = len(school.rows(joined))
    live.note("camera_off")
    time.sleep(1.5)
    assert len(school.rows(joined)) == before
    sessions.resume(school.store, row)
    until(lambda: heard(before + 1))
    sessions.end(school.store, row)
    until(lambda: not live.takes_frames)


def test_who_is_away_is_let_go_and_comes_back_as_the_same(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seat, "IDLE_S", 0.3)
    joined = school.join()
    live = school.seats.get(digest(joined.token))
    live._patience_s = 0.3
    live.note("camera_off")
    until(lambda: school.seats.active() == 0)
    until(lambda: not class_threads())
    assert school.seats.get(digest(joined.token)) is live
    monkeypatch.setattr(seat, "IDLE_S", 10.0)
    live.note("camera_off")
    assert school.seats.active() == 1
    until(lambda: school.rows(joined))


def test_a_seat_that_nobody_holds_is_forgotten(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seat, "IDLE_S", 0.2)
    joined = school.join()
    live = school.seats.get(digest(joined.token))
    live.note("camera_off")
    live._patience_s = 0.2
    until(lambda: school.seats.active() == 0 and not class_threads())
    gone = weakref.ref(live)
    del live
    gc.collect()
    assert gone() is None and len(school.seats._known) == 0


def test_joining_and_leaving_many_times_leaves_no_thread(school: School) -> None:
    for _ in range(10):
        joined = school.join()
        school.seats.get(digest(joined.token)).note("camera_off")
        assert len(class_threads()) == 2
        school.seats.close(digest(joined.token))
    assert school.seats.stop(20)
    until(lambda: not class_threads())


def test_a_database_that_is_away_stops_no_seconds(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted meanwhile waits in the writer, and classes are read again when it is back."""
    monkeypatch.setattr(live_seats, "CLASS_EVERY_S", 0.05)
    joined = school.join()
    live = school.seats.get(digest(joined.token))
    live.note("camera_off")
    until(lambda: school.rows(joined))
    away = threading.Event()
    asked: list[str] = []

    def answers(name: str) -> None:
        real = getattr(school.store, name)

        def ask(*arguments: object) -> object:
            if away.is_set():
                asked.append(name)
                raise DatabaseError("the database is away")
            return real(*arguments)

        monkeypatch.setattr(school.store, name, ask)

    answers("class_by_id")
    answers("add_seconds")
    away.set()
    until(lambda: {"class_by_id", "add_seconds"} <= set(asked))
    live.note("camera_off")
    until(lambda: len(school.writer._waiting) >= 2)
    away.clear()
    assert not live.closed
    until(lambda: len(school.rows(joined)) >= 4)


def test_one_seats_fault_is_not_the_others(school: School, caplog: pytest.LogCaptureFixture) -> None:
    broken, fine = school.join(), school.join()
    seats = [school.seats.get(digest(one.token)) for one in (broken, fine)]
    # As a formula's weights that no page would have saved.
    seats[0].tick = lambda now: 1 / 0  # type: ignore[assignment, method-assign]

    def both() -> bool:
        for live in seats:
            live.note("camera_off")
        return len(school.rows(fine)) >= 2

    until(both)
    assert school.rows(broken) == []
    assert [record.getMessage() for record in caplog.records].count("class-seconds: a round was left out.") == 1


def test_two_processes_share_a_class(database_url: str, home: Path) -> None:
    """Two stores on one database stand for two processes: each writes its own students' rows."""
    first = School(database_url)
    second = School(database_url, first.opened)
    one, other = first.join(), second.join()
    seats = [first.seats.get(digest(one.token)), second.seats.get(digest(other.token))]

    def both() -> bool:
        for live in seats:
            live.note("camera_off")
        return bool(first.rows(one)) and bool(first.rows(other))

    until(both)
    # A network that changes its way: the student comes back in the other process, and the seat is the same.
    moved = second.seats.get(digest(one.token))
    assert moved.seat.id == one.seat.id
    moved.note("camera_off")
    until(lambda: second.seats.active() == 2)
    times = [row.t for row in first.store.seconds(first.opened.row.id) if row.seat_id == one.seat.id]
    assert len(times) == len(set(times))
    second.close()
    first.close()
