"""Explanations: known answers of networks built by hand, the model that ships in a real worker, and what has none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fer.dataset.demo import demo_faces
from fer.dataset.network_view import kept_description
from fer.dataset.room import begin_work, delete_room, new_room, origin_of
from fer.errors import DataError, InputError
from fer.evaluation.describing import new_describing_run
from fer.evaluation.evaluated import candidate_of
from fer.evaluation.explaining import ExplainingConfig, new_explaining_run
from fer.evaluation.explanation import Explanation, explanation_key, keep_explanation, known_explanation
from fer.evaluation.nearest import nearest_faces
from fer.evaluation.occlusion import occlusion_drops
from fer.evaluation.wording import IN_EIGHT_BITS
from fer.faces.features import open_features
from fer.registry import find
from fer.runs.folder import Run, all_runs
from fer.runs.jobs import JOBS
from fer.runs.worker import start
from fer.settings import ROOT

BY_HAND = """
import json, sys
import keras, numpy as np
from pathlib import Path
from keras import layers
from fer.dataset.demo import demo_faces
from fer.evaluation import gradients
from fer.evaluation.explaining_job import explain, subject_of
from fer.registry import find
from fer.training.publish import export_onnx, file_facts

told = {}

# A 1 x 1 convolution that copies the image and its opposite, and classes that read one each: all is known.
image = layers.Input((8, 8, 1))
maps = layers.Conv2D(2, 1, use_bias=False, name="copy")(image)
model = keras.Model(image, layers.Dense(2, use_bias=False, name="scores")(layers.GlobalAveragePooling2D()(maps)))
model.get_layer("copy").set_weights([np.array([[[[1.0, -1.0]]]], np.float32)])
model.get_layer("scores").set_weights([np.array([[2.0, 0.0], [0.0, 3.0]], np.float32)])
face = np.zeros((1, 8, 8, 1), np.float32)
face[0, 1, 2, 0], face[0, 6, 5, 0] = 4.0, -8.0
told["layer"] = gradients.last_maps(model)
cam = gradients.grad_cam(model, face, "copy")
added, gap = gradients.integrated_gradients(model, face, steps=4)
told |= {"cam": cam.tolist(), "added": added.tolist(), "gap": gap}
told["filters"] = gradients.first_filters(model).tolist()
told["maps"] = {name: one.tolist() for name, one in gradients.feature_maps(model, face).items()}

# Scores of a network that ends in softmax are what it had before.
soft = keras.Model(image, layers.Dense(2, activation="softmax", name="last")(layers.Flatten()(maps)))
kernel = soft.get_layer("last").get_weights()[0]
scores = gradients.with_scores(soft)(face).numpy()[0]
told["softmax"] = float(np.abs(scores - np.stack([face, -face], -1).ravel() @ kernel).max())
layered = keras.Model(image, layers.Softmax()(layers.Dense(2, name="before")(layers.Flatten()(image))))
told["softmax_layer"] = gradients.with_scores(layered).layers[-1].name
told["no_convolutions"] = [gradients.last_maps(layered), gradients.first_filters(layered)]

# A network inside the network: its places are kept, or given up as plain numbers.
inner = keras.Sequential([layers.Input((8, 8, 1)), layers.Conv2D(3, 3)], name="inner")
nested = gradients.with_scores(keras.Sequential([layers.Input((8, 8, 1)), inner, layers.Flatten(), layers.Dense(7)]))
numbers = keras.Sequential([layers.Input((8, 8, 1)), layers.Conv2D(3, 3), layers.Flatten()], name="numbers")
within = gradients.with_scores(keras.Sequential([layers.Input((8, 8, 1)), numbers, layers.Dense(7)]))
told["nested"] = [gradients.last_maps(nested), list(gradients.grad_cam(nested, face, "inner").shape),
                  gradients.last_maps(within), list(gradients.first_filters(within).shape)]

# From another grey than 0: a sum that is linear adds up from there, too.
added, gap = gradients.integrated_gradients(model, face, steps=4, grey=0.5)
told["from grey"] = [float(added[0].sum()), gap]

# What follows a convolution alone is shown with it; a sum of two is not.
x = layers.ReLU(name="after")(layers.BatchNormalization()(layers.Conv2D(3, 3, padding="same", name="first")(image)))
y = layers.Conv2D(3, 3, padding="same", name="second")(x)
z = layers.MaxPooling2D(name="pooled")(layers.ReLU(name="sum_rectified")(layers.Add(name="sum")([x, y])))
deep = keras.Model(image, layers.Dense(7)(layers.Flatten()(z)))
told["deep_layer"] = gradients.last_maps(deep)
found = gradients.feature_maps(deep, face)
told["behind"] = {name: [list(one.shape), float(one.min())] for name, one in found.items()}

# Models of one's own registry: one without convolutions, and the same without its Keras file.
folder = Path(sys.argv[1])
folder.mkdir()
flat = layers.Input((48, 48, 1))
model = keras.Model(flat, layers.Dense(7)(layers.Flatten()(flat)))
model.save(folder / "flat.keras")
export_onnx(model, folder / "flat.onnx")
files = {kind: file_facts(folder / f"flat.{kind}") for kind in ("onnx", "keras")}
entry = find(None, "face").model_dump(mode="json", exclude={"folder"})
entry |= {"default": False, "input": {"h": 48, "w": 48, "c": 1, "mean": 128.0, "std": 64.0}}
entries = [{**entry, "name": "flat", "files": files}, {**entry, "name": "bare", "files": {"onnx": files["onnx"]}}]
(folder / "manifest.json").write_text(json.dumps({"schema": 1, "models": entries}))
drawn = demo_faces(1).images[3]
for name in ("flat", "bare"):
    found = explain(subject_of(find(name, "face")), drawn, lambda share, doing: None)
    told[name] = {part: getattr(found, part) is not None for part in ("grad_cam", "filters", "integrated")}
    told[name] |= {"maps": len(found.maps), "notes": found.notes, "occlusion": float(np.abs(found.occlusion).max())}
print("TOLD", json.dumps(told))
"""


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What a process of its own worked out: Keras stays out of this one."""
    home = tmp_path_factory.mktemp("home")
    run = subprocess.run(
        [sys.executable, "-c", BY_HAND, str(home / "models")], cwd=ROOT, env={**os.environ, "FER_HOME": str(home)},
        capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    told: dict = json.loads(next(line for line in run.stdout.splitlines() if line.startswith("TOLD"))[5:])
    return told


def test_grad_cam_of_a_network_whose_answer_is_known(by_hand: dict):
    cam = np.array(by_hand["cam"])
    assert by_hand["layer"] == "copy" and cam.shape == (2, 8, 8)
    # Class 0 has score 2 mean(x): every place of map 0 has the gradient 2 / 64. Class 1 has 3 mean(-x).
    expected = np.zeros((2, 8, 8))
    expected[0, 1, 2], expected[1, 6, 5] = 4 * 2 / 64, 8 * 3 / 64
    np.testing.assert_allclose(cam, expected, atol=1e-6)


def test_integrated_gradients_of_a_linear_network_are_its_terms(by_hand: dict):
    added = np.array(by_hand["added"])
    expected = np.zeros((2, 8, 8))
    expected[0, 1, 2], expected[0, 6, 5] = 4 * 2 / 64, -8 * 2 / 64
    expected[1] = -1.5 * expected[0]
    np.testing.assert_allclose(added, expected, atol=1e-6)
    assert by_hand["gap"] < 1e-4
    # Class 0 has 2 mean(x): -4 / 64 of the face's own, and 0.5 where all is grey.
    assert by_hand["from grey"] == pytest.approx([2 * -4 / 64 - 2 * 0.5, 0], abs=1e-4)


def test_layers_filters_and_scores(by_hand: dict):
    assert by_hand["filters"] == [[[1.0]], [[-1.0]]]
    assert np.array(by_hand["maps"]["copy"]).shape == (2, 8, 8)
    assert by_hand["softmax"] < 1e-4 and by_hand["softmax_layer"] == "before"
    assert by_hand["no_convolutions"] == [None, None]
    assert by_hand["nested"] == ["inner", [7, 6, 6], None, [3, 3, 3]]
    assert by_hand["deep_layer"] == "sum_rectified"
    (first, least), (second, less) = by_hand["behind"]["first"], by_hand["behind"]["second"]
    # The first is taken by two, but its norm and rectifier stand between; the second is shown as it is.
    assert first == second == [3, 8, 8] and least >= 0 > less


def test_occlusion_finds_the_only_pixels_that_count():
    face = np.full((48, 48), 50, np.uint8)
    face[20:24, 30:34] = 250

    def answers(faces):
        happy = faces[:, 20:24, 30:34].mean(axis=(1, 2)) / 250
        out = np.zeros((len(faces), 7), np.float32)
        out[:, 3], out[:, 6] = happy, 1 - happy
        return out

    drops = occlusion_drops(answers, face, patch_px=8, step_px=4)
    assert drops.shape == (7, 48, 48) and drops.dtype == np.float32
    assert np.unravel_index(drops[3].argmax(), (48, 48))[0] in range(17, 27)
    assert drops[3, 22, 32] > 0.5 and drops[6, 22, 32] == pytest.approx(-drops[3, 22, 32], abs=1e-5)
    assert (drops[3, :12] == 0).all() and (drops[[0, 1, 2, 4, 5]] == 0).all()


def test_the_nearest_faces():
    features = np.array([[0, 0], [1, 0], [0, 3], [9, 9], [0, 0.5]], np.float32)
    found = nearest_faces(features, np.array([1, 2, 3, 4]), np.zeros(2, np.float32), 3)
    assert found.rows.tolist() == [4, 1, 2] and found.distances.tolist() == [0.5, 1.0, 3.0]
    assert found.typical > 0
    with pytest.raises(DataError, match="Training"):
        nearest_faces(features, np.array([], int), np.zeros(2, np.float32))


@pytest.fixture
def room(home: Path, tmp_path: Path) -> Iterator[Run]:
    """Some drawn faces, opened."""
    faces = demo_faces(4)
    np.savez(tmp_path / "drawn.npz", pixels=faces.images, emotion=faces.labels, usage=faces.usage)
    yield new_room(tmp_path / "drawn.npz")
    for run in all_runs():
        run.delete()


def until_ended(run: Run) -> str:
    end = time.monotonic() + 250
    while time.monotonic() < end:
        status = run.status()
        if not status.living:
            return f"{status.state} {status.message}".strip()
        time.sleep(0.1)
    pytest.fail((run.folder / "log.txt").read_text())


def test_a_worker_explains_what_ships_and_the_room_keeps_it(room: Run):
    opened, entry = origin_of(room).open(), find(None, "face")
    face = np.array(opened.faces.images[5])
    work = new_explaining_run(room, entry.name, face)
    begin_work(room, "explaining_x", work)
    looking = new_describing_run(origin_of(room), entry.name)
    begin_work(room, "describing_x", looking)
    assert until_ended(work) == "done", (work.folder / "log.txt").read_text()
    found = known_explanation(room, explanation_key(candidate_of(entry), face))
    assert found is not None and found.notes == (IN_EIGHT_BITS.format(name=entry.name),)
    assert found.grad_cam.shape == found.integrated.shape == found.occlusion.shape == (7, 48, 48)
    assert found.maps_px == 5 and found.gap < 0.25 and found.filters.shape == (16, 3, 3)
    # Four stages of two convolutions, a skip and their sum, with three poolings between them.
    assert len(found.maps) == 19 and next(iter(found.maps.values())).shape == (16, 44, 44)
    network = open_features(entry.name)
    own = network.describe(face[None])
    np.testing.assert_allclose(found.probabilities, own.probabilities[0], atol=1e-5)
    np.testing.assert_allclose(found.features, own.features[0], atol=1e-5)
    # The network does not see the crop's outermost two pixels.
    assert (found.grad_cam[:, :2] == 0).all() and (found.integrated[:, :, -2:] == 0).all()
    assert known_explanation(room, explanation_key(candidate_of(entry), face + 1)) is None
    assert until_ended(looking) == "done"
    seen = kept_description(origin_of(room), opened, entry.name)
    assert nearest_faces(seen.features, np.arange(len(opened.faces)), own.features[0], 1).rows.tolist() == [5]
    delete_room(room)
    assert all_runs() == []


def test_models_without_convolutions_or_keras_file_say_so(by_hand: dict):
    flat, bare = by_hand["flat"], by_hand["bare"]
    assert "flat has no convolutions" in flat.pop("notes")[0] and "bare has no Keras file" in bare.pop("notes")[0]
    assert flat.pop("occlusion") > 0 and bare.pop("occlusion") > 0
    assert flat == {"grad_cam": False, "filters": False, "integrated": True, "maps": 0}
    assert bare == {"grad_cam": False, "filters": False, "integrated": False, "maps": 0}


def test_what_is_damaged_is_told_or_made_anew(room: Run, caplog: pytest.LogCaptureFixture):
    with pytest.raises(InputError, match="Choose it again"):
        ExplainingConfig(room=room.id, model="m", face="bm8=").face_gray()
    found = Explanation(np.full(7, 1 / 7, np.float32), np.zeros((7, 48, 48), np.float32), notes=("a note",))
    keep_explanation(room, "k", found)
    assert known_explanation(room, "k").notes == ("a note",)
    (room.folder / "explained" / "k.npz").write_bytes(b"no archive")
    assert known_explanation(room, "k") is None and "made anew" in caplog.text
    # What is worked out about a visitor's photo goes when an upload does.
    assert all(JOBS[kind].holds_upload for kind in ("dataset", "explaining", "describing"))


def test_a_room_that_is_gone_fails_with_a_sentence(room: Run):
    work = new_explaining_run(room, find(None, "face").name, np.zeros((48, 48), np.uint8))
    room.delete()
    start(work)
    assert "There is no such run" in until_ended(work)
