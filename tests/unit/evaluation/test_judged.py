"""Keras files that people bring: ours answers as its ONNX export does, others are read or refused with the reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fer.errors import ModelError
from fer.evaluation.wording import IN_EIGHT_BITS

TELL = """
import json, sys
import keras, numpy as np
from pathlib import Path
from keras import layers
from fer.dataset.demo import demo_faces
from fer.errors import FerError
from fer.evaluation.judged import judged_keras, judged_model
from fer.registry import models

folder, told = Path(sys.argv[1]), {}
faces = demo_faces(3).images
exact = next(entry for entry in models("face") if entry.precision == "float32")
ours = judged_keras(exact.verified("keras"))
told["gap"] = float(np.abs(ours.probabilities(faces) - judged_model(exact.name).probabilities(faces)).max())
told["name"] = [ours.name, exact.name, list(ours.notes)]
eight = next(entry for entry in models("face") if entry.precision == "int8")
rounded = judged_keras(eight.verified("keras"))
apart = np.abs(rounded.probabilities(faces) - judged_model(eight.name).probabilities(faces)).max(axis=1)
told["eight"] = [rounded.name, float(apart.mean()), *rounded.notes]

def small(name, shape=(48, 48, 1), outputs=7, activation="softmax", bias=None):
    image = layers.Input(shape)
    x = layers.Dense(outputs, activation=activation)(layers.Flatten()(image))
    if bias is not None:
        x = layers.Rescaling(bias)(x)
    keras.Model(image, x).save(folder / name)

def answer(name, **how):
    try:
        judged = judged_keras(folder / name, **how)
        told[name] = judged.probabilities(faces).sum(axis=1).tolist()[:1] + list(judged.notes)
    except FerError as problem:
        told[name] = str(problem)

small("fine.keras"); answer("fine.keras")
small("logits.keras", activation=None); answer("logits.keras")
small("six.keras", outputs=6); answer("six.keras")
small("colour.keras", shape=(48, 48, 3)); answer("colour.keras")
small("large.keras", shape=(224, 224, 1)); answer("large.keras")
small("nan.keras", bias=float("nan")); answer("nan.keras")
image = layers.Input((48, 48, 1))
doubled = layers.Lambda(lambda x: x * 2)(image)
keras.Model(image, layers.Dense(7)(layers.Flatten()(doubled))).save(folder / "lambda.keras")
answer("lambda.keras")
(folder / "text.keras").write_text("no model"); answer("text.keras")
answer("fine.keras", labels=["angry", "disgust"]); told["classes"] = told.pop("fine.keras")
backwards = ["neutral", "surprise", "sad", "happy", "fear", "disgust", "angry"]
one = judged_keras(folder / "logits.keras").probabilities(faces)
other = judged_keras(folder / "logits.keras", labels=backwards).probabilities(faces)
told["reordered"] = float(np.abs(one - other[:, ::-1]).max())

small("eight.keras", outputs=8); answer("eight.keras")

keras.Sequential([layers.Flatten(), layers.Dense(7)]).save(folder / "unbuilt.keras"); answer("unbuilt.keras")

import tensorflow as tf
from fer.evaluation import judged as judging
told["threads"] = [tf.config.threading.get_intra_op_parallelism_threads(),
                   tf.config.threading.get_inter_op_parallelism_threads()]
on_one_core, judging._on_one_core = judging._on_one_core, lambda: False
told["all cores"] = list(judged_keras(folder / "fine.keras").notes)
judging._on_one_core = on_one_core

class Own(layers.Layer):
    def call(self, x):
        return x

image = layers.Input((48, 48, 1))
keras.Model(image, layers.Dense(7)(layers.Flatten()(Own()(image)))).save(folder / "own.keras")
answer("own.keras")

from fer.dataset.opening import open_dataset
from fer.dataset.origin import Origin
from fer.evaluation import brought_job
from fer.evaluation.brought import BroughtConfig, brought_model, new_evaluation_run
from fer.evaluation.evaluated import known_answers, part_of_data
drawn = demo_faces(3)
np.savez(folder / "faces.npz", pixels=drawn.images, emotion=drawn.labels, usage=np.ones(21, np.uint8))
origin = Origin(data=str(folder / "faces.npz"))
config = BroughtConfig(origin=origin, usage="PublicTest", path="logits.keras", labels=backwards)
with (folder / "logits.keras").open("rb") as upload:
    run = new_evaluation_run(config, upload)
told["whole"] = brought_job.run(run)
model, opened = brought_model(run), origin.open()
known = known_answers(model, origin, opened, part_of_data(opened, "PublicTest"))
told["brought"] = [model.name, float(np.abs(known.probabilities[:, ::-1] - one).max()), *known.notes]
asked = new_evaluation_run(config.model_copy(update={"path": str(folder / "nan.keras")}))
try:
    brought_job.run(asked)
except FerError as problem:
    told["brought nan"] = str(problem)
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What one process of its own says of all of them: Keras does not enter the tests' process."""
    folder = tmp_path_factory.mktemp("keras")
    command = [sys.executable, "-c", TELL, str(folder)]
    # A FER_HOME of its own, for the runs that a worker would do.
    own = {**os.environ, "FER_HOME": str(folder / "home")}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=own)
    assert result.returncode == 0, result.stderr[-2000:]
    return json.loads(result.stdout.splitlines()[-1])


def test_our_own_keras_file_is_known_and_answers_as_what_is_served(told: dict[str, object]) -> None:
    name, expected, notes = told["name"]  # type: ignore[misc]
    assert (name, notes) == (expected, [])
    assert told["gap"] <= 1e-4


def test_a_file_that_is_served_in_eight_bits_says_so(told: dict[str, object]) -> None:
    name, gap, *notes = told["eight"]  # type: ignore[misc]
    assert 0 < gap <= 0.03
    assert notes == [IN_EIGHT_BITS.format(name=name)]


def test_probabilities_and_logits_are_both_taken(told: dict[str, object]) -> None:
    assert told["logits.keras"][0] == pytest.approx(1, abs=1e-4)  # type: ignore[index]
    assert "scaled by (0, 255)" in told["logits.keras"][1]  # type: ignore[index]
    assert "taken for logits" in told["logits.keras"][2]  # type: ignore[index]


def test_a_file_that_is_brought_is_asked_by_a_worker_and_its_answers_are_kept(told: dict[str, object]) -> None:
    assert told["whole"] is True
    name, gap, *notes = told["brought"]  # type: ignore[misc]
    assert name == "logits.keras" and gap == pytest.approx(0, abs=1e-5) and len(notes) == 2


def test_the_files_own_order_of_classes_counts(told: dict[str, object]) -> None:
    assert told["reordered"] == pytest.approx(0, abs=1e-6)
    assert "the classes angry, disgust came; expected the seven" in str(told["classes"])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("six.keras", "has 6 outputs; expected seven"),
        ("colour.keras", "takes 3 channels; expected grey faces"),
        ("large.keras", "takes faces of 224 x 224; expected 8 to 48 pixels"),
        ("nan.keras", "values that are no numbers"),
        ("lambda.keras", "was not loaded"),
        ("text.keras", "was not loaded"),
        ("eight.keras", "has 8 outputs; expected seven"),
        ("unbuilt.keras", "unbuilt.keras does not say what goes in: it was saved without an Input layer"),
        ("own.keras", "code of its own (Lambda layers, custom objects) is refused"),
        ("brought nan", "nan.keras answers with values that are no numbers"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(told: dict[str, object], name: str, sentence: str) -> None:
    assert sentence in str(told[name])


def test_time_is_measured_on_one_core_or_it_is_said(told: dict[str, object]) -> None:
    assert told["threads"] == [1, 1]
    assert "measured on all cores" in told["all cores"][-1]  # type: ignore[index]
    assert not any("cores" in note for note in told["name"][2])  # type: ignore[index]


def test_a_model_that_is_not_there_is_named(home: Path) -> None:
    from fer.evaluation.judged import judged_model

    with pytest.raises(ModelError, match="nobody"):
        judged_model("nobody")
