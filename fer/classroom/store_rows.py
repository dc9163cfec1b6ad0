"""Rows of the store's tables, and the records that they are."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from sqlalchemy import Connection, CursorResult, RowMapping, insert, select

from fer.classroom.records import ClassRow, ClassSettings, EventKind, EventRow, SeatRow, SecondRow
from fer.classroom.tables import CLASSES, EVENTS

MOST_TEXT = 4000
"""Signs of an event's text that are kept; pages ask for far less."""


def lock_class(connection: Connection, class_id: int) -> bool:
    """Lock a class's row until the transaction ends, on PostgreSQL; SQLite has one writer anyway.

    Returns:
        Whether there is such a class.
    """
    asked = select(CLASSES.c.id).where(CLASSES.c.id == class_id).with_for_update()
    return connection.execute(asked).first() is not None


def key(made: CursorResult[Any]) -> int:
    """Return the id that an insert made."""
    key = made.inserted_primary_key
    assert key is not None
    return int(key[0])


def as_json(settings_: ClassSettings) -> str:
    """Return settings as the store keeps them."""
    return settings_.model_dump_json(by_alias=True)


def class_of(row: RowMapping) -> ClassRow:
    """Return a class from its row."""
    return ClassRow(
        row["id"], ClassSettings.model_validate_json(row["settings"]), row["state"], row["started"], row["ended"]
    )


def seat_of(row: RowMapping) -> SeatRow:
    """Return a seat from its row."""
    return SeatRow(row["id"], row["class_id"], row["number"], row["nickname"], row["consent_at"], bool(row["opted_in"]))


def second_values(class_id: int, row: SecondRow) -> dict[str, Any]:
    """Return a second as the store keeps it: probabilities to four places, which is finer than any model is right."""
    seven = None if row.probabilities is None else json.dumps([round(float(p), 4) for p in row.probabilities])
    return {
        "class_id": class_id, "seat_id": row.seat_id, "t": row.t, "state": row.state, "probabilities": seven,
        "attention": None if row.attention is None else float(row.attention),
        "engagement": None if row.engagement is None else float(row.engagement),
    }  # fmt: skip


def second_of(row: RowMapping) -> SecondRow:
    """Return a second from its row."""
    seven = None if row["probabilities"] is None else np.array(json.loads(row["probabilities"]), np.float32)
    return SecondRow(row["seat_id"], row["t"], row["state"], seven, row["attention"], row["engagement"])


def insert_event(
    connection: Connection, class_id: int, t: float, kind: EventKind, value: str, seat_id: int | None
) -> EventRow:
    """Add an event within the caller's transaction."""
    value = plain(value)
    values = {"class_id": class_id, "t": t, "kind": kind, "value": value, "seat_id": seat_id}
    return EventRow(key(connection.execute(insert(EVENTS).values(**values))), class_id, t, kind, value, seat_id)


def plain(value: str) -> str:
    """Return text as both databases take it: PostgreSQL knows no NUL, and no UTF-8 has half a sign."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()[:MOST_TEXT]


def event_of(row: RowMapping) -> EventRow:
    """Return an event from its row."""
    return EventRow(row["id"], row["class_id"], row["t"], row["kind"], row["value"], row["seat_id"])
