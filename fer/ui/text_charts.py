"""The text page's own charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS, STYLES
from fer.text.views import Place
from fer.ui.charts import label
from fer.ui.theme import chart_layout, ink

if TYPE_CHECKING:
    import plotly.graph_objects as go

NO_INK = "rgba(42,127,116,0)"
SHADE = "rgba(42,127,116,.6)"
"""Text in the page's ink is read on it, dark or light."""


def feature_heat(features: Sequence[str], values: npt.NDArray[np.floating[Any]]) -> go.Figure:
    """Draw which sentence (rows) has how much of which feature (columns).

    Args:
        features: Names of the columns.
        values: Shape ``(sentences, features)``, 0 or more.
    """
    import plotly.graph_objects as go

    rows = [f"{number}" for number in range(1, len(values) + 1)]
    whole = bool((values == values.round()).all())
    shown = [[f"{value:.0f}" if whole else f"{value:.2f}" if value else "" for value in row] for row in values]
    shown = [["" if cell == "0" else cell for cell in row] for row in shown]
    # A space at an edge of a run of letters would not be seen.
    names = [feature.replace(" ", "␣") if len(feature) <= 3 else feature for feature in features]
    figure = go.Figure(layout=chart_layout(100 + 30 * len(rows)))
    figure.add_heatmap(
        z=values, x=[f"{place} {name}" for place, name in enumerate(names)], y=rows, text=shown,
        texttemplate="%{text}" if len(features) <= 24 else None, showscale=False, xgap=2, ygap=2,
        textfont={"color": ink()}, colorscale=[[0, NO_INK], [1, SHADE]], zmin=0, zmax=float(max(1e-9, values.max())),
        customdata=[names] * len(rows), hovertemplate="sentence %{y}, “%{customdata}”: %{z:.2f}<extra></extra>",
    )  # fmt: skip
    ticks = [f"{place} {name}" for place, name in enumerate(names)]
    figure.update_xaxes(tickvals=ticks, ticktext=names, tickangle=-60, showgrid=False, fixedrange=True, title=None)
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, title="sentence")
    return figure


def telling_bars(words: Sequence[tuple[str, float]], colour: str) -> go.Figure:
    """Draw words by their weight, the largest on top."""
    import plotly.graph_objects as go

    figure = go.Figure(layout=chart_layout(60 + 22 * len(words)))
    figure.add_bar(
        x=[weight for _, weight in words], y=[word for word, _ in words], orientation="h",
        marker={"color": colour}, hovertemplate="%{y}: %{x:.2f}<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False, ticks="", title=None, type="category")
    figure.update_xaxes(fixedrange=True, title="weight above the mean of the seven")
    return figure


def word_scatter(places: Sequence[Place]) -> go.Figure:
    """Draw words on their map: telling ones with their emotion's colour and symbol, one's own with a frame."""
    import plotly.graph_objects as go

    figure = go.Figure(layout={**chart_layout(520), "showlegend": True})
    for name in EMOTIONS:
        own = [place for place in places if place.group == name]
        figure.add_scatter(
            x=[place.x for place in own], y=[place.y for place in own], text=[place.word for place in own],
            mode="text", name=label(name), textfont={"color": STYLES[name].colour, "size": 11},
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    mine = [place for place in places if place.group == "own"]
    figure.add_scatter(
        x=[place.x for place in mine], y=[place.y for place in mine], text=[place.word for place in mine],
        mode="markers+text", name="your words", textposition="top center", textfont={"color": ink(), "size": 14},
        marker={"size": 9, "symbol": "square-open", "color": ink(), "line": {"width": 2}},
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True)
    figure.update_layout(legend={"orientation": "h", "y": 1.08, "x": 0})
    return figure


def confusion_heat(table: Sequence[Sequence[int]]) -> go.Figure:
    """Draw which emotion (rows: what people said) was answered with which (columns), as shares of the row."""
    import plotly.graph_objects as go

    counts = np.asarray(table, float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    names = [label(name) for name in EMOTIONS]
    figure = go.Figure(layout=chart_layout(360))
    figure.add_heatmap(
        z=shares, x=names, y=names, text=counts.astype(int), texttemplate="%{text}", showscale=False, xgap=2, ygap=2,
        textfont={"color": ink()}, colorscale=[[0, NO_INK], [1, SHADE]], zmin=0, zmax=1,
        hovertemplate="people: %{y}<br>model: %{x}<br>%{text} messages, %{z:.0%}<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, title="people")
    figure.update_xaxes(showgrid=False, fixedrange=True, title="model", tickangle=-45)
    return figure
