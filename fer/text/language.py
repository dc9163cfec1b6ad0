"""What is not read: a message without words, or in a language that the model has not learned. It is said, not guessed.

Language detectors go by letters and are wrong about short messages ("lol" would be Sesotho), so the words that the
model knows have the first say, and the detector speaks only where many of them are unknown.
"""

from __future__ import annotations

import string
import unicodedata
from functools import lru_cache
from typing import Any

from fer.text.cleaning import SMILEY, is_word
from fer.text.grams import Message, Vocabulary

ENOUGH_KNOWN = 0.8
"""A message is English where this share of its words is known: so are 97 % of GoEmotions' dev messages."""
HARDLY_ENGLISH = 0.1
"""What py3langid must give English at most, to be asked at all."""
CLEARLY_ANOTHER = 0.2
"""What it must give another language at least."""
FREQUENT = 6000
"""A misspelt word is looked for among this many of the most frequent ones."""
LEAST_LETTERS = 4
"""Shorter words are one letter away from too many others."""

NOTHING = "unknown: there is nothing to read in it"
OTHER_SCRIPT = "unknown: it is not in the Latin script, and the model reads English only"
OTHER_LANGUAGE = "unknown: it looks like another language, and the model reads English only"
NO_KNOWN_WORD = "unknown: the model knows none of its words"


def why_unread(message: Message, vocabulary: Vocabulary) -> str:
    """Return why a message is not read, in a sentence, or "" where it is.

    Args:
        message: Cleaned and cut.
        vocabulary: What the model knows.
    """
    # An emoji is no English, though its name is.
    words = [token for token in message.spelt if is_word(token)]
    if not words:
        # Emojis, emoticons or marks alone say something to the model if it has seen them; times and numbers do not.
        told = SMILEY in message.tokens or "0" not in message.tokens
        return "" if told and any(token in vocabulary for token in message.tokens) else NOTHING
    if 2 * sum(map(_is_latin, words)) < len(words):
        return OTHER_SCRIPT
    known = sum(word in vocabulary for word in words)
    if known >= ENOUGH_KNOWN * len(words):
        return ""
    english, best = _chances(" ".join(words))
    if english < HARDLY_ENGLISH and best >= CLEARLY_ANOTHER:
        return OTHER_LANGUAGE
    return "" if known or any(nearest(word, vocabulary) for word in words) else NO_KNOWN_WORD


def nearest(word: str, vocabulary: Vocabulary) -> str | None:
    """Return the frequent word that a misspelt one is one letter away from, or None.

    Args:
        word: Small letters.
        vocabulary: Its most frequent words are looked at.

    Sources:
        Norvig 2007, "How to Write a Spelling Corrector".
    """
    if len(word) < LEAST_LETTERS or not word.isascii():
        return None
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    candidates = {left + right[1:] for left, right in halves if right}
    candidates |= {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    candidates |= {left + letter + right[1:] for left, right in halves if right for letter in string.ascii_lowercase}
    candidates |= {left + letter + right for left, right in halves for letter in string.ascii_lowercase}
    near = [(vocabulary.rank(found), found) for found in candidates if len(found) >= LEAST_LETTERS - 1]
    rank, best = min(near)
    return best if rank < FREQUENT else None


def _is_latin(word: str) -> bool:
    return all(char.isascii() or unicodedata.name(char, "").startswith("LATIN") for char in word if char.isalpha())


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _chances(text: str) -> tuple[float, float]:
    """Return how likely a text is English, and how likely it is the likeliest other language."""
    ranked: dict[str, float] = dict(_identifier().rank(text))
    english = ranked.pop("en", 0.0)
    return english, max(ranked.values())
