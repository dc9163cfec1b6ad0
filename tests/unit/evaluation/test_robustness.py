"""What a model bears: the first step is the plain accuracy, what was measured is kept, a stop loses one change."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.faceset import FaceSet
from fer.dataset.opening import Opened
from fer.dataset.origin import Origin
from fer.dataset.stages import StopAskedError
from fer.errors import ModelError
from fer.evaluation import robustness
from fer.evaluation.changes import CHANGES, change_named
from fer.evaluation.evaluating import answers
from fer.evaluation.robustness import (
    Asked,
    Borne,
    in_short,
    known_robustness,
    measure_change,
    measure_robustness,
    robustness_as_json,
    sample_of,
)
from fer.evaluation.served import FloatArray, Judged, UInt8Array, judged_model
from fer.settings import ROOT


def by_brightness(faces: UInt8Array) -> FloatArray:
    """A model that reads the label off a face's mean: 20 and a little for the first emotion, 40 for the second, …"""
    place = np.clip(np.rint(faces.mean(axis=(1, 2)) / 20).astype(int) - 1, 0, 6)
    return np.eye(7, dtype=np.float32)[place]


MODEL = Judged("by brightness", by_brightness, by_brightness)


@pytest.fixture
def data(home: Path, tmp_path: Path) -> tuple[Origin, Opened]:
    """Seventy faces whose mean says their label; forty of them to be measured on."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(7, dtype=np.uint8), 10)
    images = (20 * (labels[:, None, None] + 1) + rng.integers(-9, 10, (70, 48, 48))).astype(np.uint8)
    path = tmp_path / "faces.npz"
    np.savez(path, pixels=images, emotion=labels, usage=(np.arange(70) >= 30).astype(np.uint8))
    origin = Origin(data=str(path))
    return origin, origin.open()


def test_the_first_step_is_the_plain_accuracy(data: tuple[Origin, Opened]):
    sample = sample_of(data[1].faces, "PublicTest", 21, 0, "faces")
    assert len(sample) == 21 and set(sample.usage.tolist()) == {1}
    assert np.bincount(sample.labels, minlength=7).tolist() == [3] * 7
    plain = (by_brightness(sample.images).argmax(axis=1) == sample.labels).sum()
    borne = measure_change(MODEL, sample, change_named("dark"))
    assert borne.right[0] == plain == 21
    # At a tenth of the light all means round to the first emotion; a blur leaves means where they are.
    assert borne.right[4] == 3
    assert measure_change(MODEL, sample, change_named("blur")).right == [21] * 6


def test_intervals_and_what_is_lost():
    borne = Borne(change="dark", n=100, right=[80, 80, 60, 40, 20, 0])
    low, high = borne.intervals()[0]
    # Wilson's interval of 80 of 100, from the formula.
    assert (low, high) == pytest.approx((0.7112, 0.8667), abs=5e-4)
    assert borne.intervals()[5][0] == 0
    assert borne.lost == pytest.approx(0.8 - 0.4)
    other = Borne(change="blur", n=100, right=[80, 79, 78, 77, 76, 75])
    assert [title for title, _ in in_short([other, borne])] == ["Darker", "Blurred"]
    told = robustness_as_json([borne])[0]
    assert told["steps"][2] == {"step": "35 %", "right": 60, "accuracy": 0.6, "low": 0.502, "high": 0.6906}


def test_what_was_measured_is_kept_and_a_stop_goes_on(data: tuple[Origin, Opened], monkeypatch: pytest.MonkeyPatch):
    origin, opened = data
    asked = Asked("some model", "PublicTest", 14)
    done: list[str] = []
    real = robustness.measure_change

    def counted(judged: Judged, sample: FaceSet, change, seed, progress) -> Borne:
        if len(done) == 5:
            raise StopAskedError
        done.append(change.name)
        return real(judged, sample, change, seed, progress)

    monkeypatch.setattr(robustness, "measure_change", counted)
    with pytest.raises(StopAskedError):
        measure_robustness(MODEL, asked, origin, opened)
    assert known_robustness(asked, origin, opened) is None
    done.append("so that it goes on")
    measured = measure_robustness(MODEL, asked, origin, opened)
    assert [borne.change for borne in measured] == [change.name for change in CHANGES]
    assert sorted(done[6:] + done[:5]) == sorted(change.name for change in CHANGES)
    assert known_robustness(asked, origin, opened) == measured
    for other in (Asked("another", "PublicTest", 14), Asked("some model", "PublicTest", 15),
                  Asked("some model", "PublicTest", 14, seed=1)):  # fmt: skip
        assert known_robustness(other, origin, opened) is None


def test_a_model_that_answers_nan_is_told_of(data: tuple[Origin, Opened]):
    def nan(faces: UInt8Array) -> FloatArray:
        return np.full((len(faces), 7), np.nan, np.float32)

    with pytest.raises(ModelError, match="no numbers"):
        measure_change(Judged("broken", nan, nan), data[1].faces, CHANGES[0])


def test_the_command_measures_the_model_that_ships(data: tuple[Origin, Opened], tmp_path: Path):
    origin, opened = data
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "fer", "robustness", origin.data, "--usage", "PublicTest", "--faces", "7"]
    run = subprocess.run([*command, "--json", str(out)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    document = json.loads(out.read_text())
    assert document["schema"] == 1 and document["usage"] == "PublicTest"
    (one,) = document["models"]
    sample = sample_of(opened.faces, "PublicTest", 7, 0, "faces")
    right = int((answers(judged_model(None), sample.images).argmax(axis=1) == sample.labels).sum())
    assert [change["steps"][0]["right"] for change in one["changes"]] == [right] * len(CHANGES)
    assert "accuracy, step by step" in run.stdout and "Darker" in run.stdout
    bad = subprocess.run([*command[:-1], "3"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert bad.returncode == 2 and "at least 7" in bad.stderr
