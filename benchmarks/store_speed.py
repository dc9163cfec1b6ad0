"""How many seconds of seats a store takes and gives back: SQLite against PostgreSQL, in one run.

    python -m benchmarks.store_speed
    python -m benchmarks.store_speed --postgresql postgresql://me@127.0.0.1/classmood

A class of fifty students makes fifty rows a second. The writer hands them over once a second, and a teacher's page
reads what is new; the whole lesson is read when a page is opened anew. Without an address SQLite alone is measured.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fer.classroom import sessions
from fer.classroom.records import ClassSettings, SecondRow
from fer.classroom.store import Store

SEATS = 50
LESSON_S = 3600


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def measure(url: str) -> dict[str, float]:
    """Return milliseconds for each step, of a class of fifty for an hour."""
    store = Store(url)
    opened = sessions.open_class(store, ClassSettings(title="store_speed"))
    seats = [sessions.join(store, opened.code, "a", consented=True).seat.id for _ in range(SEATS)]
    rng = np.random.default_rng(0)
    lesson = [
        [SecondRow(seat, t, "mood", rng.dirichlet(np.ones(7)), 0.8, 0.6) for seat in seats] for t in range(LESSON_S)
    ]
    for first in range(60, LESSON_S, 60):
        store.add_seconds(opened.row.id, [row for rows in lesson[first : first + 60] for row in rows])
    figures = {
        "write 50 rows (one second of the class), median": statistics.median(
            timed(lambda rows=rows: store.add_seconds(opened.row.id, rows)) for rows in lesson[:60]
        ),
        "read the last ten seconds, median": statistics.median(
            timed(lambda: store.seconds(opened.row.id, LESSON_S - 10)) for _ in range(30)
        ),
        f"read the whole lesson ({SEATS * LESSON_S:,} rows)": timed(lambda: store.seconds(opened.row.id)),
        "delete it": timed(lambda: store.delete_class(opened.row.id)),
    }
    store.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgresql", help="address of a PostgreSQL database that may be written to")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = {"SQLite": measure(f"sqlite:///{(Path(folder) / 'classmood.db').as_posix()}")}
    if asked.postgresql:
        figures["PostgreSQL"] = measure(asked.postgresql)
    for step in figures["SQLite"]:
        values = [f"{name} {steps[step]:9.1f} ms" for name, steps in figures.items()]
        if asked.postgresql:
            values.append(f"ratio {figures['PostgreSQL'][step] / figures['SQLite'][step]:.1f}")
        print(f"{step:55s} " + "   ".join(values))


if __name__ == "__main__":
    main()
