"""What a trained model has learned about single words: which speak for an emotion, and which lie near each other."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.text.cleaning import SMILEY, is_word
from fer.text.grams import Message, Vocabulary

FloatArray = npt.NDArray[np.float32]

MOST_TELLING = 60
MOST_PLACES = 3000
"""Words on the map: more would hide each other."""
LEAST_MESSAGES = 12
"""A word in fewer messages says more about those messages than about the word."""
_NOT_SHOWN = re.compile(
    r"(mother)?fuck|(bull|dip)?shit|bitch|cunt|ass(hole|es)?$|dick|bastard|slut|whore|retard|porn|sex|rap(e|ist)|cum$|"
    r"cock|pussy|nazi|nigg|fag|tits|goddamn"
)
"""The model knows these words, as people write them; a page for classrooms does not list them."""
LITTLE_WORDS = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "is",
        "are",
        "was",
        "were",
        "be",
        "it",
        "this",
        "that",
        "i",
        "you",
        "he",
        "she",
        "we",
        "they",
        "them",
        "his",
        "her",
        "its",
        "my",
        "your",
        "me",
        "him",
        "us",
        "our",
        "their",
        "with",
        "as",
        "by",
        "from",
        "so",
        "but",
        "if",
        "then",
        "than",
        "there",
        "here",
        "have",
        "has",
        "had",
        "do",
        "does",
        "did",
        "will",
        "would",
    ]
)


def telling_words(
    vocabulary: Vocabulary, weights: FloatArray, messages: list[Message]
) -> dict[str, list[tuple[str, float]]]:
    """Return each emotion's most telling words: by how much their weight exceeds the mean over the emotions.

    Args:
        vocabulary: With its runs of words numbered from 1.
        weights: Of the first reader, shape ``(grams, 7)``.
        messages: The training split.
    """
    having = Counter(token for message in messages for token in set(message.tokens))
    single = [
        (number, gram)
        for number, gram in enumerate(vocabulary.word_grams, 1)
        if having[gram] >= LEAST_MESSAGES and _may_be_shown(gram) and gram not in LITTLE_WORDS
    ]
    table = weights[[number for number, _ in single]]
    table = table - table.mean(axis=1, keepdims=True)
    words = [gram for _, gram in single]
    return {
        emotion: [
            (words[place], round(float(table[place, column]), 3))
            for place in np.argsort(-table[:, column])[:MOST_TELLING]
            if table[place, column] > 0
        ]
        for column, emotion in enumerate(EMOTIONS)
    }


def _may_be_shown(word: str) -> bool:
    return is_word(word) and word != SMILEY and not _NOT_SHOWN.match(word)


def word_places(words: list[str], vectors: FloatArray, messages: list[Message]) -> dict[str, tuple[float, float]]:
    """Lay the most frequent words out on a map on which those that are alike in all dimensions stay neighbours.

    Args:
        words: What has a vector.
        vectors: Shape ``(len(words), width)``.
        messages: The training split.

    Returns:
        Two numbers a word, in [-100, 100]. Directions and far distances on the map mean nothing.

    Sources:
        van der Maaten & Hinton 2008, "Visualizing Data using t-SNE".
    """
    from sklearn.manifold import TSNE

    having = Counter(token for message in messages for token in set(message.tokens))
    shown = [n for n, word in enumerate(words) if _may_be_shown(word)]
    frequent = sorted(shown, key=lambda n: (-having[words[n]], n))
    chosen = frequent[:MOST_PLACES]
    if len(chosen) < 10:
        return {}
    directions = vectors[chosen] / np.maximum(np.linalg.norm(vectors[chosen], axis=1, keepdims=True), 1e-9)
    perplexity = min(30.0, (len(chosen) - 1) / 3)
    flat = TSNE(perplexity=perplexity, init="pca", random_state=0, n_jobs=1).fit_transform(directions)
    flat = 100 * flat / np.abs(flat).max()
    return {words[n]: (round(float(x), 1), round(float(y), 1)) for n, (x, y) in zip(chosen, flat, strict=True)}
