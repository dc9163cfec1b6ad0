"""What figures are called, what each says, and how numbers are written: the same on the page and in cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fer.evaluation.intervals import Interval


@dataclass(frozen=True)
class FigureText:
    """How a figure is called, and what it says.

    Attributes:
        title: Its name.
        says: One sentence.
        is_share: Whether it is written in percent.
    """

    title: str
    says: str
    is_share: bool = True


FIGURES = {
    "accuracy": FigureText("Accuracy", "So many faces are named as their label says."),
    "top2": FigureText("Top-2", "The label is the first guess or the second."),
    "balanced_accuracy": FigureText("Balanced accuracy", "The mean recall: rare emotions count as much as happy."),
    "macro_f1": FigureText("Macro F1", "Precision and recall in one, each emotion counted alike."),
    "kappa": FigureText("Cohen's kappa", "How far above guessing by shares: 0 is chance, 1 is perfect.", False),
    "log_loss": FigureText("Log loss", "How much labels surprise it: lower is better, 1.95 is mere guessing.", False),
    "ece": FigureText("Calibration error", "How far confidence lies from being right: lower is better."),
}
"""The figures of a model, in the order in which they are shown."""
IN_EIGHT_BITS = (
    "{name} is served in eight bits (int8). What comes from its Keras file is the network's in float32, which names "
    "about one face of a hundred otherwise."
)
MORE = {
    "n": "Rows",
    "unsure": "Unsure answers",
    "accuracy_when_sure": "Accuracy of the sure ones",
    "uar": "Mean recall (UAR)",
    "uar_deviation": "Its deviation over the folds",
    "baseline_uar": "Mean recall of a plain baseline",
    "random_split_uar": "Mean recall that a random split would claim",
    "several": "Rows with several labels, scored apart",
    "one_of_several": "One of several labels is named",
}
"""Figures that some manifests hold besides."""
COUNTS = ("n", "speakers", "several")


def title_of(name: str) -> str:
    """Return what a figure is called.

    >>> title_of("ece"), title_of("uar"), title_of("speakers")
    ('Calibration error', 'Mean recall (UAR)', 'Speakers')
    """
    if name in FIGURES:
        return FIGURES[name].title
    return MORE.get(name, name.replace("_", " ").capitalize())


def number_words(name: str, value: Any) -> str:
    r"""Return a figure as it is written; what is not known is a dash.

    >>> number_words("accuracy", 0.6807), number_words("log_loss", 0.8699), number_words("n", 3589)
    ('68.1\xa0%', '0.870', '3,589')
    """
    if value is None:
        return "–"
    if name in COUNTS or isinstance(value, int):
        return f"{value:,}"
    if name in FIGURES and not FIGURES[name].is_share:
        return f"{value:.3f}"
    return f"{100 * value:.1f}\u00a0%" if isinstance(value, float) else str(value)


def interval_words(name: str, interval: Interval) -> str:
    r"""Return a figure with the ends of its interval.

    >>> interval_words("accuracy", Interval(0.681, 0.666, 0.696))
    '68.1\xa0% (66.6 to 69.6)'
    """
    ends = (number_words(name, end).removesuffix("\u00a0%") for end in (interval.low, interval.high))
    return f"{number_words(name, interval.value)} ({' to '.join(ends)})"
