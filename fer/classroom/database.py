"""How the store speaks to SQLite and PostgreSQL: short waits, one writer's order, and sentences for what goes wrong."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from fer.classroom.patience import LONGEST_S
from fer.errors import DatabaseError, StorageError
from fer.settings import settings

BUSY_S = 2.0
"""A page waits no longer than this for its turn, for a lock or for an answer; then it says so and goes on."""
POOL_S = 5.0
"""The same for a connection of this process's own pool, which others give back within milliseconds."""
log = logging.getLogger(__name__)


def own_file() -> str:
    """Return the address of the SQLite file in ``FER_HOME``, whose folder is made.

    Raises:
        StorageError: If the folder cannot be made.
    """
    home = settings().home
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StorageError(
            f"FER_HOME {home} cannot be written ({problem.strerror}). Choose another folder."
        ) from problem
    return f"sqlite:///{(home / 'classmood.db').as_posix()}"


def open_engine(url: str) -> Engine:
    """Return an engine whose callers wait seconds at most, for a lock, a connection or an answer.

    Errors come without their parameters: what is logged of one holds no nickname and no probabilities.

    Raises:
        DatabaseError: If the address is none that SQLAlchemy and psycopg understand.
    """
    pool: dict[str, Any] = {"pool_size": 8, "max_overflow": 10, "pool_timeout": POOL_S, "hide_parameters": True}
    try:
        if url.startswith("sqlite"):
            engine = create_engine(url, connect_args={"timeout": BUSY_S, "check_same_thread": False}, **pool)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        # The address that hosts give names no driver; ours is psycopg.
        for plain in ("postgres://", "postgresql://"):
            url = "postgresql+psycopg://" + url.removeprefix(plain) if url.startswith(plain) else url
        # Connection poolers before a server know no prepared statements.
        own = {"connect_timeout": 3, "tcp_user_timeout": int(1000 * LONGEST_S), "prepare_threshold": None}
        given = make_url(url).query
        connect = {name: value for name, value in own.items() if name not in given}
        engine = create_engine(url, connect_args=connect, **pool)
    except (ArgumentError, NoSuchModuleError, ImportError) as problem:
        raise DatabaseError(
            "FER_DATABASE_URL cannot be used. Expected something like "
            "postgresql+psycopg://user:password@host/database, or unset it for SQLite."
        ) from problem
    if engine.dialect.name != "postgresql":
        raise DatabaseError(
            f"FER_DATABASE_URL names a {engine.dialect.name} database. Classes live in PostgreSQL or SQLite: name one "
            "of them, or unset it for SQLite."
        )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _: object) -> None:
    # Not as start options: an address may have its own, and poolers refuse them.
    connection.execute(f"SET statement_timeout = {int(2000 * BUSY_S)}")
    connection.execute(f"SET lock_timeout = {int(1000 * BUSY_S)}")
    connection.commit()


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Transactions are begun by us (_begin_sqlite); readers go on while one writes; what is deleted is overwritten.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could fail in its middle; one that will write says so.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def begin_log_anew(engine: Engine) -> bool:
    """Have SQLite begin its log anew: what is deleted is zeroed in the file, but the log holds pages as they were.

    Returns:
        Whether it did; who reads at this moment keeps it from it.
    """
    try:
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            cursor.close()
        finally:
            raw.close()
    except (SQLAlchemyError, sqlite3.Error) as problem:
        log.warning("SQLite's log could not be begun anew: %s", type(problem).__name__)
        return False
    # A log that is in use is no error to SQLite: it says so in its answer.
    return not busy


@contextmanager
def in_turn(turn: threading.Lock | None) -> Iterator[None]:
    """Let this process's threads write one after the other; None lets all at once.

    SQLite has who waits for its lock look again now and then, up to a tenth of a second later: on a busy machine one
    thread may find it held each time until its patience ends.

    Raises:
        DatabaseError: If the turn does not come within ``BUSY_S``.
    """
    if turn is None:
        yield
        return
    if not turn.acquire(timeout=BUSY_S):
        raise DatabaseError(f"The class's database {REASONS[0][1]}")
    try:
        yield
    finally:
        turn.release()


@contextmanager
def told() -> Iterator[None]:
    """Turn what the database raises into a ``DatabaseError`` with a sentence."""
    try:
        yield
    except IntegrityError as problem:
        raise DatabaseError(
            "The database did not take this: what it belongs to was deleted meanwhile. Load the page again."
        ) from problem
    except DataError:
        # A number or text that the database cannot hold is a mistake of ours, and trying again would not help.
        raise
    except SQLAlchemyError as problem:
        raise DatabaseError(f"The class's database {_reason(problem)}") from problem


def _reason(problem: SQLAlchemyError) -> str:
    words = str(getattr(problem, "orig", None) or problem).lower()
    for signs, reason in REASONS:
        if any(sign in words for sign in signs):
            return reason
    return "does not answer. Wait a moment and try again; what was counted until now is kept."


REASONS = (
    (
        ("locked", "timeout", "canceling statement", "deadlock"),
        "is busy: another program holds it. Wait a moment and try again.",
    ),
    (("full", "no space"), "is full. Whoever runs this server must make room on its disk; then it goes on."),
    (
        ("readonly", "read-only", "unable to open", "permission denied"),
        "cannot be written. Whoever runs this server must give it a folder or a user that may write.",
    ),
    (
        ("not a database", "malformed"),
        "is damaged or no database at all. Whoever runs this server must move the file away, or name another one in "
        "FER_DATABASE_URL.",
    ),
    (
        ("password authentication", "does not exist", "no such table"),
        "refuses us. Whoever runs this server must check user, password and database name in FER_DATABASE_URL.",
    ),
)
"""Words of SQLite's and PostgreSQL's messages, and what they mean to the person at the screen."""
