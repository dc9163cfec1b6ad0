"""From cleaned messages to numbers: counted n-grams and word numbers, the same for training and for serving."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.errors import ModelError
from fer.text.cleaning import SMILEY, clean, tokens_of, without_smileys

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]

WORD_GRAMS = (1, 2)
"""Shortest and longest run of tokens that is one feature."""
CHARACTER_GRAMS = (2, 5)
"""Shortest and longest run of characters within a word, its edges as spaces."""
MOST_WORDS = 400
"""A message's first words that the network reads one after the other; MOST_CHARACTERS seldom holds more."""

MOST_KEPT = 50_000
"""Words whose runs of characters are remembered: some 20 MB."""


@dataclass(frozen=True)
class Message:
    """A message, ready to be counted.

    Attributes:
        cleaned: The cleaned text.
        tokens: Its tokens.
        spelt: Those that its writer spelt out: none that stands for an emoji or an emoticon.
    """

    cleaned: str
    tokens: list[str]
    spelt: list[str]

    @classmethod
    def of(cls, text: str) -> Message:
        """Clean a text and cut it into tokens."""
        cleaned = clean(text)
        tokens = tokens_of(cleaned)
        return cls(cleaned, tokens, tokens_of(without_smileys(text)) if SMILEY in tokens else tokens)


def word_grams(tokens: Sequence[str]) -> Iterator[str]:
    """Give every token, then every pair of neighbours.

    >>> list(word_grams(["not", "good", "!"]))
    ['not', 'good', '!', 'not good', 'good !']
    """
    for length in range(WORD_GRAMS[0], WORD_GRAMS[1] + 1):
        for start in range(len(tokens) - length + 1):
            yield " ".join(tokens[start : start + length])


def character_grams(cleaned: str) -> Iterator[str]:
    """Give every run of two to five characters of each word, with a space for its edges.

    >>> list(character_grams("ok"))
    [' o', 'ok', 'k ', ' ok', 'ok ', ' ok ']
    """
    for word in cleaned.split():
        edged = f" {word} "
        for length in range(CHARACTER_GRAMS[0], CHARACTER_GRAMS[1] + 1):
            for start in range(len(edged) - length + 1):
                yield edged[start : start + length]


@dataclass(frozen=True)
class Encoded:
    """Messages as the model takes them; shorter ones are filled up with 0, which stands for nothing.

    Attributes:
        grams: Numbers of the n-grams in each message, shape ``(n, g)``, int32.
        counts: How often each is in it, shape ``(n, g)``, float32.
        words: Its words' numbers in their order, shape ``(n, w)``, int32; 1 is a word that is not known.
    """

    grams: IntArray
    counts: FloatArray
    words: IntArray

    def feed(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by the names of the model's inputs."""
        return {"grams": self.grams, "counts": self.counts, "words": self.words}


@dataclass(frozen=True)
class Vocabulary:
    """What a model knows: its n-grams and words, each with a number that begins at 1 for n-grams and 2 for words.

    Attributes:
        word_grams: Runs of tokens; numbered first.
        character_grams: Runs of characters; numbered after them.
        words: Tokens that the network has a place for, the most frequent first.
        telling: For each emotion its most telling words, with how much each speaks for it.
        places: Where frequent words lie on the map of words.
    """

    word_grams: list[str]
    character_grams: list[str]
    words: list[str]
    telling: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    places: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Frozen, yet the look-up tables are worth making once.
        object.__setattr__(self, "_of_words", {gram: n for n, gram in enumerate(self.word_grams, 1)})
        first = 1 + len(self.word_grams)
        object.__setattr__(self, "_of_characters", {gram: n for n, gram in enumerate(self.character_grams, first)})
        object.__setattr__(self, "_kept", {})
        object.__setattr__(self, "_word", {word: n for n, word in enumerate(self.words, 2)})

    def __contains__(self, word: str) -> bool:
        return word in self._word  # type: ignore[attr-defined]

    def rank(self, word: str) -> int:
        """Return how many words are more frequent; a word that is not known comes after all."""
        return int(self._word.get(word, len(self.words) + 2)) - 2  # type: ignore[attr-defined]

    @property
    def size(self) -> int:
        """How many n-grams there are, and one for nothing."""
        return 1 + len(self.word_grams) + len(self.character_grams)

    def count(self, message: Message) -> Counter[int]:
        """Count a message's known n-grams by their numbers."""
        words = self._of_words  # type: ignore[attr-defined]
        found = Counter([number for gram in word_grams(message.tokens) if (number := words.get(gram))])
        for word in message.cleaned.split():
            found.update(self._characters_of(word))
        return found

    def _characters_of(self, word: str) -> list[int]:
        """Return the numbers of a word's runs of characters; people use the same words again and again."""
        kept: dict[str, list[int]] = self._kept  # type: ignore[attr-defined]
        numbers = kept.get(word)
        if numbers is None:
            known = self._of_characters  # type: ignore[attr-defined]
            numbers = [number for gram in character_grams(word) if (number := known.get(gram))]
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[word] = numbers
        return numbers

    def number(self, message: Message) -> list[int]:
        """Return a message's words by their numbers, at most ``MOST_WORDS``."""
        known = self._word  # type: ignore[attr-defined]
        return [known.get(token, 1) for token in message.tokens[:MOST_WORDS]]

    def encode(self, messages: Sequence[Message]) -> Encoded:
        """Return messages as the model takes them."""
        counted = [self.count(message) for message in messages]
        words = filled([self.number(message) for message in messages])
        return Encoded(
            filled([list(found) for found in counted]),
            filled([list(found.values()) for found in counted]).astype(np.float32),
            words,
        )


def filled(rows: Sequence[Sequence[int]]) -> IntArray:
    """Put rows of different lengths into one array, filled up with 0; at least one column wide."""
    table = np.zeros((len(rows), max(1, max(map(len, rows), default=1))), np.int32)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table


def learn_vocabulary(
    messages: Iterable[Message], least_words: int, least_characters: int, least_known: int
) -> Vocabulary:
    """Collect what occurs in enough messages: n-grams in alphabetical order, words with the most frequent first.

    Args:
        messages: The training split.
        least_words: Messages that a run of tokens must be in.
        least_characters: Messages that a run of characters must be in.
        least_known: Messages that a word must be in for the network to have a place for it.
    """
    grams: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for message in messages:
        grams.update(set(word_grams(message.tokens)))
        characters.update(set(character_grams(message.cleaned)))
        words.update(set(message.tokens))
    known = _in_enough(words, least_known)
    return Vocabulary(
        _in_enough(grams, least_words),
        _in_enough(characters, least_characters),
        sorted(known, key=lambda word: -words[word]),
    )


def _in_enough(counts: Counter[str], least: int) -> list[str]:
    return sorted(gram for gram, count in counts.items() if count >= least)


def write_vocabulary(vocabulary: Vocabulary, path: Path) -> None:
    """Write a vocabulary as JSON.

    Raises:
        OSError: If it cannot be written.
    """
    document = {"schema": 1, **{name: getattr(vocabulary, name) for name in vocabulary.__dataclass_fields__}}
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def read_vocabulary(path: Path) -> Vocabulary:
    """Read a vocabulary whose checksum was compared before.

    Raises:
        ModelError: If it is not one.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document.pop("schema") != 1:
            raise ModelError(f"{path.name}: expected schema 1. Update Classmood.")
        return Vocabulary(**document)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ModelError(f"{path.name} is not a vocabulary ({problem}). Restore it from git.") from problem
