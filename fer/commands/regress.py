"""``python -m fer regress``: classic models judged on the same folds of a table."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer.commands.output import check_place, say, write_json
from fer.errors import InputError

if TYPE_CHECKING:
    from fer.regression.comparing import Judged
    from fer.regression.problem import Problem


def regress(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="A CSV or Excel (.xlsx) file, or 'bundled:diabetes'.")],
    target: Annotated[str, typer.Option(help="The column to predict.")],
    model: Annotated[
        list[str] | None, typer.Option(help="linear, ridge, knn, …; may be given several times. Without it: all.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All models that do the task, the network too.")] = False,
    features: Annotated[str | None, typer.Option(help="The columns to predict from, divided by commas.")] = None,
    without: Annotated[str | None, typer.Option(help="Columns not to predict from, divided by commas.")] = None,
    task: Annotated[str | None, typer.Option(help="regression or classification; guessed if not given.")] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of an Excel file.")] = None,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Parts that the rows are divided into.")] = 5,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the folds and of what is random.")] = 1,
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="Figures; - is standard output.")
    ] = None,
) -> None:
    """Judge classic models on a table, cross-validated on the same folds."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from fer.regression.comparing import LeftOut, compare, document_of
    from fer.regression.comparison_job import build_any
    from fer.regression.models import Options, model_of, models_for, name_of

    check_place(json_to)
    if json_to not in (None, "-") and Path(str(json_to)).exists() and table.exists() and table.samefile(str(json_to)):
        raise InputError(f"{json_to} is the input and would be overwritten. Name another file.")
    if model and every:
        raise InputError("--model and --all exclude each other. Leave one of them out.")
    names = [name_of(model_of(name)) for name in model or []]
    problem = _problem(table, target, features, without, task, sheet, seed)
    for note in problem.notes:
        typer.echo(note, err=True)
    names = list(dict.fromkeys(names)) or models_for(problem.task)
    counted = problem.folds(folds)
    if counted < folds:
        typer.echo(f"{counted} folds instead of {folds}: the rarest class, or the table, has too few rows.", err=True)
    left_out: list[LeftOut] = []
    judged = compare(problem, names, build_any, Options(seed=seed), folds, _progress_line, on_left_out=left_out.append)
    _end_line()
    for one in left_out:
        typer.echo(one.sentence, err=True)
    for line in lines_of(problem, judged, counted):
        say(line, json_to)
    write_json(document_of(problem, judged, counted, left_out), json_to)


def _problem(
    path: Path, target: str, features: str | None, without: str | None, task: str | None, sheet: str | None, seed: int
) -> Problem:
    from fer.regression.bundled import bundled_table
    from fer.regression.problem import make_problem
    from fer.regression.tables import read_table

    if task not in (None, "regression", "classification"):
        raise InputError(f"--task is regression or classification; {task!r} came.")
    name = str(path)
    table = bundled_table(name.split(":", 1)[1]) if name.startswith("bundled:") else read_table(path, name, sheet, seed)
    named = None if features is None else _columns(features)
    problem = make_problem(table, target, named, task=task)  # type: ignore[arg-type]
    if without is None:
        return problem
    left_out = _columns(without)
    for column in left_out:
        if column not in table.frame.columns:
            raise InputError(f"{name} has no column {column!r} to leave out. Check --without.")
    kept = [column for column in problem.kinds if column not in left_out]
    return make_problem(table, target, kept, task=task)  # type: ignore[arg-type]


def _columns(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def lines_of(problem: Problem, judged: Sequence[Judged], folds: int) -> list[str]:
    """Return a table of the figures for people, and which model to choose."""
    from fer.regression.comparing import METRICS, WORDS, chosen
    from fer.regression.models import MODELS

    metrics = METRICS[problem.task]
    what = f"classes {', '.join(problem.classes[:6])}" if problem.classes else "a number"
    lines = [
        f"{problem.name}: {problem.target} ({what}) from {problem.features.shape[1]:,} columns, "
        f"{len(problem.y):,} rows, {folds} folds.",
        f"{'model':<24}" + "".join(f"{WORDS[name]:>20}" for name in metrics) + f"{'fit, s':>10}",
    ]
    for one in judged:
        figures = "".join(f"{_figure(one.mean(name)):>11} ± {_figure(one.std(name)):<6}" for name in metrics)
        lines.append(f"{MODELS[one.name].title:<24}{figures}{one.fit_s:>10.2f}")
    if len(judged) > 1:
        best, simple, bar = chosen(judged, problem.task)
        lines.append(
            f"Best: {MODELS[best].title}. Simplest within one standard error of it ({WORDS[metrics[0]]} of {bar:.3f} "
            f"or more): {MODELS[simple].title}."
        )
    return lines


def _figure(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1000 else f"{value:.3g}"


def _progress_line(share: float, message: str) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{share:4.0%}, {message:<40}", nl=False, err=True)


def _end_line() -> None:
    if sys.stderr.isatty():
        typer.echo("\r" + " " * 60 + "\r", nl=False, err=True)
