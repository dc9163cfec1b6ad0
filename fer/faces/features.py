"""What a network sees in a face before it names it: the input of its last layer, taken from the file that is served.

The ONNX file that ships gives the seven logits alone. Here the tensor that its last matrix multiplication reads is made
a second output when the file is loaded; the file stays as it is, with its checksum, and the logits are the same.

Sources:
    Sharif Razavian et al. 2014, "CNN Features off-the-shelf": features before the last layer serve other tasks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer.errors import ModelError
from fer.faces.classify import calibrated, open_session
from fer.faces.scale import FloatArray, InputSpec, scale_faces
from fer.registry import ModelEntry, find, label_order

LAST_LAYERS = ("Gemm", "MatMul")
NO_FEATURES = (
    "{name} does not end in a fully connected layer, so there are no features to take from it. Choose another model."
)


@dataclass(frozen=True)
class Description:
    """What a network says of some faces.

    Attributes:
        features: What its last layer reads, shape ``(n, k)``, float32.
        probabilities: Calibrated, shape ``(n, 7)``, float32 in FER2013's order, rows summing to 1.
    """

    features: FloatArray
    probabilities: FloatArray


class FeatureNetwork:
    """A face network that gives its features beside its probabilities.

    Attributes:
        entry: Its manifest entry.
    """

    def __init__(self, entry: ModelEntry, onnx: Path, threads: int = 1):
        model, tensor = _with_features(entry, onnx)
        self.entry = entry
        self._session = open_session(model, entry, threads)
        self._features = tensor
        self._input = self._session.get_inputs()[0].name
        self._logits = self._session.get_outputs()[0].name
        self._spec = InputSpec(**entry.input.model_dump())
        self._order = label_order(entry)

    def describe(self, faces_gray: npt.NDArray[np.uint8]) -> Description:
        """Describe a batch of faces in one call.

        Args:
            faces_gray: Crops, shape ``(n, 48, 48)``, uint8; ``n`` is at least 1.

        Raises:
            ValueError: If the crops are not uint8 or not 48 x 48, or there are none.
        """
        if len(faces_gray) == 0:
            raise ValueError("expected at least one face")
        scaled = scale_faces(faces_gray, self._spec)
        raw, features = self._session.run([self._logits, self._features], {self._input: scaled})
        probabilities = calibrated(raw[:, self._order], self.entry.output, self.entry.temperature)
        return Description(features.reshape(len(faces_gray), -1).astype(np.float32), probabilities)


def _with_features(entry: ModelEntry, onnx_file: Path) -> tuple[bytes, str]:
    """Return the file's bytes with the last layer's input as an output more, and that tensor's name.

    Raises:
        ModelError: If the file cannot be read, or the network does not end in a fully connected layer.
    """
    import onnx

    try:
        model = onnx.load(str(onnx_file))
    except Exception as problem:  # Protocol Buffers' own, rooted in Exception.
        raise ModelError(f"model {entry.name}: {onnx_file.name} could not be loaded ({problem}).") from problem
    weights = {tensor.name for tensor in model.graph.initializer}
    for node in reversed(model.graph.node):
        inputs = [name for name in node.input if name not in weights]
        if node.op_type in LAST_LAYERS and len(inputs) == 1:
            model.graph.output.append(onnx.ValueInfoProto(name=inputs[0]))
            return model.SerializeToString(), inputs[0]
    raise ModelError(NO_FEATURES.format(name=f"model {entry.name}"))


def open_features(name: str | None = None, threads: int = 1) -> FeatureNetwork:
    """Return a verified network that gives its features.

    Args:
        name: A face model of the registry; None takes the default.
        threads: Cores that one call may use.

    Raises:
        ModelError: If there is no such model, its file is damaged, or it has no features to give.
    """
    entry = find(name, "face")
    return FeatureNetwork(entry, entry.verified("onnx"), threads)
