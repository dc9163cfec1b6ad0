"""A fitted pipeline as a file that runs nothing when it is opened (skops), and the script that repeats it."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from fer.errors import ModelError
from fer.regression.columns import Kind
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
    kind = "StratifiedKFold" if problem.classes else "KFold"
    scoring = ["roc_auc_ovr" if len(problem.classes) > 2 else "roc_auc", "accuracy"] if problem.classes else ["r2"]
    head = (
        f'"""Repeats a model of Classmood: {_one_line(problem.target)} from {_one_line(problem.name)}.\n\n'
        'It needs pandas, scikit-learn, and openpyxl for Excel files.\n"""\n\n'
        "import numpy as np\nimport pandas as pd\n"
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
        ("Read the table", _reading(problem, table)),
        ("The model", "model = " + _FUNCTION.sub(r"\1", pipeline.__repr__(N_CHAR_MAX=10**7))),
        ("Judge it on the same folds, and fit it on all rows", judge),
    ]


_AS_TEXT = """def as_text(cell):
    return f"{cell:g}" if isinstance(cell, float) else str(cell).strip()[:80]


"""


def _reading(problem: Problem, table: Table) -> str:
    how, target = table.how, problem.target
    notes = []
    if table.rows_total > len(table.frame):
        notes.append(f"# Classmood used {len(table.frame):,} rows, drawn at random; all are used here.\n")
    if how.get("kind") == "bundled":
        read = (
            f"from sklearn.datasets import {how['loader']}\n\n"
            f"data = {how['loader']}(as_frame=True, **{how['options']!r})\ntable = data.data.copy()\n"
            f"table[{target!r}] = data.target"
        )
    elif how.get("kind") == "excel":
        read = f"table = pd.read_excel({table.name!r}, sheet_name={how['sheet']!r})"
    else:
        options = ", ".join(f"{name}={how.get(name)!r}" for name in ("sep", "decimal", "encoding", "header"))
        read = (
            f"table = pd.read_csv(\n    {table.name!r}, {options}, index_col=False, skipinitialspace=True,\n"
            "    on_bad_lines='skip',\n)"
        )
    rows = f"table = table[table[{target!r}].notna()]"
    y = f"table[{target!r}].astype({'str' if problem.classes else 'float'})"
    if how.get("kind") != "bundled":
        # Our own names: of columns without one, of two with the same, of long ones. Excel's empty columns at the end
        # are columns to our reader alone.
        read += f"\ntable.columns = {how.get('names', list(table.frame.columns))!r}[:table.shape[1]]"
        if problem.classes:
            y = f"table[{target!r}].map(as_text)"
            rows += f"\ntable = table[{y}.isin({list(problem.classes)!r})]"
    if problem.categories or "as_text" in y:
        read = _AS_TEXT + read
    loops = []
    if numbers := [name for name, kind in problem.kinds.items() if kind == "number"]:
        loops.append(
            f"for name in {numbers!r}:\n"
            '    X[name] = pd.to_numeric(X[name], errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)'
        )
    if problem.categories:
        loops.append(
            f"for name in {problem.categories!r}:\n"
            "    X[name] = X[name].map(as_text).astype(object).where(X[name].notna(), np.nan)"
        )
    if dates := [name for name, kind in problem.kinds.items() if kind == "date"]:
        loops.append(
            f"for name in {dates!r}:\n"
            '    days = pd.to_datetime(X[name], errors="coerce", format="mixed", utc=True)\n'
            '    X[name] = (days - pd.Timestamp("1970-01-01", tz="UTC")) / pd.Timedelta(days=1)'
        )
    return (
        "".join(notes) + read + f"\n{rows}.reset_index(drop=True)\n"
        f"X = table[{list(problem.kinds)!r}].copy()\n" + "\n".join(loops) + f"\ny = {y}"
    )  # fmt: skip


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
