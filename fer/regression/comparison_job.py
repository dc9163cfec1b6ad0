"""The worker's side of a comparison: every model on the same folds, the Keras network among them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from fer.regression.comparing import Judged, LeftOut, compare
from fer.regression.comparison import ComparisonConfig, problem_of
from fer.regression.models import NETWORK, Options, build
from fer.regression.problem import Problem
from fer.runs.files import replace_text
from fer.runs.folder import Run
from fer.runs.progress import Progress


def build_any(name: str, problem: Problem, options: Options) -> Any:
    """Return a pipeline, not fitted: one of scikit-learn's, or the network."""
    if name == NETWORK:
        from fer.regression.network import build_pipeline

        return build_pipeline(problem, options)
    return build(name, problem, options)


def run(run: Run) -> bool:
    """Compare as the run's config says; see ``fer.runs.jobs.Work``. Started again, it begins anew.

    Raises:
        DataError: If the table has too few rows, or no model can be fitted.
        StorageError: If it is damaged.
    """
    config = ComparisonConfig.model_validate(run.config())
    progress = Progress(run)
    judged: list[Judged] = []
    left_out: list[LeftOut] = []

    def keep() -> None:
        document = {
            "schema": 1,
            "judged": [asdict(one) for one in judged],
            "left_out": [asdict(one) for one in left_out],
        }
        replace_text(run.artifacts / "results.json", json.dumps(document))

    def keep_judged(one: Judged) -> None:
        judged.append(one)
        keep()

    def keep_left_out(one: LeftOut) -> None:
        left_out.append(one)
        keep()

    options = Options(degree=config.degree, k=config.k, depth=config.depth, seed=config.seed)
    compare(
        problem_of(run), config.models, build_any, options, config.folds, on_progress=progress, stop=run.stop_asked,
        on_judged=keep_judged, on_left_out=keep_left_out,
    )  # fmt: skip
    return not run.stop_asked()
