"""The store on real databases, SQLite and PostgreSQL alike: what goes in comes out, and what goes wrong is said."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from fer.classroom import sessions
from fer.classroom.codes import code_digest, digest, new_token
from fer.classroom.records import ClassSettings, SecondRow
from fer.classroom.store import Store
from fer.classroom.tables import METADATA, MIGRATIONS, bring_up_to_date
from fer.errors import ClassFullError, DatabaseError

SEVEN = np.array([0.05, 0.05, 0.1, 0.5, 0.1, 0.1, 0.1], np.float32)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def store(database_url: str, home: Path) -> Iterator[Store]:
    made = Store(database_url)
    yield made
    made.close()


def seated(store: Store, settings: ClassSettings | None = None) -> tuple[sessions.Opened, sessions.Joined]:
    opened = sessions.open_class(store, settings or ClassSettings(title="Optics"))
    return opened, sessions.join(store, opened.code, "10.0.0.1", consented=True)


def test_a_class_is_found_by_code_and_link_and_nothing_secret_is_stored(store: Store, database_url: str):
    settings = ClassSettings(title="Waves", course="Physics 1", weights={"happy": 0.7}, min_shown=7)
    opened = sessions.open_class(store, settings)
    assert store.class_by_code(code_digest(opened.code)) == store.class_by_teacher(digest(opened.secret)) == opened.row
    assert opened.row.settings == settings and opened.row.state == "open"
    joined = sessions.join(store, opened.code, "a", nickname="Ada", consented=True)
    with create_engine(database_url).connect() as connection:
        everything = " ".join(
            str(row) for table in METADATA.sorted_tables for row in connection.execute(table.select())
        )
    assert "Waves" in everything and "Ada" in everything
    for secret in (opened.code, opened.secret, joined.token):
        assert secret not in everything


def test_seconds_come_back_as_they_were(store: Store):
    opened, joined = seated(store)
    rows = [
        SecondRow(joined.seat.id, 100, "mood", SEVEN, 0.75, 0.5),
        SecondRow(joined.seat.id, 101, "unsure", SEVEN),
        SecondRow(joined.seat.id, 102, "no_face"),
    ]
    store.add_seconds(opened.row.id, rows)
    store.add_seconds(
        opened.row.id, [SecondRow(joined.seat.id, 102, "paused"), SecondRow(joined.seat.id, 103, "no_face")]
    )
    back = store.seconds(opened.row.id)
    assert [(row.t, row.state, row.attention, row.engagement) for row in back] == [
        (100, "mood", 0.75, 0.5),
        (101, "unsure", None, None),
        (102, "paused", None, None),
        (103, "no_face", None, None),
    ]
    assert back[0].probabilities == pytest.approx(SEVEN, abs=1e-4) and back[2].probabilities is None
    assert [row.t for row in store.seconds(opened.row.id, 102)] == [102, 103]


def test_rows_of_a_forgotten_seat_are_left_out_and_the_others_stay(store: Store):
    opened, gone = seated(store)
    stays = sessions.join(store, opened.code, "a", consented=True)
    store.add_seconds(opened.row.id, [SecondRow(gone.seat.id, 1, "no_face"), SecondRow(stays.seat.id, 1, "no_face")])
    sessions.pulse(store, gone.seat, "lost")
    sessions.forget(store, gone.seat)
    store.add_seconds(opened.row.id, [SecondRow(gone.seat.id, 2, "no_face"), SecondRow(stays.seat.id, 2, "no_face")])
    assert {row.seat_id for row in store.seconds(opened.row.id)} == {stays.seat.id}
    assert store.events(opened.row.id) == [] and store.seats(opened.row.id) == [stays.seat]
    assert sessions.rejoin(store, gone.token) is None


def test_a_new_seat_never_gets_a_forgotten_ones_id(store: Store):
    opened, gone = seated(store)
    sessions.forget(store, gone.seat)
    assert sessions.join(store, opened.code, "a", consented=True).seat.id != gone.seat.id


def test_events_one_of_a_kind_at_a_time(store: Store):
    opened, _joined = seated(store)
    topic = store.add_event(opened.row.id, "topic", "Lenses")
    store.change_event(topic.id, "Mirrors <b>")
    with ThreadPoolExecutor(8) as pool:
        alerts = list(pool.map(lambda n: store.add_event_unless(opened.row.id, "alert", str(n), 300), range(8)))
    assert sum(alert is not None for alert in alerts) == 1
    assert store.add_event_unless(opened.row.id, "alert", "again", 0) is not None
    events = store.events(opened.row.id)
    assert [event.kind for event in events] == ["topic", "alert", "alert"] and events[0].value == "Mirrors <b>"
    store.delete_event(topic.id)
    assert [event.kind for event in store.events(opened.row.id, events[1].id)] == ["alert"]


def test_five_hundred_join_at_once_and_no_number_is_given_twice(database_url: str, configure: Callable[..., None]):
    configure(FER_MAX_SEATS=480)
    store = Store(database_url)
    opened = sessions.open_class(store, ClassSettings())
    full = []

    def join(n: int) -> int | None:
        try:
            return store.add_seat(opened.row.id, digest(new_token()), f"{n}", None, False).number
        except ClassFullError as problem:
            full.append(str(problem))
            return None

    with ThreadPoolExecutor(6) as pool:
        numbers = [number for number in pool.map(join, range(500)) if number is not None]
    assert sorted(numbers) == list(range(1, 481))
    assert len(full) == 20 and "480 places" in full[0]
    store.close()


def test_deleting_a_class_leaves_nothing_of_it(store: Store, database_url: str):
    opened, joined = seated(store)
    store.add_seconds(opened.row.id, [SecondRow(joined.seat.id, 1, "no_face")])
    sessions.pulse(store, joined.seat, "bored")
    store.save_report(opened.row.id, {"schema": 1})
    store.save_report(opened.row.id, {"schema": 1, "title": "second"})
    assert store.report(opened.row.id) == {"schema": 1, "title": "second"}
    store.delete_class(opened.row.id)
    with create_engine(database_url).connect() as connection:
        left = {
            table.name: connection.execute(table.select()).all()
            for table in METADATA.sorted_tables
            if table.name != "about"
        }
    assert not any(left.values()), left


def test_an_older_store_is_migrated_once_and_a_newer_one_is_refused(database_url: str, home: Path):
    Store(database_url).close()
    ran = []

    def add_language(connection: Connection) -> None:
        ran.append("language")
        connection.execute(text("ALTER TABLE class ADD COLUMN language TEXT"))

    engine = create_engine(database_url)
    for _ in range(2):
        with engine.begin() as connection:
            bring_up_to_date(connection, [*MIGRATIONS, add_language])
    assert ran == ["language"]
    assert "language" in {column["name"] for column in inspect(engine).get_columns("class")}
    with pytest.raises(DatabaseError, match="schema 3, and this Classmood knows 2"):
        Store(database_url)


def test_two_processes_share_a_class(postgresql, home: Path):
    url = postgresql.database()
    store = Store(url)
    opened = sessions.open_class(store, ClassSettings())
    code = f"""
        from fer.classroom.store import Store
        from fer.classroom import sessions
        from fer.classroom.records import SecondRow
        store = Store({url!r})
        joined = sessions.join(store, {opened.code!r}, "b", nickname="other process", consented=True)
        store.add_seconds(joined.row.id, [SecondRow(joined.seat.id, int(store.now()), "camera_off")])
        sessions.pulse(store, joined.seat, "got_it")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=True, timeout=60)
    assert [seat.nickname for seat in store.seats(opened.row.id)] == ["other process"]
    assert [row.state for row in store.seconds(opened.row.id)] == ["camera_off"]
    assert [event.value for event in store.events(opened.row.id)] == ["got_it"]
    assert abs(store.seconds(opened.row.id)[0].t - store.now()) < 60
    store.close()


def test_clocks_that_differ_agree_on_the_databases(postgresql, home: Path, monkeypatch: pytest.MonkeyPatch):
    url = postgresql.database()
    right = Store(url)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 7200)
    wrong = Store(url)
    assert abs(wrong.now() - right.now()) < 1
    assert abs(wrong.now() - real()) < 60
    right.close()
    wrong.close()


def test_a_locked_database_is_a_sentence_and_then_goes_on(home: Path):
    path = home / "classmood.db"
    store = Store(f"sqlite:///{path.as_posix()}")
    opened, joined = seated(store)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseError, match="busy"):
        store.add_seconds(opened.row.id, [SecondRow(joined.seat.id, 1, "no_face")])
    # Who only reads is not held up by one who writes.
    assert store.class_by_id(opened.row.id) == opened.row
    holder.execute("ROLLBACK")
    store.add_seconds(opened.row.id, [SecondRow(joined.seat.id, 1, "no_face")])
    assert len(store.seconds(opened.row.id)) == 1


def test_a_full_database_is_a_sentence_and_keeps_what_it_has(home: Path):
    path = home / "classmood.db"
    store = Store(f"sqlite:///{path.as_posix()}")
    opened, joined = seated(store)
    store.add_seconds(opened.row.id, [SecondRow(joined.seat.id, 1, "no_face")])
    pages = sqlite3.connect(path).execute("PRAGMA page_count").fetchone()[0]
    # The limit belongs to a connection: it is set on each that the store opens from now on.
    store._engine.dispose()
    from sqlalchemy import event

    event.listen(store._engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count={pages + 2}"))
    rows = [SecondRow(joined.seat.id, t, "mood", SEVEN, 0.5, 0.5) for t in range(2, 5000)]
    with pytest.raises(DatabaseError, match="full"):
        store.add_seconds(opened.row.id, rows)
    assert [row.t for row in store.seconds(opened.row.id)] == [1]


def test_a_database_that_does_not_answer_is_a_sentence(home: Path):
    with pytest.raises(DatabaseError, match="does not answer"):
        Store("postgresql://classmood@127.0.0.1:9/nowhere")
    with pytest.raises(DatabaseError, match="FER_DATABASE_URL"):
        Store("oracle-of-delphi")


def test_a_database_that_was_gone_answers_again(mortal_postgresql, home: Path):
    store = Store(mortal_postgresql.database())
    opened, _joined = seated(store)
    mortal_postgresql.stop()
    with pytest.raises(DatabaseError):
        store.seconds(opened.row.id)
    assert store.now() > 0
    mortal_postgresql.start()
    assert store.class_by_id(opened.row.id) == opened.row
    store.close()


WRITE_ON = """
import time
from fer.classroom.records import SecondRow
from fer.classroom.store import Store
from fer.classroom.writer import Writer
store = Store({url!r})
writer = Writer(store)
n = 0
while True:
    n += 1
    writer.put({class_id}, SecondRow({seat_id}, n, "no_face"))
    print(n, flush=True)
    time.sleep(0.05)
"""


def test_kill_minus_nine_costs_at_most_two_seconds(store: Store, database_url: str):
    opened, joined = seated(store)
    code = WRITE_ON.format(url=database_url, class_id=opened.row.id, seat_id=joined.seat.id)
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        handed_over = 0
        for line in process.stdout:
            handed_over = int(line)
            if handed_over == 90:
                os.kill(process.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
                break
    # Twenty rows a second were handed over: two seconds of numbers are forty rows.
    kept = {row.t for row in store.seconds(opened.row.id)}
    assert kept == set(range(1, len(kept) + 1))
    assert handed_over - len(kept) <= 40


def test_threads_share_a_store(store: Store):
    opened, joined = seated(store)
    problems: list[Exception] = []

    def work(first: int) -> None:
        try:
            for t in range(first, first + 40):
                store.add_seconds(opened.row.id, [SecondRow(joined.seat.id, t, "no_face")])
                store.seconds(opened.row.id, t)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(1000 * n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == [] and len(store.seconds(opened.row.id)) == 240
