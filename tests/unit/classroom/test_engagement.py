"""Engagement: the published weights, all three formulas, what each signal adds, and the unknown."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fer.classroom.engagement import (
    FORMULAS,
    PLEASURE_AROUSAL,
    SHARMA,
    checked_weights,
    contributions,
    engagement,
    mean_contributions,
    valence_arousal,
)
from fer.classroom.records import ClassSettings, FormulaName
from fer.emotions import EMOTIONS
from fer.errors import InputError

NAMES: tuple[FormulaName, ...] = ("emotions", "attention", "valence")


def only(name: str) -> np.ndarray:
    return np.eye(7, dtype=np.float32)[EMOTIONS.index(name)]


def settings(formula: FormulaName = "emotions", **weights: float) -> ClassSettings:
    return ClassSettings(formula=formula, weights=weights)


def test_the_weights_are_the_published_ones():
    assert SHARMA == {
        "angry": 0.25, "disgust": 0.2, "fear": 0.3, "happy": 0.6, "sad": 0.3, "surprise": 0.6, "neutral": 0.9,
    }  # fmt: skip


@pytest.mark.parametrize("name", EMOTIONS)
def test_a_sure_face_has_its_weight(name: str):
    assert engagement(only(name), None, settings()) == pytest.approx(SHARMA[name])


def test_it_is_an_expectation_not_the_top_label():
    half = (only("neutral") + only("angry")) / 2
    barely = np.array([0.26, 0.0, 0.0, 0.0, 0.0, 0.24, 0.5])
    assert engagement(half, None, settings()) == pytest.approx((0.9 + 0.25) / 2)
    assert engagement(barely, None, settings()) == pytest.approx(0.26 * 0.25 + 0.24 * 0.6 + 0.5 * 0.9)


def test_attention_multiplies():
    value = engagement(only("neutral"), 0.5, settings("attention"))
    assert value == pytest.approx(0.45)
    assert engagement(only("neutral"), 1.0, settings("attention")) == pytest.approx(0.9)
    assert engagement(only("neutral"), 0.0, settings("attention")) == 0, "turned away is known, and nothing"


@pytest.mark.parametrize("formula", NAMES)
def test_no_face_is_unknown_never_zero(formula: FormulaName):
    assert engagement(None, None, settings(formula)) is None
    assert engagement(None, 1.0, settings(formula)) is None
    assert contributions(None, None, settings(formula)) == {}


def test_attention_that_nobody_measured_is_unknown():
    assert engagement(only("happy"), None, settings("attention")) is None
    assert engagement(only("happy"), None, settings("valence")) is not None


def test_valence_and_arousal_are_the_published_ones():
    # Russell & Mehrabian 1977, the words angry, disgusted, fearful, happy, sad, surprised.
    assert valence_arousal(only("happy")) == pytest.approx((0.81, 0.51))
    assert valence_arousal(only("sad")) == pytest.approx((-0.63, -0.27))
    assert valence_arousal(only("neutral")) == (0, 0)
    assert tuple(PLEASURE_AROUSAL) == tuple(sorted(PLEASURE_AROUSAL, key=EMOTIONS.index))


def test_the_valence_formula():
    assert engagement(only("neutral"), None, settings("valence")) == 0.5
    assert engagement(only("happy"), None, settings("valence")) == pytest.approx(0.5 + (0.81 + 0.51) / 4)
    parts = contributions(only("sad"), None, settings("valence"))
    assert list(parts) == ["middle", "valence", "arousal"]
    assert parts["valence"] < 0 and parts["arousal"] < 0


def test_bars_add_up_and_attention_takes_off():
    mixed = np.full(7, 1 / 7, np.float32)
    for formula in NAMES:
        parts = contributions(mixed, 0.3, settings(formula))
        assert math.fsum(parts.values()) == pytest.approx(engagement(mixed, 0.3, settings(formula)))
    parts = contributions(mixed, 0.3, settings("attention"))
    assert list(parts) == [*EMOTIONS, "attention"]
    assert parts["attention"] < 0


def test_a_teachers_weights_count_and_the_others_stay():
    assert engagement(only("happy"), None, settings(happy=1.0)) == 1
    assert engagement(only("neutral"), None, settings(happy=1.0)) == pytest.approx(0.9)
    assert engagement(only("happy"), 0.5, settings("attention", happy=1.0)) == 0.5
    assert engagement(only("happy"), None, settings("valence", happy=1.0)) == pytest.approx(0.83), "nothing to weigh"


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"joy": 1.0}, "weights are for angry, .*'joy' came"),
        ({"happy": 1.2}, "the weight of happy must be a number from 0 to 1; 1.2 came"),
        ({"sad": -0.1}, "the weight of sad"),
        ({"sad": float("nan")}, "the weight of sad .* nan came"),
    ],
)
def test_weights_that_are_none(weights: dict[str, float], said: str):
    with pytest.raises(InputError, match=said):
        checked_weights(weights)


@pytest.mark.parametrize("wrong", [np.zeros(6), np.zeros((1, 7)), np.full(7, np.nan)])
@pytest.mark.parametrize("formula", NAMES)
def test_what_is_no_mood_is_a_mistake(wrong: np.ndarray, formula: FormulaName):
    with pytest.raises(ValueError, match="expected 7 finite probabilities"):
        engagement(wrong, 1.0, settings(formula))


def test_the_class_mean_of_the_bars():
    parts = [contributions(only(name), None, settings()) for name in ("neutral", "happy")] + [{}]
    mean = mean_contributions(parts)
    assert math.fsum(mean.values()) == pytest.approx((0.9 + 0.6) / 2)
    assert mean_contributions([]) == mean_contributions([{}]) == {}


def test_every_formula_says_what_it_is_and_whose():
    for name, formula in FORMULAS.items():
        assert formula.name == name
        assert formula.title and formula.definition.endswith(".") and formula.latex
        assert "ours" in formula.citation and any(year in formula.citation for year in ("1977", "2019"))
        assert formula.weights is None or set(formula.weights) == set(EMOTIONS)
