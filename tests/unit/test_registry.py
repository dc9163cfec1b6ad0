"""The models: found by name, verified before they are loaded, and every damage said in a sentence."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.classify import open_classifier
from fer.registry import find, label_order, models

Configure = Callable[..., None]


def write_network(path: Path) -> None:
    """A real network, small: the logits are the faces' mean times seven weights."""
    weights = numpy_helper.from_array(np.arange(7, dtype=np.float32).reshape(1, 7), "weights")
    nodes = [
        helper.make_node("ReduceMean", ["faces", "axes"], ["mean"], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "last"], ["column"]),
        helper.make_node("MatMul", ["column", "weights"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["n", 44, 44, 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 7])],
        [
            weights,
            numpy_helper.from_array(np.array([1, 2, 3], np.int64), "axes"),
            numpy_helper.from_array(np.array([1], np.int64), "last"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, path)


def entry_of(folder: Path, name: str, **changes: Any) -> dict[str, Any]:
    """Write a network and return its manifest entry."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    write_network(path)
    entry = {
        "name": name,
        "kind": "face",
        "files": {
            "onnx": {
                "path": path.name,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "bytes": path.stat().st_size,
            }
        },
        "input": {"h": 44, "w": 44, "c": 1, "mean": 128.0, "std": 64.0},
        "output": "logits",
        "labels": list(EMOTIONS),
        "data": "none",
        "figures": {},
        "licence": "MIT",
        "command": "none",
    }
    return entry | changes


def publish(folder: Path, *entries: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "manifest.json"
    path.write_text(json.dumps({"schema": 1, "models": entries}), encoding="utf-8")
    return path


@pytest.fixture
def shipped(tmp_path: Path, configure: Configure) -> Path:
    folder = tmp_path / "shipped"
    configure(FER_MODELS=folder)
    return folder


def test_the_default_is_found_without_a_name(shipped: Path):
    publish(shipped, entry_of(shipped, "first"), entry_of(shipped, "second", default=True))
    assert find().name == "second"
    assert find("first").name == "first"


def test_what_users_publish_comes_after_what_ships(shipped: Path, home: Path):
    publish(shipped, entry_of(shipped, "ours"))
    publish(home / "models", entry_of(home / "models", "theirs"))
    assert [entry.name for entry in models("face")] == ["ours", "theirs"]
    assert find("theirs").verified("onnx") == home / "models" / "theirs.onnx"
    assert find().name == "ours"


def test_a_default_of_the_users_goes_before_the_one_that_ships(shipped: Path, home: Path):
    publish(shipped, entry_of(shipped, "ours", default=True), entry_of(shipped, "more"))
    publish(home / "models", entry_of(home / "models", "theirs", default=True))
    assert find().name == "theirs"
    assert find("ours").name == "ours"


def test_a_name_that_ships_is_not_taken_over(shipped: Path, home: Path, caplog: pytest.LogCaptureFixture):
    publish(shipped, entry_of(shipped, "ours"))
    publish(home / "models", entry_of(home / "models", "ours", temperature=9.0), entry_of(home / "models", "theirs"))
    with caplog.at_level(logging.WARNING, "fer"):
        assert [(entry.name, entry.temperature) for entry in models()] == [("ours", 1.0), ("theirs", 1.0)]
    (said,) = [record.message for record in caplog.records]
    assert "ours is the name of a model that ships" in said


def test_what_is_published_again_under_its_name_is_opened_again(shipped: Path):
    bright = np.full((1, 48, 48), 255, np.uint8)
    publish(shipped, entry_of(shipped, "tiny"))
    first = open_classifier("tiny")
    assert open_classifier("tiny") is first, "opened once"
    before = first.probabilities(bright)
    publish(shipped, entry_of(shipped, "tiny", temperature=4.0))
    assert open_classifier("tiny").probabilities(bright).max() < before.max()
    publish(shipped, entry_of(shipped, "tiny", labels=list(reversed(EMOTIONS))))
    assert open_classifier("tiny").probabilities(bright).argmax() == 0


def test_kinds_are_kept_apart(shipped: Path):
    publish(shipped, entry_of(shipped, "voice", kind="speech"), entry_of(shipped, "face"))
    assert find(kind="speech").name == "voice"
    assert [entry.name for entry in models()] == ["voice", "face"]


def test_a_verified_model_classifies(shipped: Path):
    publish(shipped, entry_of(shipped, "tiny"))
    bright, dark = np.full((48, 48), 255, np.uint8), np.zeros((48, 48), np.uint8)
    probabilities = open_classifier("tiny").probabilities(np.stack([bright, dark]))
    assert probabilities.argmax(axis=1).tolist() == [6, 0]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)


def test_another_label_order_is_mapped_by_name(shipped: Path):
    alphabetical = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
    publish(shipped, entry_of(shipped, "folders", labels=alphabetical))
    bright = np.full((1, 48, 48), 255, np.uint8)
    # The last of its outputs is the largest, and that is surprise.
    assert EMOTIONS[int(open_classifier("folders").probabilities(bright).argmax())] == "surprise"


@pytest.mark.parametrize("place", [0, -1, 100])
def test_a_flipped_byte_is_found_before_loading(shipped: Path, place: int):
    publish(shipped, entry_of(shipped, "tiny"))
    path = shipped / "tiny.onnx"
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"model tiny: tiny\.onnx is damaged .*It was not loaded\. Restore it"):
        open_classifier("tiny")


def test_a_missing_file(shipped: Path):
    publish(shipped, entry_of(shipped, "tiny"))
    (shipped / "tiny.onnx").unlink()
    with pytest.raises(ModelError, match=r"tiny\.onnx is missing beside its manifest\. Restore it"):
        find().verified("onnx")


def test_a_file_that_the_entry_lacks(shipped: Path):
    publish(shipped, entry_of(shipped, "tiny"))
    with pytest.raises(ModelError, match="has no keras file, only onnx"):
        find().verified("keras")


def test_a_right_checksum_over_no_network(shipped: Path):
    entry = entry_of(shipped, "tiny")
    (shipped / "tiny.onnx").write_bytes(b"not a network")
    entry["files"]["onnx"]["sha256"] = hashlib.sha256(b"not a network").hexdigest()
    publish(shipped, entry)
    with pytest.raises(ModelError, match=r"tiny\.onnx could not be loaded"):
        open_classifier("tiny")


def test_an_unknown_name_lists_the_known(shipped: Path):
    publish(shipped, entry_of(shipped, "one"), entry_of(shipped, "two"))
    with pytest.raises(ModelError, match="no face model is called three. There are: one, two"):
        find("three")


def test_no_model_at_all(shipped: Path):
    with pytest.raises(ModelError, match=r"there is no face model: .*manifest\.json lists none"):
        find()


def test_a_model_that_lacks_an_emotion(shipped: Path):
    publish(shipped, entry_of(shipped, "six", labels=[*EMOTIONS[:6], "contempt"]))
    with pytest.raises(ModelError, match=r"expected the emotions angry.*lack \['neutral'\]"):
        label_order(find("six"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a model manifest"),
        (b"\xff\xfe\x00", "not a model manifest"),
        (b"[]", "not a model manifest"),
        (b"{}", "not a model manifest"),
        (b'{"schema": 2, "models": []}', "expected schema 1, got 2"),
        (b'{"schema": 1, "models": 7}', "not a model manifest"),
        (b'{"schema": 1, "models": ["x"]}', "not a model manifest"),
        (b'{"schema": 1, "models": [{}]}', "a model's name is wrong"),
    ],
)
def test_a_damaged_manifest_is_named(shipped: Path, content: bytes, said: str):
    publish(shipped)
    (shipped / "manifest.json").write_bytes(content)
    with pytest.raises(ModelError, match=said) as caught:
        models()
    assert str(shipped / "manifest.json") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "neutral",
    [
        dict.fromkeys(EMOTIONS, 0.5),
        {"happy": 1.0},
        dict.fromkeys([*EMOTIONS[:6], "calm"], 1 / 7),
        dict(zip(EMOTIONS, (-0.5, 1.5, 0, 0, 0, 0, 0), strict=True)),
        dict.fromkeys(EMOTIONS, float("nan")),
    ],
)
def test_a_mean_on_neutral_faces_is_seven_shares(shipped: Path, neutral: dict[str, float]):
    publish(shipped, entry_of(shipped, "tiny", neutral=neutral))
    with pytest.raises(ModelError, match="a model's neutral is wrong .*expected seven shares that add up to 1"):
        find()


def test_an_entry_cannot_move_its_folder(shipped: Path, tmp_path: Path):
    publish(shipped, entry_of(shipped, "tiny") | {"folder": str(tmp_path / "elsewhere")})
    assert find().verified("onnx").parent == shipped


def test_a_home_that_may_not_be_entered_leaves_the_shipped_models(as_nobody: Callable[[str], str], home: Path):
    (home / "models").mkdir()
    out = as_nobody("from fer.registry import find, models\nprint(models('face') != [], find().name)")
    assert out.startswith("True ")


def test_a_shipped_folder_that_may_not_be_entered_is_said(
    as_nobody: Callable[[str], str], home: Path, configure: Configure
):
    configure(FER_MODELS=home / "shipped")
    out = as_nobody(
        "from fer.registry import find, ModelError\ntry:\n    find()\nexcept ModelError as problem:\n    print(problem)"
    )
    assert "manifest.json cannot be read (Permission denied). Check its permissions." in out


def test_a_damaged_manifest_of_the_users_is_left_out_and_said_once(
    shipped: Path, home: Path, caplog: pytest.LogCaptureFixture
):
    publish(shipped, entry_of(shipped, "ours"))
    (home / "models").mkdir()
    (home / "models" / "manifest.json").write_text("{")
    with caplog.at_level(logging.WARNING, "fer"):
        assert [entry.name for entry in models()] == [entry.name for entry in models()] == ["ours"]
    (said,) = [record.message for record in caplog.records]
    assert said.startswith(str(home / "models" / "manifest.json"))
    assert said.endswith("Mend that file, or delete it and publish again. Until then the models in it are left out.")
    assert "git" not in said
