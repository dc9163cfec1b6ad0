"""What was heard and read in a class, in the store: means of stretches of time, deleted with the class's other rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, insert, select

from fer.classroom.records import HeardKind, HeardRow
from fer.classroom.store_rows import lock_class
from fer.classroom.tables import HEARD

Opened = Callable[[], AbstractContextManager[Connection]]


class Heard:
    """The store's part that holds them; see ``fer.classroom.store.Store``, which is asked for it.

    Args:
        reading: Opens a connection to read.
        writing: Opens a transaction.
    """

    def __init__(self, reading: Opened, writing: Opened) -> None:
        self._reading, self._writing = reading, writing

    def add(self, class_id: int, rows: Sequence[HeardRow]) -> None:
        """Add stretches; one that is there is replaced. Of a class that was deleted nothing is kept.

        Raises:
            DatabaseError: If the store does not answer.
        """
        with self._writing() as connection:
            # Before anything is deleted: of two that write the same stretches, the second then finds the first's.
            if not lock_class(connection, class_id):
                return
            for row in rows:
                same = (HEARD.c.class_id == class_id, HEARD.c.kind == row.kind, HEARD.c.t == row.t)
                connection.execute(delete(HEARD).where(*same))
            _insert(connection, class_id, rows)

    def replace(self, class_id: int, kind: HeardKind, rows: Sequence[HeardRow]) -> None:
        """Put one kind's stretches in the place of all that were there; none deletes them.

        Raises:
            DatabaseError: If the store does not answer.
        """
        with self._writing() as connection:
            if not lock_class(connection, class_id):
                return
            connection.execute(delete(HEARD).where(HEARD.c.class_id == class_id, HEARD.c.kind == kind))
            _insert(connection, class_id, rows)

    def of(self, class_id: int) -> list[HeardRow]:
        """Return a class's stretches by kind and time.

        Raises:
            DatabaseError: If the store does not answer.
        """
        asked = select(HEARD).where(HEARD.c.class_id == class_id).order_by(HEARD.c.kind, HEARD.c.t)
        with self._reading() as connection:
            return [
                HeardRow(
                    row["kind"], row["t"], row["length_s"], np.array(json.loads(row["probabilities"])), row["count"]
                )
                for row in connection.execute(asked).mappings()
            ]


def _insert(connection: Connection, class_id: int, rows: Sequence[HeardRow]) -> None:
    if rows:
        connection.execute(insert(HEARD), [_values(class_id, row) for row in rows])


def _values(class_id: int, row: HeardRow) -> dict[str, Any]:
    return {
        "class_id": class_id, "kind": row.kind, "t": row.t, "length_s": row.length_s, "count": float(row.count),
        "probabilities": json.dumps([round(float(p), 4) for p in row.probabilities]),
    }  # fmt: skip
