"""Recipes: what made the shipped model stays a preset, and what cannot be used is refused by the field's name."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from fer.emotions import EMOTIONS
from fer.errors import InputError
from fer.runs.folder import Run
from fer.training.material import DataSource
from fer.training.recipe import Plateau
from fer.training.recipe_files import (
    as_yaml,
    changes_between,
    check_recipe,
    differences,
    parse_recipe,
    preset_names,
    read_recipe,
    with_changes,
)
from fer.training.run import new_training_run, recipe_of


def test_presets_are_there_and_say_what_they_are() -> None:
    assert preset_names() == [
        "course",
        "fresh",
        "quick",
        "small",
        "classmood-face-1",
        "classmood-face-1-longer",
        "classmood-face-2",
        "classmood-face-3",
        "classmood-face-4",
        "classmood-face-5",
        "classmood-face-6",
        "fresh-longer",
        "fresh-refined",
        "fresh-taught",
        "narrow",
        "narrow-again",
        "narrow-longer",
        "narrow-mean",
        "narrow-refined",
        "narrow-rough",
    ]
    assert all(read_recipe(name).about for name in preset_names())


def test_the_course_recipe_is_the_courses_own() -> None:
    course = read_recipe("course")
    assert course.batch_size == 128
    assert course.early_stopping is not None and course.early_stopping.patience == 15
    assert isinstance(course.schedule, Plateau) and course.schedule.factor == 0.1
    assert course.plan().parameters == 3_192_839


def test_what_made_the_shipped_model_is_written_out_in_full() -> None:
    ours = read_recipe("classmood-face-1")
    assert ours.plan().parameters == 1_221_319
    assert ours.held_out == 0, "all 28,709 training faces were learned from, as its manifest says"
    assert differences([ours, check_recipe({"held_out": 0, "mend": False})]) == {}


def test_yaml_and_json_come_back_the_same(tmp_path: Path) -> None:
    course = read_recipe("course")
    (tmp_path / "a.yaml").write_text(as_yaml(course), encoding="utf-8")
    (tmp_path / "a.json").write_text(json.dumps(course.as_document()), encoding="utf-8")
    assert read_recipe(tmp_path / "a.yaml") == read_recipe(tmp_path / "a.json") == course


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"batchsize": 3}, "There is no field batchsize; did you mean batch_size?"),
        ({"optimizer": {"kind": "adam", "momentum": 0.9}}, "There is no field optimizer.momentum; there are kind"),
        ({"optimizer": {"kind": "adm"}}, "optimizer.kind is 'adm'; there are 'sgd'"),
        ({"optimizer": {"learning_rate": 1}}, "optimizer needs a kind, one of sgd, adagrad"),
        ({"epochs": "many"}, "epochs is 'many': input should be a valid integer"),
        ({"early_stopping": {"patients": 3}}, "no field early_stopping.patients; did you mean patience?"),
        ({"augmentation": {"rotate": 3}}, "no field augmentation.rotate; did you mean rotation_deg?"),
        ({"architecture": {"kind": "residual_cnn", "widths": [32, 0]}}, "architecture.widths.1 is 0"),
        ({"architecture": {"kind": "svm"}, "l2": 0.1}, "svm is fitted in one go: l2 would do nothing"),
        ({"architecture": {"kind": "svm"}, "input_px": 12}, "histograms of gradients need input_px 16 or more"),
        ({"architecture": {"kind": "residual_cnn", "widths": [1] * 6}, "input_px": 20}, "larger than the map of 2 × 2"),
        ({"loss": {"kind": "sparse"}}, "loss.kind sparse takes one class a face, but loss.label_smoothing and votes"),
        ({"loss": {"class_weights": {"happy": 1}}}, "class_weights needs a number for each of angry"),
        ({"loss": {"class_weights": "some"}}, "loss.class_weights is 'some': input should be 'none' or 'balanced'"),
        ({"schedule": {"kind": "cosine", "warmup_epochs": 50}}, "schedule.warmup_epochs is 50 of 48 epochs"),
        ({"schedule": {"kind": "cosine", "cycles": 49}}, "schedule.cycles is 49, and there are 48 epochs"),
        ({"schedule": {"kind": "cosine", "cycles": 47}}, "schedule.warmup_epochs is 2 of 2 epochs"),
        (
            {"keep": "cycles", "early_stopping": {}},
            "all cycles have to be run, but early_stopping may end them",
        ),
        ({"scaling": "image"}, "scaling is 'image': input should be 'split' or 'face'"),
        ({"validation": "held_out", "held_out": 0}, "validation is held_out, but held_out is 0"),
        ({"start_from": "x", "initialisation": "zeros"}, "start_from takes the weights of x"),
        ({"start_from": 5}, "my.yaml: start_from is 5: input should be a valid string."),
        ({"start_from": {"x": 1.0}}, "my.yaml: start_from is {'x': 1.0}: dictionary should have at least 2 items"),
        ({"start_from": {"x": 0.5, "y": 0}}, "my.yaml: start_from.y is 0: input should be greater than 0."),
        ({"teacher": {"x": "much", "y": 1}}, "my.yaml: teacher.x is 'much': input should be a valid number"),
        (
            {"loss": {"class_weights": {"sad": math.inf}}},
            "loss.class_weights.sad is inf: input should be a finite number.",
        ),
        ({"start_until": "relu_1"}, "start_until says how much is taken from start_from, which names no model"),
        ({"start_from": "x", "start_stays": True}, "nothing is left to learn: set start_until to a layer"),
        (
            {"start_from": "x", "start_until": "max_pool_9"},
            "start_until is max_pool_9; expected a layer of",
        ),
        ({"calibrate_on": "held_out", "held_out": 0}, "calibrate_on is held_out, but held_out is 0"),
        (
            {"start_from": "classmood-face-4", "validation": "held_out"},
            "validation is held_out, but classmood-face-4, which it begins with, may have learned these faces",
        ),
        ({"schedule": {"kind": "plateau", "least_rate": 0.5}}, "a plateau would raise it. Take a lower least_rate"),
        ({"teacher": "classmood-face-4", "teacher_share": 0}, "nothing is learned from it. Set teacher to null"),
        ({"architecture": {"kind": "mini_vgg_net"}, "batch_size": 1}, "nothing would be left of the face"),
        ({"architecture": {"kind": "svm"}, "votes": 0.5, "keep": "best"}, "votes, keep would do nothing"),
        ({"schema": 2}, "schema is 2: input should be 1"),
        ({"seed": 2**31}, "seed is 2147483648: input should be less than or equal to 2147483647"),
        ({"optimizer": {"kind": "adam", "learning_rate": 1e-8}}, "greater than or equal to 0.0000001"),
        ([1, 2], "expected fields such as 'epochs: 20', got list"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(document: Any, sentence: str) -> None:
    with pytest.raises(InputError) as problem:
        check_recipe(document, "my.yaml")
    assert str(problem.value).startswith("my.yaml: ")
    assert sentence in str(problem.value)


def test_a_run_from_before_faces_were_mended_goes_on_without(home: Path) -> None:
    run = new_training_run(read_recipe("classmood-face-2"), DataSource(data="demo"))
    config = json.loads((run.folder / "config.json").read_text(encoding="utf-8"))
    assert recipe_of(run).mend
    del config["config"]["recipe"]["mend"]
    (run.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert not recipe_of(Run.open(run.id)).mend


def test_files_that_are_no_recipes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a file nor a preset. There are: course, fresh, quick, small,"):
        read_recipe("corse")
    with pytest.raises(InputError, match=r"broken is neither YAML nor JSON in line"):
        parse_recipe("epochs: 3\nwidths: [3", "broken")
    binary = tmp_path / "recipe.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as text"):
        read_recipe(binary)
    binary.write_text("a: 1\n" * 30_000)
    with pytest.raises(InputError, match="150,000 bytes"):
        read_recipe(binary)
    assert parse_recipe("", "empty") == check_recipe({}), "nothing said is the defaults"


def test_text_that_means_harm_is_a_short_sentence() -> None:
    with pytest.raises(InputError, match="brackets within brackets"):
        parse_recipe("[" * 3000, "deep")
    doubled = [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 15)]
    bomb = "\n".join([f"a0: &a0 [{'x' * 99}]", *doubled, "epochs: *a14"])
    with pytest.raises(InputError, match="in line 1: a recipe has no anchors") as problem:
        parse_recipe(bomb, "bomb")
    assert len(str(problem.value)) < 200
    with pytest.raises(InputError, match="epochs is '") as problem:
        check_recipe({"epochs": "9" * 50_000 + "x"})
    assert len(str(problem.value)) < 400
    with pytest.raises(InputError, match="There is no field xxx") as problem:
        check_recipe({"x" * 50_000: 1})
    assert len(str(problem.value)) < 450


@pytest.mark.parametrize("value", ["9" * 5000, "0x_", "!!int x", "!!timestamp x", "!!set {a}", "!!binary aGk=", "*x"])
def test_a_value_that_no_recipe_has_is_a_sentence_wherever_it_stands(value: str) -> None:
    with pytest.raises(InputError, match="a number that cannot be read|has no anchors"):
        parse_recipe(f"epochs: {value}", "odd", ["seed=3"])
    with pytest.raises(InputError, match="the value of epochs cannot be read"):
        parse_recipe("", "odd", [f"epochs={value}"])


def test_a_date_is_a_text() -> None:
    assert parse_recipe("about: 2026-10-01", "dated", ["epochs=3"]).about == "2026-10-01"


def test_values_set_from_outside() -> None:
    changed = read_recipe(
        "course", ["epochs=3", "optimizer.learning_rate=0.01", "early_stopping=null", "augmentation.flip=0"]
    )
    assert (changed.epochs, changed.optimizer.learning_rate, changed.early_stopping) == (3, 0.01, None)
    assert changed.augmentation.flip == 0 and changed.augmentation.rotation_deg == 10


def test_another_kind_takes_the_place_of_the_whole_part_whatever_the_order() -> None:
    for order in ([0, 1], [1, 0]):
        changes = ["optimizer.kind=adam", "optimizer.learning_rate=0.002"]
        changed = read_recipe("classmood-face-1", [changes[at] for at in order])
        assert changed.optimizer.model_dump() == {"kind": "adam", "learning_rate": 0.002, "weight_decay": 0.0}


@pytest.mark.parametrize("change", ["epochs", "=3", "epochs 3"])
def test_a_change_is_key_and_value(change: str) -> None:
    with pytest.raises(InputError, match="--set takes key=value"):
        with_changes({}, [change])


def test_differences_name_what_is_not_the_same() -> None:
    course = read_recipe("course")
    other = read_recipe("course", ["epochs=3", "average.keep=0.9"])
    assert differences([course, other]) == {
        "epochs": [100, 3],
        "average.keep": [None, 0.9],
        "average.every": [None, 8],
    }
    assert differences([course, course]) == {}


WEIGHTS = ",".join(f"{name}: 2" for name in EMOTIONS)


@pytest.mark.parametrize("preset", preset_names())
@pytest.mark.parametrize(
    "changes",
    [
        [],
        ["average=null", "early_stopping.patience=3", "held_out=0.2"],
        ["optimizer.kind=momentum", "optimizer.momentum=0.7", "schedule.kind=inverse"],
        ["average.keep=0.5", f"loss.class_weights={{{WEIGHTS}}}", "architecture.kind=mlp", "architecture.hidden=[9]"],
    ],
)
def test_every_recipe_is_a_preset_and_some_changes(preset: str, changes: list[str]) -> None:
    goal = read_recipe("course", changes)
    made = read_recipe(preset, changes_between(read_recipe(preset), goal))
    assert differences([made, goal]) == {}


def test_adamw_shrinks_weights_where_nothing_is_said() -> None:
    assert check_recipe({"optimizer": {"kind": "adamw"}}).optimizer.weight_decay == 0.004
    assert check_recipe({"optimizer": {"kind": "adamw", "weight_decay": 0}}).optimizer.weight_decay == 0
    assert check_recipe({"optimizer": {"kind": "adam"}}).optimizer.weight_decay == 0
