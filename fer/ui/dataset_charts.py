"""The charts of the data set page, in the style of ``fer.ui.charts``: emotions by colour, symbol and name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import USAGES
from fer.emotions import EMOTIONS, STYLES
from fer.ui.charts import label
from fer.ui.theme import chart_layout, ink

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

DASHES = ("solid", "dash", "dot", "solid", "dashdot", "longdash", "longdashdot")
"""Of the seven emotions' lines, so that colour never stands alone."""
SHADES = (1.0, 0.6, 0.3)
"""Opacity of Training, PublicTest and PrivateTest."""
TEAL = "#2a8f83"


def class_bars(counts: pd.DataFrame) -> go.Figure:
    """Draw how many faces each emotion has, the splits one after the other.

    Args:
        counts: From ``fer.dataset.statistics.class_counts``.
    """
    import plotly.graph_objects as go

    names = [label(name) for name in EMOTIONS]
    figure = go.Figure(layout={**chart_layout(320), "barmode": "stack"})
    for usage, shade in zip(USAGES, SHADES, strict=True):
        if usage not in counts:
            continue
        figure.add_bar(
            x=counts[usage],
            y=names,
            orientation="h",
            name=usage,
            marker={"color": [STYLES[name].colour for name in EMOTIONS], "opacity": shade, "line": {"width": 0}},
            customdata=counts[f"{usage} share"],
            hovertemplate=f"%{{y}}, {usage}: %{{x:,}} (%{{customdata:.1%}})<extra></extra>",
        )
    totals = [
        f" {count:,} · {100 * share:.1f} %" for count, share in zip(counts["all"], counts["all share"], strict=True)
    ]
    figure.add_scatter(
        x=counts["all"], y=names, mode="text", text=totals, textposition="middle right", hoverinfo="skip",
        cliponaxis=False, textfont={"color": ink(), "size": 13},
    )  # fmt: skip
    most = max(1, int(counts["all"].max()))
    figure.update_xaxes(range=[0, 1.42 * most], visible=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False, ticks="")
    return figure


def intensity_lines(histograms: pd.DataFrame, emotions: list[str]) -> go.Figure:
    """Draw how often each grey value comes, a line for each emotion.

    Args:
        histograms: From ``fer.dataset.statistics.intensity_histograms``.
        emotions: Which to draw.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout={**chart_layout(360), "hovermode": "x unified"})
    for name in emotions:
        figure.add_scatter(
            x=histograms.index, y=histograms[name], name=label(name), mode="lines", hovertemplate="%{y:.2%}",
            line={"color": STYLES[name].colour, "dash": DASHES[EMOTIONS.index(name)], "width": 2},
        )  # fmt: skip
    figure.update_xaxes(title="grey value, 0 is black", range=[0, 255], fixedrange=True, showgrid=False)
    figure.update_yaxes(tickformat=".1%", fixedrange=True, rangemode="tozero", nticks=5)
    _legend_above(figure)
    return figure


def measure_boxes(quartiles: pd.DataFrame, title: str) -> go.Figure:
    """Draw how a measure is spread in each emotion: the middle half as a box, 5 to 95 % as whiskers.

    Args:
        quartiles: From ``quartiles_of``.
        title: What is measured, with its unit.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=chart_layout(340))
    for name in EMOTIONS:
        row = quartiles.loc[name]
        if np.isnan(row["50 %"]):
            continue
        figure.add_box(
            q1=[row["25 %"]], median=[row["50 %"]], q3=[row["75 %"]], lowerfence=[row["5 %"]],
            upperfence=[row["95 %"]], y=[label(name)], orientation="h", name=label(name),
            marker_color=STYLES[name].colour, fillcolor=STYLES[name].colour, opacity=0.75,
            line={"color": ink(), "width": 1.5},
        )  # fmt: skip
    figure.update_xaxes(title=title, fixedrange=True, rangemode="tozero")
    figure.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False, ticks="")
    figure.update_layout(boxgap=0.4)
    return figure


def quartiles_of(measures: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the 5, 25, 50, 75 and 95 % points of a measure for each emotion; NaN where it has no faces."""
    groups = measures.groupby("emotion", observed=False)[column]
    table = groups.quantile(np.array([0.05, 0.25, 0.5, 0.75, 0.95])).unstack().reindex(list(EMOTIONS))
    table.columns = ["5 %", "25 %", "50 %", "75 %", "95 %"]
    table.index.name = "emotion"
    return table


def explained_line(explained: npt.NDArray[np.floating[Any]], k: int) -> go.Figure:
    """Draw which share of all differences the first components tell, with a mark at ``k``.

    Args:
        explained: Share of each component, shape ``(n,)``.
        k: How many are used now.
    """
    import plotly.graph_objects as go

    told = np.concatenate([[0.0], np.cumsum(explained)])
    figure = go.Figure(layout=chart_layout(240))
    figure.add_scatter(
        x=np.arange(len(told)), y=told, mode="lines", line={"color": TEAL, "width": 2.5},
        hovertemplate="%{x} components: %{y:.1%}<extra></extra>",
    )  # fmt: skip
    k = min(k, len(told) - 1)
    figure.add_scatter(x=[k], y=[told[k]], mode="markers", marker={"color": TEAL, "size": 11}, hoverinfo="skip")
    figure.update_xaxes(title="components", fixedrange=True, showgrid=False)
    figure.update_yaxes(tickformat=".0%", range=[0, 1.04], dtick=0.25, fixedrange=True)
    return figure


def square_of(table: pd.DataFrame, down: str, across: str) -> go.Figure:
    """Draw a table of emotions against emotions: shares of each row, with their numbers.

    Args:
        table: Counts, emotions in both directions.
        down: What the rows are.
        across: What the columns are.
    """
    import plotly.graph_objects as go

    counts = table.to_numpy(float)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    figure = go.Figure(layout=chart_layout(430))
    figure.add_heatmap(
        z=shares, x=[label(name) for name in table.columns], y=[label(name) for name in table.index],
        zmin=0, zmax=1, colorscale=[[0, "rgba(42,143,131,0.04)"], [1, "rgba(42,143,131,0.9)"]], showscale=False,
        text=[[f"{100 * share:.0f}" for share in row] for row in shares], texttemplate="%{text}",
        customdata=counts, xgap=2, ygap=2,
        hovertemplate=f"{down} %{{y}}, {across} %{{x}}: %{{customdata:,}} (%{{z:.1%}})<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title=f"{across}, % of each row", side="bottom", fixedrange=True, showgrid=False, tickangle=-45)
    figure.update_yaxes(title=down, autorange="reversed", fixedrange=True, showgrid=False)
    return figure


def _legend_above(figure: go.Figure) -> None:
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        margin={"t": 60, "l": 8, "r": 8, "b": 8},
    )  # fmt: skip
