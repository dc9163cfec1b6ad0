"""Training, publishing and comparing for real, on a few sentences."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fer.emotions import EMOTIONS
from fer.errors import DataError
from fer.runs import worker
from fer.runs.folder import Run, all_runs
from fer.text.comparison import ComparisonConfig, new_comparison_run, results_of
from fer.text.file_job import new_file_run, summary_of
from fer.text.samples import CHAT, SENTENCES

SCRIPT = Path(__file__).with_name("small_text_training.py")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("text-training")
    result = subprocess.run(
        [sys.executable, str(SCRIPT), str(folder)],
        env={**os.environ, "FER_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return dict(json.loads(result.stdout.split("RESULT")[1]))


@pytest.mark.slow
def test_the_worker_leaves_a_model_that_answers_as_keras_does(trained: dict[str, Any]):
    assert trained["states"] == ["stopped", "done"]
    assert trained["artifacts"] == ["model.json", "model.onnx", "vocabulary.json"]
    assert trained["gap"] <= 1e-4
    assert trained["metrics"] >= 4


@pytest.mark.slow
def test_it_is_published_beside_the_one_that_ships(trained: dict[str, Any]):
    entry = trained["entry"]
    assert trained["listed"][-1] == "small"
    assert trained["default"] != "small"
    assert entry["figures"]["GoEmotions dev"]["n"] == 53
    assert entry["figures"]["GoEmotions dev"]["several"] == 1
    assert entry["figures"]["CARER validation"]["lacking"] == ["angry", "disgust", "fear", "surprise", "neutral"]
    assert set(entry["figures"]["CARER validation"]["recall"]) == {"happy", "sad"}
    assert "research and education" in entry["licence"] and "GloVe" in entry["licence"]
    assert "--carer carer.txt --vectors vectors.txt" in entry["command"]
    assert trained["sums"] == pytest.approx([1, 1], abs=1e-5)
    assert dict(zip(EMOTIONS, trained["groups"], strict=True)) == {
        "angry": 3, "disgust": 1, "fear": 2, "happy": 12, "sad": 5, "surprise": 4, "neutral": 1,
    }  # fmt: skip


def done(run: Run) -> Run:
    assert worker.main([str(run.folder)]) == 0, run.status().message
    return run


@pytest.mark.parametrize("features", ["words", "characters", "all"])
def test_models_are_compared_on_our_own_sentences(home: Path, features: str):
    config = ComparisonConfig(path="", name="ours", kinds=["naive_bayes", "logistic", "svm"], features=features)
    results = results_of(done(new_comparison_run(None, config)))
    assert results is not None
    assert (results["n_train"], results["n_test"]) == (78, 27)
    assert [one["kind"] for one in results["models"]] == ["naive_bayes", "logistic", "svm"]
    for model in results["models"]:
        assert sum(map(sum, model["confusion"])) == 27
        diagonal = sum(model["confusion"][place][place] for place in range(7))
        assert model["accuracy"] == pytest.approx(diagonal / 27, abs=1e-3)
        assert model["accuracy"] > 1 / 7, "better than guessing"
        assert all(mistake["people"] != mistake["model"] for mistake in model["mistakes"])


def test_an_upload_is_compared_and_goes_with_its_run(home: Path, tmp_path: Path):
    table = tmp_path / "own.csv"
    rows = [f'"{text}",{emotion}' for emotion in ("happy", "sad") for text in SENTENCES[emotion]] * 2
    table.write_text("text,emotion\n" + "\n".join(rows) + "\nhugs,love\nyuck,disgust\n")
    config = ComparisonConfig(path="", name="own.csv", kinds=["logistic"])
    with table.open("rb") as upload:
        run = new_comparison_run(upload, config)
    results = results_of(done(run))
    assert results is not None
    assert "love (1)" in results["note"]
    (model,) = results["models"]
    assert model["accuracy"] > 0.9, "each sentence is there twice"
    there = [model["per_class"][name]["f1"] for name in ("happy", "sad")]
    assert model["macro_f1"] == pytest.approx(sum(there) / 2, abs=1e-3), "no test message has the single disgust"
    run.delete()
    assert all_runs() == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n", "expected a column"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"text,label\nhi,love\n", "none of its labels"),
    ],
)
def test_an_upload_that_cannot_be_learned_from_leaves_nothing(home: Path, tmp_path: Path, content: bytes, said: str):
    (tmp_path / "own.csv").write_bytes(content)
    with (tmp_path / "own.csv").open("rb") as upload, pytest.raises(DataError, match=said):
        new_comparison_run(upload, ComparisonConfig(path="", name="own.csv", kinds=["svm"]))
    assert all_runs() == []


def test_too_few_messages_end_in_a_sentence(home: Path, tmp_path: Path):
    (tmp_path / "own.csv").write_text("text,label\nhi,joy\nho,anger\n")
    run = new_comparison_run(tmp_path / "own.csv", ComparisonConfig(path="", name="own.csv", kinds=["svm"]))
    assert worker.main([str(run.folder)]) == 1
    assert "expected at least 40 messages" in run.status().message


def test_a_file_of_messages_is_read_by_a_worker(home: Path, tmp_path: Path):
    path = tmp_path / "chat.txt"
    path.write_text(CHAT * 40, encoding="utf-8")
    with path.open("rb") as upload:
        run = done(new_file_run(upload, "chat.txt", None, persons=False))
    summary = summary_of(run)
    assert summary is not None
    assert summary["messages"] == 880
    assert sum(summary["counts"].values()) == summary["read"]
    assert len(summary["first"]) == 500
    assert all("person" not in one for one in summary["first"])
    assert len(json.loads((run.artifacts / "messages.json").read_text(encoding="utf-8"))["messages"]) == 880
    assert (run.artifacts / "messages.csv").read_text(encoding="utf-8").count("\n") == 881
