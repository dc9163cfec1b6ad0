"""The seven emotions: one order, one set of names, colours and symbols, and the map from every other order.

FER2013's order is the only one used inside Classmood. Labels in any other order (Kaggle's folders are
alphabetical, FER+ has eight columns) are mapped where they are read, by name, never by position.

Sources:
    Goodfellow et al. 2013, "Challenges in Representation Learning" (FER2013's order).
    Okabe & Ito 2008, "Color Universal Design" (where the search for the colours began).
    Machado et al. 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

EMOTIONS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Names in FER2013's order: the index of a name is its label."""


@dataclass(frozen=True)
class EmotionStyle:
    """How one emotion is shown everywhere.

    Attributes:
        colour: ``#rrggbb``, from a palette that colour-blind people can tell apart.
        symbol: One character that is drawn beside the name, so that colour never stands alone.
        pattern: Plotly fill pattern for stacked areas and bars, so that greyscale prints stay readable.
    """

    colour: str
    symbol: str
    pattern: str


# Searched for numerically: any two stay at least 12 CIEDE2000 apart for protanopes, deuteranopes and tritanopes (the
# Okabe-Ito colours themselves come as close as 3.6), and each has a contrast of 3:1 on the light and the dark page.
# tests/unit/ui/test_colours.py holds both.
STYLES: dict[str, EmotionStyle] = {
    "angry": EmotionStyle("#c03616", "▲", "/"),
    "disgust": EmotionStyle("#407356", "◆", "x"),
    "fear": EmotionStyle("#8d5680", "▼", "\\"),
    "happy": EmotionStyle("#d17d0b", "●", ""),
    "sad": EmotionStyle("#4363de", "■", "-"),
    "surprise": EmotionStyle("#249dbc", "★", "+"),
    "neutral": EmotionStyle("#8f928c", "○", "."),
}

ALIASES: dict[str, str] = {
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "happiness": "happy",
    "joy": "happy",
    "sadness": "sad",
    "surprised": "surprise",
    "calm": "neutral",
}
"""What other data sets call the seven. Boredom, love and contempt have no counterpart and are left out."""


def canonical(name: str) -> str | None:
    """Return our name of an emotion, or None if it is not one of the seven.

    >>> canonical("Happiness"), canonical("calm"), canonical("contempt")
    ('happy', 'neutral', None)
    """
    name = name.strip().lower()
    name = ALIASES.get(name, name)
    return name if name in EMOTIONS else None


def order_from(names: Sequence[str]) -> list[int]:
    """Return where each of our seven emotions stands in another order.

    Args:
        names: The other order's labels; they may be aliases, and may hold labels that we leave out.

    Returns:
        Seven column indices, so that ``other[:, order_from(names)]`` is in FER2013's order.

    Raises:
        ValueError: If one of the seven is missing from ``names``.

    >>> order_from(["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"])
    [0, 1, 2, 3, 5, 6, 4]
    """
    found = {canonical(name): column for column, name in reversed(list(enumerate(names)))}
    missing = [name for name in EMOTIONS if name not in found]
    if missing:
        raise ValueError(f"labels {list(names)} lack {missing}")
    return [found[name] for name in EMOTIONS]


def as_mapping(probabilities: npt.NDArray[np.floating]) -> dict[str, float]:
    """Name seven probabilities, rounded to four decimals, in FER2013's order."""
    return {name: round(float(p), 4) for name, p in zip(EMOTIONS, probabilities, strict=True)}
