"""From crops to calibrated probabilities, by ONNX Runtime: one session that all threads share."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.scale import FloatArray, InputSpec, scale_faces
from fer.registry import ModelEntry, find, label_order

if TYPE_CHECKING:
    import onnxruntime


def open_session(model: str | bytes, entry: ModelEntry, threads: int = 1) -> onnxruntime.InferenceSession:
    """Return a session of ONNX Runtime that all threads may share.

    Args:
        model: The path of an ONNX file, or its bytes.
        entry: Its manifest entry.
        threads: Cores that one call may use.

    Raises:
        ModelError: If it cannot be loaded.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning would hold a core between two frames that other students need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # ONNX Runtime raises a family of its own, rooted in Exception.
        file = entry.files["onnx"].path
        raise ModelError(f"model {entry.name}: {file} could not be loaded ({problem}).") from problem


class Classifier:
    """A face network, ready to serve.

    Attributes:
        entry: Its manifest entry.
        unsure_below: A highest probability below this is called unsure.
    """

    def __init__(self, entry: ModelEntry, onnx: Path, threads: int = 1):
        self._session = open_session(str(onnx), entry, threads)
        self.entry = entry
        self.spec = InputSpec(**entry.input.model_dump())
        self.unsure_below = entry.unsure_below
        self._order = label_order(entry)
        self._input = self._session.get_inputs()[0].name

    def probabilities(self, faces_gray: npt.NDArray[np.uint8]) -> FloatArray:
        """Classify a batch of faces in one call.

        Args:
            faces_gray: Crops, shape ``(n_faces, 48, 48)``, uint8; ``n_faces`` may be 0.

        Returns:
            Shape ``(n_faces, 7)``, float32 in FER2013's order, rows summing to 1, calibrated by the
            manifest's temperature.

        Raises:
            ValueError: If the crops are not uint8 or not 48 x 48.
        """
        return self.from_scaled(scale_faces(faces_gray, self.spec))

    def from_scaled(self, faces: FloatArray) -> FloatArray:
        """Classify faces that are scaled already, shape ``(n_faces, h, w, 1)``; see ``probabilities``."""
        if len(faces) == 0:
            return np.empty((0, len(EMOTIONS)), np.float32)
        raw: FloatArray = self._session.run(None, {self._input: faces})[0][:, self._order]
        return calibrated(raw, self.entry.output, self.entry.temperature)


def calibrated(raw: FloatArray, output: str, temperature: float) -> FloatArray:
    """Turn a network's output into probabilities divided by a temperature.

    Args:
        raw: Logits or probabilities, shape ``(n, 7)``.
        output: ``logits`` or ``probabilities``.
        temperature: Above 1 makes confidences smaller, below 1 larger.

    Sources:
        Guo et al. 2017, "On Calibration of Modern Neural Networks".
    """
    logits = raw if output == "logits" else np.log(np.clip(raw, 1e-9, 1))
    scaled = logits / np.float32(temperature)
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: FloatArray = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities


def open_classifier(name: str | None = None, threads: int = 1) -> Classifier:
    """Return a verified classifier, shared by the whole process for as long as its manifest entry stays as it is.

    Args:
        name: A face model of the registry; None takes the default.
        threads: Cores that one call may use: 1 in the server, more in a job that runs alone.

    Raises:
        ModelError: If there is no such model or its file is damaged.
    """
    return _opened(find(name, "face").model_dump_json(), threads)


@lru_cache(maxsize=4)
def _opened(entry_json: str, threads: int) -> Classifier:
    # By the whole entry, not by the name: under a name that is published again stand other weights.
    entry = ModelEntry.model_validate_json(entry_json)
    return Classifier(entry, entry.verified("onnx"), threads)
