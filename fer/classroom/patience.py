"""How long the app waits for a PostgreSQL server that stands still: seconds, whatever the network does."""

from __future__ import annotations

import logging
import socket
import threading
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

PING_S = 2.0
"""An idle connection that has not answered after this time is taken for dead, and with it the others of that age."""
LONGEST_S = 6.0
"""A connection that a caller has held for so long is cut. The server itself ends a statement sooner."""
REST_S = 2.0
"""After an attempt to connect that failed slowly, others fail at once for this time instead of waiting as well."""
SLOW_S = 0.5
log = logging.getLogger(__name__)


class Patience:
    """Cuts the socket of a connection that is held too long, from a thread of its own.

    The server's ``statement_timeout`` needs a server that runs, and TCP's own patience is a quarter of an hour: a
    machine that is frozen, or a proxy before a dead server, would hold a page's thread for that time. psycopg has no
    timeout for answers; a socket that is shut down ends its wait with an ordinary ``OperationalError``.

    Args:
        engine: Of a PostgreSQL database; its pool is watched from now on.
    """

    def __init__(self, engine: Engine) -> None:
        self._dialect = engine.dialect
        self._changed = threading.Condition()
        self._held: dict[int, tuple[float, Any]] = {}
        self._thread: threading.Thread | None = None
        self._closed = False
        self._rests_until_s = 0.0
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "checkout", self._begin)
        event.listen(engine, "checkin", self._end)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _connect(self, dialect: Any, _: object, arguments: Any, named: Any) -> Any:
        if time.monotonic() < self._rests_until_s:
            raise dialect.loaded_dbapi.OperationalError("no connection a moment ago")
        began_s = time.monotonic()
        try:
            return dialect.loaded_dbapi.connect(*arguments, **named)
        except dialect.loaded_dbapi.OperationalError:
            # A server that refuses does so at once: asking it again costs nothing.
            if time.monotonic() - began_s > SLOW_S:
                self._rests_until_s = time.monotonic() + REST_S
            raise

    def _begin(self, connection: Any, record: Any, _: object) -> None:
        self._hold(record, connection, PING_S)
        try:
            self._dialect.do_ping(connection)
        except self._dialect.loaded_dbapi.Error as problem:
            raise InvalidatePoolError() from problem
        self._hold(record, connection, LONGEST_S)

    def _hold(self, record: Any, connection: Any, for_s: float) -> None:
        with self._changed:
            self._held[id(record)] = (time.monotonic() + for_s, connection)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="database-patience", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _end(self, _: object, record: Any) -> None:
        with self._changed:
            self._held.pop(id(record), None)

    def _work(self) -> None:
        with self._changed:
            while not self._closed:
                now_s = time.monotonic()
                # Under the lock: no socket is cut whose connection was given back a moment ago.
                for key in [key for key, (until_s, _) in self._held.items() if until_s <= now_s]:
                    _cut(self._held.pop(key)[1])
                next_s = min((until_s for until_s, _ in self._held.values()), default=None)
                self._changed.wait(None if next_s is None else max(0.0, next_s - now_s))


def _cut(connection: Any) -> None:
    try:
        end = socket.socket(fileno=connection.fileno())
    except Exception as problem:
        # Closed by its caller just now: there is nobody left who waits.
        log.debug("A connection was closed before it was cut: %s", type(problem).__name__)
        return
    try:
        end.shutdown(socket.SHUT_RDWR)
        log.warning("A database connection that gave no answer in time was cut.")
    except OSError:
        log.debug("A connection was gone before it was cut.")
    finally:
        # The descriptor is psycopg's, and psycopg closes it.
        end.detach()
