"""Training on drawn faces, for real: learning, stopping and going on, exporting, and what ships against its source."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("small_training.py")

pytestmark = pytest.mark.slow


def in_own_process(what: str, home: Path) -> Any:
    result = subprocess.run(
        [sys.executable, str(SCRIPT), what, str(home)],
        env={**os.environ, "FER_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return json.loads(result.stdout.split("RESULT")[1])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return in_own_process("train", tmp_path_factory.mktemp("training"))


def test_it_learns_drawn_faces(trained: dict[str, Any]) -> None:
    losses = trained["losses"][0]
    assert losses[-1] < losses[0]
    assert trained["whole"][-1]["training_accuracy"] > 2 / 7, "twice as good as guessing"


def test_stopped_and_resumed_is_as_if_it_had_not_stopped(trained: dict[str, Any]) -> None:
    assert trained["stopped_is_none"] and trained["epochs_before"] == 1
    assert trained["epochs"] == [1, 2, 3, 4]
    assert trained["losses"][0] == pytest.approx(trained["losses"][1], rel=1e-3)
    assert trained["weights_gap"] < 1e-3


def test_the_worker_leaves_a_model_and_a_line_an_epoch(trained: dict[str, Any]) -> None:
    assert trained["states"] == ["stopped", "done"], "asked to stop before it began, then started again"
    assert trained["metrics"] == 4
    assert trained["checkpoints"] == 2, "weights and average of the last epoch alone"


def test_what_is_published_answers_as_keras_does(trained: dict[str, Any]) -> None:
    published = trained["published"]
    assert published["gap"] <= 1e-4
    entry = published["entry"]
    assert entry["figures"]["PublicTest"]["n"] == 84
    assert entry["input"]["h"] == 44 and entry["output"] == "logits"
    assert 0.2 <= entry["unsure_below"] <= 0.8
    assert sum(entry["neutral"].values()) == pytest.approx(1, abs=1e-3)


def test_a_refused_export_leaves_the_model_of_that_name_as_it_was(trained: dict[str, Any]) -> None:
    assert "at most 6 MB" in trained["published"]["refused"]
    assert trained["published"]["untouched"]


def test_every_shipped_model_answers_as_its_keras_file_does(tmp_path: Path) -> None:
    gaps = in_own_process("shipped", tmp_path)
    assert gaps, "models/manifest.json lists none"
    assert max(gaps.values()) <= 1e-4, gaps
