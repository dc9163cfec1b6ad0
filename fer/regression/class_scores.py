"""A class's minutes beside the scores of a quiz: two tables joined by topic or by minute, and what they share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fer.errors import DataError
from fer.regression.cells import numbers_of
from fer.regression.tables import Table, finished

if TYPE_CHECKING:
    import pandas as pd

LEAST_PAIRS = 4
MINUTE_S = 60.0
CAUTION = (
    "This is correlation, of a few rows. Hard topics may both tire a class and cost points; a class that knows a topic "
    "may look bored and score well. It does not show that engagement makes results, and says nothing about any one "
    "student."
)
_SCORE = r"(scores?|points?|results?|marks?|grades?|right|percent|share)"
_SCORES = tuple(re.compile(pattern) for pattern in (rf"(?i)\W*{_SCORE}\W*", rf"(?i).*(?<![^\W_]){_SCORE}(?![^\W_]).*"))
"""A column called so, and one with such a word in its name."""
_TOPIC = re.compile(r"(?i)^\s*topic\s*$")
_MINUTE = re.compile(r"(?i)^(minutes?|min)$")
_SECOND = re.compile(r"(?i)^(t_s|seconds?|time_s)$")


@dataclass(frozen=True)
class Correlation:
    """How two columns go together.

    Attributes:
        column: The class's number.
        pairs: Rows that have both.
        r: Pearson's correlation.
        low: Of its 95 % interval.
        high: Of its 95 % interval.
        rank: Spearman's correlation.
    """

    column: str
    pairs: int
    r: float
    low: float
    high: float
    rank: float


def score_columns(scores: Table) -> tuple[list[str], int]:
    """Return the columns that may hold scores, likely ones first, and how many of them are called like scores.

    All hold numbers that vary, and none of them says which topic or minute it is.
    """
    ranked: list[tuple[int, str]] = []
    for column in scores.frame.columns:
        name = str(column)
        numbers = numbers_of(scores.frame[column], scores.decimal)
        if any(key.search(name) for key in (_TOPIC, _MINUTE, _SECOND)) or numbers.nunique() < 2:
            continue
        if numbers.notna().sum() >= scores.frame[column].notna().sum() / 2:
            called = (rank for rank, pattern in enumerate(_SCORES) if pattern.fullmatch(name))
            ranked.append((next(called, len(_SCORES)), name))
    ranked.sort(key=lambda one: one[0])
    return [name for _, name in ranked], sum(rank < len(_SCORES) for rank, _ in ranked)


def join_scores(minutes: Table, scores: Table, score: str | None = None) -> tuple[Table, str]:
    """Join a class's export with quiz scores, by ``topic`` where both have it, else by minute.

    Args:
        minutes: A class's CSV export: ``t_s``, ``engagement``, the emotions, ``topic``.
        scores: What the teacher brings: a column called score (points, result, …), and ``topic``, ``minute`` or
            ``t_s``.
        score: Which column has the scores; None: the likeliest by its name.

    Returns:
        One row a topic, or a minute, with the class's means and the mean score; and the score's column.

    Raises:
        DataError: If a column is missing, or too few rows belong together.
    """
    if "t_s" not in minutes.frame.columns or "engagement" not in minutes.frame.columns:
        raise DataError(
            f"{minutes.name} is no export of a class: it has no columns t_s and engagement. Download the CSV at a "
            "class's end, or from Past classes."
        )
    names, called = score_columns(scores)
    if score is None and not called:
        raise DataError(
            f"{scores.name} has no column of scores that differ; its columns are "
            f"{', '.join(scores.frame.columns[:8])}. Call one of them score, and another topic or minute."
        )
    score = score or names[0]
    key, left, right = _keys(minutes, scores)
    mine = [name for name in minutes.frame.columns if name not in ("t_s", "topic")]
    numbers = {name: numbers_of(minutes.frame[name], minutes.decimal) for name in mine}
    frame = minutes.frame.__class__
    class_means = frame({"key": left, **numbers}).groupby("key").mean()
    values = numbers_of(scores.frame[score], scores.decimal)
    # A class has columns of its own, which may be called the same.
    score = f"{score} (quiz)" if score in numbers else score
    score_means = frame({"key": right, score: values}).groupby("key").mean()
    both = class_means.join(score_means, how="inner").dropna(subset=[score]).dropna(axis=1, how="all")
    if len(both) < LEAST_PAIRS:
        raise DataError(
            f"{len(both)} rows of {scores.name} belong to a {key} of the class; at least {LEAST_PAIRS} are needed. "
            f"Check that its column {key} is written as in the class's export."
        )
    both = both.rename_axis(key).reset_index()
    return finished(both, f"{minutes.name} and {scores.name}", len(both), [], {}, target=score, classes=False), score


def _keys(minutes: Table, scores: Table) -> tuple[str, pd.Series, pd.Series]:
    """Return what the tables have in common, and its values in both."""
    mine, theirs = minutes.frame, scores.frame
    topic = next((name for name in theirs.columns if _TOPIC.search(name)), None)
    if topic and "topic" in mine.columns:
        return "topic", mine["topic"].map(_folded, na_action="ignore"), theirs[topic].map(_folded, na_action="ignore")
    left = (numbers_of(mine["t_s"]) // MINUTE_S).astype("Int64")
    for name in theirs.columns:
        if _MINUTE.search(name):
            return "minute", left, np.floor(numbers_of(theirs[name])).astype("Int64")
        if _SECOND.search(name):
            return "minute", left, (numbers_of(theirs[name]) // MINUTE_S).astype("Int64")
    raise DataError(
        f"{scores.name} has no column topic, minute or t_s, so its scores belong to nothing; its columns are "
        f"{', '.join(theirs.columns[:8])}. Add one of the three."
    )


def _folded(text: object) -> str:
    return " ".join(str(text).split()).casefold()


def correlations(joined: Table, score: str) -> list[Correlation]:
    """Return how each of the class's numbers goes together with the score, the strongest first."""
    from scipy import stats

    found = []
    y = numbers_of(joined.frame[score])
    for name in joined.frame.columns:
        x = numbers_of(joined.frame[name])
        there = x.notna() & y.notna()
        if name in (score, "topic", "minute") or there.sum() < LEAST_PAIRS or x[there].nunique() < 2:
            continue
        if y[there].nunique() < 2:
            continue
        result = stats.pearsonr(x[there], y[there])
        interval = result.confidence_interval()
        rank = float(stats.spearmanr(x[there], y[there]).statistic)
        found.append(
            Correlation(
                name, int(there.sum()), float(result.statistic), float(interval.low), float(interval.high), rank
            )
        )
    return sorted(found, key=lambda one: -abs(one.r))
