"""Faces, voice, chat and clicks on one scale: their weighted mean, and where they disagree.

Each signal becomes a number from -1 (unpleasant) to 1 (pleasant). For faces, voice and chat it is the expected pleasure
of the seven emotions; for clicks the mean of what each click stands for. What is unknown in a moment is left out of the
mean: its weight is shared by the others, and it is never a zero.

Sources:
    Russell & Mehrabian 1977, "Evidence for a three-factor theory of emotions", J. Research in Personality 11 (pleasure;
    see ``fer.classroom.engagement``).
    Weights, the clicks' values and the rule of disagreement are ours (decision 0019).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from fer.classroom.class_rows import Timeline
from fer.classroom.engagement import PLEASURE_AROUSAL
from fer.classroom.records import FloatArray, HeardRow, PulseKind
from fer.emotions import EMOTIONS

Signal = Literal["face", "voice", "text", "pulse"]
SIGNALS: tuple[Signal, ...] = get_args(Signal)
NAMES: dict[Signal, str] = {"face": "Faces", "voice": "Teacher's voice", "text": "Chat", "pulse": "Clicks"}
WEIGHTS: dict[Signal, float] = {"face": 1.0, "voice": 0.5, "text": 1.0, "pulse": 2.0}
"""Clicks weigh most: people say it themselves, nothing is guessed. The voice weighs least: it is one person's."""
CLICK_VALUES: dict[PulseKind, float] = {"got_it": 0.5, "lost": -0.5, "too_fast": -0.5, "bored": -0.5}
"""About as pleasant or unpleasant as the words of the emotions are. A raised hand is neither."""
CLICKS_S = 120
"""A click counts for so long, as it does on the teacher's page."""
APART = 0.2
MINUTE_S = 60
FORMULA = (
    "Each signal is a number from −1 (unpleasant) to 1 (pleasant): for faces, voice and chat the published pleasure of "
    "the seven emotions, weighed by their probabilities (Russell & Mehrabian 1977); for clicks of the last two minutes "
    "0.5 for “got it” and −0.5 for “lost”, “too fast” and “bored”. Together is their weighted mean: "
    + ", ".join(f"{NAMES[name].lower()} {weight:g}" for name, weight in WEIGHTS.items())
    + "; a signal that is missing is left out."
)
RULE = (
    f"Signals disagree in a minute in which the mean of one is at least {APART:g} and that of another −{APART:g} or "
    "less."
)
_PLEASURE = np.array([PLEASURE_AROUSAL[name][0] for name in EMOTIONS])


@dataclass(frozen=True)
class Apart:
    """Minutes in which signals disagree.

    Attributes:
        t: When they begin, on the clock of the times that were given.
        until: When they end.
        high: The most pleasant signal.
        low: The least pleasant one.
    """

    t: float
    until: float
    high: Signal
    low: Signal


@dataclass(frozen=True)
class Fusion:
    """Signals over a class, one place for each stretch of time; NaN where one is unknown.

    Attributes:
        t: When each stretch begins, shape ``(n,)``, in seconds.
        step_s: How long each is.
        scores: Of each signal that there is, in the order of ``SIGNALS``, shape ``(n,)`` in [-1, 1].
        together: Their weighted mean, shape ``(n,)``.
        apart: Where they disagree, in the order of time.
    """

    t: FloatArray
    step_s: float
    scores: dict[Signal, FloatArray]
    together: FloatArray
    apart: list[Apart]


def fuse(t: FloatArray, step_s: float, scores: Mapping[Signal, FloatArray]) -> Fusion:
    """Put signals together.

    Args:
        t: When each stretch begins, shape ``(n,)``, equal steps.
        step_s: How long each is.
        scores: Of each signal, shape ``(n,)`` in [-1, 1], NaN where it is unknown; one that is never known is left out.

    >>> found = fuse(np.array([0.0, 60.0]), 60, {"face": np.array([0.4, np.nan]), "pulse": np.array([-0.5, -0.5])})
    >>> found.together.round(2).tolist(), [(one.t, one.high, one.low) for one in found.apart]
    ([-0.2, -0.5], [(0.0, 'face', 'pulse')])
    """
    known = {name: np.asarray(scores[name], float) for name in SIGNALS if name in scores}
    known = {name: values for name, values in known.items() if not np.isnan(values).all()}
    return Fusion(np.asarray(t, float), step_s, known, combined(known, len(t)), disagreements(t, step_s, known))


def combined(scores: Mapping[Signal, FloatArray], places: int) -> FloatArray:
    """Return the weighted mean of what is known in each place, shape ``(places,)``; NaN where nothing is."""
    total, weight = np.zeros(places), np.zeros(places)
    for name, values in scores.items():
        there = ~np.isnan(values)
        total += WEIGHTS[name] * np.where(there, values, 0.0)
        weight += WEIGHTS[name] * there
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan)


def disagreements(t: FloatArray, step_s: float, scores: Mapping[Signal, FloatArray]) -> list[Apart]:
    """Return the minutes in which signals disagree, see ``RULE``; neighbours with the same two signals are one.

    Steps longer than a minute are looked at one by one.
    """
    if len(t) == 0 or len(scores) < 2:
        return []
    names, rows = list(scores), np.array([scores[name] for name in scores])
    minute = ((np.asarray(t) - t[0]) // max(MINUTE_S, step_s)).astype(int)
    found: list[Apart] = []
    for number in np.unique(minute):
        inside = minute == number
        # Rounded: a report holds four places, and must name the same two signals as the page.
        means = np.array([_mean(row[inside]) for row in rows]).round(3)
        if np.isnan(means).all():
            continue
        high, low = int(np.nanargmax(means)), int(np.nanargmin(means))
        if means[high] < APART or means[low] > -APART:
            continue
        starts, ends = float(t[inside][0]), float(t[inside][-1]) + step_s
        last = found[-1] if found else None
        if last is not None and (last.until, last.high, last.low) == (starts, names[high], names[low]):
            found[-1] = Apart(last.t, ends, last.high, last.low)
        else:
            found.append(Apart(starts, ends, names[high], names[low]))
    return found


def of_timeline(line: Timeline, heard: Sequence[HeardRow], shown: Collection[Signal] = SIGNALS) -> Fusion | None:
    """Return the signals of a class as the teacher's page shows it.

    Args:
        line: Of ``ClassWatch.timeline``; what is hidden there is unknown here.
        heard: Voice and chat of the class.
        shown: Signals that are switched on.

    Returns:
        None where neither voice nor chat is there: the class is then shown as ever, by faces and clicks.
    """
    if not heard:
        return None
    t = line.t.astype(float)
    counts = {kind: np.zeros(len(t)) for kind in CLICK_VALUES}
    for at, kind in line.pulses:
        place = int((at - line.t0) // line.step_s)
        if kind in counts and 0 <= place < len(t):
            counts[kind][place] += 1
    scores: dict[Signal, FloatArray] = {
        "face": pleasure(line.moods),
        "pulse": click_scores(counts, line.step_s),
        "voice": spread(heard, "voice", t, line.step_s),
        "text": spread(heard, "text", t, line.step_s),
    }
    return fuse(t, line.step_s, {name: scores[name] for name in SIGNALS if name in shown})


def pleasure(probabilities: FloatArray) -> FloatArray:
    """Return the expected pleasure of moods.

    Args:
        probabilities: Shape ``(n, 7)``, FER2013's order, rows summing to 1, or NaN.

    Returns:
        Shape ``(n,)``, in [-1, 1].
    """
    scores: FloatArray = np.asarray(probabilities, float).reshape(-1, len(EMOTIONS)) @ _PLEASURE
    return scores


def click_scores(counts: Mapping[PulseKind, npt.NDArray[np.floating]], step_s: float) -> FloatArray:
    """Return what clicks say at each place: the mean value of those of the last two minutes.

    Args:
        counts: How many of each kind came in each stretch, shape ``(n,)``; kinds without a value are left out.
        step_s: How long a stretch is.

    Returns:
        Shape ``(n,)``; NaN where nobody clicked for two minutes.
    """
    window = max(1, round(CLICKS_S / step_s))
    values = np.sum([CLICK_VALUES[kind] * counts[kind] for kind in CLICK_VALUES if kind in counts], axis=0)
    clicks = np.sum([counts[kind] for kind in CLICK_VALUES if kind in counts], axis=0)
    values, clicks = (np.convolve(row, np.ones(window))[: len(row)] for row in (values, clicks))
    return np.where(clicks > 0.5, values / np.maximum(clicks, 1), np.nan)


def spread(heard: Sequence[HeardRow], kind: str, t: FloatArray, step_s: float) -> FloatArray:
    """Lay what was heard over equal steps of time.

    Args:
        heard: Stretches of any kind.
        kind: Which of them.
        t: When each step begins, in seconds since 1970, shape ``(n,)``.
        step_s: How long a step is.

    Returns:
        Pleasure, shape ``(n,)``: in each step the mean of the stretches that lie in it, by how much of it they cover
        and, where they are shorter than it, by what they are the mean of; NaN where there is none.
    """
    total, weight = np.zeros(len(t)), np.zeros(len(t))
    for row in heard:
        if row.kind != kind:
            continue
        cover = np.minimum(t + step_s, row.t + row.length_s) - np.maximum(t, row.t)
        # Half a step is enough; less only touches it, unless the stretch itself is as short.
        part = np.where(cover >= 0.5 * min(step_s, row.length_s), cover * row.count / row.length_s, 0.0)
        total += part * float(pleasure(row.probabilities[None])[0])
        weight += part
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan)


def _mean(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
