"""The sweeper: classes end, rows leave in time, a report stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fer.classroom import sessions
from fer.classroom.overview import open_watch
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


def test_a_class_whose_long_recording_is_being_read_is_as_old_as_the_reading(store: Store):
    settings = ClassSettings(mode="gallery", attested=True)
    reading, stuck = (sessions.open_class(store, settings).row for _ in range(2))
    for row, ago_h in ((reading, 1), (stuck, 4.1)):
        store.change_class(row.id, started=store.now() - 4.9 * 3600)
        store.add_event(row.id, "recording", "14000", t=store.now() - ago_h * 3600)
    sweep(store)
    assert {row.id: row.state for row in store.classes()} == {reading.id: "open", stuck.id: "ended"}


def test_what_nobody_looks_at_any_more_leaves_memory_too(store: Store, monkeypatch: pytest.MonkeyPatch):
    opened = a_class(store, keep_report=True)
    watch = open_watch(store, opened.row)
    watch.refresh()
    sweep(store)
    assert watch._events and open_watch(store, opened.row) is watch, "somebody looked just now"
    monkeypatch.setattr("fer.classroom.overview.LOOKED_S", 0.0)
    sweep(store)
    assert not watch._events and not watch._seats and not watch._rows._raw
    assert open_watch(store, opened.row) is not watch
    # A page that still holds it reads it again.
    watch.refresh()
    assert watch._events and watch._rows._raw


def test_what_a_student_or_teacher_deletes_leaves_memory_at_once(store: Store):
    opened = a_class(store, keep_report=True)
    watch = open_watch(store, opened.row)
    watch.refresh()
    sessions.forget(store, store.seats(opened.row.id)[0])
    assert not watch._seats and not watch._events and not watch._rows._raw
    store.add_event(opened.row.id, "topic", "Lenses")
    watch.refresh(whole=True)
    sessions.delete(store, opened.row)
    assert not watch._events and store.class_by_id(opened.row.id) is None
