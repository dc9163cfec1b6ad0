"""A fitted pipeline as a file that runs nothing when it is opened (skops), and the script that repeats it."""

from __future__ import annotations

import inspect
import json
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from fer.errors import ModelError
from fer.regression import cells
from fer.regression.columns import LARGEST_NUMBER, Kind
from fer.regression.kept_parts import TRUSTED, check_parts
from fer.regression.problem import Problem
from fer.regression.tables import Table

SUFFIX = ".skops"
LARGEST_BYTES = 100_000_000
LARGEST_UNPACKED = 600_000_000
_FUNCTION = re.compile(r"<function (\w+) at 0x[0-9a-f]+>")


@dataclass(frozen=True)
class Kept:
    """A pipeline from a file.

    Attributes:
        pipeline: Fitted.
        name: Of the table that it learned from.
        target: What it predicts.
        classes: The classes' names; empty for a number.
        kinds: Its features, and what they hold.
        model: The model's name for people.
    """

    pipeline: Any
    name: str
    target: str
    classes: tuple[str, ...]
    kinds: dict[str, Kind]
    model: str


def keep(fitted: Any, problem: Problem, model: str) -> bytes:
    """Return a fitted pipeline with what it needs to know as a ``.skops`` file."""
    import skops.io

    document = {
        "schema": 1, "pipeline": fitted, "name": problem.name, "target": problem.target,
        "classes": list(problem.classes), "kinds": dict(problem.kinds), "model": model,
    }  # fmt: skip
    data: bytes = skops.io.dumps(document, compression=zipfile.ZIP_DEFLATED)
    return data


def open_kept(data: bytes, name: str) -> Kept:
    """Open a pipeline that was kept; nothing in it is run, and what our pipelines are not made of is refused.

    Raises:
        ModelError: If it is no such file, or a pickle, or holds anything else.
    """
    _check_archive(data, name)
    import skops.io
    from sklearn.pipeline import Pipeline

    try:
        check_parts(data, name)
        document = skops.io.loads(data, trusted=sorted(TRUSTED))
        if not isinstance(document, dict) or document.get("schema") != 1:
            raise ModelError(f"{name} was not downloaded here: it says no schema 1. Open a file that was.")
        if type(document["pipeline"]) is not Pipeline:
            raise ModelError(f"{name} holds no pipeline. Open a file that was downloaded here.")
        return Kept(
            document["pipeline"], str(document["name"]), str(document["target"]), tuple(document["classes"]),
            dict(document["kinds"]), str(document["model"]),
        )  # fmt: skip
    except ModelError:
        raise
    except Exception as problem:
        # skops raises whatever its parts raise over a damaged file.
        raise ModelError(
            f"{name} is damaged, or of another version ({type(problem).__name__}). Download it again."
        ) from problem


def _check_archive(data: bytes, name: str) -> None:
    pickle = data[:1] == b"\x80" or name.lower().endswith((".pkl", ".pickle", ".joblib", ".sav"))
    if pickle:
        raise ModelError(
            f"{name} is a pickle. Opening one can run any program on this computer, so it is refused, whoever sent it. "
            f"Open a {SUFFIX} file that was downloaded here."
        )
    if len(data) > LARGEST_BYTES:
        raise ModelError(f"{name} has more than {LARGEST_BYTES / 1e6:.0f} MB. Open a smaller model.")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as problem:
        raise ModelError(f"{name} is no {SUFFIX} file. Open one that was downloaded here.") from problem
    if "schema.json" not in {part.filename for part in parts}:
        raise ModelError(f"{name} is an archive, but no {SUFFIX} file. Open one that was downloaded here.")
    if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise ModelError(f"{name} would take too much memory. Open a smaller model.")


def script_of(problem: Problem, table: Table, pipeline: Any, folds: int, seed: int) -> str:
    """Return a Python script that reads the table, judges the model on the same folds and fits it."""
    return "\n\n\n".join(part for _, part in _parts(problem, table, pipeline, folds, seed)) + "\n"


def notebook_of(problem: Problem, table: Table, pipeline: Any, folds: int, seed: int) -> str:
    """Return the same as a Jupyter notebook (nbformat 4.5)."""
    cells: list[dict[str, Any]] = []
    for number, (title, code) in enumerate(_parts(problem, table, pipeline, folds, seed)):
        cells.append(_cell(f"text{number}", "markdown", f"## {title}"))
        cells.append({**_cell(f"code{number}", "code", code), "execution_count": None, "outputs": []})
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}, indent=1)


def _cell(number: str, kind: str, source: str) -> dict[str, Any]:
    return {"id": number, "cell_type": kind, "metadata": {}, "source": source}


def _parts(problem: Problem, table: Table, pipeline: Any, folds: int, seed: int) -> list[tuple[str, str]]:
    imports = "\n".join(sorted({f"from {_public(part)} import {part.__name__}" for part in _named(pipeline)}))
    reading = _reading(problem, table)
    used = {"io": "io.StringIO(", "re": "re.fullmatch("}
    modules = "".join(f"import {name}\n" for name, call in used.items() if call in reading)
    kind = "StratifiedKFold" if problem.classes else "KFold"
    scoring = ["roc_auc_ovr" if len(problem.classes) > 2 else "roc_auc", "accuracy"] if problem.classes else ["r2"]
    head = (
        f'"""Repeats a model of Classmood: {_one_line(problem.target)} from {_one_line(problem.name)}.\n\n'
        'It needs pandas, scikit-learn, and openpyxl for Excel files.\n"""\n\n'
        f"{modules}{chr(10) if modules else ''}import numpy as np\nimport pandas as pd\n"
        f"from sklearn.model_selection import {kind}, cross_validate\n{imports}\n\nnan = np.nan"
    )
    judge = (
        f"folds = {kind}({folds}, shuffle=True, random_state={seed})\n"
        f"scores = cross_validate(model, X, y, cv=folds, scoring={scoring!r})\n"
        f"for name in {scoring!r}:\n"
        "    print(f\"{name}: {scores[f'test_{name}'].mean():.4f} ± {scores[f'test_{name}'].std(ddof=1):.4f}\")\n\n"
        "model.fit(X, y)"
    )
    return [
        ("Imports", head),
        ("Read the table", reading),
        ("The model", "model = " + _FUNCTION.sub(r"\1", pipeline.__repr__(N_CHAR_MAX=10**7))),
        ("Judge it on the same folds, and fit it on all rows", judge),
    ]


_SHEET = """import openpyxl

sheet = openpyxl.load_workbook({name!r}, data_only=True)[{sheet!r}]
for area in list(sheet.merged_cells.ranges):
    value = sheet.cell(area.min_row, area.min_col).value
    sheet.unmerge_cells(str(area))
    for row in sheet.iter_rows(area.min_row, area.max_row, area.min_col, area.max_col):
        for cell in row:
            cell.value = value
rows = [row for row in sheet.iter_rows(values_only=True) if any(cell is not None for cell in row)]
table = pd.DataFrame(rows[1:], columns={names!r})"""
_CELLS = {
    "category": (cells.category_text, cells.categories_of),
    "date": (cells.day_first, cells.days_of),
    "number": (cells.day_first, cells.days_of, cells.thousands_of, cells.number_text, cells.numbers_of),
}
"""What the script needs of our own to read each kind of cell as we do."""


def _reading(problem: Problem, table: Table) -> str:
    """Return the part that makes ``X`` and ``y`` of the table, with the functions that it needs."""
    target, kinds = problem.target, dict(problem.kinds)
    bundled = table.how.get("kind") == "bundled"
    parts = []
    if table.rows_total > len(table.frame):
        parts.append(f"# Classmood used {len(table.frame):,} rows, drawn at random; all are used here.")
    parts.append(_table_text(table, target))
    if bundled:
        # Its cells are numbers. scikit-learn's classes are numbers there, and ours have names.
        parts.append(f"y = table[{target!r}].astype({'str' if problem.classes else 'float'})")
    else:
        kinds[target] = "category" if problem.classes else "date" if problem.target_kind == "date" else "number"
        good = f"y.isin({list(problem.classes)!r})" if problem.classes else "y.notna()"
        parts.append(
            f"y = {_cells_text(f'table[{target!r}]', kinds[target], table.decimal)}\ngood = {good}\n"
            "table, y = table[good].reset_index(drop=True), y[good].reset_index(drop=True)"
        )
    parts.append(f"X = table[{list(problem.kinds)!r}].copy()")
    needed = [kind for kind in _CELLS if not (bundled and kind == "number")]
    for kind in needed:
        if names := [name for name, own in problem.kinds.items() if own == kind]:
            parts.append(f"for name in {names!r}:\n    X[name] = {_cells_text('X[name]', kind, table.decimal)}")
    functions = dict.fromkeys(function for kind in needed if kind in kinds.values() for function in _CELLS[kind])
    return "\n\n\n".join([*(inspect.getsource(function).strip() for function in functions), "\n".join(parts)])


def _table_text(table: Table, target: str) -> str:
    """Return what reads the table, with our own names for columns without one, of one name, and of a long one."""
    how, names = table.how, table.how.get("names")
    if how.get("kind") == "bundled":
        return (
            f"from sklearn.datasets import {how['loader']}\n\n"
            f"data = {how['loader']}(as_frame=True, **{how['options']!r})\ntable = data.data.copy()\n"
            f"table[{target!r}] = data.target"
        )
    if how.get("kind") == "excel":
        return _SHEET.format(name=table.name, sheet=how["sheet"], names=names)
    options = "index_col=False, skipinitialspace=True"
    if how.get("kind") == "csv":
        own = ", ".join(f"{name}={how.get(name)!r}" for name in ("sep", "decimal", "encoding", "header"))
        read = (
            f"table = pd.read_csv(\n    {table.name!r}, {own}, {options},\n    encoding_errors='replace', "
            "on_bad_lines='skip', low_memory=False,\n)"
        )
    else:
        # It was made here, of two files: there is none to read.
        lines = "\n".join(f"    {line!r}" for line in table.frame.to_csv(index=False).splitlines(keepends=True))
        read = f"rows = (\n{lines}\n)\ntable = pd.read_csv(io.StringIO(rows), {options})"
        names = list(table.frame.columns)
    return f"{read}\ntable.columns = {names!r}[:table.shape[1]]"


def _cells_text(column: str, kind: str, decimal: str) -> str:
    if kind == "category":
        return f"categories_of({column})"
    read = f"days_of({column})" if kind == "date" else f"numbers_of({column}, {decimal!r})"
    return f"{read}.where(lambda numbers: numbers.abs() <= {LARGEST_NUMBER!r})"


def _named(pipeline: Any) -> list[Any]:
    """Return the classes and functions that a pipeline is written with."""
    from sklearn.base import BaseEstimator

    parts = list(pipeline.get_params(deep=True).values())
    functions = [part for part in parts if callable(part) and hasattr(part, "__name__")]
    return [type(pipeline), *(type(part) for part in parts if isinstance(part, BaseEstimator)), *functions]


def _public(part: Any) -> str:
    """Return the public module of one of scikit-learn's classes or functions."""
    module = [name for name in part.__module__.split(".") if not name.startswith("_")]
    return ".".join(module)


def _one_line(text: str) -> str:
    return " ".join(text.replace("\\", "/").replace('"', "'").split())
