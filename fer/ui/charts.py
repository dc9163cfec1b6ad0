"""The charts that several pages share. Each says in words what it shows, for people who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.emotions import EMOTIONS, STYLES
from fer.faces.video import clock
from fer.ui.theme import chart_config, chart_layout, ink

if TYPE_CHECKING:
    import plotly.graph_objects as go

FloatArray = npt.NDArray[np.floating[Any]]

MOST_POINTS = 600
"""Longer curves are averaged into this many bins: 2 x 10,000 points take 223 KB at every update."""
PATTERN_INK = "rgba(255,255,255,0.4)"
LABEL_GAP = 0.085
"""Least distance between two names beside the areas, as a share of the chart's height."""


@dataclass(frozen=True)
class Span:
    """A stretch of time over which one face kept one emotion.

    Attributes:
        row: What the strip is called, as "face 3".
        start_s: From when.
        end_s: To when.
        emotion: One of the seven.
        unsure: Whether the emotion is unsure over the stretch.
    """

    row: str
    start_s: float
    end_s: float
    emotion: str
    unsure: bool = False


def show_chart(figure: go.Figure, key: str, alt: str) -> None:
    """Show a chart in Classmood's style.

    Args:
        figure: Made by this module.
        key: Fixed, ``<page>.<chart>``, so that the chart is updated and not built anew.
        alt: What it shows, in a sentence.
    """
    st.plotly_chart(figure, key=key, config=chart_config(), alt=alt)


def label(emotion: str) -> str:
    """Return symbol and name: an emotion is never shown by colour alone.

    >>> label("happy")
    '● happy'
    """
    return f"{STYLES[emotion].symbol} {emotion}"


def emotion_bars(probabilities: FloatArray | Mapping[str, float], height_px: int = 220) -> go.Figure:
    """Draw seven probabilities as bars, in FER2013's order, so that two charts can be compared at a glance.

    Args:
        probabilities: Shape ``(7,)`` in FER2013's order, or by name.
        height_px: Of the whole chart.
    """
    import plotly.graph_objects as go

    values = _values(probabilities)
    bars = go.Bar(
        x=values,
        y=[label(name) for name in EMOTIONS],
        orientation="h",
        marker=_bar_marker(EMOTIONS),
        text=[f"{100 * value:.0f} %" for value in values],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    figure = go.Figure(bars, layout=chart_layout(height_px))
    figure.update_xaxes(range=[0, 1.12], visible=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False, ticks="", title=None)
    return figure


def mood_over_time(
    table: Mapping[str, Any],
    marks: Sequence[tuple[float, str]] = (),
    height_px: int = 340,
    ago: bool = False,
    counted: str = "",
) -> go.Figure:
    """Draw the mood as stacked areas: colours, patterns, and the names directly beside them.

    Args:
        table: ``time_s`` and one column for each emotion (a DataFrame or a dict of arrays); the seven sum to 1, or
            to 0 where no face is seen, which leaves a gap down to the ground.
        marks: Times in seconds to point out, each with a short text.
        height_px: Of the whole chart.
        ago: Whether the times are read backwards from now (negative seconds).
        counted: What is counted where ``time_s`` holds no seconds, as "message".
    """
    import plotly.graph_objects as go

    times, shares = _thinned(np.asarray(table["time_s"], float), _columns(table))
    figure = go.Figure(layout={**chart_layout(height_px), "hovermode": "x unified"})
    clocks = [f"{counted} {place:,.0f}" if counted else clock(abs(place)) for place in times]
    for column, name in enumerate(EMOTIONS):
        figure.add_scatter(
            x=times,
            y=shares[:, column],
            name=label(name),
            customdata=clocks,
            stackgroup="mood",
            mode="lines",
            line={"width": 0.8, "color": STYLES[name].colour, "shape": "linear"},
            fillcolor=STYLES[name].colour,
            fillpattern=_pattern(name),
            hovertemplate="%{y:.0%}",
        )
    figure.update_yaxes(range=[0, 1], tickformat=".0%", fixedrange=True, title=None, nticks=5)
    figure.update_xaxes(title="seconds ago" if ago else counted or None, fixedrange=True, showgrid=False)
    if len(times):
        figure.update_xaxes(range=[times[0], times[-1]], **({} if ago or counted else _clock_ticks(times)))
        _name_areas(figure, shares)
    for second, text in marks:
        figure.add_vline(
            second, line={"width": 1.5, "dash": "dot", "color": ink()}, annotation={"text": text, "yshift": 14}
        )
    figure.update_layout(margin={"r": 96, "t": 28 if marks else 14, "l": 8, "b": 8})
    return figure


def track_strips(spans: Sequence[Span], row_px: int = 30) -> go.Figure:
    """Draw one strip for each face: when it showed which emotion. Unsure stretches are faded.

    Args:
        spans: In the order in which the strips are to stand, from the top; within a strip by time. What is too short
            to be seen is drawn as one with its neighbours.
        row_px: Height of one strip.
    """
    import plotly.graph_objects as go

    rows = list(dict.fromkeys(span.row for span in spans))
    end_s = max((span.end_s for span in spans), default=1.0)
    spans = _thinned_spans(spans, end_s / MOST_POINTS)
    figure = go.Figure(layout={**chart_layout(88 + row_px * len(rows)), "barmode": "overlay"})
    for name in EMOTIONS:
        own = [span for span in spans if span.emotion == name]
        if not own:
            continue
        figure.add_bar(
            x=[span.end_s - span.start_s for span in own],
            base=[span.start_s for span in own],
            y=[span.row for span in own],
            orientation="h",
            name=label(name),
            marker={**_bar_marker([name]), "opacity": [0.4 if span.unsure else 1.0 for span in own]},
            customdata=[
                f"{label(name)}{' (unsure)' if span.unsure else ''}, {clock(span.start_s)} to {clock(span.end_s)}"
                for span in own
            ],
            hovertemplate="%{y}: %{customdata}<extra></extra>",
        )
    figure.update_yaxes(categoryorder="array", categoryarray=rows[::-1], fixedrange=True, showgrid=False, ticks="")
    ends = np.array([0.0, end_s])
    figure.update_xaxes(range=list(ends), fixedrange=True, **_clock_ticks(ends))
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}, bargap=0.3,
        # Times need their own place below: of a single strip plotly would cut them off.
        margin={"t": 36, "l": 8, "r": 8, "b": 32},
    )  # fmt: skip
    return figure


def bars_in_words(probabilities: FloatArray | Mapping[str, float]) -> str:
    """Return seven probabilities as a sentence, largest first, for screen readers.

    >>> bars_in_words({"angry": 0, "disgust": 0, "fear": 0, "happy": 0.9, "sad": 0, "surprise": 0, "neutral": 0.1})
    'happy 90 %, neutral 10 %, angry 0 %, disgust 0 %, fear 0 %, sad 0 %, surprise 0 %'
    """
    values = _values(probabilities)
    return ", ".join(f"{EMOTIONS[i]} {100 * values[i]:.0f} %" for i in np.argsort(-values, kind="stable"))


def _values(probabilities: FloatArray | Mapping[str, float]) -> FloatArray:
    if isinstance(probabilities, Mapping):
        return np.array([probabilities[name] for name in EMOTIONS], float)
    return np.asarray(probabilities, float)


def _columns(table: Mapping[str, Any]) -> FloatArray:
    return np.stack([np.asarray(table[name], float) for name in EMOTIONS], axis=1)


def _pattern(emotion: str) -> dict[str, Any]:
    return {"shape": STYLES[emotion].pattern, "fgcolor": PATTERN_INK, "bgcolor": STYLES[emotion].colour, "size": 7,
            "solidity": 0.18}  # fmt: skip


def _bar_marker(names: Sequence[str]) -> dict[str, Any]:
    return {
        "color": [STYLES[name].colour for name in names] if len(names) > 1 else STYLES[names[0]].colour,
        "line": {"width": 0},
        "pattern": {
            "shape": [STYLES[name].pattern for name in names] if len(names) > 1 else STYLES[names[0]].pattern,
            "fgcolor": PATTERN_INK,
            "fillmode": "overlay",
            "size": 7,
            "solidity": 0.18,
        },
    }


def _thinned(times: FloatArray, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Average neighbouring rows until at most ``MOST_POINTS`` are left."""
    shares = np.nan_to_num(shares)
    if len(times) <= MOST_POINTS:
        return times, shares
    edges = np.linspace(0, len(times), MOST_POINTS + 1).astype(int)
    counts = np.diff(edges)
    return (
        np.add.reduceat(times, edges[:-1]) / counts,
        np.add.reduceat(shares, edges[:-1], axis=0) / counts[:, None],
    )


def _thinned_spans(spans: Sequence[Span], least_s: float) -> list[Span]:
    """Join spans shorter than ``least_s`` with the short ones beside them until they are that long.

    An hour in which 20 faces change every two seconds would take 36,000 bars, 2 MB at every rerun.
    """
    thinned: list[Span] = []
    short: list[Span] = []
    for span in spans:
        follows = bool(short) and short[-1].row == span.row and span.start_s - short[-1].end_s < least_s
        if short and (not follows or span.end_s - span.start_s >= least_s):
            thinned.append(_joined(short))
            short = []
        short.append(span)
        if span.end_s - short[0].start_s >= least_s:
            thinned.append(_joined(short))
            short = []
    return thinned + ([_joined(short)] if short else [])


def _joined(spans: Sequence[Span]) -> Span:
    """Return one span over several of a row, with the emotion that lasts longest; unsure where most of it is."""
    lengths = dict.fromkeys((span.emotion for span in spans), 0.0)
    for span in spans:
        lengths[span.emotion] += span.end_s - span.start_s
    emotion = max(lengths, key=lengths.__getitem__)
    unsure_s = sum(span.end_s - span.start_s for span in spans if span.emotion == emotion and span.unsure)
    return Span(spans[0].row, spans[0].start_s, spans[-1].end_s, emotion, 2 * unsure_s > lengths[emotion])


def _name_areas(figure: go.Figure, shares: FloatArray) -> None:
    """Write the names beside the areas' last values, moved apart where they would cover each other."""
    # The last tenth counts, so that one odd second does not put a name far from its area.
    last = shares[-max(1, len(shares) // 10) :].mean(axis=0)
    middles = np.cumsum(last) - last / 2
    for name, place in zip(EMOTIONS, _apart(middles), strict=True):
        figure.add_annotation(
            x=1, y=float(place), xref="paper", yref="y", xanchor="left", xshift=8, text=label(name), showarrow=False
        )  # fmt: skip


def _apart(places: FloatArray) -> FloatArray:
    """Move sorted places in [0, 1] apart to at least ``LABEL_GAP``, as little as a sweep up and down takes.

    >>> _apart(np.array([0.0, 0.0, 0.5])).round(2).tolist()
    [0.04, 0.13, 0.5]
    """
    out = places.astype(float).copy()
    low = LABEL_GAP / 2
    for i in range(len(out)):
        out[i] = low = max(out[i], low)
        low += LABEL_GAP
    high = 1 - LABEL_GAP / 2
    for i in reversed(range(len(out))):
        out[i] = high = min(out[i], high)
        high -= LABEL_GAP
    return out


def _clock_ticks(times: FloatArray) -> dict[str, Any]:
    span = float(times[-1] - times[0])
    step = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800) if span / s <= 8), 3600)
    at = np.arange(np.ceil(times[0] / step) * step, times[-1] + 1e-9, step)
    return {"tickvals": at.tolist(), "ticktext": [clock(second) for second in at]}
