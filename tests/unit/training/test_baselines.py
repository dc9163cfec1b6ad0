"""Baselines learn the small faces, report as a run does, and are not published."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from patterned import patterned_faces, write_npz

from fer.dataset.faceset import FaceSet
from fer.errors import InputError
from fer.faces.scale import InputSpec
from fer.runs import worker
from fer.training.baselines import features_of, fit_baseline
from fer.training.material import DataSource, prepare
from fer.training.publishing import check_publishable
from fer.training.recipe_files import check_recipe
from fer.training.run import new_training_run
from fer.training.summary import curves_of


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "k_nearest", "neighbours": 3, "features": "pixels"},
        {"kind": "k_nearest", "neighbours": 3, "features": "hog"},
        {"kind": "svm", "kernel": "linear", "features": "hog"},
        {"kind": "svm", "kernel": "rbf", "features": "pixels", "c": 10.0},
    ],
    ids=lambda options: f"{options['kind']}-{options['features']}",
)
def test_baselines_learn(options: dict[str, Any]) -> None:
    recipe = check_recipe({"architecture": options, "input_px": 24})
    lines: list[dict[str, Any]] = []
    fit_baseline(prepare(patterned_faces(40, noise=20), recipe), recipe, lines.append)
    assert [line["event"] for line in lines] == ["start", "epoch", "end"]
    assert lines[1]["validation_accuracy"] > 2 / 7, "twice as good as guessing"
    assert sum(map(sum, lines[1]["confusion"])) == 56


def test_a_baseline_is_a_run_and_is_not_published(tmp_path: Path, home: Path) -> None:
    data = write_npz(patterned_faces(20), tmp_path / "data.npz")
    run = new_training_run(
        check_recipe({"architecture": {"kind": "k_nearest"}, "input_px": 24}), DataSource(data=str(data))
    )
    worker.make_ready(run)
    assert worker.main([str(run.folder)]) == 0
    assert run.status().state == "done"
    assert len(curves_of(run).epochs) == 1
    with pytest.raises(InputError, match="is a baseline for comparison"):
        check_publishable(run, "nearest")


def test_a_baseline_is_stopped_while_it_is_fitted(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_npz(patterned_faces(20), tmp_path / "data.npz")
    run = new_training_run(check_recipe({"architecture": {"kind": "svm"}, "input_px": 24}), DataSource(data=str(data)))
    worker.make_ready(run)
    over = threading.Event()

    class Endless:
        def fit(self, features: Any, labels: Any) -> None:
            run.ask_stop()
            over.wait(60)

    monkeypatch.setattr("fer.training.baselines.classifier_of", lambda options: Endless())
    assert worker.main([str(run.folder)]) == 0
    assert not over.is_set() and run.status().state == "stopped"
    assert not curves_of(run).epochs
    over.set()


def test_a_baseline_is_stopped_between_faces_and_goes_on(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_npz(patterned_faces(40), tmp_path / "data.npz")
    nearest = check_recipe({"architecture": {"kind": "k_nearest"}, "input_px": 24})
    run = new_training_run(nearest, DataSource(data=str(data)))
    parts: list[int] = []

    def describe(faces: FaceSet, spec: InputSpec, kind: str) -> Any:
        parts.append(len(faces))
        run.ask_stop()
        return features_of(faces, spec, kind)

    with monkeypatch.context() as patched:
        patched.setattr("fer.training.baselines.AT_ONCE", 50)
        patched.setattr("fer.training.baselines.features_of", describe)
        worker.make_ready(run)
        worker.main([str(run.folder)])
    assert parts == [50] and run.status().state == "stopped"
    worker.make_ready(run)
    worker.main([str(run.folder)])
    assert run.status().state == "done" and len(curves_of(run).epochs) == 1


def test_a_fit_that_fails_says_why() -> None:
    class Failing:
        def fit(self, features: Any, labels: Any) -> None:
            raise MemoryError

    recipe = check_recipe({"architecture": {"kind": "svm"}, "input_px": 24})
    material = prepare(patterned_faces(10), recipe)
    with pytest.MonkeyPatch.context() as patched, pytest.raises(MemoryError):
        patched.setattr("fer.training.baselines.classifier_of", lambda options: Failing())
        fit_baseline(material, recipe, lambda line: None)
