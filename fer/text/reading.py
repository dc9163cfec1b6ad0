"""Messages in, readings out: what is read, what is not and why. Pages, command line and evaluation all come by here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.faces.pipeline import mood_as_json
from fer.text.classify import TextClassifier
from fer.text.cleaning import MOST_CHARACTERS
from fer.text.grams import Message
from fer.text.language import why_unread

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """What the model reads in one message.

    Attributes:
        text: The message as it came.
        probabilities: Of the seven emotions in FER2013's order, shape ``(7,)``; None where the message is not read.
        unsure_below: The model's threshold.
        note: Why it is not read, or how far; "" where there is nothing to say.
    """

    text: str
    probabilities: FloatArray | None
    unsure_below: float
    note: str = ""

    @property
    def emotion(self) -> str | None:
        """The most probable emotion, or None where the message is not read."""
        return None if self.probabilities is None else EMOTIONS[int(np.argmax(self.probabilities))]

    @property
    def confidence(self) -> float | None:
        """The most probable emotion's probability, or None."""
        return None if self.probabilities is None else float(np.max(self.probabilities))

    @property
    def unsure(self) -> bool:
        """Whether the confidence is below the model's threshold; what is not read is unsure, too."""
        return self.confidence is None or self.confidence < self.unsure_below

    def as_json(self) -> dict[str, Any]:
        """Return the reading as the command line and downloads write it."""
        mood: dict[str, Any] = {"emotion": None, "confidence": None, "unsure": True, "probabilities": None}
        if self.probabilities is not None:
            mood = mood_as_json(self.probabilities, self.unsure_below)
        return {"text": self.text, **mood, **({"note": self.note} if self.note else {})}


def read_texts(texts: Sequence[str], classifier: TextClassifier) -> list[Reading]:
    """Read messages, in their order, none left out.

    Args:
        texts: As they were typed; they may be empty.
        classifier: Of ``fer.text.classify.open_text_classifier``.
    """
    messages = [Message.of(text) for text in texts]
    reasons = [why_unread(message, classifier.vocabulary) for message in messages]
    probabilities = iter(classifier.probabilities([m for m, why in zip(messages, reasons, strict=True) if not why]))
    return [
        Reading(text, None if why else next(probabilities), classifier.unsure_below, why or _cut_note(text))
        for text, why in zip(texts, reasons, strict=True)
    ]


def _cut_note(text: str) -> str:
    return (
        f"read up to its first {MOST_CHARACTERS:,} of {len(text):,} characters" if len(text) > MOST_CHARACTERS else ""
    )
