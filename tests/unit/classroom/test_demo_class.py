"""The demo class plays: first minutes at once, then live rows of drawn faces, and it ends by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from fer.classroom import demo_class, sessions
from fer.classroom.demo_class import DemoClasses
from fer.classroom.demo_story import ENDS_S, NO_CAMERA, STARTS_S
from fer.classroom.overview import open_watch
from fer.classroom.store import Store
from fer.classroom.writer import Writer
from fer.emotions import EMOTIONS
from fer.errors import ClassFullError

pytestmark = pytest.mark.usefixtures("yunet")
PATIENCE_S = 60.0


@pytest.fixture
def store(tmp_path: Path, home: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{(tmp_path / 'classmood.db').as_posix()}")
    yield made
    made.close()


@pytest.fixture
def writer(store: Store) -> Iterator[Writer]:
    made = Writer(store, every_s=0.1)
    yield made
    made.close()


@pytest.fixture
def demos() -> Iterator[DemoClasses]:
    made = DemoClasses(at_once=1)
    yield made
    for demo in list(made._playing.values()):
        demo.stop(timeout_s=10)


def wait_until(true: Callable[[], object], what: str) -> None:
    ends_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < ends_s, f"not within {PATIENCE_S:.0f} s: {what}"
        time.sleep(0.05)


def test_the_first_minutes_are_there_at_once_and_the_lesson_goes_on(
    store: Store, writer: Writer, demos: DemoClasses
) -> None:
    opened = demos.start(store, writer)
    assert opened.row.settings.mode == "demo" and opened.row.settings.min_shown == 3
    begins_s = opened.row.started - STARTS_S
    assert begins_s == pytest.approx(store.now(), abs=20)
    before = store.seconds(opened.row.id)
    assert {row.t for row in before if row.t < begins_s - 1} >= set(range(int(begins_s) + STARTS_S, int(begins_s) - 1))
    seats = store.seats(opened.row.id)
    clicks_only = seats[NO_CAMERA[0]]
    assert {row.state for row in before if row.seat_id == clicks_only.id} == {"camera_off"}
    moods = [row for row in before if row.state == "mood"]
    assert len(moods) > 0.6 * len(before)
    assert all(row.engagement is not None and row.attention is not None for row in moods)
    assert [event.value for event in store.events(opened.row.id) if event.kind == "topic"][:2] == [
        "Welcome",
        "What plants breathe",
    ]
    wait_until(lambda: writer.flush(1) and store.seconds(opened.row.id, int(begins_s) + 2), "live rows")
    playing = demos.continued(store, writer, opened.row.id)
    assert playing is not None
    image = playing.picture()
    assert image is not None and image.shape == (480, 1104, 3) and image.dtype == np.uint8
    watch = open_watch(store, opened.row)
    watch.refresh()
    now = watch.now()
    assert now.present >= 17 and now.contributing >= 8 and now.moods is not None
    assert EMOTIONS[int(np.argmax(now.moods))] == "neutral"


def test_it_ends_with_the_class_and_leaves_its_place_free(store: Store, writer: Writer, demos: DemoClasses) -> None:
    opened = demos.start(store, writer)
    assert demos.count() == 1
    with pytest.raises(ClassFullError, match="ends by itself within 7 minutes"):
        demos.start(store, writer)
    row = sessions.end(store, opened.row)
    wait_until(lambda: demos.count() == 0, "the end")
    assert demos.continued(store, writer, row.id) is None
    # Its place is free again.
    demos.start(store, writer)


def test_the_lesson_ends_by_itself_with_a_report(store: Store, writer: Writer, demos: DemoClasses) -> None:
    opened = demos.start(store, writer)
    demo = demos.continued(store, writer, opened.row.id)
    assert demo is not None and 0 < demo.left_s() <= ENDS_S
    demo._begins_s -= ENDS_S
    wait_until(lambda: demos.count() == 0, "the end")
    row = store.class_by_id(opened.row.id)
    assert row is not None and row.state == "ended" and demo.left_s() == 0


def test_one_that_nobody_looks_at_ends(
    store: Store, writer: Writer, demos: DemoClasses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_class, "UNWATCHED_S", 0.5)
    opened = demos.start(store, writer)
    wait_until(lambda: demos.count() == 0, "the end")
    row = store.class_by_id(opened.row.id)
    assert row is not None and row.state == "ended"


def test_a_pause_stops_the_rows(store: Store, writer: Writer, demos: DemoClasses) -> None:
    opened = demos.start(store, writer)
    sessions.pause(store, opened.row)
    time.sleep(1.5)
    writer.flush(5)
    newest = max(row.t for row in store.seconds(opened.row.id))
    time.sleep(2.5)
    writer.flush(5)
    assert max(row.t for row in store.seconds(opened.row.id)) == newest
    sessions.resume(store, opened.row)
    wait_until(lambda: writer.flush(1) and store.seconds(opened.row.id, newest + 1), "rows after the pause")


def test_after_a_restart_the_same_class_goes_on(
    store: Store, writer: Writer, demos: DemoClasses, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = demos.start(store, writer)
    first = demos.continued(store, writer, opened.row.id)
    assert first is not None and first.stop(timeout_s=10)
    # As another process that was started since: while rows are new, somebody else plays it.
    other = DemoClasses()
    writer.flush(5)
    assert other.continued(store, writer, opened.row.id) is None
    monkeypatch.setattr(demo_class, "PLAYED_S", -5.0)
    again = other.continued(store, writer, opened.row.id)
    try:
        assert again is not None and again is other.continued(store, writer, opened.row.id)
        begun = int(store.now()) + 1
        wait_until(lambda: writer.flush(1) and store.seconds(opened.row.id, begun), "rows of the one that went on")
        assert len(store.seats(opened.row.id)) == 18
    finally:
        if again is not None:
            again.stop(timeout_s=10)


def test_what_cannot_be_opened_leaves_no_class_behind(
    store: Store, writer: Writer, demos: DemoClasses, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ClassFullError("no seats")

    monkeypatch.setattr(store, "add_seat", fails)
    with pytest.raises(ClassFullError, match="no seats"):
        demos.start(store, writer)
    assert store.classes() == [] and demos.count() == 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("demo-class")]
