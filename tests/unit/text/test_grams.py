"""Counting: the vocabulary, the numbers, and TF-IDF as scikit-learn has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer.errors import ModelError
from fer.text.grams import Message, Vocabulary, character_grams, learn_vocabulary, read_vocabulary, write_vocabulary
from fer.text.samples import SENTENCES
from fer.text.tables import count_table, inverse_document_frequency, scale_counts

TEXTS = [text for texts in SENTENCES.values() for text in texts] + ["no no no no", "", "?!"]
MESSAGES = [Message.of(text) for text in TEXTS]


def test_only_what_is_in_enough_messages_is_learned():
    messages = [Message.of(text) for text in ("good good day", "good night", "bad")]
    learned = learn_vocabulary(messages, 2, 2, 1)
    assert learned.word_grams == ["good"]
    assert {" good", "good", "d "} <= set(learned.character_grams)
    assert "day" not in learned.character_grams
    assert learned.words == ["good", "bad", "day", "night"]
    assert [learned.rank(word) for word in ("good", "night", "unheard")] == [0, 3, 4]


def test_padding_does_not_change_a_message():
    vocabulary = learn_vocabulary(MESSAGES, 1, 1, 1)
    alone = vocabulary.encode([MESSAGES[0]])
    among = vocabulary.encode(MESSAGES)
    assert among.grams[0, : alone.grams.shape[1]].tolist() == alone.grams[0].tolist()
    assert not among.grams[0, alone.grams.shape[1] :].any()
    assert not among.counts[0, alone.grams.shape[1] :].any()
    assert among.words[-2].tolist() == [0] * among.words.shape[1]


def test_unknown_words_have_a_number_of_their_own():
    vocabulary = Vocabulary(["good"], [], ["good"])
    assert vocabulary.number(Message.of("good zzzz")) == [2, 1]
    assert vocabulary.count(Message.of("good zzzz good")) == {1: 2}


def test_tf_idf_is_scikit_learns():
    from sklearn.feature_extraction.text import TfidfVectorizer

    vocabulary = learn_vocabulary(MESSAGES, 1, 1, 1)
    counts = count_table(MESSAGES, vocabulary)
    last = len(vocabulary.word_grams)
    ours = scale_counts(counts, inverse_document_frequency(counts), last).toarray()
    words = TfidfVectorizer(
        tokenizer=lambda message: message.tokens, preprocessor=lambda message: message, token_pattern=None,
        ngram_range=(1, 2), sublinear_tf=True, lowercase=False,
    )  # fmt: skip
    theirs = words.fit_transform(MESSAGES).toarray()
    order = [vocabulary.word_grams.index(name) + 1 for name in words.get_feature_names_out()]
    assert np.allclose(ours[:, order], theirs, atol=1e-5)
    characters = TfidfVectorizer(analyzer=lambda message: list(character_grams(message.cleaned)), sublinear_tf=True)
    theirs = characters.fit_transform(MESSAGES).toarray()
    order = [vocabulary.character_grams.index(name) + 1 + last for name in characters.get_feature_names_out()]
    assert np.allclose(ours[:, order], theirs, atol=1e-5)


def test_a_vocabulary_is_written_and_read(tmp_path: Path):
    vocabulary = Vocabulary(["good"], [" g"], ["good"], {"happy": [("good", 1.5)]}, {"good": (1.0, -2.0)})
    write_vocabulary(vocabulary, tmp_path / "v.json")
    again = read_vocabulary(tmp_path / "v.json")
    assert again.word_grams == ["good"]
    assert again.telling["happy"][0][0] == "good"
    assert tuple(again.places["good"]) == (1.0, -2.0)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": 2}', '{"schema": 1, "other": 1}'])
def test_what_is_no_vocabulary_is_said(tmp_path: Path, content: str):
    (tmp_path / "v.json").write_text(content)
    with pytest.raises(ModelError, match="v.json"):
        read_vocabulary(tmp_path / "v.json")
