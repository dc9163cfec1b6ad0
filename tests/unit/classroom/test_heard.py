"""Voice and chat in the store, on both databases: round trip, replacing, deletion, and a store of an older version."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from fer.classroom import sessions
from fer.classroom.records import ClassSettings, HeardRow
from fer.classroom.report import lay_over
from fer.classroom.store import Store
from fer.classroom.tables import HEARD

SEVEN = np.array([0.05, 0.05, 0.1, 0.5, 0.1, 0.1, 0.1])


@pytest.fixture
def store(database_url: str, home: Path) -> Iterator[Store]:
    made = Store(database_url)
    yield made
    made.close()


def told(store: Store, class_id: int) -> list[tuple[str, int, int, float]]:
    return [(row.kind, row.t, row.length_s, row.count) for row in store.heard.of(class_id)]


def test_what_was_heard_comes_back_and_is_replaced(store: Store):
    row, other = (sessions.open_class(store, ClassSettings()).row for _ in range(2))
    store.heard.add(row.id, [HeardRow("voice", 100, 10, SEVEN, 6.5), HeardRow("text", 60, 60, SEVEN[::-1], 3)])
    store.heard.add(other.id, [HeardRow("voice", 100, 10, SEVEN, 1)])
    assert told(store, row.id) == [("text", 60, 60, 3.0), ("voice", 100, 10, 6.5)]
    assert store.heard.of(row.id)[1].probabilities == pytest.approx(SEVEN)
    store.heard.add(row.id, [HeardRow("voice", 100, 10, SEVEN, 7)])
    store.heard.replace(row.id, "text", [HeardRow("text", 120, 60, SEVEN, 9)])
    assert told(store, row.id) == [("text", 120, 60, 9.0), ("voice", 100, 10, 7.0)]
    lay_over(store, row, "text", [])
    assert told(store, row.id) == [("voice", 100, 10, 7.0)] and len(told(store, other.id)) == 1


def test_it_goes_with_the_class(store: Store):
    row, other = (sessions.open_class(store, ClassSettings()).row for _ in range(2))
    for class_id in (row.id, other.id):
        store.heard.add(class_id, [HeardRow("voice", 100, 10, SEVEN, 6.5)])
    ended = sessions.end(store, row)
    assert ended.id in [found.id for found in store.classes_with_rows()]
    store.clear_class(row.id)
    assert told(store, row.id) == [] and store.class_by_id(row.id) is not None
    assert ended.id not in [found.id for found in store.classes_with_rows()]
    store.delete_class(other.id)
    assert told(store, other.id) == []
    store.heard.add(other.id, [HeardRow("voice", 110, 10, SEVEN, 6.5)])
    assert told(store, other.id) == [], "rows that come late find no class"


def test_a_store_of_version_1_gets_the_table_and_keeps_its_classes(database_url: str, home: Path):
    store = Store(database_url)
    row = sessions.open_class(store, ClassSettings(title="Waves")).row
    store.close()
    engine = create_engine(database_url)
    with engine.begin() as connection:
        HEARD.drop(connection)
        connection.execute(text("UPDATE about SET value = '1' WHERE key = 'schema'"))
    store = Store(database_url)
    store.heard.add(row.id, [HeardRow("text", 60, 60, SEVEN, 3)])
    assert told(store, row.id) == [("text", 60, 60, 3.0)]
    assert [found.settings.title for found in store.classes()] == ["Waves"]
    store.close()


def test_two_who_write_the_same_at_once_do_not_disturb_each_other(store: Store):
    row = sessions.open_class(store, ClassSettings()).row

    def write(n: int) -> None:
        store.heard.replace(row.id, "text", [HeardRow("text", 60, 60, SEVEN, n)])
        store.heard.add(row.id, [HeardRow("voice", 100, 10, SEVEN, n)])
        store.save_report(row.id, {"schema": 1, "n": n})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(1, 25)))
    assert [kind for kind, *_ in told(store, row.id)] == ["text", "voice"]
