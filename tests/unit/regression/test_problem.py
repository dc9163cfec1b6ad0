"""Types and tasks are guessed, bad targets refused, and leaks pointed out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer.errors import DataError, InputError
from fer.regression.bundled import BUNDLED, bundled_table
from fer.regression.columns import guess_kind, numbers_of
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
    ],
)
def test_what_a_column_holds_is_guessed(name: str, cells: list[object], kind: str):
    assert guess_kind(name, pd.Series(cells)) == kind


def test_numbers_as_people_write_them():
    numbers = numbers_of(pd.Series(["1,5", "1.234,5", "2.5", " 7 ", "x", None]))
    assert numbers[:4].tolist() == [1.5, 1234.5, 2.5, 7.0] and numbers[4:].isna().all()


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
