"""The timeline's row of signals: a line for each, one for all together, and shade where they disagree."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fer.classroom.fusion import NAMES, Fusion
from fer.classroom.records import FloatArray
from fer.classroom.report_charts import SIGNAL_STYLES, TOGETHER
from fer.faces.video import clock

WIDTH = 1000


def signals_row(signals: Fusion, x: Callable[[float], float]) -> str:
    """Return the row.

    Args:
        signals: Of the class.
        x: Tells where a time lies in a drawing that is 1000 wide.
    """
    shade = "".join(
        f'<rect x="{x(one.t):.1f}" y="0" width="{max(2.0, x(one.until) - x(one.t)):.1f}" height="100" '
        'fill="currentColor" opacity=".14"/>'
        for one in signals.apart
    )
    middle = f'<path d="M0 50H{WIDTH}" stroke="currentColor" opacity=".18" vector-effect="non-scaling-stroke"/>'
    lines = "".join(
        _line(signals, values, x, SIGNAL_STYLES[name][0], 1.8, SIGNAL_STYLES[name][1])
        for name, values in signals.scores.items()
    )
    lines += _line(signals, signals.together, x, "currentColor", 2.4, "")
    drawing = (
        f'<svg viewBox="0 0 {WIDTH} 100" preserveAspectRatio="none" aria-hidden="true">{shade}{middle}{lines}</svg>'
    )
    ticks = "".join(
        f'<span class="cm-tick" style="top:{top}%">{word}</span>' for word, top in (("pleasant", 0), ("0", 50))
    )
    return f'<div class="cm-row cm-row-signals" role="img" aria-label="{_words(signals)}">{drawing}{ticks}</div>'


def signals_legend(signals: Fusion) -> str:
    """Return which line is which."""
    keys = [(NAMES[name], *SIGNAL_STYLES[name], 2.0) for name in signals.scores] + [(TOGETHER, "currentColor", "", 2.6)]
    items = "".join(
        f'<li><svg viewBox="0 0 30 15" aria-hidden="true" style="width:30px"><path d="M0 8H30" stroke="{colour}" '
        f'stroke-width="{width}" stroke-dasharray="{dashes}" fill="none"/></svg> {name}</li>'
        for name, colour, dashes, width in keys
    )
    return f'<ul class="cm-legend" aria-label="Lines of the signals">{items}</ul>'


def apart_words(signals: Fusion, t0: float) -> str:
    """Return in a sentence where signals disagree.

    Args:
        signals: Of the class.
        t0: The class's beginning, on the clock of the signals.
    """
    if not signals.apart:
        return "So far they do not disagree."
    last = signals.apart[-3:]
    parts = [
        f"{clock(one.t - t0)} to {clock(one.until - t0)}: {NAMES[one.high].lower()} pleasant, "
        f"{NAMES[one.low].lower()} unpleasant"
        for one in last
    ]
    more = len(signals.apart) - len(last)
    return f"They disagree (shaded) at {'; '.join(parts)}" + (f"; and {more} times before." if more else ".")


def _line(
    signals: Fusion, values: FloatArray, x: Callable[[float], float], colour: str, width: float, dashes: str
) -> str:
    """Draw a line in the middle of each stretch, from beginning to end where a single one is known."""
    known = np.concatenate([[False], ~np.isnan(values), [False]])
    edges = np.flatnonzero(known[1:] != known[:-1])
    parts = []
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        at = [x(t + signals.step_s / 2) for t in signals.t[first:end]]
        at[0], last = x(float(signals.t[first])), x(float(signals.t[end - 1]) + signals.step_s)
        heights = [50 * (1 - value) for value in (*values[first:end], values[end - 1])]
        parts.append("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip([*at, last], heights, strict=True)))
    return (
        f'<path d="{"".join(parts)}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dashes}" '
        'stroke-linejoin="round" vector-effect="non-scaling-stroke"/>'
    )


def _words(signals: Fusion) -> str:
    """Return the newest value of each line, for those who hear the page."""
    lines = {**{NAMES[name]: values for name, values in signals.scores.items()}, TOGETHER: signals.together}
    told = []
    for name, values in lines.items():
        known = values[~np.isnan(values)]
        told.append(f"{name} {known[-1]:.2f}" if len(known) else f"{name} unknown")
    return "From minus 1, unpleasant, to 1, pleasant; newest: " + ", ".join(told)
