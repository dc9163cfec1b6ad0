"""``python -m fer speech`` and ``python -m fer.audio``, as a person types them."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

from fer.emotions import EMOTIONS
from fer.settings import ROOT

SAMPLES = ROOT / "fer" / "audio" / "sample_sounds"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True,
        encoding="utf-8",
    )  # fmt: skip
    assert "Traceback" not in result.stderr, result.stderr
    return result


def test_recordings_as_json_follow_the_contract(tmp_path: Path) -> None:
    notes = tmp_path / "notes.wav"
    notes.write_text("not a recording")
    result = run("fer", "speech", SAMPLES / "a-lesson.flac", notes, SAMPLES / "an-even-voice.flac", "--json", "-")
    assert result.returncode == 2, "one input failed"
    document = json.loads(result.stdout)
    assert document["schema"] == 1
    lesson, bad, even = document["files"]
    assert {"input", "duration_s", "emotion", "confidence", "unsure", "probabilities", "windows"} <= set(lesson)
    assert list(lesson["probabilities"]) == list(EMOTIONS) and len(lesson["windows"]) > 5
    assert set(bad) == {"input", "error"} and "not a recording that can be read" in bad["error"]
    assert len(even["windows"]) == 1
    assert "notes.wav" in result.stderr and "a-lesson.flac: " in result.stderr, "lines for people go elsewhere"


def test_a_folder_and_a_table(tmp_path: Path) -> None:
    result = run("fer", "speech", SAMPLES, "--csv", tmp_path / "out.csv")
    assert result.returncode == 0, result.stderr
    with (tmp_path / "out.csv").open(encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    assert sum(row["window"] == "0" for row in rows) == 3
    assert all(row["emotion"] in EMOTIONS for row in rows)


def test_an_input_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes((SAMPLES / "an-even-voice.flac").read_bytes())
    result = run("fer", "speech", path, "--json", path)
    assert result.returncode == 2 and "would be overwritten" in result.stderr
    assert path.read_bytes() == (SAMPLES / "an-even-voice.flac").read_bytes()


def test_an_unknown_model_ends_in_a_sentence() -> None:
    result = run("fer", "speech", SAMPLES / "an-even-voice.flac", "--model", "nope")
    assert result.returncode == 2 and "no speech model is called nope" in result.stderr


def test_training_without_corpora_ends_in_a_sentence(tmp_path: Path) -> None:
    result = run("fer.audio", "compare", tmp_path)
    assert result.returncode == 2 and "holds no speech corpus" in result.stderr
