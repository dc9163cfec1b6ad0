"""Corpora: labels mapped by name, several labels shared, what has no counterpart left out and said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer.emotions import EMOTIONS
from fer.errors import DataError
from fer.text.corpora import read_carer, read_goemotions, read_labelled
from fer.text.samples import SENTENCES, labelled_sentences
from fer.text.vectors import first_vectors, read_vectors


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_goemotions_numbers_are_mapped_by_name(tmp_path: Path):
    path = write(tmp_path / "t.tsv", "".join(f"text {n}\t{n}\tid\n" for n in range(7)) + "both\t0,5\tid\n")
    found = read_goemotions(path)
    assert [EMOTIONS[label] for label in found.labels[:7]] == [
        "angry", "disgust", "fear", "happy", "neutral", "sad", "surprise",
    ]  # fmt: skip
    assert found.single.tolist() == [True] * 7 + [False]
    assert found.targets[7].tolist() == [0.5, 0, 0, 0, 0.5, 0, 0]


def test_an_open_quotation_mark_is_said_with_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write(tmp_path / "own.csv", 'text,label\nhi,joy\n\n"never closed,joy\n' + "x\n" * 80_000)
    for longest in (16_000_000, 131_072):
        monkeypatch.setattr("fer.text.corpora.LONGEST_CELL", longest)
        with pytest.raises(DataError, match="own.csv: row 4 cannot be read .* quotation mark"):
            read_labelled(path)


def test_carer_without_love(tmp_path: Path):
    found = read_carer(write(tmp_path / "c.txt", "text;label_name\ni feel; fine;joy\ni miss you;sadness\nhugs;love\n"))
    assert found.texts == ["i feel; fine", "i miss you"]
    assert [EMOTIONS[label] for label in found.labels] == ["happy", "sad"]
    assert "love (1)" in found.note


@pytest.mark.parametrize(
    "text",
    [
        "a\t3\tid\nb\t4\tid\n",
        "text;label\na;joy\nb;neutral\n",
        "Emotion,Text\njoy,a\nCalm,b\n",
        "id\tsentence\tlabel\n1\ta\thappiness\n2\tb\tneutral\n",
    ],
)
def test_every_form_is_read(tmp_path: Path, text: str):
    found = read_labelled(write(tmp_path / "own.csv", text))
    assert found.texts == ["a", "b"]
    assert [EMOTIONS[label] for label in found.labels] == ["happy", "neutral"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a column called text"),
        ("a,b\n1,2\n", "its columns are a, b"),
        ("text,label\nhi,love\n", "none of its labels is one of our seven"),
        ("text,label\n", "no rows"),
        ("hi\t28\tid\n", "label numbers"),
    ],
)
def test_what_holds_no_labelled_messages_is_said(tmp_path: Path, text: str, said: str):
    with pytest.raises(DataError, match=said):
        read_labelled(write(tmp_path / "own.csv", text))
    with pytest.raises(DataError, match="my name"):
        read_labelled(tmp_path / "own.csv", "my name")


def test_files_that_cannot_be_read_are_said(tmp_path: Path):
    with pytest.raises(DataError, match="cannot be read"):
        read_labelled(tmp_path / "none.csv")
    (tmp_path / "wide.csv").write_bytes("text,label\nü,joy\n".encode("utf-16"))
    with pytest.raises(DataError, match="UTF-8"):
        read_labelled(tmp_path / "wide.csv")
    with pytest.raises(DataError, match="line 1 is not a text, a tab and label numbers"):
        read_goemotions(write(tmp_path / "t.tsv", "a\tb\n"))


def test_the_shared_corpora_are_read_whole(shared: Path):
    text = shared / "data" / "text"
    dev = read_goemotions(text / "goemotions" / "ekman_dev.tsv")
    assert len(dev.texts) == 5426
    counts = np.bincount(dev.labels[dev.single])
    assert dict(zip(EMOTIONS, counts.tolist(), strict=True)) == {
        "angry": 555, "disgust": 61, "fear": 72, "happy": 1941, "sad": 266, "surprise": 459, "neutral": 1592,
    }  # fmt: skip
    carer = read_carer(text / "dair_emotion" / "val.txt")
    assert len(carer.texts) + 178 == 2000
    assert "love (178)" in carer.note


def test_our_own_sentences_have_each_emotion_as_often():
    assert np.bincount(labelled_sentences().labels).tolist() == [15] * 7
    everything = [text for texts in SENTENCES.values() for text in texts]
    assert len(everything) == len(set(everything))


GLOVE = "the 1 2 3\ndont 4 5 6\nso 7 8 9\n"
JSON = '{"dimensions": 3, "vectors": {"the": [1, 2, 3, 0.5, 0], "dont": [4, 5, 6, 0.5, 1], "so": [7, 8, 9, 0.5, 2]}}'


@pytest.mark.parametrize("content", [GLOVE, JSON])
def test_vectors_are_found_under_other_spellings(tmp_path: Path, content: str):
    path = write(tmp_path / "vectors", content)
    table = first_vectors(["don't", "sooo", "unheard"], path, 99, 1)
    assert table.shape == (5, 3)
    assert table[0].tolist() == [0, 0, 0]
    assert table[2].tolist() == [4, 5, 6]
    assert table[3].tolist() == [7, 8, 9]
    assert np.abs(table[4]).max() < 3


@pytest.mark.parametrize("content", ["", "{}", "word a b\n", "other 1 2\n", "the 1 2\nso 1\n"])
def test_what_holds_no_vectors_is_said(tmp_path: Path, content: str):
    with pytest.raises(DataError, match="vectors"):
        read_vectors(write(tmp_path / "vectors", content), {"the", "so", "word"})
