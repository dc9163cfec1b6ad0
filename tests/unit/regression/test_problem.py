"""Types and tasks are guessed, bad targets refused, and leaks pointed out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer.errors import DataError, InputError
from fer.regression.bundled import BUNDLED, bundled_table
from fer.regression.cells import category_text, days_of, numbers_of
from fer.regression.columns import as_kinds, guess_kind
from fer.regression.problem import Problem, make_problem
from fer.regression.tables import Table, finished, pasted, read_table

random = np.random.default_rng(5)
X = random.normal(size=60).round(3)
NOISE = random.normal(size=60).round(3)


def table(**columns: object) -> Table:
    frame = pd.DataFrame(columns)
    return finished(frame, "own.csv", len(frame), [], {})


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("x", [1.5, 2.5, None] * 10, "number"),
        ("x", ["1,5", "2,5", "3,0"] * 10, "number"),
        ("x", ["12 %", "15 %", "1.234,5"] * 10, "number"),
        ("x", ["yes", "no"] * 10, "category"),
        ("x", [True, False] * 10, "category"),
        ("x", ["2024-01-02", "2024-02-03"] * 10, "date"),
        ("x", ["31.12.2024", "1.2.2025"] * 10, "date"),
        ("x", [f"a sentence number {n}" for n in range(30)], "left out"),
        ("Serial No.", list(range(1, 31)), "left out"),
        ("CustomerId", [n * n + 7 for n in range(30)], "left out"),
        ("points", [n * n + 7 for n in range(30)], "number"),
        ("RowNumber", [n * n + 7 for n in range(30)], "left out"),
        ("No.", [n * n + 7 for n in range(30)], "left out"),
        ("number_of_visitors", [n * n + 7 for n in range(30)], "number"),
        ("humid", [n * n + 7 for n in range(30)], "number"),
        ("casino", [n * n + 7 for n in range(30)], "number"),
        ("Year", list(range(2000, 2024)), "number"),
        ("week", list(range(1, 31)), "number"),
        ("x", list(range(30)), "left out"),
        ("x", list(range(5, 35)), "number"),
    ],
)
def test_what_a_column_holds_is_guessed(name: str, cells: list[object], kind: str):
    assert guess_kind(name, pd.Series(cells)) == kind


def test_numbers_as_people_write_them():
    numbers = numbers_of(pd.Series(["1,5", "1.234,5", "2.5", " 7 ", "x", None]))
    assert numbers[:4].tolist() == [1.5, 1234.5, 2.5, 7.0] and numbers[4:].isna().all()


@pytest.mark.parametrize(
    ("cells", "decimal", "numbers"),
    [
        (["950", "1,050", "980", "1,200", "1,234,567"], ".", [950, 1050, 980, 1200, 1234567]),
        (["950", "1,050"], ".", [950, 1050]),
        (["950", "1,050"], ",", [950, 1.05]),
        (["1,234.5", "1,050"], ",", [1234.5, 1050]),
        (["999,5", "1.234", "1.234,5", "2.000", "850"], ".", [999.5, 1234, 1234.5, 2000, 850]),
        (["0,5", "1.234", "-2.000"], ".", [0.5, 1234, -2000]),
        (["1.234", "850"], ",", [1234, 850]),
        (["1.234", "0.5"], ",", [1.234, 0.5]),
        (["0,123", "1,234"], ".", [0.123, 1.234]),
    ],
)
def test_a_column_has_one_sign_for_thousands(cells: list[str], decimal: str, numbers: list[float]):
    assert numbers_of(pd.Series(cells), decimal).tolist() == numbers


def test_thousands_are_said():
    _, notes = as_kinds(pd.DataFrame({"x": ["950", "1,050"], "y": ["1.234,5", "7"], "z": ["7%", "8,5"]}),
                        {"x": "number", "y": "number", "z": "number"})  # fmt: skip
    assert notes == [
        "x: the comma divides thousands, so 1,050 is read as 1050. If it begins decimals, write a point in its place.",
        "y: the point divides thousands, so 1.234,5 is read as 1234.5.",
    ]


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["01/05/2024", "01/12/2024", "01/13/2024"], ["2024-01-05", "2024-01-12", "2024-01-13"]),
        (["05/01/2024", "13/01/2024"], ["2024-01-05", "2024-01-13"]),
        (["05-01-24", "05-30-24"], ["2024-05-01", "2024-05-30"]),
        (["05.03.2024", "06.03.2024"], ["2024-03-05", "2024-03-06"]),
        (["05/03/2024", "06/03/2024"], ["2024-03-05", "2024-03-06"]),
        (["2024-01-05", "2024-01-05 12:00"], ["2024-01-05", "2024-01-05 12:00"]),
        # Both orders in one column: nothing is turned round.
        (["13/01/2024", "01/13/2024"], ["2024-01-13", None]),
    ],
)
def test_dates_of_a_column_have_one_order(cells: list[str], days: list[str | None]):
    got = [None if np.isnan(day) else pd.Timestamp(day, unit="D") for day in days_of(pd.Series(cells))]
    assert got == [day and pd.Timestamp(day) for day in days]


def test_an_order_that_nothing_tells_is_said():
    frame = pd.DataFrame({"us": ["05/03/2024", "05/30/2024"], "either": ["05/03/2024", "06/03/2024"]})
    _, notes = as_kinds(frame, {"us": "date", "either": "date"})
    assert len(notes) == 2 and notes[0].startswith("either: nothing tells whether its dates begin with the day")


def test_large_codes_stay_apart():
    assert [category_text(cell) for cell in (1234567.0, 1234568.0, 0.1234567)] == ["1234567", "1234568", "0.1234567"]


def test_missing_infinite_dates_and_odd_cells_are_said():
    days = ["2024-01-01", "2024-01-31"] * 30
    values = X.copy()
    values[:3] = [np.inf, -np.inf, 1e200]
    problem = make_problem(table(y=NOISE, x=values, day=days, z=["a", None, "b"] * 20), "y")
    said = " ".join(problem.notes)
    assert "x: 3 infinite values count as missing" in said
    assert "Dates become days since 1970: day" in said
    assert problem.features["x"].isna().sum() == 3
    assert problem.features["day"].tolist()[:2] == [19723.0, 19753.0]
    assert problem.features["z"].isna().sum() == 20
    assert problem.kinds == {"x": "number", "day": "date", "z": "category"}


@pytest.mark.parametrize(
    ("target", "task", "classes"),
    [
        (X, "regression", 0),
        ([0, 1] * 30, "classification", 2),
        (["a", "b", "c"] * 20, "classification", 3),
        (list(range(20)) * 3, "regression", 0),
        ([1, 2, 3, 4] * 15, "classification", 4),
    ],
)
def test_the_task_is_guessed(target: list[object], task: str, classes: int):
    problem = make_problem(table(y=target, x=NOISE), "y")
    assert (problem.task, len(problem.classes)) == (task, classes)


def test_the_task_can_be_chosen():
    assert make_problem(table(y=[1, 2, 3, 4] * 15, x=NOISE), "y", task="regression").classes == ()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"y": [3.0] * 60, "x": X}, "y is 3 in every row"),
        ({"y": ["only"] * 60, "x": X}, "has one class, 'only'"),
        ({"y": [f"text {n}" for n in range(60)], "x": X}, "60 different texts"),
        ({"y": X[:1], "x": NOISE[:1]}, "1 row with y; at least 10"),
        ({"y": X[:5], "x": NOISE[:5]}, "5 rows with y; at least 10"),
        ({"y": X, "x": [f"a long text {n}" for n in range(60)]}, "no column can be used"),
        ({"y": X, "x": [1.0] * 60}, "the same in every row"),
    ],
)
def test_what_cannot_be_learned_from_is_a_sentence(columns: dict[str, object], said: str):
    with pytest.raises(DataError, match=said):
        make_problem(table(**columns), "y")


def test_a_table_of_all_text_is_a_sentence():
    texts = "a,b\n" + "".join(f"word{n} of many,sentence {n} here\n" for n in range(30))
    with pytest.raises(DataError, match="different texts"):
        make_problem(pasted(texts), "a")


def test_wrong_columns_are_sentences():
    mine = table(y=X, x=NOISE, words=[f"text {n}" for n in range(60)])
    for features, said in (
        (["no"], "has no column 'no'"),
        (["y"], "what is predicted"),
        (["words"], "a text of its own"),
        ([], "No feature is chosen"),
    ):
        with pytest.raises(InputError, match=said):
            make_problem(mine, "y", features)
    with pytest.raises(InputError, match="has no column 'no'"):
        make_problem(mine, "no")
    with pytest.raises(InputError, match="holds nothing that is a date"):
        make_problem(table(y=X, x=NOISE, z=["u", "v"] * 30), "y", kinds={"z": "date"})


def leaks(**columns: object) -> Problem:
    return make_problem(table(x=NOISE, **columns), "y")


def test_a_copy_of_the_target_is_pointed_out_and_left_out():
    problem = leaks(y=X, copy=X, cents=X * 100 + 5)
    assert [leak.feature for leak in problem.leaks] == ["copy", "cents"]
    assert all(leak.certain for leak in problem.leaks)
    assert list(problem.kinds) == ["x"]
    assert "Leak: copy is a copy of y" in " ".join(problem.notes)


def test_a_copy_that_was_asked_for_stays_and_is_pointed_out():
    problem = make_problem(table(y=X, copy=X), "y", ["copy"])
    assert list(problem.kinds) == ["copy"] and "it stays" in problem.notes[-1]


def test_almost_a_copy_is_a_possible_leak_and_stays():
    problem = leaks(y=X, near=X + NOISE / 40)
    assert [(leak.feature, leak.certain) for leak in problem.leaks] == [("near", False)]
    assert "near" in problem.kinds and "Possible leak" in problem.notes[-1]


def test_copies_of_classes():
    marks = ["good", "bad", "bad"] * 20
    code = [1 if mark == "good" else 7 for mark in marks]
    words = ["gut" if mark == "good" else "schlecht" for mark in marks]
    sure = [10.0 + n if mark == "good" else -n for n, mark in enumerate(marks)]
    problem = leaks(y=marks, code=code, words=words, sure=sure)
    assert {leak.feature: leak.certain for leak in problem.leaks} == {"code": True, "words": True, "sure": False}
    assert list(problem.kinds) == ["x", "sure"]


def test_no_leak_is_seen_where_there_is_none(admission: Problem, churn: Problem):
    assert admission.leaks == churn.leaks == ()


def test_rare_classes_are_left_out_and_folds_are_fewer():
    problem = make_problem(table(y=["a"] * 40 + ["b"] * 19 + ["c"], x=NOISE), "y")
    assert problem.classes == ("a", "b") and len(problem.y) == 59
    few = make_problem(table(y=["a"] * 57 + ["b"] * 3, x=NOISE), "y")
    assert few.folds() == 3


def test_bundled_tables():
    for key, bundled in BUNDLED.items():
        problem = make_problem(bundled_table(key), bundled.target)
        assert problem.task == ("classification" if bundled.classes else "regression")
        assert not any(leak.certain for leak in problem.leaks)
    with pytest.raises(InputError, match="No bundled table"):
        bundled_table("moon")


def test_the_courses_tables_as_they_come(tables: Path, churn: Problem):
    assert list(churn.kinds)[:3] == ["CreditScore", "Geography", "Gender"]
    assert "RowNumber, CustomerId, Surname" in " ".join(churn.notes)
    student = make_problem(read_table(tables / "student-por.csv", "student-por.csv"), "G3")
    assert student.features.shape == (649, 32) and student.task == "regression"
    assert student.kinds["G1"] == "number" and student.kinds["Mjob"] == "category"
