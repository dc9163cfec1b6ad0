"""The store: classes, seats, seconds and events in SQLite or PostgreSQL, shared by every process of the app."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, insert, or_, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from fer.classroom.clock import Clock
from fer.classroom.database import begin_log_anew, in_turn, open_engine, own_file, told
from fer.classroom.heard import Heard
from fer.classroom.once import Once
from fer.classroom.patience import Patience
from fer.classroom.records import ClassRow, ClassSettings, ClassState, EventKind, EventRow, SeatRow, SecondRow
from fer.classroom.store_rows import (
    as_json,
    class_of,
    event_of,
    insert_event,
    key,
    lock_class,
    plain,
    seat_of,
    second_of,
    second_values,
)
from fer.classroom.tables import CLASSES, EVENTS, HEARD, REPORTS, SEATS, SECONDS, bring_up_to_date
from fer.errors import ClassFullError, DatabaseError
from fer.settings import settings

PART = 20_000
"""Seconds that one statement reads: a tenth of a second's work."""
OF_FACES = ("mood", "unsure", "no_face")
"""States of a seat in which a face is looked for."""


class Store:
    """What the app knows about classes. Safe to share between threads; each call is one transaction.

    Attributes:
        url: As SQLAlchemy writes it.
        heard: What was heard and read beside faces and clicks.

    Args:
        url: As SQLAlchemy writes it; None: ``FER_DATABASE_URL``, or ``classmood.db`` in ``FER_HOME``.

    Raises:
        DatabaseError: From every method, if the database does not answer, is locked or is full.
    """

    def __init__(self, url: str | None = None) -> None:
        self.url = url or settings().database_url or own_file()
        self._engine = open_engine(self.url)
        self._is_file = self._engine.dialect.name == "sqlite"
        self._turn = threading.Lock() if self._is_file else None
        self._patience = None if self._is_file else Patience(self._engine)
        self._log_is_old = False
        self.heard = Heard(self._reading, self._writing)
        try:
            with self._writing() as connection:
                bring_up_to_date(connection)
            self._clock = None if self._is_file else Clock(self._their_time)
        except DatabaseError:
            self.close()
            raise

    def close(self) -> None:
        """Close its connections."""
        if self._patience is not None:
            self._patience.close()
        self._engine.dispose()

    def now(self) -> float:
        """Return seconds since 1970 by the database's clock, so that processes whose clocks differ agree."""
        # A file has no clock of its own: whoever shares it is on this machine.
        return time.time() if self._clock is None else self._clock.now()

    def _their_time(self) -> float:
        with self._reading() as connection:
            return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    # Classes

    def add_class(self, settings_: ClassSettings, code_hash: str, teacher_hash: str) -> ClassRow:
        """Add an open class that starts now."""
        started = self.now()
        values = {"code_hash": code_hash, "teacher_hash": teacher_hash, "settings": as_json(settings_)}
        with self._writing() as connection:
            made = connection.execute(insert(CLASSES).values(**values, state="open", started=started))
            return ClassRow(key(made), settings_, "open", started, None)

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
        """Return every class, oldest first."""
        return self._classes(select(CLASSES))

    def classes_with_rows(self) -> list[ClassRow]:
        """Return the classes that have not ended, or that have anything but their report; for the sweeper."""
        held = [exists().where(table.c.class_id == CLASSES.c.id) for table in (SEATS, SECONDS, EVENTS, HEARD)]
        dropped = ~CLASSES.c.settings.contains('"keep_report":true')
        return self._classes(select(CLASSES).where(or_(CLASSES.c.state != "ended", *held, dropped)))

    def _classes(self, asked: Select[Any]) -> list[ClassRow]:
        with self._reading() as connection:
            return [class_of(row) for row in connection.execute(asked.order_by(CLASSES.c.id)).mappings()]

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
        saved = as_json(settings) if settings else None
        values: dict[str, Any] = {"settings": saved, "state": state, "started": started, "ended": ended}
        values = {name: value for name, value in values.items() if value is not None}
        with self._writing() as connection:
            if values:
                connection.execute(update(CLASSES).where(CLASSES.c.id == class_id).values(**values))
            row = connection.execute(select(CLASSES).where(CLASSES.c.id == class_id)).mappings().first()
        if row is None:
            raise DatabaseError("This class was deleted meanwhile. Open a new one.")
        return class_of(row)

    def turn_class(
        self, class_id: int, origins: Sequence[ClassState], goal: ClassState, kind: EventKind
    ) -> tuple[ClassRow | None, bool]:
        """Bring a class from one state to another with the event that tells of it, in one transaction.

        Returns:
            The class as it is then, None where it was deleted; and whether this call turned it: of several that ask at
            once, one does.
        """
        now = self.now()
        values: dict[str, Any] = {"state": goal, **({"ended": now} if goal == "ended" else {})}
        with self._writing() as connection:
            asked = update(CLASSES).where(CLASSES.c.id == class_id, CLASSES.c.state.in_(origins))
            turned = connection.execute(asked.values(**values)).rowcount == 1
            if turned:
                insert_event(connection, class_id, now, kind, "", None)
            row = connection.execute(select(CLASSES).where(CLASSES.c.id == class_id)).mappings().first()
        return class_of(row) if row else None, turned

    def delete_class(self, class_id: int) -> None:
        """Delete a class with everything of it, its report too."""
        with self._writing() as connection:
            connection.execute(delete(CLASSES).where(CLASSES.c.id == class_id))
        self._begin_log_anew()

    def clear_class(self, class_id: int) -> None:
        """Delete a class's seats, seconds, events and what was heard, and leave the class and its report."""
        with self._writing() as connection:
            for table in (SECONDS, EVENTS, SEATS, HEARD):
                connection.execute(delete(table).where(table.c.class_id == class_id))
        self._begin_log_anew()

    def _class(self, condition: Any) -> ClassRow | None:
        with self._reading() as connection:
            row = connection.execute(select(CLASSES).where(condition)).mappings().first()
        return class_of(row) if row else None

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
            # The class's row is the lock under which numbers are given.
            lock_class(connection, class_id)
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
            return SeatRow(key(made), class_id, highest + 1, nickname, consent_at, opted_in)

    def seat_by_token(self, token_hash: str) -> SeatRow | None:
        """Return the seat of a student's token."""
        with self._reading() as connection:
            row = connection.execute(select(SEATS).where(SEATS.c.token_hash == token_hash)).mappings().first()
        return seat_of(row) if row else None

    def seats(self, class_id: int) -> list[SeatRow]:
        """Return a class's seats by number."""
        asked = select(SEATS).where(SEATS.c.class_id == class_id).order_by(SEATS.c.number)
        with self._reading() as connection:
            return [seat_of(row) for row in connection.execute(asked).mappings()]

    def seats_with_faces(self, class_id: int) -> list[SeatRow]:
        """Return the seats, by number, whose faces were looked for although no student consented: a shared screen's."""
        face = exists().where(SECONDS.c.seat_id == SEATS.c.id, SECONDS.c.state.in_(OF_FACES))
        asked = select(SEATS).where(SEATS.c.class_id == class_id, SEATS.c.consent_at.is_(None), face)
        with self._reading() as connection:
            return [seat_of(row) for row in connection.execute(asked.order_by(SEATS.c.number)).mappings()]

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
        return seat_of(row)

    def forget_seat(self, seat_id: int) -> None:
        """Delete a seat with everything of it: seconds, clicks, nickname and consent."""
        with self._writing() as connection:
            connection.execute(delete(SEATS).where(SEATS.c.id == seat_id))
        self._begin_log_anew()

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
            values = {(row.seat_id, row.t): second_values(class_id, row) for row in rows if row.seat_id in there}
            if values:
                # In one order everywhere: two processes that write the same rows then wait, and never for each other.
                self._upsert_seconds(connection, [values[place] for place in sorted(values)])

    def _upsert_seconds(self, connection: Connection, values: list[dict[str, Any]]) -> None:
        kind = postgresql if connection.dialect.name == "postgresql" else sqlite
        adding = kind.insert(SECONDS)
        changed = {name: adding.excluded[name] for name in ("state", "probabilities", "attention", "engagement")}
        connection.execute(adding.on_conflict_do_update(index_elements=["seat_id", "t"], set_=changed), values)

    def seconds(self, class_id: int, since_t: int = 0) -> list[SecondRow]:
        """Return a class's seconds from ``since_t`` on, by time and seat."""
        return [row for part in self.seconds_in_parts(class_id, since_t) for row in part]

    def seconds_in_parts(self, class_id: int, since_t: int = 0) -> Iterator[list[SecondRow]]:
        """Yield the same in parts, each short enough for the time that an answer may take."""
        c = SECONDS.c
        asked = select(c.seat_id, c.t, c.state, c.probabilities, c.attention, c.engagement).where(
            c.class_id == class_id
        )
        asked = asked.order_by(c.t, c.seat_id).limit(PART)
        after = (since_t, 0)
        while True:
            # The first condition alone finds its place in the index; the second leaves out what the last part had.
            part = asked.where(c.t >= after[0], tuple_(c.t, c.seat_id) > after)
            with self._reading() as connection:
                found = [second_of(row) for row in connection.execute(part).mappings()]
            yield found
            if len(found) < PART:
                return
            after = (found[-1].t, found[-1].seat_id)

    # Events

    def add_event(
        self, class_id: int, kind: EventKind, value: str = "", seat_id: int | None = None, t: float | None = None
    ) -> EventRow:
        """Add an event, now or at ``t``."""
        now = self.now() if t is None else t
        with self._writing() as connection:
            return insert_event(connection, class_id, now, kind, value, seat_id)

    def add_event_unless(self, class_id: int, kind: EventKind, value: str, within_s: float) -> EventRow | None:
        """Add an event unless the class has a younger one of that kind; None where it has.

        One transaction: of two pages that ask at once, one adds it.
        """
        now = self.now()
        with self._writing() as connection:
            lock_class(connection, class_id)
            young = select(EVENTS.c.id).where(
                EVENTS.c.class_id == class_id, EVENTS.c.kind == kind, EVENTS.c.t > now - within_s
            )
            if connection.execute(young.limit(1)).first() is not None:
                return None
            return insert_event(connection, class_id, now, kind, value, None)

    def change_event(self, event_id: int, value: str) -> None:
        """Change an event's value, as a topic's text."""
        with self._writing() as connection:
            connection.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(value=plain(value)))

    def delete_event(self, event_id: int) -> None:
        """Delete an event."""
        with self._writing() as connection:
            connection.execute(delete(EVENTS).where(EVENTS.c.id == event_id))

    def events(self, class_id: int, after_id: int = 0) -> list[EventRow]:
        """Return a class's events whose id is larger, in the order in which they were added."""
        asked = select(EVENTS).where(EVENTS.c.class_id == class_id, EVENTS.c.id > after_id).order_by(EVENTS.c.id)
        with self._reading() as connection:
            return [event_of(row) for row in connection.execute(asked).mappings()]

    # Reports

    def save_report(self, class_id: int, document: dict[str, Any]) -> None:
        """Keep a class's report, in the place of an older one."""
        text_of = json.dumps(document, allow_nan=False)
        with self._writing() as connection:
            # Two that save at once would both find nothing to delete.
            lock_class(connection, class_id)
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
        with told(), in_turn(self._turn), self._engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def finish_deleting(self) -> None:
        """Have what was deleted leave SQLite's log too, where somebody who read it kept it there; for the sweeper."""
        if self._log_is_old:
            self._begin_log_anew()

    def _begin_log_anew(self) -> None:
        self._log_is_old = self._is_file and not begin_log_anew(self._engine)


@Once
def open_store() -> Store:
    """Return the process's own store.

    Raises:
        DatabaseError: If the database does not answer; the next call tries again.
    """
    return Store()
