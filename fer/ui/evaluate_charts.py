"""The charts of the page Evaluate: intervals, curves, calibration, and accuracy beside time and size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fer.emotions import EMOTIONS, STYLES
from fer.evaluation.curves import Coverage, Curve, Reliability
from fer.evaluation.evaluated import Evaluated
from fer.evaluation.intervals import Interval
from fer.ui.charts import label
from fer.ui.dataset_charts import DASHES, TEAL
from fer.ui.theme import chart_layout, ink

if TYPE_CHECKING:
    import plotly.graph_objects as go

FAINT = "rgba(128,128,128,.55)"
FIGURE_SYMBOLS = {"precision": "square", "recall": "circle", "f1": "diamond"}
FIGURE_SHADES = {"precision": "#4363de", "recall": "#2a8f83", "f1": "#c03616"}
FIGURE_NAMES = {"precision": "precision", "recall": "recall", "f1": "F1"}


def class_points(intervals: dict[str, list[Interval]]) -> go.Figure:
    """Draw precision, recall and F1 of each emotion as points with their intervals.

    Args:
        intervals: From ``fer.evaluation.intervals.class_intervals``.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=chart_layout(470))
    for shift, (name, values) in zip((-0.24, 0.0, 0.24), intervals.items(), strict=True):
        figure.add_scatter(
            x=[one.value for one in values],
            y=[place + shift for place in range(len(EMOTIONS))],
            error_x=_error(values),
            mode="markers",
            name=FIGURE_NAMES[name],
            marker={"symbol": FIGURE_SYMBOLS[name], "color": FIGURE_SHADES[name], "size": 9},
            customdata=[f"{label(e)}: {words_of(v)}" for e, v in zip(EMOTIONS, values, strict=True)],
            hovertemplate="%{customdata}<extra></extra>",
        )
    figure.update_xaxes(range=[0, 1], tickformat=".0%", fixedrange=True, title=None)
    figure.update_yaxes(
        tickvals=list(range(len(EMOTIONS))), ticktext=[label(name) for name in EMOTIONS], range=[6.6, -0.6],
        fixedrange=True, showgrid=False, zeroline=False,
    )  # fmt: skip
    return _legend_above(figure)


def difference_points(differences: Sequence[Interval | None], better: str, worse: str) -> go.Figure:
    """Draw how much better one model finds each emotion than another, with intervals; left of 0 it is worse."""
    import plotly.graph_objects as go

    there = [(name, one) for name, one in zip(EMOTIONS, differences, strict=True) if one is not None]
    values = [one for _, one in there]
    figure = go.Figure(layout=chart_layout(330))
    figure.add_vline(0, line={"color": FAINT, "width": 1.5})
    figure.add_scatter(
        x=[one.value for one in values],
        y=[label(name) for name, _ in there],
        error_x=_error(values),
        mode="markers",
        marker={"color": [STYLES[name].colour for name, _ in there], "size": 11},
        customdata=[words_of(one, sign=True) for one in values],
        hovertemplate="%{y}: %{customdata}<extra></extra>",
    )
    most = max((max(abs(one.low), abs(one.high)) for one in values), default=0.0) * 1.15 or 0.1
    figure.update_xaxes(
        range=[-most, most],
        tickformat="+.0%",
        fixedrange=True,
        title_text=f"← {worse} better   recall   {better} better →",
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False)
    return figure


def curve_lines(curves: Sequence[Curve], x: str, y: str, diagonal: bool) -> go.Figure:
    """Draw a curve of each emotion.

    Args:
        curves: ROC curves, or precision over recall.
        x: What is across.
        y: What is up.
        diagonal: Whether guessing is the diagonal.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=chart_layout(430))
    if diagonal:
        figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": FAINT, "dash": "dot"}, hoverinfo="skip",
                           name="guessing")  # fmt: skip
    for curve in curves:
        figure.add_scatter(
            x=curve.x.round(4), y=curve.y.round(4), mode="lines", name=f"{label(curve.emotion)} {curve.area:.2f}",
            line={"color": STYLES[curve.emotion].colour, "dash": DASHES[EMOTIONS.index(curve.emotion)], "width": 2},
            hovertemplate=f"{curve.emotion}: %{{x:.0%}}, %{{y:.0%}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title_text=x, range=[0, 1], tickformat=".0%", fixedrange=True)
    figure.update_yaxes(title_text=y, range=[0, 1.02], tickformat=".0%", fixedrange=True)
    return _legend_above(figure, 96)


def reliability_bars(found: Reliability) -> go.Figure:
    """Draw accuracy over confidence as bars, with the diagonal on which they should end."""
    import plotly.graph_objects as go

    there = found.counts > 0
    width = float(found.edges[1] - found.edges[0])
    middles = (found.edges[:-1] + width / 2)[there]
    figure = go.Figure(layout=chart_layout(360))
    figure.add_bar(
        x=middles, y=found.accuracy[there], width=width * 0.92, marker={"color": TEAL, "opacity": 0.75},
        name="accuracy", customdata=np.column_stack([found.confidence[there], found.counts[there]]),
        hovertemplate="confidence %{customdata[0]:.0%}: %{y:.0%} right of %{customdata[1]:,} faces<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=found.confidence[there], y=found.confidence[there], mode="lines+markers", name="where it should be",
        line={"color": ink(), "dash": "dot", "width": 1.5}, marker={"size": 5}, hoverinfo="skip",
    )  # fmt: skip
    figure.update_xaxes(title_text="confidence", range=[0, 1], tickformat=".0%", fixedrange=True, showgrid=False)
    figure.update_yaxes(title_text="right", range=[0, 1.02], tickformat=".0%", fixedrange=True)
    return _legend_above(figure)


def confidence_bars(found: Reliability) -> go.Figure:
    """Draw how many answers have which confidence."""
    import plotly.graph_objects as go

    width = float(found.edges[1] - found.edges[0])
    figure = go.Figure(layout=chart_layout(200))
    figure.add_bar(
        x=found.edges[:-1] + width / 2, y=found.counts, width=width * 0.92, marker={"color": TEAL, "opacity": 0.75},
        hovertemplate="%{y:,} faces<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title_text="confidence", range=[0, 1], tickformat=".0%", fixedrange=True, showgrid=False)
    figure.update_yaxes(title_text="faces", fixedrange=True, nticks=4)
    return figure


def coverage_lines(found: Coverage, threshold: float, unsure_below: float) -> go.Figure:
    """Draw coverage and accuracy over the threshold, with the chosen one and the live view's."""
    import plotly.graph_objects as go

    figure = go.Figure(layout={**chart_layout(340), "hovermode": "x unified"})
    for values, name, dash in ((found.coverage, "faces that get an answer", "solid"),
                               (found.accuracy, "right of those", "dash")):  # fmt: skip
        figure.add_scatter(
            x=found.thresholds, y=values, mode="lines", name=name, hovertemplate="%{y:.1%}",
            line={"color": TEAL if dash == "solid" else "#c03616", "dash": dash, "width": 2.5},
        )  # fmt: skip
    figure.add_vline(threshold, line={"color": ink(), "width": 2})
    if unsure_below > 0:
        figure.add_vline(
            unsure_below, line={"color": ink(), "width": 1.5, "dash": "dot"},
            annotation={"text": "live view", "yref": "paper", "y": 0.02, "yanchor": "bottom"},
        )  # fmt: skip
    figure.update_xaxes(
        title_text="confidence asked for", range=[0, 1], tickformat=".0%", fixedrange=True, showgrid=False
    )
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%", fixedrange=True)
    return _legend_above(figure)


def cost_points(models: Sequence[Evaluated], accuracies: Sequence[Interval], by_size: bool) -> go.Figure:
    """Draw accuracy over milliseconds a face, or over megabytes, a point a model."""
    import plotly.graph_objects as go

    costs = [one.model.megabytes if by_size else one.ms_per_face for one in models]
    # Models of one size stand above each other: their names take turns, and stay within the chart.
    sides = ["left" if cost > max(costs) / 2 else "right" for cost in costs]
    places = [f"{'bottom' if i % 2 else 'top'} {side}" for i, side in enumerate(sides)]
    figure = go.Figure(layout=chart_layout(320))
    figure.add_scatter(
        x=costs, y=[one.value for one in accuracies], error_y={**_error(accuracies), "thickness": 1.2},
        mode="markers+text", text=[one.name for one in models], textposition=places, cliponaxis=False,
        marker={"color": TEAL, "size": 12}, textfont={"color": ink()},
        customdata=[words_of(one) for one in accuracies],
        hovertemplate="%{text}: %{customdata}, %{x:.2f}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(
        title_text="megabytes" if by_size else "milliseconds a face", range=[0, 1.35 * max(costs) or 1], fixedrange=True
    )
    low, high = min(one.low for one in accuracies), max(one.high for one in accuracies)
    room = max(0.01, (high - low) * 0.25)
    figure.update_yaxes(
        title_text="accuracy",
        tickformat=".0%",
        range=[max(0, low - room), min(1.02, high + 1.6 * room)],
        fixedrange=True,
    )
    return figure


def words_of(interval: Interval, sign: bool = False) -> str:
    r"""Return a share with its interval in words.

    >>> words_of(Interval(0.681, 0.666, 0.696))
    '68.1\xa0% (66.6 to 69.6)'
    """
    first = f"{100 * interval.value:+.1f}" if sign else f"{100 * interval.value:.1f}"
    ends = (f"{100 * end:+.1f}" if sign else f"{100 * end:.1f}" for end in (interval.low, interval.high))
    return f"{first}\u00a0% ({' to '.join(ends)})"


def _error(values: Sequence[Interval]) -> dict[str, object]:
    return {
        "type": "data", "symmetric": False, "thickness": 1.5, "width": 3,
        "array": [one.high - one.value for one in values], "arrayminus": [one.value - one.low for one in values],
    }  # fmt: skip


def _legend_above(figure: go.Figure, top: int = 44) -> go.Figure:
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        margin={"t": top, "l": 8, "r": 24, "b": 8},
    )  # fmt: skip
    return figure
