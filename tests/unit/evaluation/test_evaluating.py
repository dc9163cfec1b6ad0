"""The figures of a model on labelled faces, held to what scikit-learn's own report and plain counting say."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import classification_report
from typer.testing import CliRunner

from fer.cli import app
from fer.dataset.demo import demo_faces
from fer.dataset.faceset import FaceSet
from fer.dataset.opening import open_dataset, open_demo
from fer.emotions import EMOTIONS
from fer.errors import DataError, InputError, ModelError
from fer.evaluation.evaluating import BY_CHANCE, DRAWN, SELECTION, answers, evaluate_faces, rows_of
from fer.evaluation.served import judged_model
from fer.registry import find


@pytest.fixture(scope="module")
def some_faces(fer2013: Path) -> FaceSet:
    public = open_dataset(fer2013).faces.split("PublicTest")
    return public.take(np.arange(0, len(public), 12))


def test_the_figures_are_those_of_scikit_learn_and_of_counting(some_faces: FaceSet) -> None:
    judged = judged_model(None)
    result = evaluate_faces(judged, some_faces)
    guesses = answers(judged, some_faces.images).argmax(axis=1)
    report = classification_report(some_faces.labels, guesses, labels=range(7), output_dict=True, zero_division=0)
    assert result["accuracy"] == pytest.approx((guesses == some_faces.labels).mean(), abs=1e-4)
    assert result["macro_f1"] == pytest.approx(report["macro avg"]["f1-score"], abs=1e-4)
    for label, name in enumerate(EMOTIONS):
        mine, theirs = result["per_class"][name], report[str(label)]
        assert mine["n"] == theirs["support"]
        for ours, his in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
            assert mine[ours] == pytest.approx(theirs[his], abs=1e-4)
    confusion = np.array(result["confusion"])
    assert confusion.shape == (7, 7) and confusion.sum() == len(some_faces)
    happy, sad = EMOTIONS.index("happy"), EMOTIONS.index("sad")
    assert confusion[sad, happy] == np.count_nonzero((some_faces.labels == sad) & (guesses == happy))
    assert result["accuracy"] == pytest.approx(np.trace(confusion) / confusion.sum(), abs=1e-4)
    assert 0.55 < result["accuracy"] < result["top2"] and result["ms_per_face"] > 0
    assert result["notes"] == [SELECTION]


def test_twins_of_training_faces_are_left_out_apart() -> None:
    drawn = demo_faces(12)
    public = drawn.split("PublicTest")
    training = drawn.split("Training")
    images = np.concatenate([public.images, training.images, public.images[:3]])
    usage = np.array([1] * len(public) + [0] * (len(training) + 3), np.uint8)
    labels = np.concatenate([public.labels, training.labels, public.labels[:3]])
    whole = FaceSet(images, labels, usage)
    result = evaluate_faces(judged_model(None), rows_of(whole, "PublicTest", "mine"), whole)
    assert result["without_twins"]["n"] == result["n"] - 3


def test_one_row_and_one_class_are_measured_all_the_same() -> None:
    one = demo_faces(2).take(np.array([0]))
    result = evaluate_faces(judged_model(None), one)
    assert result["n"] == 1 and result["accuracy"] in (0.0, 1.0) and np.sum(result["confusion"]) == 1
    assert any("No face is labelled" in note for note in result["notes"])
    same = FaceSet(np.repeat(one.images, 3, axis=0), np.repeat(one.labels, 3), np.repeat(one.usage, 3))
    assert evaluate_faces(judged_model(None), same)["n"] == 3


def test_usages_are_told_apart_and_what_is_missing_is_named() -> None:
    faces = demo_faces(10)
    public, private = (np.count_nonzero(faces.usage == code) for code in (1, 2))
    assert len(rows_of(faces, "test", "drawn")) == public + private and len(rows_of(faces, "all", "drawn")) == 70
    with pytest.raises(InputError, match="one of test, all, Training"):
        rows_of(faces, "validation", "drawn")
    with pytest.raises(InputError, match="drawn has no rows of PrivateTest. It has: Training 56"):
        rows_of(faces.take(faces.usage == 0), "PrivateTest", "drawn")


def test_the_command_writes_the_contract(home: Path, some_faces: FaceSet, tmp_path: Path) -> None:
    data, out = tmp_path / "faces.npz", tmp_path / "out.json"
    np.savez(data, pixels=some_faces.images, emotion=some_faces.labels, usage=some_faces.usage)
    flags = ["--usage", "PublicTest", "--json", str(out), "--compare", find().name]
    told = CliRunner().invoke(app, ["evaluate", str(data), *flags])
    assert told.exit_code == 0, told.output
    document = json.loads(out.read_text())
    wanted = {"model", "data", "usage", "n", "accuracy", "top2", "balanced_accuracy", "macro_f1", "ece", "per_class"}
    assert wanted | {"confusion", "ms_per_face", "schema"} <= set(document)
    assert document["schema"] == 1 and document["model"] == find().name and document["data"] == "faces.npz"
    same = document["comparison"]
    assert same["difference"] == {"value": 0, "low": 0, "high": 0} and same["p_value"] == 1
    assert same["accuracy"] == pytest.approx(document["accuracy"], abs=1e-4) and same["only_first"] == 0
    nan = CliRunner().invoke(app, ["evaluate", str(data), "--keras", "none.keras", "--mean", "nan"])
    assert isinstance(nan.exception, InputError) and "--mean must be a number" in str(nan.exception)
    zero = CliRunner().invoke(app, ["evaluate", str(data), "--keras", "none.keras", "--std", "0"])
    assert isinstance(zero.exception, InputError) and "--std must be above 0" in str(zero.exception)
    assert f"{document['n']:,} faces" in told.output and "calibration error" in told.output


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_told_on_a_terminal_and_output_stays_json(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = demo_faces(20)
    np.savez(tmp_path / "faces.npz", pixels=drawn.images, emotion=drawn.labels, usage=drawn.usage)
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "40")
    command = ["evaluate", str(tmp_path / "faces.npz"), "--usage", "all", "--json", "-"]
    app([*command, "--compare", find().name], standalone_mode=False)
    *lines, result = sys.stderr.getvalue().split("\r")
    assert json.loads(capsys.readouterr().out)["n"] == 140
    shares = [int(line.split("%")[0]) for line in lines if "%" in line]
    assert shares == sorted(shares) and len(shares) > 6 and "Loading the network" in " ".join(lines)
    # No line wraps, each is written over, and the last one is gone before people are told.
    assert {len(line) for line in lines[1:]} == {39} and not lines[-1].strip()
    assert result.startswith(f"{find().name} on 140 faces")
    with pytest.raises(InputError, match="one of test"):
        app([*command[:3], "nothing"], standalone_mode=False)
    assert sys.stderr.getvalue().endswith(f"\r{' ' * 39}\r")


def test_a_folder_without_a_split_is_measured_whole(home: Path, tmp_path: Path) -> None:
    import cv2

    drawn = demo_faces(2)
    for row, (image, label) in enumerate(zip(drawn.images, drawn.labels, strict=True)):
        (tmp_path / "mine" / EMOTIONS[label]).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "mine" / EMOTIONS[label] / f"{row}.png"), image)
    refused = CliRunner().invoke(app, ["evaluate", str(tmp_path / "mine")])
    assert isinstance(refused.exception, InputError) and "--usage all" in str(refused.exception)
    out = tmp_path / "out.json"
    told = CliRunner().invoke(app, ["evaluate", str(tmp_path / "mine"), "--usage", "all", "--json", str(out)])
    assert told.exit_code == 0 and "on 14 faces" in told.output
    # No model of ours has seen them, whatever they are called since.
    assert json.loads(out.read_text())["notes"] == [BY_CHANCE]
    refused = CliRunner().invoke(app, ["robustness", str(tmp_path / "mine")])
    assert isinstance(refused.exception, InputError) and "--usage all" in str(refused.exception)


def test_figures_by_groups_that_a_file_names(home: Path, tmp_path: Path) -> None:
    groups, out = tmp_path / "groups.csv", tmp_path / "out.json"
    n = len(open_demo().faces)
    groups.write_text("group\n" + "".join(f"{'near' if row % 3 else 'far'}\n" for row in range(n)))
    flags = ["--usage", "PublicTest", "--groups", str(groups), "--json", str(out)]
    told = CliRunner().invoke(app, ["evaluate", "demo", *flags])
    assert told.exit_code == 0, told.output
    document = json.loads(out.read_text())
    near, far = (document["groups"][name] for name in ("near", "far"))
    assert near["n"] + far["n"] == document["n"] and DRAWN in document["notes"]
    mean = (near["n"] * near["accuracy"]["value"] + far["n"] * far["accuracy"]["value"]) / document["n"]
    assert mean == pytest.approx(document["accuracy"], abs=1e-4)
    assert f"far ({far['n']} faces): accuracy" in told.output
    groups.write_text("group\nnear\n")
    refused = CliRunner().invoke(app, ["evaluate", "demo", "--groups", str(groups)])
    assert isinstance(refused.exception, DataError) and "has 1 rows" in str(refused.exception)
    refused = CliRunner().invoke(app, ["evaluate", "demo", "--compare", "nobody"])
    assert isinstance(refused.exception, ModelError) and "no face model is called nobody" in str(refused.exception)
