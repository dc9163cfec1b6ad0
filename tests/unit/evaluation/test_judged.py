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
from fer.evaluation.judged import judged_of
from fer.evaluation.keras_file import KerasFile
from fer.registry import models

folder, told = Path(sys.argv[1]), {}
def judged_keras(path, labels=None):
    return judged_of(KerasFile(path=str(path), labels=labels))

faces = demo_faces(3).images
exact = next(entry for entry in models("face") if entry.precision == "float32")
ours = judged_keras(exact.verified("keras"))
told["gap"] = float(np.abs(ours.probabilities(faces) - judged_of(exact.name).probabilities(faces)).max())
told["name"] = [ours.name, exact.name, list(ours.notes)]
eight = next(entry for entry in models("face") if entry.precision == "int8")
rounded = judged_keras(eight.verified("keras"))
apart = np.abs(rounded.probabilities(faces) - judged_of(eight.name).probabilities(faces)).max(axis=1)
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
small("cut.keras", shape=(24, 20, 1)); answer("cut.keras")
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
image = layers.Input((48, 48, 1))
keras.Model(image, layers.Conv2D(7, 3)(image)).save(folder / "map.keras"); answer("map.keras")

keras.Sequential([layers.Flatten(), layers.Dense(7)]).save(folder / "unbuilt.keras"); answer("unbuilt.keras")

import tensorflow as tf
from fer.evaluation import keras_network
told["threads"] = [tf.config.threading.get_intra_op_parallelism_threads(),
                   tf.config.threading.get_inter_op_parallelism_threads()]
on_cores, keras_network._on_cores = keras_network._on_cores, lambda threads: False
told["all cores"] = list(judged_keras(folder / "fine.keras").notes)
keras_network._on_cores = on_cores

class Own(layers.Layer):
    def call(self, x):
        return x

image = layers.Input((48, 48, 1))
keras.Model(image, layers.Dense(7)(layers.Flatten()(Own()(image)))).save(folder / "own.keras")
answer("own.keras")

from fer.dataset.network_view import kept_view
from fer.dataset.origin import Origin
from fer.dataset.room import new_room
from fer.evaluation import brought_job, describing_job, explaining_job, robustness_job
from fer.evaluation.bearing import RobustnessConfig, new_robustness_run
from fer.evaluation.brought import BroughtConfig, brought_model, new_evaluation_run
from fer.evaluation.describing import new_describing_run
from fer.evaluation.evaluated import known_answers, part_of_data
from fer.evaluation.explaining import new_explaining_run
from fer.evaluation.explanation import explanation_key, known_explanation
from fer.evaluation.robustness import Asked, known_robustness
drawn = demo_faces(3)
np.savez(folder / "faces.npz", pixels=drawn.images, emotion=drawn.labels, usage=np.ones(21, np.uint8))
origin = Origin(data=str(folder / "faces.npz"))
# As people build them: a Sequential, whose layers were called many times over once it is loaded.
keras.utils.set_random_seed(0)
keras.Sequential([
    layers.Input((40, 40, 1)), layers.Conv2D(4, 5, strides=3, activation="relu", name="first"), layers.MaxPooling2D(),
    layers.Conv2D(6, 3, activation="relu", name="second"), layers.Flatten(), layers.Dense(8, activation="relu"),
    layers.Dropout(0.5), layers.Dense(7, activation="softmax"),
]).save(folder / "mine.keras")
room = new_room(Path(origin.data))
opened = origin.open()
part = part_of_data(opened, "PublicTest")

def brought(name, labels=None):
    config = BroughtConfig(origin=origin, usage="PublicTest", path=name, labels=labels)
    with (folder / name).open("rb") as upload:
        run = new_evaluation_run(config, upload)
    told["whole"] = brought_job.run(run)
    return brought_model(run)

def work(run, module):
    try:
        return module.run(run)
    except FerError as problem:
        return str(problem)

def explained(model):
    face = np.array(opened.faces.images[5])
    told["explained"] = work(new_explaining_run(room, model.asked, face), explaining_job)
    return known_explanation(room, explanation_key(model, face))

model = brought("logits.keras", backwards)
known = known_answers(model, origin, opened, part)
told["brought"] = [model.name, float(np.abs(known.probabilities[:, ::-1] - one).max()), *known.notes]
flat = explained(model)
told["flat"] = [flat.grad_cam is None and not flat.maps, flat.integrated is not None, float(flat.occlusion.max()),
                *flat.notes]

mine, turned = brought("mine.keras"), brought("mine.keras", backwards)
answers = known_answers(mine, origin, opened, part)
found, other = explained(mine), explained(turned)
told["mine"] = {
    "same": float(np.abs(found.probabilities - answers.probabilities[5]).max()),
    "turned": [float(np.abs(getattr(found, of) - getattr(other, of)[::-1]).max())
               for of in ("probabilities", "occlusion", "integrated", "grad_cam")],
    "shapes": [list(one.shape) for one in (found.grad_cam, found.integrated, found.occlusion, found.filters)],
    "edge": float(np.abs(found.integrated[:, :4]).max()), "some": float(found.grad_cam.max()),
    "maps": {name: list(one.shape) for name, one in found.maps.items()},
    "maps_px": found.maps_px, "gap": found.gap, "notes": found.notes,
}
told["described"] = work(new_describing_run(origin, mine.asked), describing_job)
seen = kept_view(origin, opened, mine.view_digest)
told["seen"] = [list(seen.features.shape), float(np.abs(seen.features[5] - found.features).max()),
                float(np.abs(seen.probabilities - answers.probabilities).max())]
asked = RobustnessConfig(origin=origin, model=mine.asked, usage="PublicTest", faces=14)
told["measured"] = work(new_robustness_run(asked), robustness_job)
borne = known_robustness(Asked(mine.digest, "PublicTest", 14), origin, opened)
told["borne"] = [len(borne), borne[0].n]

# Changed, gone, or with nothing that a last layer reads: a sentence for each work.
image = layers.Input((48, 48, 1))
keras.Model(image, layers.GlobalAveragePooling2D()(layers.Conv2D(7, 9, strides=9)(image))).save(folder / "pooled.keras")
pooled = brought("pooled.keras")
told["pooled"] = work(new_describing_run(origin, pooled.asked), describing_job)
with_maps = explained(pooled)
told["pooled explained"] = [with_maps.grad_cam is not None, with_maps.features is None]
Path(mine.file.path).write_bytes((folder / "fine.keras").read_bytes())
told["changed"] = work(new_explaining_run(room, mine.asked, np.array(opened.faces.images[6])), explaining_job)
Path(mine.file.path).unlink()
gone = RobustnessConfig(origin=origin, model=mine.asked, usage="PublicTest", faces=7)
told["gone"] = work(new_robustness_run(gone), robustness_job)
told["brought nan"] = work(
    new_evaluation_run(BroughtConfig(origin=origin, usage="PublicTest", path=str(folder / "nan.keras"))), brought_job)

# No gradients: occlusion stays.
from fer.evaluation import gradients
def refuse(*_, **__):
    raise ValueError("no path leads there")
gradients.integrated_gradients = refuse
found = explaining_job.explain(explaining_job.subject_of_file(turned.file), drawn.images[3], lambda share, doing: None)
told["no gradients"] = [found.integrated is None, float(found.occlusion.max()), *found.notes]
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
    assert told["cut.keras"][2].startswith("It sees the middle 24 x 20 of each face's 48 x 48.")  # type: ignore[index]
    assert len(told["logits.keras"]) == 3, "a whole crop is cut nowhere"  # type: ignore[arg-type]


def test_a_file_that_is_brought_is_asked_by_a_worker_and_its_answers_are_kept(told: dict[str, object]) -> None:
    assert told["whole"] is True
    name, gap, *notes = told["brought"]  # type: ignore[misc]
    assert name == "logits.keras" and gap == pytest.approx(0, abs=1e-5) and len(notes) == 2


def test_a_file_that_is_brought_is_explained_as_what_ships_is(told: dict) -> None:
    found = told["mine"]
    assert told["explained"] is True and found["notes"] == []
    assert found["same"] == pytest.approx(0, abs=1e-5)
    # The order of its classes that was named holds for every part.
    assert found["turned"] == pytest.approx([0] * 4, abs=1e-5)
    assert found["shapes"] == [[7, 48, 48]] * 3 + [[4, 5, 5]]
    assert found["maps"] == {"first": [4, 12, 12], "max_pooling2d": [4, 6, 6], "second": [6, 4, 4]}
    assert found["maps_px"] == 4
    assert found["gap"] < 0.25 and found["edge"] == 0 < found["some"]


def test_a_file_without_convolutions_is_covered_bit_by_bit_all_the_same(told: dict) -> None:
    no_maps, integrated, most, *notes = told["flat"]
    assert no_maps and integrated and most > 0
    assert "logits.keras has no convolutions" in notes[0]
    without, most, *notes = told["no gradients"]
    assert without and most > 0 and "(no path leads there)" in notes[0]


def test_a_file_that_is_brought_looks_at_the_data_and_bears_what_it_bears(told: dict) -> None:
    shape, apart, answers = told["seen"]
    assert told["described"] is True and shape == [21, 8]
    assert apart == pytest.approx(0, abs=1e-5) and answers == pytest.approx(0, abs=1e-5)
    assert told["measured"] is True and told["borne"] == [12, 14]
    assert told["pooled explained"] == [True, True]


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
        ("map.keras", "answers with the shape (None, 46, 46, 7); expected seven numbers a face"),
        ("unbuilt.keras", "unbuilt.keras does not say what goes in: it was saved without an Input layer"),
        ("own.keras", "code of its own (Lambda layers, custom objects) is refused"),
        ("brought nan", "nan.keras answers with values that are no numbers"),
        ("pooled", "pooled.keras does not end in a fully connected layer"),
        ("changed", "mine.keras is not the file any more that was evaluated. Bring it again."),
        ("gone", "mine.keras cannot be read any more (No such file or directory). Bring the file again."),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(told: dict[str, object], name: str, sentence: str) -> None:
    assert sentence in str(told[name])


def test_time_is_measured_on_one_core_or_it_is_said(told: dict[str, object]) -> None:
    assert told["threads"] == [1, 1]
    assert "measured on all cores" in told["all cores"][-1]  # type: ignore[index]
    assert not any("cores" in note for note in told["name"][2])  # type: ignore[index]


def test_a_model_that_is_not_there_is_named(home: Path) -> None:
    from fer.evaluation.judged import judged_of

    with pytest.raises(ModelError, match="nobody"):
        judged_of("nobody")
