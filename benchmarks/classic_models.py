"""Classic models on the courses' tables: the known results, every model on the same folds, and the time of 10,000 rows.

    python -m benchmarks.classic_models [--seed 1] [--skip-page]

Admission_Predict.csv, student-por.csv and Churn_Modelling.csv are read from the data folder. Figures are means and
standard deviations over five folds. The page's first view is its script with scikit-learn's table, in a warm process.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence

from benchmarks.gallery import SHARED
from fer.regression.comparing import METRICS, WORDS, Judged, chosen, compare
from fer.regression.comparison_job import build_any
from fer.regression.models import MODELS, Options, models_for
from fer.regression.problem import Problem, make_problem
from fer.regression.tables import read_table
from fer.settings import ROOT

TABLES = SHARED / "data" / "tables"
EARLIER = ("G1", "G2")
VIEWS = 5


def problem_of(file: str, target: str, without: Sequence[str] = ()) -> Problem:
    problem = make_problem(read_table(TABLES / file, file), target)
    return problem.only([name for name in problem.kinds if name not in without])


def known(seed: int) -> None:
    """The results that are known of these tables."""
    admission = problem_of("Admission_Predict.csv", "AdmitPercentage")
    student = problem_of("student-por.csv", "G3")
    churn = problem_of("Churn_Modelling.csv", "Exited")
    cases = (
        (admission, "linear", "r2", "about .80"),
        (admission, "linear", "rmse", ".06"),
        (student, "ridge", "r2", "about .83"),
        (problem_of("student-por.csv", "G3", EARLIER), "ridge", "r2", ".26"),
        (churn, "logistic", "auc", "about .77"),
        (churn, "boosting", "auc", ".86"),
    )
    print("| table | features | model | figure | known | ours |\n|---|---|---|---|---|---|")
    for problem, name, metric, expected in cases:
        (judged,) = compare(problem, [name], options=Options(seed=seed))
        print(
            f"| {problem.name}, {len(problem.y):,} rows | {problem.features.shape[1]} | {MODELS[name].title} "
            f"| {WORDS[metric]} | {expected} | **{judged.mean(metric):.3f}** ± {judged.std(metric):.3f} |",
            flush=True,
        )


def every(problem: Problem, seed: int) -> None:
    """Every model on the same folds, the network too."""
    metrics = METRICS[problem.task]
    begun, spent = time.perf_counter(), time.process_time()
    judged = compare(problem, models_for(problem.task), build_any, Options(seed=seed))
    wall, processor = time.perf_counter() - begun, time.process_time() - spent
    print(f"\n{problem.name}: {problem.target}, {len(problem.y):,} rows\n")
    print(
        "| model | " + " | ".join(WORDS[name] for name in metrics) + " | fit, s |\n|---|" + "---|" * (len(metrics) + 1)
    )
    for one in judged:
        print(f"| {MODELS[one.name].title} | {_cells(one, metrics)} | {one.fit_s:.2f} |")
    best, simple, _ = chosen(judged, problem.task)
    print(f"\nBest {MODELS[best].title}, by the one-standard-error rule {MODELS[simple].title}.")
    print(f"All models, five folds: {wall:.1f} s ({processor:.1f} s of processor).", flush=True)


def _cells(one: Judged, metrics: Sequence[str]) -> str:
    return " | ".join(f"{one.mean(name):.3f} ± {one.std(name):.3f}" for name in metrics)


def page() -> None:
    """The page's first view, in a process that has shown it before."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["FER_HOME"] = home
        from streamlit.testing.v1 import AppTest

        seconds = []
        for _ in range(VIEWS + 1):
            app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
            begun = time.perf_counter()
            app.switch_page("pages/models.py").run()
            seconds.append(time.perf_counter() - begun)
            assert not app.exception
    print(f"\nFirst view of the page: {seconds[0]:.2f} s cold, {sorted(seconds[1:])[VIEWS // 2]:.2f} s warm.")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--skip-page", action="store_true")
    args = ask.parse_args()
    if not args.skip_page:
        page()
    known(args.seed)
    every(problem_of("Churn_Modelling.csv", "Exited"), args.seed)
    every(problem_of("Admission_Predict.csv", "AdmitPercentage"), args.seed)


if __name__ == "__main__":
    main()
