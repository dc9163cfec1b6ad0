"""Label orders: whatever order another data set has, the columns come out in ours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer.emotions import ALIASES, EMOTIONS, canonical, order_from

names_of = {emotion: [emotion, *(alias for alias, ours in ALIASES.items() if ours == emotion)] for emotion in EMOTIONS}
one_name_each = st.tuples(*[st.sampled_from(names_of[emotion]) for emotion in EMOTIONS])
left_out = st.lists(st.sampled_from(["contempt", "boredom", "love", "unknown", "NF"]), max_size=4)


@st.composite
def other_orders(draw: st.DrawFn) -> list[str]:
    names = draw(st.permutations([*draw(one_name_each), *draw(left_out)]))
    return [draw(st.sampled_from([name, name.upper(), f" {name} "])) for name in names]


@given(names=other_orders())
def test_every_column_finds_its_emotion(names: list[str]):
    columns = order_from(names)
    assert [canonical(names[column]) for column in columns] == list(EMOTIONS)
    assert len(set(columns)) == len(EMOTIONS)


@given(names=other_orders(), seed=st.integers(0, 1000))
def test_reordered_probabilities_keep_their_emotion(names: list[str], seed: int):
    theirs = np.random.default_rng(seed).random((3, len(names)))
    ours = theirs[:, order_from(names)]
    for column, emotion in enumerate(EMOTIONS):
        source = next(i for i, name in enumerate(names) if canonical(name) == emotion)
        np.testing.assert_array_equal(ours[:, column], theirs[:, source])


@given(names=other_orders(), missing=st.sampled_from(EMOTIONS))
def test_a_missing_emotion_is_never_filled_by_another(names: list[str], missing: str):
    with pytest.raises(ValueError, match=missing):
        order_from([name for name in names if canonical(name) != missing])


@given(name=st.text(max_size=20))
def test_any_text_is_an_emotion_or_none(name: str):
    assert canonical(name) in (*EMOTIONS, None)
