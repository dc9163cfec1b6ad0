"""Engagement from probabilities: formulas by name, each with its citation, its weights and what each signal adds.

None of them measures engagement: they turn what a network reads in a face into one number between 0 and 1, by rules
that others published and that contradict each other. So a class shows which one is in use, and lets it be switched.

Sources:
    Sharma et al. 2019, "Student Engagement Detection Using Emotion Analysis, Eye Tracking and Head Movement with
    Machine Learning", arXiv 1909.12913 (weights of six emotions).
    Russell & Mehrabian 1977, "Evidence for a three-factor theory of emotions", J. Research in Personality 11 (pleasure
    and arousal of 151 words).
    Russell 1980, "A circumplex model of affect", J. Personality and Social Psychology 39 (excitement lies between
    pleasure and arousal).
    Whitehill et al. 2014, "The Faces of Engagement", IEEE Trans. Affective Computing 5 (the mean over moments tells the
    rating of a clip, r = 0.85).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from fer.classroom.records import ClassSettings, FloatArray, FormulaName
from fer.emotions import EMOTIONS
from fer.errors import InputError

SHARMA: dict[str, float] = {
    "angry": 0.25,
    "disgust": 0.2,
    "fear": 0.3,
    "happy": 0.6,
    "sad": 0.3,
    "surprise": 0.6,
    "neutral": 0.9,
}
"""How engaged a face of each emotion is taken to be. Sharma et al. 2019; they give none for disgust, which is
from a second public implementation of theirs."""

PLEASURE_AROUSAL: dict[str, tuple[float, float]] = {
    "angry": (-0.51, 0.59),
    "disgust": (-0.60, 0.35),
    "fear": (-0.64, 0.60),
    "happy": (0.81, 0.51),
    "sad": (-0.63, -0.27),
    "surprise": (0.40, 0.67),
    "neutral": (0.0, 0.0),
}
"""Mean ratings, each in [-1, 1], of the words angry, disgusted, fearful, happy, sad and surprised: Russell & Mehrabian
1977. Their list has no word for neutral: the middle of both scales is ours."""

MIDDLE = 0.5
"""What the valence formula gives for a face of neither pleasure nor arousal: the middle of its range; ours."""


@dataclass(frozen=True)
class Formula:
    """One way from seven probabilities to one number.

    Attributes:
        name: As settings hold it.
        title: As pages and reports show it.
        citation: Where it comes from, and what of it is ours.
        definition: What it computes, in a sentence.
        latex: The same as a formula, without dollar signs.
        weights: Of each emotion by name, as published; None where nothing can be weighed.
        uses_attention: Whether it also needs attention, and so a detector that gives landmarks.
    """

    name: FormulaName
    title: str
    citation: str
    definition: str
    latex: str
    weights: dict[str, float] | None
    uses_attention: bool


_SHARMA_CITATION = (
    "Weights: Sharma et al. 2019 (arXiv 1909.12913); disgust from a second public implementation. The expectation "
    "over all seven probabilities instead of the top label alone is ours."
)

FORMULAS: dict[FormulaName, Formula] = {
    "emotions": Formula(
        name="emotions",
        title="Emotion weights",
        citation=_SHARMA_CITATION,
        definition="Each emotion has a weight; engagement is the weights' mean, weighed by the seven probabilities.",
        latex=r"E = \sum_e p_e\, w_e",
        weights=SHARMA,
        uses_attention=False,
    ),
    "attention": Formula(
        name="attention",
        title="Emotion weights × attention",
        citation=f"{_SHARMA_CITATION} Attention from the head's direction and its limits are ours.",
        definition="The same, times attention: 1 for a face towards the screen, falling to 0 for one turned away. "
        "Unknown where the detector gives no landmarks.",
        latex=r"E = A \sum_e p_e\, w_e",
        weights=SHARMA,
        uses_attention=True,
    ),
    "valence": Formula(
        name="valence",
        title="Valence and arousal",
        citation="Pleasure and arousal of the words: Russell & Mehrabian 1977; neutral at the middle of both is ours. "
        "Half-way between them lies excitement (Russell 1980); to call that engagement is ours.",
        definition="Each emotion has a published pleasure (valence) and arousal from -1 to 1; engagement is their "
        "expectation along the line from sluggish and displeased (0) to excited and pleased (1); neither is 0.5.",
        latex=r"E = \tfrac{1}{2} + \tfrac{1}{4} \sum_e p_e\,(v_e + a_e)",
        weights=None,
        uses_attention=False,
    ),
}

_PLANE = np.array([PLEASURE_AROUSAL[name] for name in EMOTIONS])


def checked_weights(weights: Mapping[str, float]) -> dict[str, float]:
    """Return a teacher's weights, in FER2013's order and completed by the published ones.

    Args:
        weights: By emotion's name; those that are missing are as published.

    Raises:
        InputError: If a name is no emotion or a weight is no number from 0 to 1.

    >>> checked_weights({"happy": 1.0})["happy"], checked_weights({})["neutral"]
    (1.0, 0.9)
    """
    if unknown := [name for name in weights if name not in EMOTIONS]:
        raise InputError(f"weights are for {', '.join(EMOTIONS)}; {unknown[0]!r} came. Leave it out.")
    for name, weight in weights.items():
        if not (math.isfinite(weight) and 0 <= weight <= 1):
            raise InputError(f"the weight of {name} must be a number from 0 to 1; {weight:g} came. Change it.")
    return {name: float(weights.get(name, SHARMA[name])) for name in EMOTIONS}


def engagement(probabilities: FloatArray | None, attention: float | None, settings: ClassSettings) -> float | None:
    """Return the engagement of one face, or of one second of a seat.

    Args:
        probabilities: Of the seven emotions in FER2013's order, shape ``(7,)``, sum 1; None where there is no mood.
        attention: In [0, 1], from ``fer.classroom.attention``; None where it is unknown.
        settings: Of the class: which formula, and the weights.

    Returns:
        In [0, 1]; None where the formula lacks something it needs. Unknown is never a zero.

    Raises:
        ValueError: If the probabilities have another shape or are not finite.
        InputError: If the settings hold weights that are none.
    """
    parts = contributions(probabilities, attention, settings)
    return min(1.0, max(0.0, math.fsum(parts.values()))) if parts else None


def contributions(
    probabilities: FloatArray | None, attention: float | None, settings: ClassSettings
) -> dict[str, float]:
    """Return what each signal adds to the engagement.

    Args:
        probabilities: As for ``engagement``.
        attention: As for ``engagement``.
        settings: As for ``engagement``.

    Returns:
        By signal, adding up to the engagement; empty where that is unknown. ``emotions`` gives one part an emotion;
        ``attention`` takes off, as a negative part, what looking away costs; ``valence`` gives ``middle`` (0.5),
        ``valence`` and ``arousal``, of which each may be negative.

    Raises:
        ValueError: If the probabilities have another shape or are not finite.
        InputError: If the settings hold weights that are none.
    """
    formula = FORMULAS[settings.formula]
    if probabilities is None or (formula.uses_attention and attention is None):
        return {}
    _check(probabilities)
    if formula.weights is None:
        valence, arousal = valence_arousal(probabilities)
        return {"middle": MIDDLE, "valence": valence / 4, "arousal": arousal / 4}
    weights = checked_weights(settings.weights)
    parts = {name: float(p) * weights[name] for name, p in zip(EMOTIONS, probabilities, strict=True)}
    if formula.uses_attention and attention is not None:
        parts["attention"] = (min(1.0, max(0.0, attention)) - 1) * math.fsum(parts.values())
    return parts


def mean_contributions(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of several seats' contributions, which adds up to the mean of their engagements.

    Args:
        parts: From ``contributions`` under one formula; empty ones (unknown) are left out.

    >>> mean_contributions([{"middle": 0.5, "valence": 0.2}, {}, {"middle": 0.5, "valence": -0.1}])
    {'middle': 0.5, 'valence': 0.05}
    """
    known = [part for part in parts if part]
    names = list(dict.fromkeys(name for part in known for name in part))
    return {name: math.fsum(part.get(name, 0.0) for part in known) / len(known) for name in names}


def valence_arousal(probabilities: FloatArray) -> tuple[float, float]:
    """Return the expected pleasure and arousal, each in [-1, 1].

    Args:
        probabilities: Shape ``(7,)``, FER2013's order, sum 1.

    Raises:
        ValueError: If they have another shape or are not finite.

    Sources:
        Russell & Mehrabian 1977 (``PLEASURE_AROUSAL``).
    """
    _check(probabilities)
    valence, arousal = np.asarray(probabilities, np.float64) @ _PLANE
    return float(valence), float(arousal)


def _check(probabilities: FloatArray) -> None:
    if np.shape(probabilities) != (len(EMOTIONS),) or not np.isfinite(probabilities).all():
        raise ValueError(f"expected {len(EMOTIONS)} finite probabilities, got {probabilities!r}")
