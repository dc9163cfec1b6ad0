"""The table of the classic models' page: where it comes from, what is predicted from what, what is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import streamlit as st

from fer.regression.bundled import BUNDLED, bundled_table
from fer.regression.columns import KINDS, Kind, guess_kinds
from fer.regression.problem import Problem, Task, make_problem
from fer.regression.sheets import SheetError
from fer.regression.tables import Table, read_table
from fer.settings import settings
from fer.ui.charts import show_chart
from fer.ui.messages import plain
from fer.ui.models_charts import bar_chart, histogram

OURS, OWN, PATH = "scikit-learn's tables", "A file of yours", "A file on this computer"
TASKS: dict[str, Task | None] = {"As guessed": None, "A number": "regression", "A class": "classification"}
SHOWN_ROWS = 200
KEEP = "models.kept"
MADE_MOST = 24
FITTED_MOST = 2
"""Fitted pipelines may be large: a visit keeps the latest alone."""
ONE_AT_A_TIME = threading.BoundedSemaphore(1)
"""Fits of all visits wait for one another: they run in the server, which has pages to show."""
Made = TypeVar("Made")


@dataclass
class Chosen:
    """What this visit has chosen; no widget's key, so that it outlives the block that shows the widgets.

    Attributes:
        table: The table.
        token: Tells one table from another.
        target: What is predicted.
        features: From what; None: all that can be used.
        kinds: What columns hold, where that was changed.
        task: Of ``TASKS``.
        folds: Parts of the rows.
        seed: Of what is random.
        problem: The table made ready; None where that failed.
        made: What was worked out for it, by what it was worked out from.
        fitted: The same, of what holds a fitted pipeline; the one used last comes last.
    """

    table: Table
    token: str
    target: str
    features: list[str] | None = None
    kinds: dict[str, Kind] = field(default_factory=dict)
    task: str = "As guessed"
    folds: int = 5
    seed: int = 1
    problem: Problem | None = None
    made: dict[Any, Any] = field(default_factory=dict)
    fitted: dict[Any, Any] = field(default_factory=dict)


def chosen() -> Chosen:
    """Return what this visit has chosen; at first scikit-learn's diabetes table."""
    if KEEP not in st.session_state:
        take_table(bundled_table("diabetes"), "bundled:diabetes")
    return cast("Chosen", st.session_state[KEEP])


def take_table(table: Table, token: str) -> None:
    """Begin with another table: its usual target, or its last column."""
    target = table.target or str(table.frame.columns[-1])
    st.session_state[KEEP] = Chosen(table, token, target)


def problem_now() -> Problem:
    """Return the chosen table made ready.

    Raises:
        DataError: If nothing can be learned from it.
        InputError: If a choice does not fit it.
    """
    now = chosen()
    if now.problem is None:
        now.problem = make_problem(now.table, now.target, now.features, now.kinds, TASKS[now.task])
    return now.problem


def made_once(asked: Any, make: Callable[[], Made]) -> Made:
    """Return what was worked out for the present choices, or work it out: a rerun does not fit again."""
    return _kept(chosen().made, MADE_MOST, asked, make)


def fitted_once(asked: Any, make: Callable[[], Made]) -> Made:
    """Return what holds a fitted pipeline, or fit it; only the latest few of a visit are kept."""
    return _kept(chosen().fitted, FITTED_MOST, asked, make)


def _kept(kept: dict[Any, Any], most: int, asked: Any, make: Callable[[], Made]) -> Made:
    if asked in kept:
        kept[asked] = kept.pop(asked)
    else:
        with st.spinner("Working it out", show_time=False), ONE_AT_A_TIME:
            # Kept at once: where a click came meanwhile, leaving the spinner begins the page anew.
            kept[asked] = make()
    while len(kept) > most:
        kept.pop(next(iter(kept)))
    return cast("Made", kept[asked])


def _guessed(now: Chosen) -> dict[str, Kind]:
    """Return what columns seem to hold; that is quick, and waits for nobody's fit."""
    key = ("kinds of", now.token)
    if key not in now.made:
        now.made[key] = guess_kinds(now.table.frame, now.table.decimal)
    return cast("dict[str, Kind]", now.made[key])


def table_line() -> Problem:
    """Say in one line which table the block works on, and return it made ready."""
    problem = problem_now()
    what = f"{len(problem.classes)} classes" if problem.classes else "a number"
    st.caption(
        f"{plain(problem.name)}: {plain(problem.target)} ({what}) from {problem.features.shape[1]:,} columns, "
        f"{len(problem.y):,} rows. Another table or target: in Data."
    )
    return problem


def only_for(problem: Problem, task: Task) -> bool:
    """Say so where a block is for the other task, and return whether it can go on."""
    if problem.task == task:
        return True
    other = "a number" if task == "regression" else "a class"
    st.info(f"This needs {other} to predict; {plain(problem.target)} is not. Choose another target or table in Data.")
    return False


def show_references(references: Mapping[str, str]) -> None:
    """Say which category of each column the coefficients of the others are compared with."""
    if references:
        said = ", ".join(f"{column} = {level}" for column, level in list(references.items())[:12])
        more = f" and {len(references) - 12} more" if len(references) > 12 else ""
        st.caption(f"Categories are compared with {plain(said)}{more}, which have no row here.")


def data_block() -> None:
    """The table, and what is predicted from what."""
    _intake()
    now = chosen()
    table = now.table
    st.subheader(plain(table.name), anchor=False)
    st.caption(f"{table.rows_total:,} rows, {table.frame.shape[1]:,} columns")
    if now.token.startswith("bundled:"):
        st.markdown(BUNDLED[now.token.removeprefix("bundled:")].about)
    st.dataframe(table.frame.iloc[:SHOWN_ROWS, :60], height=230, key="models.table")
    _choices(now)
    problem = problem_now()
    _notes(problem)
    _target_chart(problem)


def _intake() -> None:
    now = chosen()
    choices = [OURS, OWN, *([] if settings().hosted else [PATH])]
    first = OURS if now.token.startswith("bundled:") else PATH if now.token.startswith("path:") else OWN
    source = st.segmented_control(
        "Table", choices, default=first if first in choices else OURS, required=True, key="models.source"
    )
    if source == OURS:
        st.pills(
            "Which one", list(BUNDLED), format_func=lambda one: BUNDLED[one].title.split(":")[0],
            default=now.token.removeprefix("bundled:") if first == OURS else None,
            key="models.bundled", label_visibility="collapsed", on_change=_take_bundled,
        )  # fmt: skip
    elif source == OWN:
        upload = st.file_uploader(
            "CSV or Excel file", key="models.file", help="Any delimiter, decimal sign and encoding."
        )
        if upload is not None:
            _read(cast("BinaryIO", upload), upload.name, upload.file_id)
        st.caption(
            "It is read in memory and forgotten when you leave; a comparison keeps its own copy, which you delete."
        )
    else:
        path = st.text_input("Path", key="models.path", placeholder="/home/me/marks.csv").strip().strip("\"'")
        if path:
            _read(Path(path).expanduser(), Path(path).name, f"path:{path}")


def _take_bundled() -> None:
    # Only a click takes another table: coming back to this block must not replace a file of the visitor's.
    if key := st.session_state["models.bundled"]:
        take_table(bundled_table(key), f"bundled:{key}")


def _read(source: BinaryIO | Path, name: str, token: str) -> None:
    """Read a file once; ask for the sheet of an Excel file that has several."""
    sheet = None
    if st.session_state.get("models.asked", ("",))[0] == token:
        sheets = st.session_state["models.asked"][1]
        sheet = st.selectbox(f"Which sheet of {plain(name)}?", sheets, index=None, key="models.sheet")
        if sheet is None:
            return
    token_now = f"{token}:{sheet}"
    if chosen().token == token_now:
        return
    try:
        with st.spinner(f"Reading {plain(name)}", show_time=False):
            take_table(read_table(source, name, sheet), token_now)
    except SheetError as problem:
        st.session_state["models.asked"] = (token, problem.sheets)
        st.rerun()


def _choices(now: Chosen) -> None:
    columns = [str(name) for name in now.table.frame.columns]
    before = (now.target, now.features, dict(now.kinds), now.task, now.folds, now.seed)
    left, right = st.columns([1, 1], gap="large")
    # A key for each table: choices of another one would not fit it.
    mark = abs(hash(now.token))
    now.target = left.selectbox("Predict", columns, columns.index(now.target), key=f"models.target.{mark}")
    now.task = left.segmented_control(
        "It is", list(TASKS), default=now.task, required=True, key=f"models.task.{mark}",
    )  # fmt: skip
    first = _guessed(now)
    guessed = {**first, **now.kinds}
    usable = [name for name in columns if name != now.target and guessed[name] != "left out"]
    everything = right.toggle(
        "From all columns that can be used", value=now.features is None, key=f"models.all.{mark}.{now.target}",
        help="Copies of the target and numbers of rows are left out.",
    )  # fmt: skip
    if everything:
        now.features = None
    else:
        preset = [name for name in now.features or usable[:8] if name in usable]
        now.features = right.multiselect("From", usable, preset, key=f"models.features.{mark}.{now.target}")
    with right.container(horizontal=True):
        now.folds = int(st.number_input("Folds", 2, 10, now.folds, key=f"models.folds.{mark}"))
        now.seed = int(st.number_input("Seed", 0, 10_000, now.seed, key=f"models.seed.{mark}"))
    with st.expander("What the columns hold"):
        _kinds_editor(now, columns, mark)
    if before != (now.target, now.features, now.kinds, now.task, now.folds, now.seed):
        now.problem = None
        now.made.clear()
        now.fitted.clear()


def _kinds_editor(now: Chosen, columns: list[str], mark: int) -> None:
    frame = now.table.frame
    first = _guessed(now)
    edited = st.data_editor(
        {
            "Column": columns,
            "Type": [now.kinds.get(name, first[name]) for name in columns],
            "Missing": [int(frame[name].isna().sum()) for name in columns],
            "Different": [int(frame[name].nunique()) for name in columns],
            "For example": [str(frame[name].dropna().iloc[0])[:40] for name in columns],
        },
        key=f"models.kinds.{mark}",
        disabled=["Column", "Missing", "Different", "For example"],
        column_config={"Type": st.column_config.SelectboxColumn(options=list(KINDS), required=True)},
        hide_index=True,
    )
    now.kinds = {
        name: kind
        for name, kind in zip(columns, cast("dict[str, list[Kind]]", edited)["Type"], strict=True)
        if kind != first[name]
    }
    st.caption(
        "Missing numbers take the median of the rows that a model learns from; a missing category is one itself."
    )


def _notes(problem: Problem) -> None:
    for note in problem.notes:
        (st.warning if "eak: " in note else st.caption)(plain(note))


def _target_chart(problem: Problem) -> None:
    if not problem.classes:
        alt = f"{problem.target} goes from {problem.y.min():.4g} to {problem.y.max():.4g}, mean {problem.y.mean():.4g}"
        show_chart(histogram(problem.y, problem.target), "models.target_chart", alt)
        return
    import numpy as np

    counts = np.bincount(problem.y, minlength=len(problem.classes))
    alt = ", ".join(f"{name} {count:,}" for name, count in zip(problem.classes, counts, strict=True))
    show_chart(bar_chart(problem.classes, counts.tolist(), "rows"), "models.target_chart", f"Rows by class: {alt}")
