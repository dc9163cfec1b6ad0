"""Pipelines are kept and opened, pickles refused, and the script repeats what the page did."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import skops.io

from fer.errors import ModelError
from fer.regression.bundled import bundled_table
from fer.regression.class_scores import join_scores
from fer.regression.comparing import compare, fit
from fer.regression.keeping import keep, notebook_of, open_kept, script_of
from fer.regression.kept_parts import LOADERS, PARTS, PLAIN, TRUSTED, parts_in
from fer.regression.models import MODELS, NETWORK, Options, build, models_for
from fer.regression.problem import Problem, make_problem
from fer.regression.tables import Table, finished, pasted, read_table


def wide_tables() -> dict[str, Problem]:
    """A number, two classes and three, from so many columns that some are chosen."""
    random = np.random.default_rng(4)
    columns: dict[str, object] = {f"x{n}": random.normal(size=60) for n in range(205)}
    columns |= {"kind": ["a", "b", "c"] * 20, "y": random.normal(size=60)}
    columns |= {"two": ["no", "yes"] * 30, "three": ["p", "q", "r"] * 20}
    table = finished(pd.DataFrame(columns), "wide.csv", 60, [], {})
    features = [name for name in columns if name[0] in "xk"]
    return {target: make_problem(table, target, features) for target in ("y", "two", "three")}


@pytest.fixture(scope="module")
def kept_files(by_mark: Problem, by_pass: Problem) -> list[tuple[str, Problem, Any, bytes]]:
    """Every model of narrow tables and wide ones, fitted, and its file."""
    files = []
    for problem in (by_mark, by_pass, *wide_tables().values()):
        for name in models_for(problem.task):
            if name != NETWORK:
                fitted, _ = fit(build(name, problem), problem)
                files.append((name, problem, fitted, keep(fitted, problem, MODELS[name].title)))
    return files


def test_every_model_is_kept_and_predicts_the_same(kept_files: list[tuple[str, Problem, Any, bytes]]):
    for name, problem, fitted, data in kept_files:
        kept = open_kept(data, "own.skops")
        assert (kept.target, kept.classes, kept.kinds) == (problem.target, problem.classes, problem.kinds)
        # A forest's threads add up its trees in any order.
        assert np.allclose(kept.pipeline.predict(problem.features), fitted.predict(problem.features)), name


def test_no_more_is_trusted_than_the_models_need(kept_files: list[tuple[str, Problem, Any, bytes]]):
    unknown: set[str] = set()
    found: set[tuple[str, str]] = set()
    for *_, data in kept_files:
        unknown |= set(skops.io.get_untrusted_types(data=data))
        found |= set(parts_in(json.loads(zipfile.ZipFile(io.BytesIO(data)).read("schema.json"))))
    assert unknown == TRUSTED
    assert {part for _, part in found} - PLAIN == PARTS
    assert {loader for loader, _ in found} == LOADERS


def document(pipeline: Any) -> dict[str, Any]:
    return {
        "schema": 1, "pipeline": pipeline, "name": "x.csv", "target": "y", "classes": [], "kinds": {"x": "number"},
        "model": "Ridge",
    }  # fmt: skip


def with_schema(data: bytes, change: Callable[[str], str]) -> bytes:
    """Change what a skops file says of itself, as a stranger may."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            text = old.read(part)
            new.writestr(part, change(text.decode()).encode() if part == "schema.json" else text)
    return out.getvalue()


def test_a_command_in_a_pipeline_is_refused_and_not_run(tmp_path: Path):
    from sklearn.dummy import DummyRegressor
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer
    from sklearn.utils import _testing

    marker = tmp_path / "marker"
    # A table given as a command is the list of its columns' names.
    rows = pd.DataFrame({f"touch {marker}": np.zeros(3)})
    command = FunctionTransformer(_testing.check_output, kw_args={"shell": True})
    pipeline = Pipeline([("run", command), ("model", DummyRegressor().fit(rows, np.zeros(3)))])
    data = with_schema(
        skops.io.dumps(document(pipeline)), lambda text: text.replace('"subprocess"', '"sklearn.utils._testing"')
    )
    pipeline.predict(rows)
    assert marker.exists(), "the command would not run anyway"
    marker.unlink()
    assert "sklearn.utils._testing.check_output" in skops.io.get_untrusted_types(data=data)
    with pytest.raises(ModelError, match="which no model here is made of"):
        open_kept(data, "own.skops").pipeline.predict(rows)
    assert not marker.exists()


def test_pipelines_of_parts_that_no_model_has_are_refused():
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_selection import SelectKBest, f_regression
    from sklearn.linear_model import LinearRegression, SGDRegressor
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    own = LinearRegression()
    hidden = ColumnTransformer([("a", Pipeline([("b", FunctionTransformer())]), ["x"])])
    for steps in (
        [("a", FunctionTransformer()), ("model", own)],
        [("a", hidden), ("model", own)],
        [("a", SelectKBest(partial(f_regression, center=False))), ("model", own)],
        [("a", SelectKBest(np.mean)), ("model", own)],
        [("a", SelectKBest(own.fit)), ("model", own)],
        [("model", GridSearchCV(own, {}))],
        [("model", SGDRegressor())],
    ):
        with pytest.raises(ModelError, match="which no model here is made of, so it is not opened"):
            open_kept(skops.io.dumps(document(Pipeline(steps))), "own.skops")
    with pytest.raises(ModelError, match="holds no pipeline"):
        open_kept(skops.io.dumps(document(own)), "own.skops")
    data = skops.io.dumps(document(Pipeline([("model", own)])))
    for old, new, said in (
        ('"protocol": 2', '"protocol": 1', "another version of skops"),
        ('"ObjectNode"', '"ConstructorFromReduceNode"', "ConstructorFromReduceNode"),
    ):
        with pytest.raises(ModelError, match=said):
            open_kept(with_schema(data, lambda text, old=old, new=new: text.replace(old, new)), "own.skops")


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
        (skops.io.dumps({"schema": 1, "pipeline": Path("x")}), "holds pathlib.*, which no model here is made of"),
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


def test_the_script_reads_cells_as_we_do(tmp_path: Path):
    random = np.random.default_rng(4)
    lines = []
    for n, x in enumerate(random.normal(size=80)):
        share, day, income = f"{n % 40 + 30}%", f"{n % 9 + 1:02}.{n % 12 + 1:02}.2024", f"{n % 5 + 1}.{n * 7 % 1000:03}"
        code = ["1234567", "1234568", "7"][n % 3]
        y = f"{x + n % 40 + n % 12 + n % 5 + 2 * (n % 3 == 1):.2f}".replace(".", ",") if n != 17 else "absent"
        lines.append(f"{share};{day};{income};{code if n else ''};{y}")
    (tmp_path / "own.csv").write_text("share;day;income;code;y\n" + "\n".join(lines), encoding="utf-8")
    table = read_table(tmp_path / "own.csv", "own.csv")
    problem = make_problem(table, "y", kinds={"code": "category"}, task="regression")
    assert problem.kinds == {"share": "number", "day": "date", "income": "number", "code": "category"}
    assert len(problem.y) == 79 and problem.features["income"].max() > 5000
    (ours,) = compare(problem, ["lasso"], options=Options(seed=3))
    script = script_of(problem, table, build("lasso", problem, Options(seed=3)), 5, 3)
    assert "from fer" not in script and "import fer" not in script
    assert figures(script, tmp_path)["r2"] == pytest.approx(ours.mean("r2"), abs=6e-5)


def test_the_script_takes_merged_cells_apart_below_empty_rows(tmp_path: Path):
    book = openpyxl.Workbook()
    sheet = book.active
    for place, name in enumerate(("group", "x", "y"), 1):
        sheet.cell(3, place, name)
    for n in range(40):
        row = 4 + n
        sheet.cell(row, 2, n % 7)
        sheet.cell(row, 3, 5 * (n // 10 % 2) + n % 7 + n * n % 3)
        if n % 10 == 0:
            sheet.cell(row, 1, "ab"[n // 10 % 2])
            sheet.merge_cells(start_row=row, end_row=row + 9, start_column=1, end_column=1)
    book.save(tmp_path / "own.xlsx")
    table = read_table(tmp_path / "own.xlsx", "own.xlsx")
    problem = make_problem(table, "y", task="regression")
    assert problem.kinds == {"group": "category", "x": "number"} and not problem.features["group"].isna().any()
    (ours,) = compare(problem, ["ridge"])
    script = script_of(problem, table, build("ridge", problem), 5, 1)
    assert figures(script, tmp_path)["r2"] == pytest.approx(ours.mean("r2"), abs=6e-5)


def test_the_script_carries_a_table_that_was_made_here(tmp_path: Path):
    minutes = "".join(f"{60 * n},{18 + n % 3},{0.4 + n % 7 / 20:.2f},topic\n" for n in range(24))
    quiz = "".join(f"{n},{0.3 + n % 7 / 15 + n % 2 / 20:.3f}\n" for n in range(24))
    table, score = join_scores(
        pasted("t_s,present,engagement,topic\n" + minutes, "class.csv"), pasted("minute,score\n" + quiz, 'a "quiz".csv')
    )
    problem = make_problem(table, score)
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
