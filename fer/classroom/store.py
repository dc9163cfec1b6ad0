"""The store: classes, seats, seconds and events in SQLite or PostgreSQL, shared by every process of the app."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import Connection, CursorResult, RowMapping, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from fer.classroom.database import open_engine, own_file, told
from fer.classroom.records import ClassRow, ClassSettings, ClassState, EventKind, EventRow, SeatRow, SecondRow
from fer.classroom.tables import CLASSES, EVENTS, REPORTS, SEATS, SECONDS, bring_up_to_date
from fer.errors import ClassFullError, DatabaseError
from fer.settings import settings

CLOCK_S = 60.0
"""The database's clock is read again after this time."""


class Store:
    """What the app knows about classes. Safe to share between threads; each call is one transaction.

    Args:
        url: As SQLAlchemy writes it; None: ``FER_DATABASE_URL``, or ``classmood.db`` in ``FER_HOME``.

    Raises:
        DatabaseError: From every method, if the database does not answer, is locked or is full.
    """

    def __init__(self, url: str | None = None) -> None:
        self.url = url or settings().database_url or own_file()
        self._engine = open_engine(self.url)
        self._lock = threading.Lock()
        self._offset_s, self._measured_s = 0.0, -np.inf
        with self._writing() as connection:
            bring_up_to_date(connection)

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    def now(self) -> float:
        """Return seconds since 1970 by the database's clock, so that processes whose clocks differ agree.

        While the database does not answer, the clock runs on from its last answer.
        """
        with self._lock:
            due = time.monotonic() - self._measured_s > CLOCK_S
            if due:
                self._measured_s = time.monotonic()
        if due:
            self._measure_clock()
        return time.monotonic() + self._offset_s

    def _measure_clock(self) -> None:
        try:
            if self._engine.dialect.name == "postgresql":
                with self._reading() as connection:
                    before_s = time.monotonic()
                    theirs = float(
                        connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
                    )
                    self._offset_s = theirs - (before_s + time.monotonic()) / 2
            else:
                self._offset_s = time.time() - time.monotonic()
        except DatabaseError:
            if self._offset_s == 0:
                self._offset_s = time.time() - time.monotonic()

    # Classes

    def add_class(self, settings_: ClassSettings, code_hash: str, teacher_hash: str) -> ClassRow:
        """Add an open class that starts now."""
        started = self.now()
        values = {"code_hash": code_hash, "teacher_hash": teacher_hash, "settings": _as_json(settings_)}
        with self._writing() as connection:
            made = connection.execute(insert(CLASSES).values(**values, state="open", started=started))
            return ClassRow(_key(made), settings_, "open", started, None)

    def class_by_code(self, code_hash: str) -> ClassRow | None:
        """Return the class of a code, also one that has ended."""
        return self._class(CLASSES.c.code_hash == code_hash)

    def class_by_teacher(self, teacher_hash: str) -> ClassRow | None:
        """Return the class of a teacher's secret."""
        return self._class(CLASSES.c.teacher_hash == teacher_hash)

    def class_by_id(self, class_id: int) -> ClassRow | None:
        """Return a class."""
        return self._class(CLASSES.c.id == class_id)

    def classes(self) -> list[ClassRow]:
        """Return every class, oldest first; for the sweeper."""
        with self._reading() as connection:
            return [_class_of(row) for row in connection.execute(select(CLASSES).order_by(CLASSES.c.id)).mappings()]

    def change_class(
        self,
        class_id: int,
        *,
        settings: ClassSettings | None = None,
        state: ClassState | None = None,
        started: float | None = None,
        ended: float | None = None,
    ) -> ClassRow:
        """Change what is given of a class.

        Raises:
            DatabaseError: Also if the class was deleted meanwhile.
        """
        saved = _as_json(settings) if settings else None
        values: dict[str, Any] = {"settings": saved, "state": state, "started": started, "ended": ended}
        values = {name: value for name, value in values.items() if value is not None}
        with self._writing() as connection:
            if values:
                connection.execute(update(CLASSES).where(CLASSES.c.id == class_id).values(**values))
            row = connection.execute(select(CLASSES).where(CLASSES.c.id == class_id)).mappings().first()
        if row is None:
            raise DatabaseError("This class was deleted meanwhile. Open a new one.")
        return _class_of(row)

    def delete_class(self, class_id: int) -> None:
        """Delete a class with everything of it, its report too."""
        with self._writing() as connection:
            connection.execute(delete(CLASSES).where(CLASSES.c.id == class_id))

    def clear_class(self, class_id: int) -> None:
        """Delete a class's seats, seconds and events, and leave the class and its report."""
        with self._writing() as connection:
            for table in (SECONDS, EVENTS, SEATS):
                connection.execute(delete(table).where(table.c.class_id == class_id))

    def _class(self, condition: Any) -> ClassRow | None:
        with self._reading() as connection:
            row = connection.execute(select(CLASSES).where(condition)).mappings().first()
        return _class_of(row) if row else None

    # Seats

    def add_seat(
        self, class_id: int, token_hash: str, nickname: str, consent_at: float | None, opted_in: bool
    ) -> SeatRow:
        """Add a seat with the class's next number.

        Raises:
            ClassFullError: If the class has as many seats as it may have.
        """
        most = settings().max_seats
        with self._writing() as connection:
            # The class's row is the lock under which numbers are given, on PostgreSQL; SQLite has one writer anyway.
            connection.execute(select(CLASSES.c.id).where(CLASSES.c.id == class_id).with_for_update())
            taken = select(func.count(), func.coalesce(func.max(SEATS.c.number), 0)).where(SEATS.c.class_id == class_id)
            count, highest = connection.execute(taken).one()
            if count >= most:
                raise ClassFullError(
                    f"This class is full: it has {most} places. Ask your teacher; a place is free again when "
                    "somebody deletes theirs."
                )
            made = connection.execute(
                insert(SEATS).values(
                    class_id=class_id, number=highest + 1, token_hash=token_hash, nickname=nickname,
                    consent_at=consent_at, opted_in=opted_in,
                )
            )  # fmt: skip
            return SeatRow(_key(made), class_id, highest + 1, nickname, consent_at, opted_in)

    def seat_by_token(self, token_hash: str) -> SeatRow | None:
        """Return the seat of a student's token."""
        with self._reading() as connection:
            row = connection.execute(select(SEATS).where(SEATS.c.token_hash == token_hash)).mappings().first()
        return _seat_of(row) if row else None

    def seats(self, class_id: int) -> list[SeatRow]:
        """Return a class's seats by number."""
        asked = select(SEATS).where(SEATS.c.class_id == class_id).order_by(SEATS.c.number)
        with self._reading() as connection:
            return [_seat_of(row) for row in connection.execute(asked).mappings()]

    def change_seat(
        self,
        seat_id: int,
        *,
        nickname: str | None = None,
        consent_at: float | None = None,
        opted_in: bool | None = None,
    ) -> SeatRow:
        """Change what is given of a seat.

        Raises:
            DatabaseError: Also if the seat was deleted meanwhile.
        """
        values = {"nickname": nickname, "consent_at": consent_at, "opted_in": opted_in}
        values = {name: value for name, value in values.items() if value is not None}
        with self._writing() as connection:
            if values:
                connection.execute(update(SEATS).where(SEATS.c.id == seat_id).values(**values))
            row = connection.execute(select(SEATS).where(SEATS.c.id == seat_id)).mappings().first()
        if row is None:
            raise DatabaseError("This seat was deleted meanwhile. Join the class again.")
        return _seat_of(row)

    def forget_seat(self, seat_id: int) -> None:
        """Delete a seat with everything of it: seconds, clicks, nickname and consent."""
        with self._writing() as connection:
            connection.execute(delete(SEATS).where(SEATS.c.id == seat_id))

    # Seconds

    def add_seconds(self, class_id: int, rows: Sequence[SecondRow]) -> None:
        """Add or replace seconds, in one transaction; those of seats that were deleted are left out."""
        if not rows:
            return
        with self._writing() as connection:
            asked = select(SEATS.c.id).where(
                SEATS.c.class_id == class_id, SEATS.c.id.in_({row.seat_id for row in rows})
            )
            there = set(connection.execute(asked.with_for_update(read=True, key_share=True)).scalars())
            # The last of doubles wins, as if they had come one by one; in one statement PostgreSQL would refuse them.
            values = {(row.seat_id, row.t): _second_values(class_id, row) for row in rows if row.seat_id in there}
            if values:
                self._upsert_seconds(connection, list(values.values()))

    def _upsert_seconds(self, connection: Connection, values: list[dict[str, Any]]) -> None:
        kind = postgresql if connection.dialect.name == "postgresql" else sqlite
        adding = kind.insert(SECONDS)
        changed = {name: adding.excluded[name] for name in ("state", "probabilities", "attention", "engagement")}
        connection.execute(adding.on_conflict_do_update(index_elements=["seat_id", "t"], set_=changed), values)

    def seconds(self, class_id: int, since_t: int = 0) -> list[SecondRow]:
        """Return a class's seconds from ``since_t`` on, by time."""
        c = SECONDS.c
        asked = select(c.seat_id, c.t, c.state, c.probabilities, c.attention, c.engagement).where(
            c.class_id == class_id, c.t >= since_t
        )
        with self._reading() as connection:
            return [_second_of(row) for row in connection.execute(asked.order_by(c.t, c.seat_id)).mappings()]

    # Events

    def add_event(
        self, class_id: int, kind: EventKind, value: str = "", seat_id: int | None = None, t: float | None = None
    ) -> EventRow:
        """Add an event, now or at ``t``."""
        now = self.now() if t is None else t
        with self._writing() as connection:
            return _insert_event(connection, class_id, now, kind, value, seat_id)

    def add_event_unless(self, class_id: int, kind: EventKind, value: str, within_s: float) -> EventRow | None:
        """Add an event unless the class has a younger one of that kind; None where it has.

        One transaction: of two pages that ask at once, one adds it.
        """
        now = self.now()
        with self._writing() as connection:
            connection.execute(select(CLASSES.c.id).where(CLASSES.c.id == class_id).with_for_update())
            young = select(EVENTS.c.id).where(
                EVENTS.c.class_id == class_id, EVENTS.c.kind == kind, EVENTS.c.t > now - within_s
            )
            if connection.execute(young.limit(1)).first() is not None:
                return None
            return _insert_event(connection, class_id, now, kind, value, None)

    def change_event(self, event_id: int, value: str) -> None:
        """Change an event's value, as a topic's text."""
        with self._writing() as connection:
            connection.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(value=value))

    def delete_event(self, event_id: int) -> None:
        """Delete an event."""
        with self._writing() as connection:
            connection.execute(delete(EVENTS).where(EVENTS.c.id == event_id))

    def events(self, class_id: int, after_id: int = 0) -> list[EventRow]:
        """Return a class's events whose id is larger, in the order in which they were added."""
        asked = select(EVENTS).where(EVENTS.c.class_id == class_id, EVENTS.c.id > after_id).order_by(EVENTS.c.id)
        with self._reading() as connection:
            return [_event_of(row) for row in connection.execute(asked).mappings()]

    # Reports

    def save_report(self, class_id: int, document: dict[str, Any]) -> None:
        """Keep a class's report, in the place of an older one."""
        text_of = json.dumps(document, allow_nan=False)
        with self._writing() as connection:
            connection.execute(delete(REPORTS).where(REPORTS.c.class_id == class_id))
            connection.execute(insert(REPORTS).values(class_id=class_id, document=text_of))

    def report(self, class_id: int) -> dict[str, Any] | None:
        """Return a class's saved report."""
        with self._reading() as connection:
            found = connection.execute(select(REPORTS.c.document).where(REPORTS.c.class_id == class_id)).scalar()
        return None if found is None else dict(json.loads(found))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with told(), self._engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                yield connection


@lru_cache(maxsize=1)
def open_store() -> Store:
    """Return the process's own store.

    Raises:
        DatabaseError: If the database does not answer; the next call tries again.
    """
    return Store()


def _key(made: CursorResult[Any]) -> int:
    key = made.inserted_primary_key
    assert key is not None
    return int(key[0])


def _as_json(settings_: ClassSettings) -> str:
    return settings_.model_dump_json(by_alias=True)


def _class_of(row: RowMapping) -> ClassRow:
    return ClassRow(
        row["id"], ClassSettings.model_validate_json(row["settings"]), row["state"], row["started"], row["ended"]
    )


def _seat_of(row: RowMapping) -> SeatRow:
    return SeatRow(row["id"], row["class_id"], row["number"], row["nickname"], row["consent_at"], bool(row["opted_in"]))


def _second_values(class_id: int, row: SecondRow) -> dict[str, Any]:
    seven = None if row.probabilities is None else json.dumps([round(float(p), 4) for p in row.probabilities])
    return {
        "class_id": class_id, "seat_id": row.seat_id, "t": row.t, "state": row.state, "probabilities": seven,
        "attention": None if row.attention is None else float(row.attention),
        "engagement": None if row.engagement is None else float(row.engagement),
    }  # fmt: skip


def _second_of(row: RowMapping) -> SecondRow:
    seven = None if row["probabilities"] is None else np.array(json.loads(row["probabilities"]), np.float32)
    return SecondRow(row["seat_id"], row["t"], row["state"], seven, row["attention"], row["engagement"])


def _insert_event(
    connection: Connection, class_id: int, t: float, kind: EventKind, value: str, seat_id: int | None
) -> EventRow:
    values = {"class_id": class_id, "t": t, "kind": kind, "value": value, "seat_id": seat_id}
    made = connection.execute(insert(EVENTS).values(**values))
    return EventRow(_key(made), class_id, t, kind, value, seat_id)


def _event_of(row: RowMapping) -> EventRow:
    return EventRow(row["id"], row["class_id"], row["t"], row["kind"], row["value"], row["seat_id"])
