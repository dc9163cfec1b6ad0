"""Views: what each keeps and loses, on sentences of one's own."""

from __future__ import annotations

import pytest

from fer.text import views
from fer.text.classify import open_text_classifier
from fer.text.grams import Message

TEXTS = ["I am not happy", "I am happy", "im hapy"]
MESSAGES = [Message.of(text) for text in TEXTS]


def column(table: views.Table, feature: str) -> list[float]:
    names, values = table
    return [round(float(value), 3) for value in values[:, names.index(feature)]]


def test_steps_show_what_they_change():
    steps = views.cleaning_steps("SO sad :(")
    assert [name for name, _, _, changed in steps if changed] == ["Emoticons to words", "Small letters"]
    assert steps[-1][2] == "so sad emo frowning"


def test_a_bag_counts_words():
    assert column(views.bag_of_words(MESSAGES), "happy") == [1, 1, 0]


def test_pairs_tell_not_happy_from_happy():
    names, _ = views.word_pairs(MESSAGES)
    assert "not happy" in names
    assert column(views.word_pairs(MESSAGES), "not happy") == [1, 0, 0]


def test_tf_idf_weighs_what_others_lack():
    table = views.tf_idf(MESSAGES)
    first = dict(zip(table[0], table[1][0], strict=True))
    assert first["not"] > first["happy"] > 0


def test_characters_bring_typos_near():
    names, values = views.character_counts(MESSAGES)
    shared = [name for name, row in zip(names, values.T, strict=True) if row[1] and row[2]]
    assert " ha" in shared and "hap" in shared


def test_few_buckets_are_shared_and_many_are_not():
    words = {token for message in MESSAGES for token in message.tokens}
    few, many = views.hashed(MESSAGES, 2), views.hashed(MESSAGES, 1 << 16)
    assert len(few) <= 2
    assert len(many) == len(words)
    assert {word for _, inside in few for word in inside} == words


@pytest.mark.parametrize("view", [views.bag_of_words, views.word_pairs, views.tf_idf, views.character_counts])
def test_sentences_with_nothing_in_them_give_no_features(view):
    names, values = view([Message.of(""), Message.of(" ")])
    assert names == []
    assert values.shape == (2, 0)
    assert views.hashed([Message.of("")], 8) == []


def test_ones_own_words_lie_on_the_map_and_alike_words_near():
    vocabulary = open_text_classifier().vocabulary
    places = {place.word: place for place in views.word_map(MESSAGES, vocabulary)}
    assert places["happy"].group == "own"
    assert {place.group for place in places.values()} >= {"own", "angry", "sad", "fear"}

    def far(one: str, other: str) -> float:
        (a, b), (c, d) = vocabulary.places[one], vocabulary.places[other]
        return float((a - c) ** 2 + (b - d) ** 2)

    assert far("mother", "father") < far("mother", "disgusting")


def test_telling_words_speak_for_their_emotion():
    telling = {
        emotion: {word for word, _ in words} for emotion, words in open_text_classifier().vocabulary.telling.items()
    }
    for emotion, word in (
        ("happy", "thanks"),
        ("sad", "sad"),
        ("fear", "scared"),
        ("disgust", "disgusting"),
        ("surprise", "wow"),
    ):
        assert word in telling[emotion]
