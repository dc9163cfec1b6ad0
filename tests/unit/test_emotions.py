"""The seven emotions: one order, and every other order mapped to it by name."""

from __future__ import annotations

import re

import numpy as np
import pytest

from fer.emotions import ALIASES, EMOTIONS, STYLES, as_mapping, canonical, order_from

KAGGLE_FOLDERS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
FERPLUS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")


def test_the_order_is_fer2013s():
    # Goodfellow et al. 2013: 0 angry ... 6 neutral; the CSV's numbers depend on it.
    assert EMOTIONS == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


@pytest.mark.parametrize("names", [EMOTIONS, KAGGLE_FOLDERS, FERPLUS])
def test_other_orders_are_mapped_by_name(names: tuple[str, ...]):
    columns = order_from(names)
    assert [canonical(names[column]) for column in columns] == list(EMOTIONS)


def test_probabilities_in_kaggles_order_come_out_in_ours():
    theirs = np.array([[0.0, 0.1, 0.2, 0.3, 0.9, 0.4, 0.5]])
    assert theirs[:, order_from(KAGGLE_FOLDERS)].tolist() == [[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.9]]


def test_the_first_of_two_names_for_one_emotion_counts():
    assert order_from([*EMOTIONS, "joy"])[EMOTIONS.index("happy")] == EMOTIONS.index("happy")


def test_a_missing_emotion_is_named():
    with pytest.raises(ValueError, match=r"lack \['disgust'\]"):
        order_from([name for name in EMOTIONS if name != "disgust"])


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("Happiness", "happy"), (" SAD ", "sad"), ("fearful", "fear"), ("boredom", None), ("contempt", None), ("", None)],
)
def test_names(theirs: str, ours: str | None):
    assert canonical(theirs) == ours


def test_aliases_lead_to_emotions():
    assert set(ALIASES.values()) <= set(EMOTIONS)
    assert not set(ALIASES) & set(EMOTIONS)


def test_every_emotion_has_a_look_of_its_own():
    assert tuple(STYLES) == EMOTIONS
    for part in ("colour", "symbol", "pattern"):
        assert len({getattr(style, part) for style in STYLES.values()}) == len(EMOTIONS)
    assert all(re.fullmatch("#[0-9a-f]{6}", style.colour) for style in STYLES.values())
    assert all(len(style.symbol) == 1 for style in STYLES.values())


def test_probabilities_by_name_are_plain_rounded_floats():
    named = as_mapping(np.array([0.12344, 0, 0, 0.5, 0, 0, 0.37656], np.float32))
    assert list(named) == list(EMOTIONS)
    assert named["angry"] == 0.1234
    assert {type(value) for value in named.values()} == {float}


def test_another_number_of_probabilities_is_a_mistake():
    with pytest.raises(ValueError):
        as_mapping(np.zeros(8))
