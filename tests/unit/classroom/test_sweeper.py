"""The sweeper: classes end, rows leave in time, a report stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fer.classroom import sessions
from fer.classroom.records import ClassSettings, SecondRow
from fer.classroom.store import Store
from fer.classroom.sweeper import sweep


@pytest.fixture
def store(database_url: str, home: Path) -> Iterator[Store]:
    made = Store(database_url)
    yield made
    made.close()


def a_class(store: Store, *, keep_report: bool) -> sessions.Opened:
    opened = sessions.open_class(store, ClassSettings(title="Waves", keep_report=keep_report))
    joined = sessions.join(store, opened.code, "a", nickname="Ada", consented=True)
    now = int(store.now())
    store.add_seconds(opened.row.id, [SecondRow(joined.seat.id, now - n, "no_face") for n in range(20)])
    sessions.pulse(store, joined.seat, "lost")
    return opened


def test_a_class_that_nobody_ends_is_ended(store: Store):
    old, young = a_class(store, keep_report=True), a_class(store, keep_report=True)
    store.change_class(old.row.id, started=store.now() - 4.1 * 3600)
    sweep(store)
    states = {row.id: row.state for row in store.classes()}
    assert states == {old.row.id: "ended", young.row.id: "open"}
    assert store.report(old.row.id) is not None and store.seconds(old.row.id), "rows live for another hour"


def test_rows_leave_an_hour_after_the_end_and_the_report_stays(store: Store):
    kept, dropped, fresh = (a_class(store, keep_report=keep) for keep in (True, False, True))
    for opened in (kept, dropped, fresh):
        sessions.end(store, opened.row)
    for opened in (kept, dropped):
        store.change_class(opened.row.id, ended=store.now() - 1.1 * 3600)
    for _ in range(2):
        sweep(store)
    assert store.seconds(kept.row.id) == [] and store.seats(kept.row.id) == [] and store.events(kept.row.id) == []
    assert store.report(kept.row.id) is not None
    assert sessions.continue_class(store, kept.secret).id == kept.row.id
    assert store.class_by_id(dropped.row.id) is None
    assert len(store.seconds(fresh.row.id)) == 20


def test_a_report_that_was_not_written_at_the_end_is_made_up_for(store: Store):
    opened = a_class(store, keep_report=True)
    store.change_class(opened.row.id, state="ended", ended=store.now() - 1.1 * 3600)
    assert store.report(opened.row.id) is None
    sweep(store)
    assert store.report(opened.row.id) is not None and store.seats(opened.row.id) == []
