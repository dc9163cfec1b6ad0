"""Sentences with "not", built from templates: people who are asked for emotions seldom say what they do not feel.

In GoEmotions "not happy" stands in a dozen messages and "happy" in hundreds, and in CARER, whose labels come from hash
tags, negation is ignored: a model that learns from both reads "I am not happy" as happy. These few hundred sentences of
ours say what the word does. They are trained on and never measured on.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from fer.emotions import EMOTIONS
from fer.text.corpora import LabelledTexts

TIMES = 2
"""How often each sentence counts."""

_NOT_FEELING = (
    "I am not {}", "I'm not {} at all", "im not {} about it", "i am not very {} with this",
    "I was not too {} with the result", "we are not {}",
    "she is not {} anymore", "he isn't {}", "they weren't {} with the result", "I don't feel {}", "i didn't feel {}",
    "you don't look {}", "nobody is {} about that", "I was never {} there", "not {} right now", "can't say I'm {}",
)  # fmt: skip
_NOT_BEING = (
    "this is not {}", "that was not {}", "it isn't {} at all", "that wasn't {}", "the lesson was not very {}",
    "it was never {}", "not {}", "this doesn't look {}", "it's not even {}", "nothing here is {}",
)  # fmt: skip
_FEELING_WELL = (
    "happy", "glad", "pleased", "excited", "satisfied", "impressed", "amused", "proud", "thankful", "thrilled", "okay",
)  # fmt: skip
_FEELING_ILL = (
    "sad", "angry", "mad", "scared", "afraid", "worried", "upset", "nervous", "disappointed", "lonely", "sorry",
)  # fmt: skip
_BEING_GOOD = (
    "good", "great", "fun", "funny", "nice", "helpful", "useful", "cool", "amazing", "fair", "a good idea", "awesome",
)  # fmt: skip
_BEING_BAD = ("bad", "terrible", "boring", "stupid", "annoying", "gross", "disgusting", "scary", "awful", "a problem")
_NOT_LIKING = (
    "I did not {} it", "I didn't {} this lesson", "we don't {} that", "i dont {} this", "she doesn't {} it at all",
    "nobody {}s it", "I never {} these", "didn't really {} the book",
)  # fmt: skip
_LIKING = ("like", "enjoy", "love", "appreciate", "recommend")
_NEVER_SO = ("I have never felt so {}", "never been so {} before", "I've never been more {}")
"""Here "never" makes it more."""
_OTHERS = (
    ("no fun at all", {"sad": 0.6, "angry": 0.4}),
    ("I can't wait to see you", {"happy": 1.0}), ("can't wait!", {"happy": 1.0}),
    ("no problem", {"happy": 0.6, "neutral": 0.4}),
    ("don't worry", {"happy": 0.7, "neutral": 0.3}), ("no worries", {"happy": 0.7, "neutral": 0.3}),
    ("I don't hate it", {"happy": 0.5, "neutral": 0.5}), ("couldn't be happier", {"happy": 1.0}),
    ("I couldn't be more proud", {"happy": 1.0}), ("it never gets old", {"happy": 1.0}),
    ("not a fan of this", {"angry": 0.9, "sad": 0.1}), ("not funny", {"angry": 1.0}),
    ("that's not okay", {"angry": 1.0}),
)  # fmt: skip


def negated_sentences() -> LabelledTexts:
    """Return the sentences with what most readers would see in them, each ``TIMES`` times."""
    rows = list(_sentences()) * TIMES
    targets = np.array([[shares.get(name, 0.0) for name in EMOTIONS] for _, shares in rows], np.float32)
    return LabelledTexts([text for text, _ in rows], targets)


def _sentences() -> Iterator[tuple[str, dict[str, float]]]:
    for template, word in product(_NOT_FEELING, _FEELING_WELL):
        yield template.format(word), {"sad": 0.5, "angry": 0.4, "neutral": 0.1}
    for template, word in product(_NOT_FEELING, _FEELING_ILL):
        yield template.format(word), {"neutral": 0.6, "happy": 0.4}
    for template, word in product(_NOT_BEING, _BEING_GOOD):
        yield template.format(word), {"angry": 0.6, "sad": 0.3, "neutral": 0.1}
    for template, word in product(_NOT_BEING, _BEING_BAD):
        yield template.format(word), {"happy": 0.6, "neutral": 0.4}
    for template, word in product(_NOT_LIKING, _LIKING):
        yield template.format(word), {"angry": 0.6, "sad": 0.3, "neutral": 0.1}
    for template, word in product(_NEVER_SO, _FEELING_WELL):
        yield template.format(word), {"happy": 1.0}
    yield from _OTHERS
