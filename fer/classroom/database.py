"""How the store speaks to SQLite and PostgreSQL: short waits, one writer's order, and sentences for what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from fer.errors import DatabaseError, StorageError
from fer.settings import settings

BUSY_S = 2.0
"""A page waits no longer than this for a lock or an answer; then it says so and goes on."""


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
    """Return an engine that waits no longer than ``BUSY_S`` for a lock.

    Raises:
        DatabaseError: If the address is none that SQLAlchemy and psycopg understand.
    """
    try:
        if url.startswith("sqlite"):
            engine = create_engine(url, connect_args={"timeout": BUSY_S, "check_same_thread": False})
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        # The address that hosts give names no driver; ours is psycopg.
        for plain in ("postgres://", "postgresql://"):
            url = "postgresql+psycopg://" + url.removeprefix(plain) if url.startswith(plain) else url
        patience = f"-c statement_timeout={int(2000 * BUSY_S)} -c lock_timeout={int(1000 * BUSY_S)}"
        connect = {"connect_timeout": 3, "options": patience}
        return create_engine(url, connect_args=connect, pool_pre_ping=True, pool_size=8, pool_timeout=BUSY_S)
    except (ArgumentError, NoSuchModuleError, ImportError) as problem:
        raise DatabaseError(
            "FER_DATABASE_URL cannot be used. Expected something like "
            "postgresql+psycopg://user:password@host/database, or unset it for SQLite."
        ) from problem


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Transactions are begun by us (_begin_sqlite); readers go on while one writes.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could fail in its middle; one that will write says so.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def told() -> Iterator[None]:
    """Turn what the database raises into a ``DatabaseError`` with a sentence."""
    try:
        yield
    except IntegrityError as problem:
        raise DatabaseError(
            "The database did not take this: what it belongs to was deleted meanwhile. Load the page again."
        ) from problem
    except SQLAlchemyError as problem:
        raise DatabaseError(
            f"The class's database {_reason(problem)}. Nothing is lost: this is tried again."
        ) from problem


def _reason(problem: SQLAlchemyError) -> str:
    words = str(getattr(problem, "orig", problem)).lower()
    if "locked" in words or "timeout" in words:
        return "is busy: another program holds it"
    if "full" in words or "no space" in words:
        return "is full: whoever runs this server must make room on its disk"
    return "does not answer"
