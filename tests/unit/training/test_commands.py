"""``python -m fer train, runs, publish``: as typed, with a kill -9 in between, and refused with a sentence."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from patterned import patterned_faces, write_npz

from fer.errors import InputError, StorageError
from fer.runs import worker
from fer.runs.folder import Run, all_runs
from fer.settings import ROOT
from fer.training.material import DataSource, identity_of
from fer.training.recipe_files import check_recipe, read_recipe
from fer.training.run import new_training_run, recipe_of
from fer.training.summary import curves_of

SMALL = ["--recipe", "quick", "--set", "input_px=24", "--set", "epochs=60", "--set", "architecture.kind=softmax"]


def fer(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fer", *words]
    return subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_npz(patterned_faces(40), tmp_path / "patterned.npz")


@pytest.mark.slow
@pytest.mark.timeout(900)  # eight processes, one after the other, four of which load TensorFlow
def test_killed_at_any_moment_it_goes_on_and_is_published(home: Path, data: Path) -> None:
    command = [sys.executable, "-m", "fer", "train", str(data), *SMALL]
    typing = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 120
    while not (all_runs() and len(curves_of(all_runs()[0]).epochs) >= 2):
        assert time.monotonic() < end and typing.poll() is None
        time.sleep(0.02)
    run = all_runs()[0]
    refused = fer("train", "--resume", "--run", run.id)
    assert (refused.returncode, "is being worked on already" in refused.stderr) == (2, True), "two workers on one run"
    psutil.Process(run.status().pid).kill()
    said, _ = typing.communicate(timeout=60)
    done = len(curves_of(run).epochs)
    assert 2 <= done < 60
    assert "interrupted" in said and f"Go on with: python -m fer train --resume --run {run.id}" in said

    resumed = fer("train", str(data), "--resume")
    assert resumed.returncode == 0, resumed.stderr
    first = int(re.search(r"epoch +(\d+):", resumed.stdout)[1])  # type: ignore[index]
    assert done <= first <= done + 1, "at most the epoch at work was lost"
    assert [line["epoch"] for line in curves_of(run).epochs] == list(range(1, 61))

    listed = fer("runs")
    assert f"{run.id}  done" in listed.stdout and "softmax, epoch 60 of 60" in listed.stdout
    shown = fer("runs", run.id)
    assert "recall: angry" in shown.stdout and "validation" in shown.stdout
    published = fer("publish", run.id, "--name", "my-model")
    assert published.returncode == 0, published.stderr
    assert "my-model, PublicTest:" in published.stdout
    assert "my-model (face)" in fer("models", "--verify").stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["train"], "Name the data to learn from"),
        (["train", "none.csv"], "none.csv: there is no such file"),
        (["train", "demo", "--recipe", "fast"], "fast is neither a file nor a preset"),
        (["train", "demo", "--set", "epoch=3"], "There is no field epoch; did you mean epochs?"),
        (["train", "demo", "--set", "epochs"], "--set takes key=value"),
        (["train", "demo", "--run", "x"], "--run names a run to go on with: add --resume"),
        (["train", "--resume"], "There is no unfinished training"),
        (["train", "--resume", "--run", "x"], "There is no such run"),
        (["train", "--resume", "--recipe", "quick"], "--resume goes on with the run's own recipe"),
        (["publish", "x", "--name", "y"], "There is no such run"),
        (["runs", "--stop"], "Name the run to stop"),
        (["neutral", "none.npz", "--usage", "Test"], "--usage is one of Training, PublicTest, PrivateTest"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    home: Path, words: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fer.cli import main

    monkeypatch.setattr(sys, "argv", ["fer", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def made(data: Path) -> Run:
    return new_training_run(read_recipe("quick"), DataSource(data=str(data)))


def test_other_data_at_resume_is_refused_with_the_difference(
    home: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fer.cli import main

    run = made(data)
    (run.artifacts / "data.json").write_text(json.dumps(identity_of(DataSource(data=str(data)).open())))
    run.update(state="stopped")
    other = write_npz(patterned_faces(30), tmp_path / "other.npz")
    monkeypatch.setattr(sys, "argv", ["fer", "train", str(other), "--resume", "--run", run.id])
    with pytest.raises(SystemExit):
        main()
    assert "other.npz is not the data that this run began with (patterned.npz): it had 280 rows and has 210" in (
        capsys.readouterr().err
    )


def test_a_run_of_another_version_is_said(home: Path, data: Path) -> None:
    run = Run.create("training", "train", {"data": str(data), "recipe": {"widths": [8], "peak_lr": 0.1}})
    with pytest.raises(InputError, match="made by another version of Classmood: its recipe: There is no field widths"):
        recipe_of(run)
    worker.make_ready(run)
    worker.main([str(run.folder)])
    assert run.status().state == "failed" and "another version" in run.status().message


def test_a_half_written_run_is_listed_with_what_is_wrong(home: Path, data: Path) -> None:
    whole, broken = made(data), made(data)
    (broken.folder / "status.json").write_text('{"schema": 1, "ki')
    with (whole.folder / "metrics.jsonl").open("w") as out:
        out.write('{"event": "start", "epoch": 1, "validation": "PublicTest"}\n{"event": "epo')
    listed = fer("runs").stdout
    assert f"{whole.id}  queued" in listed
    assert "status.json is missing or damaged" in listed


def test_a_damaged_run_does_not_keep_others_from_going_on(
    home: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fer.cli import main

    unfinished, broken = made(data), made(data)
    unfinished.update(state="stopped")
    (broken.folder / "status.json").write_text('{"schema": 1, "ki')
    begun: list[str] = []
    monkeypatch.setattr("fer.runs.worker.start", lambda run: begun.append(run.id))
    monkeypatch.setattr(sys, "argv", ["fer", "train", "--resume"])
    with pytest.raises(SystemExit):
        main()
    assert begun == [unfinished.id]
    assert f"Left out: run {broken.id}: status.json is missing or damaged" in capsys.readouterr().err


def test_a_baseline_is_shown_without_a_verdict(home: Path, data: Path) -> None:
    run = made(data)
    run.append_metric({"event": "start", "epoch": 1, "validation": "PublicTest"})
    confusion = [[1 if row == column else 0 for column in range(7)] for row in range(7)]
    figures = {"seen_accuracy": 1.0, "validation_accuracy": 1.0, "confusion": confusion, "seconds": 2.0}
    run.append_metric({"event": "epoch", "epoch": 1, **figures, "best": True})
    shown = fer("runs", run.id)
    assert "recall: angry 100%" in shown.stdout and "early" not in shown.stdout.lower(), shown.stderr


def test_runs_are_stopped_paused_and_deleted(home: Path, data: Path) -> None:
    run = made(data)
    fer("runs", run.id, "--pause")
    assert run.pause_asked()
    fer("runs", run.id, "--pause", "--stop")
    assert not run.pause_asked() and run.stop_asked()
    assert run.bytes_used() > 300
    fer("runs", run.id, "--delete")
    assert not run.folder.exists()


@pytest.mark.parametrize(("kind", "sentence"), [
    ("training", "is a baseline (k_nearest): it is fitted in one go and cannot be paused"),
    ("rate_finder", "is no training: only trainings can be paused"),
])  # fmt: skip
def test_what_cannot_be_paused_says_so(
    home: Path,
    data: Path,
    kind: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from fer.cli import main

    recipe = check_recipe({"architecture": {"kind": "k_nearest"}})
    run = new_training_run(recipe, DataSource(data=str(data)), kind)
    monkeypatch.setattr(sys, "argv", ["fer", "runs", run.id, "--pause", "--stop"])
    with pytest.raises(SystemExit):
        main()
    assert sentence in capsys.readouterr().err
    assert not run.pause_asked() and not run.stop_asked()


def test_finders_and_what_published_are_listed(
    home: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fer.cli import main

    finder = new_training_run(read_recipe("quick"), DataSource(data=str(data)), "rate_finder")
    (finder.artifacts / "rate.json").write_text('{"schema": 1, "rate": 0.0321, "notes": ["Batches of 16."]}')
    Run.create("publishing", "quick", {"run": finder.id, "name": "mine"})
    for words in (["runs"], ["runs", finder.id]):
        monkeypatch.setattr(sys, "argv", ["fer", *words])
        with pytest.raises(SystemExit):
            main()
    said = capsys.readouterr().out
    assert "learning-rate finder, book_cnn, found 0.032" in said and f"publishing {finder.id} as mine" in said
    assert "Batches of 16." in said


def test_a_folder_that_cannot_be_written(home: Path, data: Path) -> None:
    blocked = home / "runs"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="cannot be written"):
        made(data)
