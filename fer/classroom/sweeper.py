"""The sweeper: a class that nobody ends is ended, and rows are deleted in time, also when no page is open."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from fer.errors import DatabaseError, FerError
from fer.settings import settings

# SQLAlchemy is loaded in the sweeper's own thread: the first page shows without it.
if TYPE_CHECKING:
    from fer.classroom.records import ClassRow
    from fer.classroom.store import Store

EVERY_S = 60.0
_lock = threading.Lock()
_thread: threading.Thread | None = None
log = logging.getLogger(__name__)


def sweep(store: Store) -> None:
    """End classes that are older than ``class_hours``, and delete the rows of those that ended ``keep_rows_h`` ago.

    What this process remembers of classes that are gone, or that nobody looks at, goes too.

    A class that keeps a report stays, with that report alone, until its teacher deletes it; any other goes altogether.
    Several processes may sweep one store: each step can be done twice.

    Raises:
        DatabaseError: If the store does not answer.
    """
    from fer.classroom.overview import forget_unwatched

    # First: a store that is away keeps no rows in memory.
    forget_unwatched()
    now = store.now()
    for row in store.classes_with_rows():
        try:
            _sweep_class(store, row, now)
        except DatabaseError:
            raise
        except Exception as problem:
            # One class must not keep the others' rows alive.
            log.error("Class %d could not be swept.", row.id, exc_info=problem)
    store.finish_deleting()


def _sweep_class(store: Store, row: ClassRow, now: float) -> None:
    from fer.classroom.sessions import end

    if row.state != "ended":
        oldest = now - 3600 * settings().class_hours
        if row.started < oldest and _begun(store, row) < oldest:
            end(store, row)
        return
    if row.settings.keep_report and store.report(row.id) is None:
        _make_up_for_report(store, row)
    if row.ended is None or now - row.ended > 3600 * settings().keep_rows_h:
        if row.settings.keep_report:
            store.clear_class(row.id)
        else:
            store.delete_class(row.id)


def _begun(store: Store, row: ClassRow) -> float:
    """Return when a class began; one that is read from a recording began long before somebody began to read it."""
    return max([row.started, *(event.t for event in store.events(row.id) if event.kind == "recording")])


def _make_up_for_report(store: Store, row: ClassRow) -> None:
    """Save the report of a class whose process ended, or lost the store, between the class's end and its report."""
    from fer.classroom.report import build_report

    try:
        store.save_report(row.id, build_report(store, row))
    except DatabaseError:
        raise
    except Exception as problem:
        # Its rows leave in time all the same: that was promised.
        log.error("The report of class %d could not be made.", row.id, exc_info=problem)


def keep_sweeping_classes() -> None:
    """Sweep once a minute in a thread of this process; one thread however often this is called."""
    global _thread
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_sweep_on, name="class-sweeper", daemon=True)
            _thread.start()


def _sweep_on() -> None:
    from fer.classroom.store import open_store

    said = ""
    while True:
        try:
            sweep(open_store())
            said = ""
        except FerError as problem:
            # Each outage is told once; the next minute tries again.
            if str(problem) != said:
                log.warning("Classes could not be swept: %s", problem)
                said = str(problem)
        except Exception as problem:
            log.error("Classes could not be swept.", exc_info=problem)
        time.sleep(EVERY_S)
