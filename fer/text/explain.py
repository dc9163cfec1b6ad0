"""Why a message reads as it does: each word is left out once, and what changes is what the word said.

Sources:
    Li, Monroe & Jurafsky 2016, "Understanding Neural Networks through Representation Erasure".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer.emotions import EMOTIONS
from fer.text.classify import TextClassifier
from fer.text.cleaning import MOST_CHARACTERS
from fer.text.grams import Message
from fer.text.language import why_unread

MOST_PARTS = 80
"""A longer message is explained by its first words."""


@dataclass(frozen=True)
class Part:
    """One word of a message, as it was typed.

    Attributes:
        text: The word, with what is written against it.
        effect: By how much it raises the log-odds of the explained emotion: above 0 it speaks for it.
        without: The emotion that would be read without the word; None where nothing would be.
    """

    text: str
    effect: float
    without: str | None


def explain(text: str, classifier: TextClassifier, emotion: str) -> list[Part]:
    """Return what each word of a message does to one emotion.

    Args:
        text: A message that is read (``fer.text.language.why_unread``).
        classifier: What reads it.
        emotion: One of the seven.
    """
    words = text[:MOST_CHARACTERS].split()
    shown = words[:MOST_PARTS]
    without = [" ".join(words[:place] + words[place + 1 :]) for place in range(len(shown))]
    messages = [Message.of(one) for one in [" ".join(words), *without]]
    probabilities = classifier.probabilities(messages)
    read = [not why_unread(message, classifier.vocabulary) for message in messages]
    column = EMOTIONS.index(emotion)
    odds = np.log(np.clip(probabilities[:, column], 1e-6, 1 - 1e-6))
    odds -= np.log1p(-np.clip(probabilities[:, column], 1e-6, 1 - 1e-6))
    return [
        Part(word, float(odds[0] - odds[place]), EMOTIONS[int(probabilities[place].argmax())] if read[place] else None)
        for place, word in enumerate(shown, 1)
    ]
