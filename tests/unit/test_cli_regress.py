"""``python -m fer regress`` as a person types it: in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def fer(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fer", "regress", *map(str, arguments)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=dict(os.environ), check=False)
    assert "Traceback" not in result.stderr, result.stderr
    return result


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "marks.csv"
    rows = [f"{n};{n % 7},5;{3 * (n % 7) + n % 3};{3 * (n % 7) + n % 3}" for n in range(80)]
    path.write_text("no;hours;mark;copy\n" + "\n".join(rows), encoding="utf-8")
    return path


def test_figures_as_json_and_as_a_table(table: Path):
    result = fer(table, "--target", "mark", "--model", "linear", "--model", "k-nn", "--json", "-")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert list(document) == ["schema", "target", "task", "folds", "models"]
    assert [document[key] for key in ("schema", "target", "task", "folds")] == [1, "mark", "regression", 5]
    assert [list(one) for one in document["models"]] == [["name", "metrics", "fit_s"]] * 2
    assert [one["name"] for one in document["models"]] == ["linear", "knn"]
    assert list(document["models"][0]["metrics"]) == ["r2", "rmse", "mae"]
    assert document["models"][0]["metrics"]["r2"]["mean"] > 0.9
    assert set(document["models"][0]["metrics"]["mae"]) == {"mean", "std"}
    assert "Leak: copy is a copy of mark" in result.stderr
    assert "Best: " in result.stderr and "± " in result.stderr


def test_a_bundled_table_into_a_file(tmp_path: Path):
    out = tmp_path / "out.json"
    result = fer("bundled:iris", "--target", "species", "--model", "logistic", "--folds", "3", "--json", out)
    assert result.returncode == 0, result.stderr
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document["folds"] == 3 and set(document["models"][0]["metrics"]) == {"auc", "accuracy", "f1", "log_loss"}
    assert "species (classes setosa, versicolor, virginica)" in result.stdout


def test_a_model_that_cannot_be_fitted_is_named_and_the_others_judged(tmp_path: Path):
    # All 250 features vary in the first row alone, which one fold holds out.
    path = tmp_path / "own.csv"
    lines = [",".join(["1" if n == 0 else "0"] * 250 + [f"{n * n % 17}.5"]) for n in range(40)]
    path.write_text(",".join([*(f"c{n}" for n in range(250)), "y"]) + "\n" + "\n".join(lines), encoding="utf-8")
    result = fer(path, "--target", "y", "--model", "ridge", "--model", "baseline", "--json", "-")
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert [one["name"] for one in document["models"]] == ["baseline"]
    assert document["notes"][0] in result.stderr and document["notes"][0].startswith("Ridge is left out.")
    result = fer(path, "--target", "y", "--model", "ridge")
    assert result.returncode == 2 and "none of the models can be fitted" in result.stderr


def test_what_cannot_be_used_is_a_sentence_and_exit_code_2(table: Path, tmp_path: Path):
    pickle = tmp_path / "model.pkl"
    pickle.write_bytes(b"\x80\x04\x95")
    for arguments, said in (
        ((table, "--target", "nothing"), "has no column 'nothing'"),
        ((tmp_path / "no.csv", "--target", "mark"), "cannot be read"),
        ((pickle, "--target", "mark"), "is a pickle"),
        ((table, "--target", "mark", "--model", "logistic"), "does not do a regression"),
        ((table, "--target", "mark", "--json", table), "would be overwritten"),
    ):
        result = fer(*arguments)
        assert (result.returncode, result.stdout) == (2, "")
        assert said in result.stderr
