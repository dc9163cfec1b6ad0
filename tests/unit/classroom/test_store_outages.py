"""What the store meets in a school's cellar: servers that freeze, files that are damaged, pages that ask at once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
import pytest

from fer.classroom import sessions, sweeper
from fer.classroom import store as store_module
from fer.classroom.clock import Clock
from fer.classroom.once import Once
from fer.classroom.records import ClassSettings, SecondRow
from fer.classroom.store import Store
from fer.classroom.writer import Writer
from fer.errors import DatabaseError

ROOT = Path(__file__).resolve().parents[3]
SEVEN = np.array([0.0123, 0.0877, 0.1, 0.5, 0.1, 0.1, 0.1], np.float32)


def seated(store: Store, nickname: str = "") -> tuple[sessions.Opened, sessions.Joined]:
    opened = sessions.open_class(store, ClassSettings(title="Optics"))
    return opened, sessions.join(store, opened.code, "a", nickname=nickname, consented=True)


def server_processes(url: str) -> list[psutil.Process]:
    """The server's own process and everything that it started, as of now."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        backend = psutil.Process(connection.execute("SELECT pg_backend_pid()").fetchone()[0])
        server = backend.parent()
        # Who answered ends with its connection.
        others = [process for process in server.children(recursive=True) if process.pid != backend.pid]
    return [server, *others]


def turn(processes: list[psutil.Process], way: str) -> None:
    """Suspend or resume processes; PostgreSQL's own short-lived ones may have ended by themselves."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            getattr(process, way)()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows freezes no processes by signal")
def test_a_server_that_freezes_holds_no_page(mortal_postgresql, home: Path):
    url = mortal_postgresql.database()
    store = Store(url)
    opened, joined = seated(store)
    writer = Writer(store, every_s=0.1)
    frozen = server_processes(url)
    turn(frozen, "suspend")
    try:
        answers: list[Any] = []

        def ask() -> None:
            try:
                answers.append(store.class_by_id(opened.row.id))
            except DatabaseError as problem:
                answers.append(str(problem))

        pages = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
        for page in pages:
            page.start()
        writer.put(opened.row.id, SecondRow(joined.seat.id, 7, "no_face"))
        for page in pages:
            page.join(60)
        # The server is still frozen: without a limit of our own, nobody would have come back yet.
        assert len(answers) == 4, "a page still waits for a server that stands still"
        assert all(isinstance(answer, str) and "try again" in answer for answer in answers), answers
        assert abs(store.now() - time.time()) < 60
    finally:
        turn(frozen, "resume")
    assert writer.flush(60)
    assert [row.t for row in store.seconds(opened.row.id)] == [7]
    writer.close()
    store.close()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows freezes no processes by signal")
def test_a_server_that_freezes_within_a_transaction_holds_no_page(mortal_postgresql, home: Path):
    url = mortal_postgresql.database()
    store = Store(url)
    opened, _ = seated(store)
    frozen: list[psutil.Process] = []
    try:
        with pytest.raises(DatabaseError, match="try again"), store._reading() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
            frozen = server_processes(url)
            turn(frozen, "suspend")
            connection.exec_driver_sql("SELECT 2").scalar()
    finally:
        turn(frozen, "resume")
    deadline = time.monotonic() + 60
    while True:
        try:
            assert store.class_by_id(opened.row.id) == opened.row
            break
        except DatabaseError:
            assert time.monotonic() < deadline, "the store does not find back"
    store.close()


def test_a_connection_pooler_and_an_address_with_options_of_its_own_are_fine(postgresql, home: Path):
    url = postgresql.database()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA school")
    store = Store(url + "?options=-csearch_path%3Dschool&connect_timeout=5")
    opened, _ = seated(store)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT count(*) FROM school.class").fetchone()
    assert found == (1,) and store.class_by_id(opened.row.id) == opened.row
    with store._reading() as reading:
        assert reading.exec_driver_sql("SHOW statement_timeout").scalar() == "4s"
        assert reading.exec_driver_sql("SHOW lock_timeout").scalar() == "2s"
    store.close()


def test_a_class_that_another_server_locks_is_a_sentence(postgresql, home: Path):
    url = postgresql.database()
    store = Store(url)
    opened, _ = seated(store)
    with psycopg.connect(url.replace("+psycopg", "")) as holder:
        holder.execute("SELECT * FROM class FOR UPDATE")
        with pytest.raises(DatabaseError, match="is busy"):
            sessions.pause(store, opened.row)
    assert sessions.pause(store, opened.row).state == "paused"
    store.close()


def test_errors_hold_no_nickname_token_or_mood(database_url: str, home: Path):
    store = Store(database_url)
    opened, joined = seated(store)
    store.delete_class(opened.row.id)
    # Put together here, because a traceback quotes this file.
    nickname, token_hash = "A" + "da", "f0" + "0d" * 31
    with pytest.raises(DatabaseError) as first:
        store.add_seat(opened.row.id, token_hash, nickname, None, False)
    with pytest.raises(DatabaseError) as second:
        store.add_event(opened.row.id, "topic", nickname, joined.seat.id)
    for problem in (first, second):
        told = "".join(traceback.format_exception(problem.value))
        assert "deleted meanwhile" in told and nickname not in told and token_hash not in told
    store.close()


def test_what_was_deleted_is_nowhere_in_sqlites_files(home: Path):
    path = home / "classmood.db"
    store = Store(f"sqlite:///{path.as_posix()}")
    opened, gone = seated(store, "Quasimodo")
    stays = sessions.join(store, opened.code, "a", nickname="Esmeralda", consented=True)
    store.add_seconds(opened.row.id, [SecondRow(gone.seat.id, t, "mood", SEVEN, 0.5, 0.5) for t in range(500)])
    store.add_event(opened.row.id, "pulse", "lost", gone.seat.id)

    def written() -> bytes:
        return b"".join(file.read_bytes() for file in home.glob("classmood.db*"))

    assert b"Quasimodo" in written() and b"0.0123" in written()
    sessions.forget(store, gone.seat)
    assert b"Quasimodo" not in written() and b"0.0123" not in written()
    assert b"Esmeralda" in written()
    sessions.end(store, opened.row)
    store.change_class(opened.row.id, ended=store.now() - 3700)
    sweeper.sweep(store)
    assert b"Esmeralda" not in written() and store.report(opened.row.id) is not None
    assert stays.seat.id not in {seat.id for seat in store.seats(opened.row.id)}
    store.close()


@pytest.mark.parametrize("content", [b"GIF89a" * 1000, b"SQLite format 3\x00" + bytes(range(256)) * 64])
def test_a_damaged_file_is_a_sentence(home: Path, content: bytes):
    (home / "classmood.db").write_bytes(content)
    with pytest.raises(DatabaseError, match="damaged"):
        Store()


def test_a_folder_that_is_not_there_and_a_database_of_another_kind_are_sentences(home: Path):
    with pytest.raises(DatabaseError, match="cannot be written"):
        Store(f"sqlite:///{(home / 'nowhere' / 'x.db').as_posix()}")
    with pytest.raises(DatabaseError, match="FER_DATABASE_URL"):
        Store("mysql+pymysql://me@127.0.0.1/classmood")


def test_a_folder_that_may_not_be_written_is_a_sentence(as_nobody):
    code = """
from fer.classroom.store import Store
from fer.errors import FerError
try:
    Store()
except FerError as problem:
    print(problem)
"""
    assert "cannot be written" in as_nobody(code)


def test_text_that_only_one_database_would_take(database_url: str, home: Path):
    store = Store(database_url)
    opened, _ = seated(store)
    topic = store.add_event(opened.row.id, "topic", "Len\x00ses \ud83d")
    assert topic.value == "Lenses ?"
    store.change_event(topic.id, "x\x00" * 100_000)
    assert store.events(opened.row.id)[0].value == "x" * 4000
    store.close()


def test_five_hundred_pages_join_in_the_same_moment(database_url: str, configure):
    configure(FER_MAX_SEATS=500)
    store = Store(database_url)
    opened = sessions.open_class(store, ClassSettings())
    gate = threading.Event()
    numbers: list[int] = []
    problems: list[Exception] = []

    def join(n: int) -> None:
        gate.wait()
        try:
            joined = sessions.join(store, opened.code, "school", nickname=f"{n}", consented=True)
            numbers.append(joined.seat.number)
        except DatabaseError:
            # A slow machine may say "busy"; then one clicks again, as the sentence says.
            join(n)
        except Exception as problem:
            problems.append(problem)

    pages = [threading.Thread(target=join, args=(n,)) for n in range(500)]
    for page in pages:
        page.start()
    gate.set()
    for page in pages:
        page.join(120)
    assert problems == [] and sorted(numbers) == list(range(1, 501))
    assert [seat.number for seat in store.seats(opened.row.id)] == list(range(1, 501))
    store.close()


def test_processes_that_start_at_once_make_one_store(database_url: str, home: Path):
    code = f"from fer.classroom.store import Store; Store({database_url!r}).close(); print('made')"
    environment = {**os.environ, "FER_HOME": str(home)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(5)
    ]
    answers = [process.communicate(timeout=120)[0].decode() for process in started]
    assert answers == ["made\n"] * 5


def test_a_class_survives_the_servers_restart(database_url: str, home: Path):
    code = f"""
from fer.classroom import sessions
from fer.classroom.records import ClassSettings, SecondRow
from fer.classroom.store import Store
from fer.classroom.writer import Writer
store = Store({database_url!r})
opened = sessions.open_class(store, ClassSettings(title="Waves"))
joined = sessions.join(store, opened.code, "a", nickname="Ada", consented=True)
writer = Writer(store)
writer.put(opened.row.id, SecondRow(joined.seat.id, 5, "no_face"))
writer.close()
print(opened.secret, joined.token)
"""
    environment = {**os.environ, "FER_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    secret, token = done.stdout.split()
    store = Store(database_url)
    row = sessions.continue_class(store, secret)
    back = sessions.rejoin(store, token)
    assert row.settings.title == "Waves" and back is not None and back.seat.nickname == "Ada"
    assert sessions.find_class(store, sessions.code_of(secret), "b") == row
    assert [second.t for second in store.seconds(row.id)] == [5]
    store.close()


def test_of_several_who_end_a_class_one_does(database_url: str, home: Path):
    store = Store(database_url)
    opened, _ = seated(store)
    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(lambda _: sessions.end(store, opened.row), range(8)))
    assert {row.state for row in ended} == {"ended"} and len({row.ended for row in ended}) == 1
    assert [event.kind for event in store.events(opened.row.id)] == ["ended"]
    assert store.report(opened.row.id) is not None
    store.close()


def test_a_long_lesson_is_read_in_parts_that_join(database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch):
    store = Store(database_url)
    opened, first = seated(store)
    seats = [first.seat.id, *(sessions.join(store, opened.code, "a", consented=True).seat.id for _ in range(2))]
    store.add_seconds(opened.row.id, [SecondRow(seat, t, "no_face") for t in range(40) for seat in seats])
    whole = [(row.t, row.seat_id) for row in store.seconds(opened.row.id)]
    assert whole == [(t, seat) for t in range(40) for seat in seats]
    # Parts that end within a second, at its end, and with the lesson.
    for part in (7, 3, 60, 120, 1):
        monkeypatch.setattr(store_module, "PART", part)
        assert [(row.t, row.seat_id) for row in store.seconds(opened.row.id)] == whole
        assert [(row.t, row.seat_id) for row in store.seconds(opened.row.id, 13)] == whole[39:]
    store.close()


def test_the_clock_follows_a_laptop_that_slept(monkeypatch: pytest.MonkeyPatch):
    theirs, mine, wall = [5000.0], [10.0], [5000.0]
    monkeypatch.setattr(time, "monotonic", lambda: mine[0])
    monkeypatch.setattr(time, "time", lambda: wall[0])
    clock = Clock(lambda: theirs[0])
    assert clock.now() == 5000
    for moved in (theirs, mine, wall):
        moved[0] += 5
    assert clock.now() == 5005
    # Asleep for an hour: the monotonic clock of Linux stands still meanwhile.
    theirs[0] += 3600
    wall[0] += 3600
    assert clock.now() == pytest.approx(8605)


def test_the_clock_runs_on_while_the_database_is_gone(monkeypatch: pytest.MonkeyPatch):
    mine, answers = [10.0], [5000.0]
    monkeypatch.setattr(time, "monotonic", lambda: mine[0])
    monkeypatch.setattr(time, "time", lambda: 4990 + mine[0])

    def ask() -> float:
        if not answers:
            raise DatabaseError("gone")
        return answers.pop()

    clock = Clock(ask)
    mine[0] += 600
    assert clock.now() == 5600
    with pytest.raises(DatabaseError):
        Clock(ask)


def test_first_callers_share_one(home: Path):
    gate, made = threading.Barrier(6), []

    class Thing:
        closed = False

        def __init__(self) -> None:
            gate.wait(30)
            made.append(self)

        def close(self) -> None:
            self.closed = True

    the_thing = Once(Thing)
    with ThreadPoolExecutor(6) as pool:
        got = set(pool.map(lambda _: the_thing(), range(6)))
    assert len(got) == 1 and len(made) == 6
    assert sum(thing.closed for thing in made) == 5 and not next(iter(got)).closed and the_thing() in got


def test_a_writer_that_gave_everything_up_is_not_behind(home: Path):
    path = home / "classmood.db"
    store = Store(f"sqlite:///{path.as_posix()}")
    opened, joined = seated(store)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    writer = Writer(store, every_s=0.05, keep_s=0.2)
    writer.put(opened.row.id, SecondRow(joined.seat.id, 1, "no_face"))
    deadline = time.monotonic() + 60
    while writer.lost() == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert writer.behind_s() == 0
    holder.execute("ROLLBACK")
    writer.close()
    store.close()


def test_one_class_no_database_takes_does_not_cost_another_its_rows(database_url: str, home: Path):
    store = Store(database_url)
    (bad, bad_seat), (good, good_seat) = seated(store), seated(store)
    writer = Writer(store, every_s=30)
    writer.put(bad.row.id, SecondRow(bad_seat.seat.id, 1 << 80, "no_face"))
    writer.put(good.row.id, SecondRow(good_seat.seat.id, 1, "no_face"))
    assert writer.flush(60) and writer.lost() == 1 and writer.behind_s() == 0
    assert [row.t for row in store.seconds(good.row.id)] == [1] and store.seconds(bad.row.id) == []
    writer.close()
    store.close()


def test_rows_leave_even_where_the_report_cannot_be_made(
    database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    from fer.classroom import report

    def fails(*_: object) -> dict[str, Any]:
        raise KeyError("a fault of ours")

    store = Store(database_url)
    opened, joined = seated(store)
    store.add_seconds(opened.row.id, [SecondRow(joined.seat.id, int(store.now()), "no_face")])
    store.change_class(opened.row.id, state="ended", ended=store.now())
    monkeypatch.setattr(report, "build_report", fails)
    sweeper.sweep(store)
    assert store.seconds(opened.row.id), "the hour is not over"
    store.change_class(opened.row.id, ended=store.now() - 3700)
    sweeper.sweep(store)
    assert store.seconds(opened.row.id) == [] and store.seats(opened.row.id) == []
    assert "could not be made" in caplog.text
    store.close()


def test_what_was_deleted_while_somebody_read_leaves_the_log_at_the_next_sweep(home: Path):
    path = home / "classmood.db"
    store = Store(f"sqlite:///{path.as_posix()}")
    _opened, joined = seated(store, "Ada Lovelace")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM seat").fetchall()
    sessions.forget(store, joined.seat)
    log = Path(f"{path}-wal")
    assert b"Ada Lovelace" in log.read_bytes(), "who reads keeps the log as it was"
    reader.execute("ROLLBACK")
    sweeper.sweep(store)
    assert b"Ada Lovelace" not in log.read_bytes() + path.read_bytes()
    reader.close()
    store.close()
