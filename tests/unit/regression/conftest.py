"""Small tables that several tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer.regression.problem import Problem, make_problem
from fer.regression.tables import Table, finished, read_table


def table_of(name: str = "own.csv", **columns: object) -> Table:
    frame = pd.DataFrame(columns)
    return finished(frame, name, len(frame), [], {})


@pytest.fixture(scope="session")
def marks() -> Table:
    """120 invented students: hours and a place decide the mark, with some noise; cells are missing."""
    random = np.random.default_rng(3)
    hours = random.uniform(0, 10, 120).round(1)
    place = random.choice(["home", "school", "train"], 120)
    sleep = random.normal(7, 1, 120).round(1)
    mark = 2 * hours + 3 * (place == "school") + random.normal(0, 1, 120)
    hours[5], place[7] = np.nan, "home"
    places = pd.Series(place, dtype=object)
    places[9] = None
    passed = np.where(mark > 10, "yes", "no")
    return table_of("marks.csv", hours=hours, place=places, sleep=sleep, mark=mark.round(2), passed=passed)


@pytest.fixture(scope="session")
def by_mark(marks: Table) -> Problem:
    return make_problem(marks, "mark", ["hours", "place", "sleep"])


@pytest.fixture(scope="session")
def by_pass(marks: Table) -> Problem:
    return make_problem(marks, "passed", ["hours", "place", "sleep"])


@pytest.fixture(scope="session")
def tables(shared: Path) -> Path:
    return shared / "data" / "tables"


@pytest.fixture(scope="session")
def admission(tables: Path) -> Problem:
    return make_problem(read_table(tables / "Admission_Predict.csv", "Admission_Predict.csv"), "AdmitPercentage")


@pytest.fixture(scope="session")
def churn(tables: Path) -> Problem:
    return make_problem(read_table(tables / "Churn_Modelling.csv", "Churn_Modelling.csv"), "Exited")
