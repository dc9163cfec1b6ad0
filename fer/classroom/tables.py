"""The store's tables, the same on SQLite and PostgreSQL, and how an older store is brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    text,
    update,
)

from fer.errors import DatabaseError

METADATA = MetaData()

CLASSES = Table(
    "class",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("teacher_hash", String(64), nullable=False, unique=True),
    Column("settings", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("started", Double, nullable=False),
    Column("ended", Double),
)
SEATS = Table(
    "seat",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("class_id", ForeignKey("class.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("nickname", Text, nullable=False),
    Column("consent_at", Double),
    Column("opted_in", Boolean, nullable=False),
    UniqueConstraint("class_id", "number"),
    # An id is never given twice: rows still on their way to a deleted seat must not end in another's.
    sqlite_autoincrement=True,
)
SECONDS = Table(
    "second",
    METADATA,
    Column("seat_id", ForeignKey("seat.id", ondelete="CASCADE"), primary_key=True),
    Column("t", Integer, primary_key=True),
    Column("class_id", ForeignKey("class.id", ondelete="CASCADE"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("probabilities", Text),
    Column("attention", Double),
    Column("engagement", Double),
    Index("second_of_class", "class_id", "t"),
)
EVENTS = Table(
    "event",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("class_id", ForeignKey("class.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("t", Double, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("value", Text, nullable=False),
    Column("seat_id", ForeignKey("seat.id", ondelete="CASCADE"), index=True),
    sqlite_autoincrement=True,
)
REPORTS = Table(
    "report",
    METADATA,
    Column("class_id", ForeignKey("class.id", ondelete="CASCADE"), primary_key=True),
    Column("document", Text, nullable=False),
)
HEARD = Table(
    "heard",
    METADATA,
    Column("class_id", ForeignKey("class.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("t", Integer, primary_key=True),
    Column("length_s", Integer, nullable=False),
    Column("probabilities", Text, nullable=False),
    Column("count", Double, nullable=False),
)
ABOUT = Table("about", METADATA, Column("key", String(32), primary_key=True), Column("value", Text, nullable=False))


def _add_heard(connection: Connection) -> None:
    """From 1 to 2: the table of what was heard and read."""
    HEARD.create(connection, checkfirst=True)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_add_heard,)
"""The n-th brings a store of version n + 1 to version n + 2. Tables are only ever added to, never dropped."""
LOCK_NUMBER = 0x436C6D64
"""Of the PostgreSQL advisory lock under which one process at a time changes the schema; the number is ours."""


def bring_up_to_date(connection: Connection, migrations: Sequence[Callable[[Connection], None]] = MIGRATIONS) -> None:
    """Make the tables of a new store, or change an older one, within the caller's transaction.

    Raises:
        DatabaseError: If a newer Classmood wrote the store.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK_NUMBER})"))
    newest = len(migrations) + 1
    ABOUT.create(connection, checkfirst=True)
    found = connection.execute(select(ABOUT.c.value).where(ABOUT.c.key == "schema")).scalar()
    if found is None:
        METADATA.create_all(connection)
        connection.execute(insert(ABOUT).values(key="schema", value=str(newest)))
        return
    version = int(found)
    if version > newest:
        raise DatabaseError(
            f"The database has schema {version}, and this Classmood knows {newest}: a newer version wrote it. "
            "Start that version, or name another database in FER_DATABASE_URL."
        )
    for migrate in migrations[version - 1 :]:
        migrate(connection)
    connection.execute(update(ABOUT).where(ABOUT.c.key == "schema").values(value=str(newest)))
