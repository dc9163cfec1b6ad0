"""Training, in a process of its own: a model is judged, exported, entered in a manifest, and answers as it should."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer.audio.classify import open_classifier
from fer.audio.comparison import compare_models
from fer.audio.corpora import read_corpora
from fer.audio.evaluation import evaluate_model
from fer.audio.judging import judge, random_folds, speaker_folds, uar
from fer.audio.models import CANDIDATES, scikit_model
from fer.audio.table import FeatureTable, feature_table
from fer.errors import InputError
from fer.runs.folder import Run
from fer.runs.worker import main


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("speech")
    run = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("small_speech.py")), str(folder)],
        env={**os.environ, "FER_HOME": str(folder / "home"), "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    return folder, json.loads(run.stdout.splitlines()[-1])


@pytest.fixture
def own_home(trained, configure: Callable[..., None]) -> Path:
    """The trained model's folder, with the features that its training kept."""
    folder, _ = trained
    configure(FER_HOME=folder / "home", FER_MODELS=folder / "models")
    return folder


def test_the_entry_says_how_it_was_judged(trained):
    _, told = trained
    entry = told["entry"]
    figures = entry["figures"]["ravdess, speakers left out"]
    # Pitch alone tells these voices apart, whoever speaks.
    assert figures["uar"] > 0.5 and figures["speakers"] == 4 and len(figures["uar_by_fold"]) == 2
    assert 0 <= figures["baseline_uar"] <= 1 and figures["random_split_uar"] > 0.5
    assert 0.1 < entry["temperature"] < 8 and 0.2 <= entry["unsure_below"] <= 0.8
    assert "CC BY-NC-SA" in entry["licence"] and entry["files"]["onnx"]["bytes"] < 6_000_000
    assert told["told"] == sorted(told["told"]) and told["stopped"] is None


def test_the_published_model_answers(trained, own_home: Path):
    clips = read_corpora(own_home / "corpora")
    assert open_classifier().entry.name == "tiny"
    assert evaluate_model(clips)["ravdess"]["uar"] > 0.7


def test_a_network_of_convolutions_is_judged_exported_and_answers_too(trained, own_home: Path):
    _, told = trained
    assert told["cnn"]["input"] == {"rate_hz": 16_000, "functionals": 3200, "description": "patch"}
    assert told["cnn"]["files"]["onnx"]["bytes"] < 100_000
    figures = told["cnn"]["figures"]["ravdess, speakers left out"]
    assert figures["uar"] > 0.3, "twice what guessing gives"
    clips = read_corpora(own_home / "corpora")
    assert evaluate_model(clips, "tiny-cnn")["ravdess"]["uar"] > 0.4


def test_features_are_made_once_and_kept(trained, own_home: Path):
    clips = read_corpora(own_home / "corpora")
    told: list[str] = []
    table = feature_table(clips, 2, lambda share, words: told.append(words))
    assert table is not None and table.takes.shape[:2] == (2, len(clips.clips))
    assert told == [], "nothing was heard again"
    assert not np.array_equal(table.takes[0], table.takes[1])


def test_a_model_that_knows_speakers_gains_by_a_random_split(trained, own_home: Path):
    clips = read_corpora(own_home / "corpora")
    # Rows that tell the speaker and, for each speaker in another code, the emotion.
    random = np.random.default_rng(0)
    speakers = np.unique(clips.speakers, return_inverse=True)[1]
    codes = np.stack([random.permutation(7) for _ in range(4)])
    rows = np.zeros((len(speakers), 28), np.float32)
    rows[np.arange(len(speakers)), 7 * speakers + codes[speakers, clips.emotions]] = 1
    table = FeatureTable(clips, rows[None])
    model = scikit_model(CANDIDATES["neighbours"])
    left_out, shuffled = ([*judge(table, folds, model)][-1] for folds in (speaker_folds(clips), random_folds(clips)))
    truth = clips.emotions
    assert uar(truth, shuffled.scores.argmax(axis=1)) > uar(truth, left_out.scores.argmax(axis=1)) + 0.3


def test_models_are_compared(trained, own_home: Path):
    clips = read_corpora(own_home / "corpora")
    rows = list(compare_models(clips, ["baseline", "logistic"], lambda share, words: None, lambda: False))
    assert [row["model"] for row in rows] == ["baseline", "logistic"]
    for row in rows:
        assert row["figures"]["ravdess"]["n"] == len(clips.clips) and 0 <= row["random_split"]["ravdess"] <= 1
    assert list(compare_models(clips, ["baseline"], lambda share, words: None, lambda: True)) == []
    with pytest.raises(InputError, match="there is no model called oracle, only baseline"):
        list(compare_models(clips, ["oracle"], lambda share, words: None, lambda: False))


def test_a_comparison_is_a_run(trained, own_home: Path):
    from fer.audio.comparison_run import new_comparison

    run = new_comparison(own_home / "corpora", ["baseline", "svm"])
    assert main([str(run.folder)]) == 0
    assert Run.open(run.id).status().state == "done"
    assert [row["model"] for row in run.metrics()[0]] == ["baseline", "svm"]


def test_clips_of_one_emotion_alone_train_nothing(trained, own_home: Path):
    # In a process of its own: this module brings Keras.
    code = f"""
from pathlib import Path
from fer.audio.corpora import Clips, read_corpora
from fer.audio.training import _check
from fer.errors import DataError
clips = read_corpora(Path({str(own_home / "corpora")!r}))
try:
    _check(Clips(tuple(clip for clip in clips.clips if clip.emotion == 3)))
except DataError as problem:
    print(problem)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert "no clip is angry, disgust, fear, sad, surprise, neutral" in run.stdout, run.stderr
