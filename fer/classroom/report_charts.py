"""The report's charts as SVG: they open offline, print sharply, and are read in grey by their patterns and symbols."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fer.classroom.fusion import NAMES, Fusion, Signal
from fer.classroom.records import PULSES
from fer.emotions import EMOTIONS, STYLES
from fer.faces.video import clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1d2423"
FAINT = "#c9d0cd"
ACCENT = "#1c6159"
WIDTH_IN = 7.2
"""What A4 has between margins of 13 mm, near enough; the page scales it."""
PULSE_NAMES = {
    "got_it": "got it",
    "lost": "lost",
    "too_fast": "too fast",
    "bored": "bored",
    "hand_up": "hand up",
}
PULSE_STYLES = {
    "got_it": ("#2f7355", ""),
    "lost": ("#c03616", "//"),
    "too_fast": ("#d17d0b", "\\\\"),
    "bored": ("#8f928c", ".."),
    "hand_up": ("#4363de", "xx"),
}
SIGNAL_STYLES: dict[Signal, tuple[str, str]] = {
    "face": ("#2a8f83", "2 3"),
    "voice": ("#b0549c", "8 3 2 3"),
    "text": ("#4363de", "8 3"),
    "pulse": ("#d17d0b", "4 3"),
}
"""Colour and dashes of each signal's line; together they are a whole line in the text's colour."""
TOGETHER = "Together"
HATCHES = {"/": "//", "x": "x", "\\": "\\\\", "": "", "-": "--", "+": "+", ".": "."}
MOST_BARS = 40
_drawing = threading.Lock()
"""Matplotlib's settings belong to the process."""

Rows = Sequence[Mapping[str, Any]]


def mood_svg(rows: Rows, topics: Rows) -> str:
    """Draw the timeline's moods as stacked areas, with a gap where nothing is shown.

    Args:
        rows: The document's ``timeline.rows``.
        topics: Its ``topics``.
    """
    times, shares = _times(rows), np.array([_mood(row) for row in rows])

    def draw(axes: Axes) -> None:
        low = np.zeros(len(times))
        for column, name in enumerate(EMOTIONS):
            high = low + shares[:, column]
            axes.fill_between(
                times, low, high, facecolor=STYLES[name].colour, linewidth=0.0,
                hatch=HATCHES[STYLES[name].pattern],
            )  # fmt: skip
            axes.plot(times, high, color="white", linewidth=0.6)
            low = high
        axes.set_ylim(0, 1)
        axes.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])

    return _over_time(draw, times, topics, 2.4)


def engagement_svg(rows: Rows, topics: Rows) -> str:
    """Draw the engagement's line within its interval."""
    times = _times(rows)
    parts = [row["engagement"] or {"value": np.nan, "low": np.nan, "high": np.nan} for row in rows]
    value, low, high = (np.array([part[key] for part in parts], float) for key in ("value", "low", "high"))

    def draw(axes: Axes) -> None:
        axes.fill_between(times, low, high, color=ACCENT, alpha=0.18, linewidth=0)
        axes.plot(times, value, color=ACCENT, linewidth=1.8)
        axes.set_ylim(0, 1)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
        axes.grid(axis="y", color=FAINT, linewidth=0.5)

    return _over_time(draw, times, topics, 1.85)


def pulses_svg(rows: Rows, topics: Rows) -> str:
    """Draw the clicks of each stretch of time as stacked bars."""
    from matplotlib.ticker import MaxNLocator

    times = _times(rows)
    step = float(times[1] - times[0]) if len(times) > 1 else 10.0
    wide = next((s for s in (30, 60, 120, 300, 600, 1800) if (times[-1] + step) / s <= MOST_BARS), 3600)
    group = max(1, round(wide / step), len(times) // MOST_BARS)
    starts = times[::group]

    def draw(axes: Axes) -> None:
        low = np.zeros(len(starts))
        for kind in PULSES:
            counts = np.array([(row["pulses"] or {}).get(kind, 0) for row in rows], float)
            counts = np.add.reduceat(counts, np.arange(0, len(counts), group))
            colour, hatch = PULSE_STYLES[kind]
            axes.bar(
                starts, counts, width=0.86 * group * step, bottom=low, align="edge", color=colour, hatch=hatch,
                edgecolor="white", linewidth=0.4, label=PULSE_NAMES[kind],
            )  # fmt: skip
            low += counts
        axes.set_ylim(0, max(4.0, 1.15 * float(low.max())))
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.grid(axis="y", color=FAINT, linewidth=0.5)
        axes.set_axisbelow(True)

    return _over_time(draw, times, topics, 1.7)


def signals_svg(fusion: Fusion, topics: Rows) -> str:
    """Draw the signals and their weighted mean; where they disagree the ground is shaded."""

    def draw(axes: Axes) -> None:
        for one in fusion.apart:
            axes.axvspan(one.t, one.until, color=FAINT, alpha=0.6, linewidth=0)
        axes.axhline(0, color=FAINT, linewidth=0.8)
        for name, values in fusion.scores.items():
            colour, dashes = SIGNAL_STYLES[name]
            pattern = tuple(float(part) / 1.5 for part in dashes.split())
            axes.plot(fusion.t, values, color=colour, linewidth=1.5, linestyle=(0, pattern), label=NAMES[name])
        axes.plot(fusion.t, fusion.together, color=INK, linewidth=1.8, label=TOGETHER)
        axes.set_ylim(-1, 1)
        axes.set_yticks([-1, -0.5, 0, 0.5, 1], ["−1", "−0.5", "0", "0.5", "1"])

    return _over_time(draw, fusion.t, topics, 2.1)


def _times(rows: Rows) -> Any:
    return np.array([row["t_s"] for row in rows], float)


def _mood(row: Mapping[str, Any]) -> list[float]:
    return [row["mood"][name] if row["mood"] else np.nan for name in EMOTIONS]


def _over_time(draw: Any, times: Any, topics: Rows, height_in: float) -> str:
    """Draw something over the lesson's time, with a numbered line at each topic."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9.0, "hatch.linewidth": 0.6,
        "hatch.color": "#ffffff99", "text.color": INK, "axes.edgecolor": FAINT, "xtick.color": INK, "ytick.color": INK,
    }  # fmt: skip
    with _drawing, rc_context(style):
        figure = Figure(figsize=(WIDTH_IN, height_in))
        # Fixed edges, so that the charts' times stand below one another.
        axes = figure.add_axes((0.075, 0.32 / height_in, 0.895, 1 - 0.56 / height_in))
        draw(axes)
        step = float(times[1] - times[0]) if len(times) > 1 else 10.0
        axes.set_xlim(times[0], times[-1] + (step if len(times) < 2 else 0))
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.tick_params(length=0)
        axes.tick_params(axis="x", pad=6)
        ticks = _ticks(times[-1])
        axes.set_xticks(ticks, [clock(second) for second in ticks])
        _mark_topics(axes, topics, float(times[-1]))
        return _svg(figure)


def _mark_topics(axes: Axes, topics: Rows, end_s: float) -> None:
    last = -np.inf
    for number, topic in enumerate(topics, 1):
        axes.axvline(topic["t_s"], color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
        # Numbers that would cover each other are left to the list of topics.
        if topic["t_s"] - last >= 0.025 * end_s:
            axes.text(
                topic["t_s"], 1.03, str(number), transform=axes.get_xaxis_transform(), ha="center", va="bottom",
                fontsize=9, fontweight="bold",
            )  # fmt: skip
            last = topic["t_s"]


def _ticks(end_s: float) -> list[float]:
    step = next((s for s in (10, 30, 60, 120, 300, 600, 900, 1800) if end_s / s <= 9), 3600)
    return [float(second) for second in np.arange(0, end_s + 1e-9, step)]


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    # No date: the same report gives the same file, but for the ids that keep several charts in one page apart.
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
