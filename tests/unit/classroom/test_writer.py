"""The writer: rows arrive in batches, an outage is waited out, what waits too long is given up and counted."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fer.classroom import sessions
from fer.classroom.records import ClassSettings, SecondRow
from fer.classroom.store import Store
from fer.classroom.writer import Writer


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.02)


def seated(store: Store) -> tuple[int, int]:
    opened = sessions.open_class(store, ClassSettings())
    return opened.row.id, sessions.join(store, opened.code, "a", consented=True).seat.id


def test_rows_of_several_classes_arrive_in_their_order(database_url: str, home: Path):
    store = Store(database_url)
    writer = Writer(store, every_s=0.05)
    classes = [seated(store) for _ in range(3)]
    for t in range(50):
        for class_id, seat_id in classes:
            writer.put(class_id, SecondRow(seat_id, t, "no_face"))
    for class_id, seat_id in classes:
        writer.put(class_id, SecondRow(seat_id, 49, "paused"))
    assert writer.flush(20)
    for class_id, _ in classes:
        rows = store.seconds(class_id)
        assert [row.t for row in rows] == list(range(50)) and rows[-1].state == "paused"
    assert writer.behind_s() == 0 and writer.lost() == 0
    writer.close()
    store.close()


def test_a_database_that_is_gone_is_waited_for(mortal_postgresql, home: Path):
    store = Store(mortal_postgresql.database())
    writer = Writer(store, every_s=0.1)
    class_id, seat_id = seated(store)
    writer.put(class_id, SecondRow(seat_id, 1, "no_face"))
    assert writer.flush(20)
    mortal_postgresql.stop()
    began = time.monotonic()
    for t in range(2, 200):
        writer.put(class_id, SecondRow(seat_id, t, "no_face"))
    assert time.monotonic() - began < 60, "handing over waited for the database"
    until(lambda: writer.behind_s() > 1)
    assert writer.lost() == 0
    mortal_postgresql.start()
    until(lambda: writer.behind_s() == 0)
    assert writer.flush(20)
    assert [row.t for row in store.seconds(class_id)] == list(range(1, 200))
    writer.close()
    store.close()


def test_what_waits_too_long_is_given_up_and_counted(home: Path):
    path = home / "classmood.db"
    store = Store(f"sqlite:///{path.as_posix()}")
    class_id, seat_id = seated(store)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    writer = Writer(store, every_s=0.05, keep_s=0.5)
    for t in range(5):
        writer.put(class_id, SecondRow(seat_id, t, "no_face"))
    until(lambda: writer.lost() == 5)
    holder.execute("ROLLBACK")
    writer.put(class_id, SecondRow(seat_id, 9, "no_face"))
    assert writer.flush(20)
    assert [row.t for row in store.seconds(class_id)] == [9]
    writer.close()
    store.close()


def test_a_fault_of_ours_does_not_hold_the_others_up(home: Path, caplog: pytest.LogCaptureFixture):
    store = Store()
    class_id, seat_id = seated(store)
    writer = Writer(store, every_s=0.05)
    writer.put(class_id, SecondRow(seat_id, 1, object()))  # type: ignore[arg-type]
    until(lambda: writer.lost() == 1 or "could not be written" in caplog.text or writer.behind_s() > 0)
    writer._waiting.clear()
    writer.put(class_id, SecondRow(seat_id, 2, "no_face"))
    assert writer.flush(20)
    assert [row.t for row in store.seconds(class_id)] == [2]
    writer.close()
    store.close()


def test_closing_writes_what_waits(home: Path):
    store = Store()
    class_id, seat_id = seated(store)
    writer = Writer(store, every_s=30)
    writer.put(class_id, SecondRow(seat_id, 1, "no_face"))
    writer.close()
    assert len(store.seconds(class_id)) == 1
    assert not writer._thread.is_alive()
    store.close()
