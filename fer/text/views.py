"""What each way of turning text into numbers keeps and loses, on sentences of one's own: for learning only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.text.cleaning import MOST_CHARACTERS, STEPS
from fer.text.grams import Message, Vocabulary, character_grams

FloatArray = npt.NDArray[np.float64]
Table = tuple[list[str], FloatArray]
"""Features and, for each sentence (rows), how much of each (columns) is in it."""

MOST_FEATURES = 40


def cleaning_steps(text: str) -> list[tuple[str, str, str, bool]]:
    """Return each step's name, why it is taken, the text after it, and whether it changed anything."""
    rows, text = [], text[:MOST_CHARACTERS]
    for step in STEPS:
        after = step.change(text)
        rows.append((step.name, step.why, after, after != text))
        text = after
    return rows


def bag_of_words(messages: Sequence[Message]) -> Table:
    """Count words: how often each is there; their order is lost."""
    return _counted(messages, (1, 1), "count")


def word_pairs(messages: Sequence[Message]) -> Table:
    """Count pairs of neighbours: "not good" is no longer "good"; there are many more features, most seen once."""
    return _counted(messages, (2, 2), "count")


def tf_idf(messages: Sequence[Message]) -> Table:
    """Weigh words: what all sentences have counts little, what one has counts much; each row is of length 1."""
    return _counted(messages, (1, 1), "tf-idf")


def _counted(messages: Sequence[Message], lengths: tuple[int, int], how: str) -> Table:
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    kind = TfidfVectorizer if how == "tf-idf" else CountVectorizer
    vectorizer = kind(
        tokenizer=lambda message: message.tokens, preprocessor=lambda message: message, token_pattern=None,
        ngram_range=lengths, lowercase=False,
    )  # fmt: skip
    try:
        table = vectorizer.fit_transform(messages).toarray().astype(float)
    except ValueError:
        # scikit-learn's word for sentences that are all empty or too short.
        return [], np.zeros((len(messages), 0))
    return _first_features(list(vectorizer.get_feature_names_out()), table, messages)


def character_counts(messages: Sequence[Message]) -> Table:
    """Count runs of three characters: "hapy" shares most of "happy"; what a run means is lost."""
    counted = [Counter(gram for gram in character_grams(message.cleaned) if len(gram) == 3) for message in messages]
    features = list(dict.fromkeys(gram for counts in counted for gram in counts))
    table = np.array([[counts[gram] for gram in features] for counts in counted], float)
    return features[:MOST_FEATURES], table.reshape(len(messages), len(features))[:, :MOST_FEATURES]


def _first_features(features: list[str], table: FloatArray, messages: Sequence[Message]) -> Table:
    """Put features in the order in which the sentences have them; the first ones are enough to see."""
    where = {token: place for place, token in reversed(list(enumerate(t for m in messages for t in m.tokens)))}
    order = sorted(range(len(features)), key=lambda column: where.get(features[column].split(" ")[0], 0))
    order = order[:MOST_FEATURES]
    return [features[column] for column in order], table[:, order]


def hashed(messages: Sequence[Message], buckets: int) -> list[tuple[int, list[str]]]:
    """Put words into numbered buckets by their hash: no vocabulary is kept; words that share a bucket are one feature.

    Args:
        messages: One's own sentences.
        buckets: How many there are.

    Returns:
        Each bucket that holds something, with its words.
    """
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(buckets, input_type="string", alternate_sign=False)
    words = list(dict.fromkeys(token for message in messages for token in message.tokens))
    if not words:
        return []
    rows = hasher.transform([[word] for word in words])
    found: dict[int, list[str]] = {}
    for word, bucket in zip(words, rows.indices, strict=True):
        found.setdefault(int(bucket), []).append(word)
    return sorted(found.items())


@dataclass(frozen=True)
class Place:
    """A word on the map of words.

    Attributes:
        word: The word.
        x: In [-100, 100].
        y: In [-100, 100].
        group: The emotion it tells most of, "own" for a word of one's own sentences.
    """

    word: str
    x: float
    y: float
    group: str


def word_map(messages: Sequence[Message], vocabulary: Vocabulary, telling: int = 40) -> list[Place]:
    """Return where one's own words lie among the most telling ones.

    Words without a place are left out, and so are telling ones that would cover another.

    Args:
        messages: One's own sentences.
        vocabulary: With its map.
        telling: So many of each emotion's most telling words are tried, the first first.
    """
    own = list(dict.fromkeys(token for message in messages for token in message.tokens if token in vocabulary.places))
    shown = [Place(word, *vocabulary.places[word], "own") for word in own]
    for rank in range(telling):
        for emotion, words in vocabulary.telling.items():
            word = words[rank][0] if rank < len(words) else ""
            if word in vocabulary.places and word not in own:
                place = Place(word, *vocabulary.places[word], emotion)
                if not any(_covers(place, other) for other in shown):
                    shown.append(place)
    return shown


def _covers(place: Place, other: Place) -> bool:
    """Whether two words would lie on each other: a letter is about 1.7 wide and a line 7 high where the map is 200."""
    wide = 0.9 * (len(place.word) + len(other.word)) + 1
    return abs(place.x - other.x) < wide and abs(place.y - other.y) < 7
