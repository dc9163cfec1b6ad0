"""Models compared on a table, as a run: what was asked for, and what came out.

table.csv       the features and the target, as they were made ready
artifacts/
results.json    figures and time of each model, and what is left out; written anew after each
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from pydantic import BaseModel, Field

from fer.errors import StorageError
from fer.regression.columns import Kind
from fer.regression.comparing import Judged, LeftOut
from fer.regression.problem import FOLDS, Problem, Task
from fer.runs.files import read_text
from fer.runs.folder import Run

TABLE = "table.csv"


class ComparisonConfig(BaseModel):
    """What a comparison was asked for.

    Attributes:
        name: What the table is called.
        target: The column that is predicted.
        task: Whether it is a number or a class.
        classes: The classes' names.
        kinds: What the features hold.
        models: Which models.
        folds: How many.
        degree: Of the polynomial.
        k: Neighbours.
        depth: Of the tree.
        seed: Of the folds and of what is random.
    """

    name: str
    target: str
    task: Task
    classes: list[str]
    kinds: dict[str, Kind]
    models: list[str] = Field(min_length=1)
    folds: int = Field(FOLDS, ge=2, le=20)
    degree: int = 2
    k: int = 15
    depth: int = 5
    seed: int = 1


def new_comparison_run(problem: Problem, models: list[str], **chosen: Any) -> Run:
    """Make a run that compares models; ``fer.runs.worker.start`` sets it going.

    Args:
        problem: What is predicted from what.
        models: Names of ``fer.regression.models.MODELS``.
        chosen: Further fields of the config.

    Raises:
        StorageError: If the table cannot be kept.
    """
    config = ComparisonConfig(
        name=problem.name, target=problem.target, task=problem.task, classes=list(problem.classes),
        kinds=problem.kinds, models=models, **chosen,
    )  # fmt: skip
    run = Run.create("table_comparison", "quick", config.model_dump(mode="json"))
    # Columns are numbered: a name may be whatever its table has.
    frame = problem.features.set_axis([f"x{place}" for place in range(problem.features.shape[1])], axis=1)
    try:
        frame.assign(y=problem.y).to_csv(run.folder / TABLE, index=False)
    except OSError as wrong:
        run.delete()
        raise StorageError(f"{run.folder} cannot be written ({wrong.strerror or wrong}).") from wrong
    return run


def problem_of(run: Run) -> Problem:
    """Return what a run is to compare models on.

    Raises:
        StorageError: If the table is damaged or gone.
    """
    import pandas as pd

    config = ComparisonConfig.model_validate(run.config())
    types = {f"x{place}": object if kind == "category" else float for place, kind in enumerate(config.kinds.values())}
    try:
        frame = pd.read_csv(
            run.folder / TABLE, dtype={**types, "y": int if config.classes else float}, keep_default_na=False,
            na_values=[""],
        )  # fmt: skip
    except (OSError, ValueError) as wrong:
        raise StorageError(f"run {run.id}: its table is damaged. Start the comparison again.") from wrong
    y = frame.pop("y").to_numpy()
    frame = frame.set_axis(list(config.kinds), axis=1)
    return Problem(
        config.name, frame.astype({name: object for name, kind in config.kinds.items() if kind == "category"}),
        config.kinds, np.asarray(y), config.target, config.task, tuple(config.classes), (), (),
        "category" if config.classes else "number",
    )  # fmt: skip


def results_of(run: Run) -> list[Judged] | None:
    """Return a comparison's results so far, or None before the first.

    Raises:
        StorageError: If they are damaged.
    """
    found = _results_of(run)
    return None if found is None else found[0]


def left_out_of(run: Run) -> list[LeftOut]:
    """Return the models that could not be fitted.

    Raises:
        StorageError: If the results are damaged.
    """
    found = _results_of(run)
    return [] if found is None else found[1]


def _results_of(run: Run) -> tuple[list[Judged], list[LeftOut]] | None:
    path = run.artifacts / "results.json"
    if not path.is_file():
        return None
    try:
        document = json.loads(read_text(path))
        # Comparisons of earlier versions left nothing out.
        left_out = [LeftOut(**one) for one in document.get("left_out", [])]
        return [Judged(**one) for one in document["judged"]], left_out
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise StorageError(f"run {run.id}: results.json is damaged. Start the comparison again.") from wrong
