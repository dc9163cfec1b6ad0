"""Features of the network that ships: what its last layer reads, and nothing else changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from fer.errors import ModelError
from fer.faces.classify import calibrated, open_classifier
from fer.faces.features import FeatureNetwork, open_features
from fer.registry import find, label_order, models


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 48, 48), np.uint8)


def test_the_last_layer_turns_the_features_into_the_answer(noise: np.ndarray) -> None:
    # In float32: eight bits fold this layer's two steps into one.
    entry = next(entry for entry in models("face") if entry.precision == "float32")
    found = open_features(entry.name).describe(noise)
    graph = onnx.load(str(entry.verified("onnx"))).graph
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    multiply, add = graph.node[-2:]
    assert (multiply.op_type, add.op_type) == ("MatMul", "Add")
    (kernel,) = [weights[name] for name in multiply.input if name in weights]
    (bias,) = [weights[name] for name in add.input if name in weights]
    assert found.features.shape == (5, kernel.shape[0]) and found.features.dtype == np.float32
    logits = (found.features @ kernel + bias)[:, label_order(entry)]
    np.testing.assert_allclose(calibrated(logits, entry.output, entry.temperature), found.probabilities, atol=1e-4)


def test_the_answer_is_the_one_that_is_served(noise: np.ndarray) -> None:
    entry = find()
    before = hashlib.sha256(entry.verified("onnx").read_bytes()).hexdigest()
    ours = open_features(threads=2).describe(noise).probabilities
    np.testing.assert_allclose(ours, open_classifier().probabilities(noise), atol=1e-6)
    assert hashlib.sha256(entry.verified("onnx").read_bytes()).hexdigest() == before


def test_no_faces_are_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="at least one face"):
        open_features().describe(np.empty((0, 48, 48), np.uint8))


def test_a_network_without_a_last_layer_has_no_features(tmp_path: Path) -> None:
    shape = ["n", 44, 44, 1]
    node = helper.make_node("ReduceMean", ["faces"], ["out"], keepdims=0)
    graph = helper.make_graph(
        [node],
        "mean",
        [helper.make_tensor_value_info("faces", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
    )
    onnx.save(helper.make_model(graph), tmp_path / "mean.onnx")
    with pytest.raises(ModelError, match="does not end in a fully connected layer"):
        FeatureNetwork(find(), tmp_path / "mean.onnx")


def test_a_damaged_file_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(ModelError, match="could not be loaded"):
        FeatureNetwork(find(), tmp_path / "broken.onnx")
