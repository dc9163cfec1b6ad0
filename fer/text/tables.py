"""Counted n-grams of many messages as one sparse table, and TF-IDF of it: what linear models learn from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse

from fer.text.grams import Message, Vocabulary

FloatArray = npt.NDArray[np.float32]


def count_table(messages: Sequence[Message], vocabulary: Vocabulary) -> scipy.sparse.csr_array:
    """Return how often each n-gram is in each message, shape ``(n, grams)``, float32."""
    counted = [vocabulary.count(message) for message in messages]
    # liblinear takes 32-bit places only.
    ends = np.cumsum([0, *map(len, counted)]).astype(np.int32)
    columns = np.fromiter((number for found in counted for number in found), np.int32, ends[-1])
    values = np.fromiter((count for found in counted for count in found.values()), np.float32, ends[-1])
    return scipy.sparse.csr_array((values, columns, ends), shape=(len(messages), vocabulary.size))


def inverse_document_frequency(counts: scipy.sparse.csr_array) -> FloatArray:
    """Return how rare each n-gram is: ln((1 + messages) / (1 + messages that have it)) + 1, as scikit-learn has it."""
    having = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity: FloatArray = (np.log((1 + counts.shape[0]) / (1 + having)) + 1).astype(np.float32)
    return rarity


def scale_counts(counts: scipy.sparse.csr_array, rarity: FloatArray, last_word: int) -> scipy.sparse.csr_array:
    """Return TF-IDF as ``network.GramReader`` computes it: words and characters are each of length 1."""
    values = counts.copy()
    values.data = (1 + np.log(values.data)) * rarity[values.indices]
    row = np.repeat(np.arange(values.shape[0]), np.diff(values.indptr))
    of_words = values.indices <= last_word
    for part in (of_words, ~of_words):
        squares = np.bincount(row[part], values.data[part] ** 2, minlength=values.shape[0])
        values.data[part] /= np.sqrt(np.maximum(squares[row[part]], 1e-12))
    values.data = values.data.astype(np.float32)
    return values
