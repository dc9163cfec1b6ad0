"""From windows to calibrated probabilities, by ONNX Runtime: one session that all threads share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer.audio.describe import DESCRIPTIONS
from fer.audio.windows import Window
from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.classify import calibrated
from fer.registry import ModelEntry, SpeechInput, find, label_order

FloatArray = npt.NDArray[np.float32]


class SpeechClassifier:
    """A speech model, ready to serve.

    Attributes:
        entry: Its manifest entry.
        unsure_below: A highest probability below this is called unsure.
    """

    def __init__(self, entry: ModelEntry, onnx: Path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(str(onnx), options, providers=["CPUExecutionProvider"])
        except Exception as problem:  # ONNX Runtime raises a family of its own, rooted in Exception.
            raise ModelError(f"model {entry.name}: {onnx.name} could not be loaded ({problem}).") from problem
        if not isinstance(entry.input, SpeechInput):
            raise ModelError(f"model {entry.name}: its manifest entry has a picture's input, not a speech model's.")
        self.entry = entry
        self.unsure_below = entry.unsure_below
        self._describe = DESCRIPTIONS[entry.input.description]
        self._order = label_order(entry)
        self._input = self._session.get_inputs()[0]

    def probabilities(self, windows: Sequence[Window]) -> FloatArray:
        """Classify windows in one call.

        Args:
            windows: As ``fer.audio.windows`` cuts and levels them; there may be none.

        Returns:
            Shape ``(n, 7)``, float32 in FER2013's order, rows summing to 1, calibrated by the manifest's temperature.
        """
        rows = [self._describe(window.frames) for window in windows]
        return self.from_functionals(np.stack(rows) if rows else np.empty((0, 0), np.float32))

    def from_functionals(self, functionals: FloatArray) -> FloatArray:
        """Classify windows that are described already, shape ``(n, functionals)``; see ``probabilities``.

        Raises:
            ModelError: If the model was made for another description.
        """
        if len(functionals) == 0:
            return np.empty((0, len(EMOTIONS)), np.float32)
        if self._input.shape[1] != functionals.shape[1]:
            raise ModelError(
                f"model {self.entry.name} takes {self._input.shape[1]} functionals, and this version of Classmood "
                f"makes {functionals.shape[1]}. Train it again with: python -m fer.audio train"
            )
        raw: FloatArray = self._session.run(None, {self._input.name: functionals})[0][:, self._order]
        return calibrated(raw, self.entry.output, self.entry.temperature)


@lru_cache(maxsize=2)
def open_classifier(name: str | None = None) -> SpeechClassifier:
    """Return a verified speech model, shared by the whole process.

    Args:
        name: A speech model of the registry; None takes the default.

    Raises:
        ModelError: If there is no such model or its file is damaged.
    """
    entry = find(name, "speech")
    return SpeechClassifier(entry, entry.verified("onnx"))
