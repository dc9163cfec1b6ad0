"""Every model fits every kind of table, all are judged on the same folds, and the known results come out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer.errors import DataError, InputError
from fer.regression.comparing import (
    Judged,
    chosen,
    class_figures,
    compare,
    document_of,
    folds_of,
    number_figures,
)
from fer.regression.comparison import left_out_of, new_comparison_run, problem_of, results_of
from fer.regression.models import NETWORK, Options, build, model_of, models_for, name_of
from fer.regression.paths import coefficient_path
from fer.regression.preparing import is_narrowed
from fer.regression.problem import Problem, make_problem
from fer.regression.tables import finished, read_table
from fer.runs import worker

ROOT = Path(__file__).resolve().parents[3]


def classic(task: str) -> list[str]:
    return [name for name in models_for(task) if name != NETWORK]


@pytest.mark.parametrize("which", ["by_mark", "by_pass"])
def test_every_model_beats_the_baseline(which: str, request: pytest.FixtureRequest):
    problem: Problem = request.getfixturevalue(which)
    judged = compare(problem, classic(problem.task), folds=3)
    metric = "r2" if problem.task == "regression" else "auc"
    figures = {one.name: one.mean(metric) for one in judged}
    assert list(figures) == classic(problem.task)
    assert all(figure > figures["baseline"] + 0.3 for name, figure in figures.items() if name != "baseline")
    assert all(np.isfinite(one.mean(name)) and one.fit_s > 0 for one in judged for name in one.folds)


def test_the_same_seed_gives_the_same_figures_and_folds(by_mark: Problem):
    one, two, other = (compare(by_mark, ["ridge", "tree"], options=Options(seed=seed)) for seed in (1, 1, 2))
    assert [one.folds for one in one] == [two.folds for two in two] != [other.folds for other in other]
    places = np.concatenate([held_out for _, held_out in folds_of(by_mark)])
    assert sorted(places) == list(range(120))


def test_known_results_on_the_courses_tables(admission: Problem, churn: Problem, tables: Path):
    (linear,) = compare(admission, ["linear"])
    assert linear.mean("r2") == pytest.approx(0.80, abs=0.015) and linear.mean("rmse") == pytest.approx(0.06, abs=0.005)
    student = make_problem(read_table(tables / "student-por.csv", "student-por.csv"), "G3")
    (ridge,) = compare(student, ["ridge"])
    assert ridge.mean("r2") == pytest.approx(0.83, abs=0.02)
    without = student.only([name for name in student.kinds if name not in ("G1", "G2")])
    (ridge,) = compare(without, ["ridge"])
    assert ridge.mean("r2") == pytest.approx(0.26, abs=0.03)
    logistic, boosting = compare(churn, ["logistic", "boosting"], folds=3)
    assert logistic.mean("auc") == pytest.approx(0.77, abs=0.015)
    assert boosting.mean("auc") == pytest.approx(0.86, abs=0.015)


def test_the_one_standard_error_rule():
    def judged(name: str, *r2: float) -> Judged:
        return Judged(name, {"r2": list(r2)}, 0.1)

    models = [judged("linear", 0.5, 0.6), judged("ridge", 0.78, 0.80), judged("forest", 0.76, 0.86)]
    best, simple, bar = chosen(models, "regression")
    assert (best, simple) == ("forest", "ridge")
    assert bar == pytest.approx(0.81 - 0.05)


def test_names_of_models():
    assert name_of(model_of("Elastic-Net")) == "elastic_net"
    assert name_of(model_of("ols")) == "linear"
    with pytest.raises(InputError, match="No model is called 'magic'"):
        model_of("magic")


def test_a_model_of_another_task_is_a_sentence(by_mark: Problem, by_pass: Problem):
    with pytest.raises(InputError, match="does not do a regression"):
        build("logistic", by_mark)
    with pytest.raises(InputError, match="does not do a classification"):
        build("ridge", by_pass)
    with pytest.raises(InputError, match="by a worker"):
        build(NETWORK, by_mark)


def test_five_thousand_columns_are_narrowed_within_each_fold():
    random = np.random.default_rng(2)
    x = random.normal(size=(60, 5000))
    frame = pd.DataFrame(x, columns=[f"c{n}" for n in range(5000)]).assign(y=random.normal(size=60))
    problem = make_problem(finished(frame, "wide.csv", 60, [], {}), "y")
    assert is_narrowed(problem)
    judged = compare(problem, ["simple", "ridge", "knn"], folds=3)
    # There is nothing to learn: had the columns been chosen on all rows, these would look good.
    assert all(one.mean("r2") < 0.1 for one in judged)


def test_a_model_that_cannot_be_fitted_is_left_out_and_said(home: Path):
    # Whichever fold holds the first row out learns from columns that do not vary.
    frame = pd.DataFrame({f"c{n}": [1.0 + n] + [0.0] * 39 for n in range(250)})
    frame = frame.assign(y=np.random.default_rng(2).normal(size=40))
    problem, left_out = make_problem(finished(frame, "own.csv", 40, [], {}), "y"), []
    judged = compare(problem, ["baseline", "ridge", "knn"], on_left_out=left_out.append)
    assert [one.name for one in judged] == ["baseline"] and [one.name for one in left_out] == ["ridge", "knn"]
    assert "Ridge is left out. The model cannot be fitted on 32 of the rows (No feature" in left_out[0].sentence
    assert document_of(problem, judged, 5, left_out)["notes"] == [one.sentence for one in left_out]
    with pytest.raises(DataError, match=r"own.csv: none of the models can be fitted. Ridge is left out."):
        compare(problem, ["ridge"])
    with pytest.raises(DataError, match="The model cannot be fitted on"):
        coefficient_path(problem, "ridge")
    run = new_comparison_run(problem, ["ridge", "baseline"])
    assert worker.main([str(run.folder)]) == 0
    assert left_out_of(run) == left_out[:1] and [one.name for one in results_of(run)] == ["baseline"]


def test_a_degree_that_overfits_gives_bad_figures_and_not_infinite_ones(by_mark: Problem):
    (wild,) = compare(by_mark, ["polynomial"], options=Options(degree=12), folds=3)
    assert all(np.isfinite(figure) for figures in wild.folds.values() for figure in figures)
    with pytest.raises(InputError, match="degree must be 1 to 12"):
        build("polynomial", by_mark, Options(degree=40))
    figures = number_figures(np.arange(3.0), np.array([np.inf, np.nan, 1e300]))
    assert all(np.isfinite(list(figures.values()))) and figures["r2"] < -1e10
    json.dumps(figures, allow_nan=False)


def test_figures_against_scikit_learns_definitions():
    y = np.array([0, 1, 1, 0])
    figures = class_figures(y, np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]]))
    assert figures["accuracy"] == 0.75 and figures["auc"] == 1.0
    assert figures["log_loss"] == pytest.approx(-np.log([0.9, 0.8, 0.4, 0.7]).mean())


def test_f1_is_the_mean_of_both_classes():
    from sklearn.metrics import f1_score

    y, guesses = np.array([0, 0, 0, 0, 1]), np.array([0, 0, 0, 1, 0])
    figures = class_figures(y, np.eye(2)[guesses] * 0.8 + 0.1)
    assert figures["f1"] == pytest.approx(0.375) == f1_score(y, guesses, average="macro")


def test_alpha_is_chosen_on_shuffled_folds(by_mark: Problem):
    for name in ("lasso", "elastic_net"):
        folds = build(name, by_mark, Options(seed=7))[-1].cv
        assert (folds.n_splits, folds.shuffle, folds.random_state) == (5, True, 7)


def test_a_class_that_a_fold_lacks_does_not_break_it():
    frame = pd.DataFrame({"x": np.arange(40) ** 0.5, "y": ["a"] * 19 + ["b"] * 19 + ["c"] * 2})
    problem = make_problem(finished(frame, "few.csv", 40, [], {}), "y")
    judged = compare(problem, ["logistic", "knn"])
    assert problem.folds() == 2 and all(np.isfinite(one.mean("auc")) for one in judged)


def test_missing_and_new_categories_are_predicted_for(by_mark: Problem):
    fitted = build("linear", by_mark).fit(by_mark.features, by_mark.y)
    odd = pd.DataFrame({"hours": [np.nan], "place": ["moon"], "sleep": [7.0]})
    assert np.isfinite(fitted.predict(odd)).all()


def test_a_run_compares_as_the_page_asked(home: Path, by_pass: Problem):
    run = new_comparison_run(by_pass, ["baseline", "logistic"], folds=3, seed=4)
    again = problem_of(run)
    assert again.features.equals(by_pass.features) and (again.y == by_pass.y).all()
    assert results_of(run) is None
    assert worker.main([str(run.folder)]) == 0
    found = results_of(run)
    straight = compare(by_pass, ["baseline", "logistic"], folds=3, options=Options(seed=4))
    assert [one.folds for one in found] == [one.folds for one in straight]
    document = document_of(by_pass, found, 3)
    assert set(document) == {"schema", "target", "task", "folds", "models"}


def test_a_run_that_is_stopped_keeps_what_it_has(home: Path, by_mark: Problem):
    judged = compare(by_mark, ["linear", "ridge"], stop=iter([False] * 5 + [True]).__next__)
    assert [one.name for one in judged] == ["linear"]


NETWORK_SIZES = """
from fer.regression.comparison_job import build_any
from fer.regression.comparing import compare
from fer.regression.network import build_network, layers_of
from fer.regression.models import Options
from fer.regression.problem import make_problem
from fer.regression.tables import read_table
import fer.regression.network as network, sys
network.STEPS = 400
folder = sys.argv[1]
for name, target in (("Churn_Modelling.csv", "Exited"), ("Admission_Predict.csv", "AdmitPercentage")):
    problem = make_problem(read_table(__import__("pathlib").Path(folder, name), name), target)
    if problem.classes:
        problem = type(problem)(**{**vars(problem), "features": problem.features.head(900), "y": problem.y[:900]})
    (judged,) = compare(problem, ["network"], build_any, folds=2)
    print("GOT", judged.parameters, judged.mean("auc" if problem.classes else "r2"))
"""


def test_the_networks_are_the_courses_and_learn(tables: Path):
    # In a process of its own: Keras stays out of this one, as it stays out of the server.
    done = subprocess.run(
        [sys.executable, "-c", NETWORK_SIZES, str(tables)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("GOT")]
    assert [int(line[0]) for line in lines] == [276, 64], done.stderr[-2000:]
    assert float(lines[0][1]) > 0.7 and float(lines[1][1]) > 0.6
