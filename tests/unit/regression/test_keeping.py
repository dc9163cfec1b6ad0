"""Pipelines are kept and opened, pickles refused, and the script repeats what the page did."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import skops.io

from fer.errors import ModelError
from fer.regression.bundled import bundled_table
from fer.regression.comparing import compare
from fer.regression.keeping import keep, notebook_of, open_kept, script_of
from fer.regression.models import MODELS, NETWORK, Options, build, models_for
from fer.regression.problem import Problem, make_problem
from fer.regression.tables import Table, read_table


@pytest.mark.parametrize("which", ["by_mark", "by_pass"])
def test_every_model_is_kept_and_predicts_the_same(which: str, request: pytest.FixtureRequest):
    problem: Problem = request.getfixturevalue(which)
    for name in models_for(problem.task):
        if name == NETWORK:
            continue
        fitted = build(name, problem).fit(problem.features, problem.y)
        kept = open_kept(keep(fitted, problem, MODELS[name].title), "own.skops")
        assert (kept.target, kept.classes, kept.kinds) == (problem.target, problem.classes, problem.kinds)
        # A forest's threads add up its trees in any order.
        assert np.allclose(kept.pipeline.predict(problem.features), fitted.predict(problem.features)), name


class Harmful:
    def __reduce__(self):
        return print, ("this must not run",)


def test_pickles_are_refused_and_not_run(capsys: pytest.CaptureFixture[str]):
    data = pickle.dumps(Harmful())
    for name in ("model.pkl", "model.skops", "model.joblib"):
        with pytest.raises(ModelError, match="is a pickle.*refused"):
            open_kept(data, name)
    with pytest.raises(ModelError, match="is a pickle"):
        open_kept(b"anything", "model.joblib")
    assert capsys.readouterr().out == ""


def test_what_is_not_ours_is_refused(by_mark: Problem):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("a.txt", "a")
    for data, said in (
        (b"no file", "is no .skops file"),
        (archive.getvalue(), "an archive, but no .skops file"),
        (skops.io.dumps({"schema": 2}), "says no schema 1"),
        (skops.io.dumps({"schema": 1, "pipeline": Path("x")}), "not of scikit-learn|damaged"),
    ):
        with pytest.raises(ModelError, match=said):
            open_kept(data, "own.skops")
    whole = keep(build("ridge", by_mark).fit(by_mark.features, by_mark.y), by_mark, "Ridge")
    with pytest.raises(ModelError):
        open_kept(whole[: len(whole) // 2], "own.skops")


def figures(script: str, folder: Path) -> dict[str, float]:
    (folder / "script.py").write_text(script, encoding="utf-8")
    done = subprocess.run([sys.executable, "script.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return {line.split(":")[0]: float(line.split()[1]) for line in done.stdout.splitlines()}


def saved(folder: Path) -> Table:
    random = np.random.default_rng(4)
    days = [f"2024-0{1 + n % 9}-1{n % 10}" for n in range(80)]
    rows = [f"{x:.3f};{'ab'[n % 2]};{days[n]};{2 * x + n % 2:.3f}" for n, x in enumerate(random.normal(size=80))]
    text = "x;kind;day;y\n" + "\n".join(rows).replace(".", ",") + "\n;a;2024-01-01;1,5\n"
    (folder / "own.csv").write_text(text, encoding="utf-8")
    return read_table(folder / "own.csv", "own.csv")


def test_the_script_repeats_the_figures(tmp_path: Path):
    table = saved(tmp_path)
    problem = make_problem(table, "y")
    assert problem.kinds == {"x": "number", "kind": "category", "day": "date"}
    script = script_of(problem, table, build("ridge", problem), 5, 3)
    (ours,) = compare(problem, ["ridge"], options=Options(seed=3))
    assert figures(script, tmp_path)["r2"] == pytest.approx(ours.mean("r2"), abs=6e-5)


NAMES = {"no header": "", "same, none and long": f"a;a;;{'long ' * 30}\n"}


@pytest.mark.parametrize("header", NAMES)
def test_the_script_calls_columns_as_we_do_and_leaves_out_single_rows(header: str, tmp_path: Path):
    random = np.random.default_rng(4)
    lines = [f"{x:.3f};{x + n % 3:.3f};{n % 2};{n % 3 + 1}" for n, x in enumerate(random.normal(size=90))]
    (tmp_path / "own.csv").write_text(NAMES[header] + "\n".join(lines) + "\n0.1;0.2;0;7\n0.1;0.2;0;\n")
    table = read_table(tmp_path / "own.csv", "own.csv")
    problem = make_problem(table, table.frame.columns[-1], task="classification")
    assert problem.classes == ("1", "2", "3") and len(problem.kinds) == 3 and len(problem.target) <= 80
    (ours,) = compare(problem, ["logistic"])
    script = script_of(problem, table, build("logistic", problem), 5, 1)
    assert figures(script, tmp_path)["accuracy"] == pytest.approx(ours.mean("accuracy"), abs=6e-5)


def test_the_script_reads_a_sheet_whose_names_repeat(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.append(["x", "x", None, "y", None])
    for n in range(40):
        book.active.append([n % 7, n % 5, "ab"[n % 2], 2 * (n % 7) + n % 3 + 0.5, None])
    book.active.cell(1, 6).number_format = "0.00"
    book.save(tmp_path / "own.xlsx")
    table = read_table(tmp_path / "own.xlsx", "own.xlsx")
    problem = make_problem(table, "y")
    assert list(problem.kinds) == ["x", "x (2)", "column 3"]
    (ours,) = compare(problem, ["ridge"])
    script = script_of(problem, table, build("ridge", problem), 5, 1)
    assert figures(script, tmp_path)["r2"] == pytest.approx(ours.mean("r2"), abs=6e-5)


def test_the_notebook_is_the_same_and_repeats_a_classification(tmp_path: Path):
    table = bundled_table("iris")
    problem = make_problem(table, "species")
    options = (problem, table, build("logistic", problem), 5, 1)
    notebook = json.loads(notebook_of(*options))
    assert notebook["nbformat"] == 4 and len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    code = "\n\n\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code") + "\n"
    assert code == script_of(*options)
    (ours,) = compare(problem, ["logistic"])
    assert figures(code, tmp_path)["accuracy"] == pytest.approx(ours.mean("accuracy"), abs=6e-5)


def test_every_script_is_python(by_mark: Problem, by_pass: Problem, marks: Table):
    for problem in (by_mark, by_pass):
        for name in models_for(problem.task):
            if name != NETWORK:
                compile(script_of(problem, marks, build(name, problem), 5, 1), name, "exec")
