"""What explains a model: least squares by statsmodels, paths, curves, looks, importance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fer.errors import DataError
from fer.regression.explaining import coefficients_of, dependence, explain, odds_ratios
from fer.regression.least_squares import fit_least_squares
from fer.regression.looks import at_threshold, boundary, held_out_answers, roc
from fer.regression.models import Options, build
from fer.regression.paths import coefficient_path, knob_curve, polynomials, some_rows
from fer.regression.preparing import names_out, references_of
from fer.regression.problem import Problem, make_problem
from fer.regression.tables import finished


def test_least_squares_of_the_admission_table(admission: Problem):
    fit = fit_least_squares(admission)
    assert fit.result.rsquared == pytest.approx(0.822, abs=0.003)
    assert list(fit.terms.columns) == ["coefficient", "standard error", "t", "p", "low", "high", "VIF"]
    inside = (fit.terms["low"] < fit.terms["coefficient"]) & (fit.terms["coefficient"] < fit.terms["high"])
    assert inside.all() and len(fit.terms) == 8
    assert fit.terms.loc["CGPA", "p"] < 1e-10 and fit.terms.loc["SOP", "p"] > 0.1
    assert "OLS Regression Results" in fit.summary and "Cond. No." in fit.summary
    assert fit.residuals.mean() == pytest.approx(0, abs=1e-9)
    assert fit.leverage.sum() == pytest.approx(8)
    assert set(fit.checks) and all(0 <= value <= 4 for value, _ in fit.checks.values())


def test_vif_and_condition_number_show_columns_that_repeat():
    random = np.random.default_rng(1)
    a, b = random.normal(size=(2, 80))
    frame = pd.DataFrame({"a": a, "twin": a + b / 50, "b": b, "y": a + random.normal(size=80)})
    with_twin = fit_least_squares(make_problem(finished(frame, "t", 80, [], {}), "y"))
    alone = fit_least_squares(make_problem(finished(frame[["a", "b", "y"]], "t", 80, [], {}), "y"))
    assert with_twin.terms.loc["twin", "VIF"] > 1000 and alone.terms["VIF"].max() < 1.5
    # By definition: 1 / (1 - R2) of a from b.
    r2 = np.corrcoef(a, b)[0, 1] ** 2
    assert alone.terms.loc["a", "VIF"] == pytest.approx(1 / (1 - r2))
    assert with_twin.condition > 20 > alone.condition


def test_least_squares_of_more_columns_than_rows_is_a_sentence():
    random = np.random.default_rng(1)
    frame = pd.DataFrame(random.normal(size=(20, 30)), columns=[f"c{n}" for n in range(30)])
    with pytest.raises(DataError, match="more rows than terms"):
        fit_least_squares(make_problem(finished(frame, "t", 20, [], {}), "c0"))


@pytest.mark.parametrize("penalty", ["ridge", "lasso", "elastic_net"])
def test_coefficients_go_to_zero_as_alpha_grows(by_mark: Problem, penalty: str):
    path = coefficient_path(by_mark, penalty, points=15)
    size = np.abs(path.coefficients).sum(axis=0)
    assert size[0] > 5 and size[-1] < 0.05 * size[0]
    assert (np.abs(path.coefficients[:, -1]) == 0).all() == (penalty != "ridge")
    assert path.r2[path.best] > 0.9 and path.alphas[path.simplest] >= path.alphas[path.best]
    assert len(path.names) == len(path.coefficients) == 6


def test_a_high_degree_overfits(by_mark: Problem):
    found = polynomials(by_mark, "hours", [1, 3, 12], rows=25)
    learned, held_out = found.curve.learned, found.curve.held_out
    assert learned[2] < learned[0] and held_out[2] > 3 * held_out[0]
    assert found.curve.best in (1, 3) and set(found.lines) == {1, 3, 12} and len(found.x) == 25


def test_knobs(by_pass: Problem, by_mark: Problem):
    near = knob_curve(by_mark, "knn", "k", [1, 5, 50])
    assert near.learned[0] == pytest.approx(0, abs=1e-9) and near.best == 5
    deep = knob_curve(by_pass, "tree", "depth", [1, 8])
    assert deep.learned[1] < deep.learned[0] and deep.metric == "log_loss"


def test_some_rows_keep_the_classes_share(churn: Problem):
    few = some_rows(churn, 500)
    assert len(few.y) == len(few.features) == 500
    assert few.y.mean() == pytest.approx(churn.y.mean(), abs=0.005)


def with_classes(counts: dict[str, int], **columns: object) -> Problem:
    """A table of classes with so many rows each; x says a little of them."""
    random = np.random.default_rng(3)
    y = np.repeat(list(counts), list(counts.values()))
    frame = pd.DataFrame({"x": random.normal(size=len(y)) + (y == y[-1]), "z": random.normal(size=len(y)), "y": y})
    frame = frame.assign(**columns).sample(frac=1, random_state=1, ignore_index=True)
    return make_problem(finished(frame, "own.csv", len(frame), [], {}), "y", task="classification")


def test_a_class_of_two_rows_outlives_the_drawing():
    rare = with_classes({"A": 2, "B": 2000, "C": 1998, "D": 2000})
    few = some_rows(rare)
    assert np.bincount(few.y).tolist() == pytest.approx([2, 666, 666, 666], abs=1) and len(few.y) == 2000
    assert np.bincount(some_rows(rare, 5999).y).min() == 2 and (some_rows(rare).y == few.y).all()
    assert np.isfinite(knob_curve(rare, "tree", "depth", [2]).held_out).all()
    found = explain(rare, "logistic", Options(seed=3))
    assert dependence(found, "x")[1].shape == (24, 4)
    assert list(coefficients_of(found.fitted, rare)["of"].unique()).count("A") == 1


def test_a_class_that_was_not_learned_from_has_no_coefficients_and_no_chance():
    rare = with_classes({"A": 2, "B": 60, "C": 60, "D": 60})
    found = explain(rare, "logistic")
    seen = rare.y > 0
    fitted = build("logistic", rare).fit(rare.features[seen], rare.y[seen])
    assert set(coefficients_of(fitted, rare)["of"]) == {"B", "C", "D"}
    odds = odds_ratios(fitted, rare)
    assert set(odds["of"]) == {"C", "D"} and set(odds["against"]) == {"B"}
    _, answers = dependence(replace(found, fitted=fitted), "x")
    assert answers.shape[1] == 4 and (answers[:, 0] == 0).all()
    # D lies higher on x than the others.
    assert answers[-1, 3] > answers[0, 3]
    pair = rare.y > 1
    assert set(coefficients_of(build("logistic", rare).fit(rare.features[pair], rare.y[pair]), rare)["of"]) == {"D"}


@pytest.mark.parametrize(("classes", "rows"), [(50, 3), (5, 2)])
def test_more_classes_than_rows_held_out_are_explained(classes: int, rows: int):
    many = with_classes({f"c{n:02}": rows for n in range(classes)})
    found = explain(many, "tree")
    assert len(found.problem.y) == -(-len(many.y) // 4) and np.isfinite(found.importance["loss"]).all()
    assert dependence(found, "x")[1].shape[1] == classes


def test_a_column_of_three_cells_is_explained():
    number, text = np.full(1000, np.nan), np.full(1000, None, object)
    number[:3], text[:3] = [1, 2, 3], ["p", "q", "p"]
    sparse = with_classes({"A": 500, "B": 500}, number=number, text=text)
    assert {"number", "text"} <= set(sparse.kinds)
    for seed in range(3):
        found = explain(sparse, "logistic", Options(seed=seed))
        values, answers = dependence(found, "number")
        assert 1 <= values[0] < values[-1] <= 3 and len(values) == len(answers)
        assert set(dependence(found, "text")[0]) == {"p", "q"}


def test_a_boundary_divides_the_plane(by_pass: Problem, by_mark: Problem):
    found = boundary(by_pass, "hours", "sleep", "logistic")
    assert found.answers.shape == found.sureness.shape == (70, 70)
    # More hours pass, whatever the sleep.
    assert found.answers[:, 0].max() == 0 and found.answers[:, -1].min() == 1
    assert (found.sureness >= 0.5).all()
    numbers = boundary(by_mark, "hours", "sleep", "knn", Options(k=5))
    assert numbers.sureness is None and numbers.answers[:, -1].mean() > numbers.answers[:, 0].mean() + 10


def test_roc_and_threshold(by_pass: Problem):
    answers = held_out_answers(by_pass, "logistic")
    assert answers.shape == (120, 2) and answers.sum(axis=1) == pytest.approx(1)
    false, true, _, area = roc(by_pass.y, answers[:, 1])
    assert area > 0.9 and (false[0], true[0], false[-1], true[-1]) == (0, 0, 1, 1)
    everyone, nobody = (at_threshold(by_pass.y, answers[:, 1], limit) for limit in (0.0, 1.01))
    assert everyone["recall"] == 1 and everyone["misses"] == 0
    assert nobody["hits"] == nobody["false alarms"] == 0
    half = at_threshold(by_pass.y, answers[:, 1], 0.5)
    assert half["hits"] + half["misses"] + half["false alarms"] + half["rightly left"] == 120


def test_what_decides_is_found(by_mark: Problem, by_pass: Problem):
    found = explain(by_mark, "forest")
    assert found.importance["feature"].iloc[0] == "hours"
    assert found.importance["loss"].iloc[0] > 5 * abs(found.importance.set_index("feature")["loss"]["sleep"])
    values, answers = dependence(found, "hours")
    assert answers[-1] > answers[0] + 10 and len(values) == len(answers)
    places, by_place = dependence(found, "place")
    assert places[int(np.argmax(by_place))] == "school"
    assert coefficients_of(found.fitted, found.problem) is None
    logistic = explain(by_pass, "logistic")
    values, answers = dependence(logistic, "hours")
    assert answers.min() >= 0 and answers[-1] > answers[0]


def test_odds_ratios_are_of_the_second_class(by_pass: Problem):
    fitted = build("logistic", by_pass).fit(by_pass.features, by_pass.y)
    table = odds_ratios(fitted, by_pass).set_index("column")
    assert table.loc["hours", "odds ratio"] > 10 and set(table["of"]) == {"yes"}
    assert np.log(table["odds ratio"]).to_numpy() == pytest.approx(table["coefficient"].to_numpy())
    assert set(table["against"]) == {"no"}


def test_odds_of_three_classes_are_of_one_against_the_first():
    three = with_classes({"A": 60, "B": 60, "C": 60})
    fitted = build("logistic", three).fit(three.features, three.y)
    odds = odds_ratios(fitted, three).set_index(["of", "column"])["odds ratio"]
    assert set(odds.index.get_level_values("of")) == {"B", "C"}
    # By definition: the odds of C against A one deviation of x farther on.
    step = three.features["x"].std(ddof=0)
    rows = pd.DataFrame({"x": [0.0, step], "z": [0.0, 0.0]})
    chances = fitted.predict_proba(rows)
    assert odds["C", "x"] == pytest.approx((chances[1, 2] / chances[1, 0]) / (chances[0, 2] / chances[0, 0]))


def test_a_column_called_as_a_category_would_be():
    random = np.random.default_rng(1)
    grade = random.choice(["A", "B", "C"], 90)
    frame = pd.DataFrame({"grade": grade, "grade_B": random.normal(size=90), "grade = B": random.normal(size=90)})
    problem = make_problem(finished(frame.assign(y=random.normal(size=90)), "t", 90, [], {}), "y")
    names = ["grade_B", "grade = B", "grade = B (category)", "grade = C"]
    fit = fit_least_squares(problem)
    assert list(fit.terms.index) == ["const", *names] and fit.references == {"grade": "A"}
    fitted = build("linear", problem).fit(problem.features, problem.y)
    assert names_out(fitted[:-1]) == names and set(coefficients_of(fitted, problem)["column"]) == set(names)
    assert references_of(fitted[:-1]) == {"grade": "A"}
    assert len(coefficient_path(problem, "ridge", points=3).names) == 5


def test_the_category_compared_with_is_the_first_that_is_not_rare():
    frame = pd.DataFrame({"x": np.arange(300.0) % 7, "place": ["a"] + ["b"] * 150 + ["c"] * 149})
    problem = make_problem(finished(frame.assign(y=np.arange(300.0) ** 0.5), "t", 300, [], {}), "y")
    fit = fit_least_squares(problem)
    assert fit.references == {"place": "b"} and list(fit.terms.index)[-2:] == ["place = c", "place = rare ones"]


def test_least_squares_leaves_out_rows_that_lack_numbers_or_says_that_they_were_filled():
    random = np.random.default_rng(1)
    x = random.normal(size=60)
    frame = pd.DataFrame({"x": x, "w": random.normal(size=60), "y": 3 * x + random.normal(size=60)})
    frame.loc[:9, "x"] = np.nan
    fit = fit_least_squares(make_problem(finished(frame, "t", 60, [], {}), "y"))
    whole = fit_least_squares(make_problem(finished(frame[10:], "t", 50, [], {}), "y"))
    assert fit.note == "10 of 60 rows lack a number and are left out here." and whole.note == ""
    assert len(fit.residuals) == 50 and np.allclose(fit.terms, whole.terms, equal_nan=True)
    frame.loc[:39, "x"] = np.nan
    fit = fit_least_squares(make_problem(finished(frame, "t", 60, [], {}), "y"))
    assert len(fit.residuals) == 60
    assert fit.note.startswith("40 missing numbers were filled with the median, for only 20 of 60 rows are complete")
