"""From messages to calibrated probabilities, by ONNX Runtime: one session that all threads share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.faces.classify import calibrated
from fer.registry import ModelEntry, find, label_order
from fer.text.grams import Message, Vocabulary, read_vocabulary

FloatArray = npt.NDArray[np.float32]

BATCH = 256
"""Messages that one call takes."""


class TextClassifier:
    """A text model, ready to serve.

    Attributes:
        entry: Its manifest entry.
        vocabulary: What it knows.
        unsure_below: A highest probability below this is called unsure.
    """

    def __init__(self, entry: ModelEntry, onnx: Path, vocabulary: Vocabulary, threads: int = 1):
        self.entry = entry
        self.vocabulary = vocabulary
        self.unsure_below = entry.unsure_below
        self._session = open_session(onnx, entry.name, threads)
        self._order = label_order(entry)

    def probabilities(self, messages: Sequence[Message]) -> FloatArray:
        """Read messages, whatever their language; see ``fer.text.reading`` for what is not read.

        Args:
            messages: Cleaned and cut; there may be none.

        Returns:
            Shape ``(n, 7)``, float32 in FER2013's order, rows summing to 1, calibrated by the manifest's temperature.
        """
        if not messages:
            return np.empty((0, len(EMOTIONS)), np.float32)
        logits = logits_of(self._session, self.vocabulary, messages)[:, self._order]
        return calibrated(logits, self.entry.output, self.entry.temperature)


def open_session(onnx: Path, name: str, threads: int = 1) -> object:
    """Return an ONNX Runtime session.

    Raises:
        ModelError: If the file is no network.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(onnx), options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # ONNX Runtime raises a family of its own, rooted in Exception.
        raise ModelError(f"model {name}: {onnx.name} could not be loaded ({problem}).") from problem


def logits_of(session: object, vocabulary: Vocabulary, messages: Sequence[Message]) -> FloatArray:
    """Return a network's answers, shape ``(n, 7)``, in the messages' order."""
    answers = np.empty((len(messages), len(EMOTIONS)), np.float32)
    for places in batches(messages):
        feed = vocabulary.encode([messages[place] for place in places]).feed()
        answers[places] = session.run(None, feed)[0]  # type: ignore[attr-defined]
    return answers


def batches(messages: Sequence[Message]) -> Iterator[npt.NDArray[np.intp]]:
    """Give the places of messages that are about as long as each other: little is filled up then."""
    order = np.argsort([len(message.cleaned) for message in messages], kind="stable")
    for first in range(0, len(order), BATCH):
        yield order[first : first + BATCH]


@lru_cache(maxsize=2)
def open_text_classifier(name: str | None = None, threads: int = 1) -> TextClassifier:
    """Return a verified classifier, shared by the whole process.

    Args:
        name: A text model of the registry; None takes the default.
        threads: Cores that one call may use.

    Raises:
        ModelError: If there is no such model or one of its files is damaged.
    """
    entry = find(name, "text")
    vocabulary = read_vocabulary(entry.verified("vocabulary"))
    return TextClassifier(entry, entry.verified("onnx"), vocabulary, threads)
