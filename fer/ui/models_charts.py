"""The charts of the classic models: lines over a knob, points with a line, bars, and a plane with a boundary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer.ui.theme import chart_layout, ink

if TYPE_CHECKING:
    import plotly.graph_objects as go

ACCENT = "#2a7f74"
COLOURS = ("#2a7f74", "#d17d0b", "#4363de", "#8d5680", "#c03616", "#249dbc", "#8f928c", "#407356", "#b0722a", "#5b6f9e")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star", "hexagon", "pentagon", "bowtie")
MOST_POINTS = 800
OUTERMOST = 100
"""So many points farthest to the right, and so many farthest up or down, are drawn in any case."""
SCALED = "Numbers are scaled to the same deviation, so that their weights can be compared; a category is 0 or 1."

FloatArray = npt.NDArray[np.floating[Any]]
ABOVE = {"orientation": "h", "y": 1.02, "x": 0, "yanchor": "bottom"}


def base(height_px: int, x: str, y: str) -> go.Figure:
    """Return an empty chart with named axes."""
    import plotly.graph_objects as go

    figure = go.Figure(layout=chart_layout(height_px))
    figure.update_xaxes(title=short(x, 60), fixedrange=True)
    figure.update_yaxes(title=short(y, 40), fixedrange=True)
    return figure


def short(text: str, most: int = 28) -> str:
    """Return a name that fits beside an axis, as plain text."""
    text = text if len(text) <= most else text[: most - 1] + "…"
    return text.replace("<", "‹").replace(">", "›")


def line_chart(
    x: Sequence[Any] | FloatArray, lines: Mapping[str, Any], x_title: str, y_title: str, log: bool = False,
    height_px: int = 340, mark: float | None = None,
) -> go.Figure:  # fmt: skip
    """Draw lines over a common axis, each with a colour and a dash of its own.

    Args:
        x: Places.
        lines: By name, values.
        x_title: What is along the axis.
        y_title: What is up the axis.
        log: Whether the places are drawn by their logarithm.
        height_px: Of the whole chart.
        mark: A place to point out, as the places are: of a logarithmic axis no logarithm.
    """
    figure = base(height_px, x_title, y_title)
    for place, (name, values) in enumerate(lines.items()):
        figure.add_scatter(
            x=x, y=values, name=short(name), mode="lines+markers" if len(x) < 30 else "lines",
            line={"color": COLOURS[place % len(COLOURS)], "dash": DASHES[place // 2 % len(DASHES)], "width": 2},
            hovertemplate=f"{short(name)}<br>%{{x:.4g}}: %{{y:.4g}}<extra></extra>",
        )  # fmt: skip
    if log:
        figure.update_xaxes(type="log", exponentformat="power")
    if mark is not None:
        figure.add_vline(mark, line={"width": 1.5, "dash": "dot", "color": ink()})
    figure.update_layout(showlegend=len(lines) > 1, legend=ABOVE)
    return figure


def point_chart(x: Any, y: Any, x_title: str, y_title: str, height_px: int = 320, size: int = 6) -> go.Figure:
    """Draw points; of many, the outermost and some of the others at random."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    if len(x) > MOST_POINTS:
        # What a chart of residuals is looked at for is at its edges.
        outermost = np.union1d(np.argsort(-x)[:OUTERMOST], np.argsort(-np.abs(y))[:OUTERMOST])
        others = np.setdiff1d(np.arange(len(x)), outermost)
        others = np.random.default_rng(1).choice(others, MOST_POINTS - len(outermost), replace=False)
        chosen = np.union1d(outermost, others)
        x, y = x[chosen], y[chosen]
    figure = base(height_px, x_title, y_title)
    figure.add_scatter(
        x=x, y=y, mode="markers", marker={"color": ACCENT, "size": size, "opacity": 0.55}, name="rows",
        hovertemplate="%{x:.4g}, %{y:.4g}<extra></extra>",
    )  # fmt: skip
    return figure


def add_line(figure: go.Figure, x: Any, y: Any, name: str, colour: str = COLOURS[1], dash: str = "solid") -> None:
    """Draw a line over a chart."""
    figure.add_scatter(
        x=x, y=y, mode="lines", name=short(name), line={"color": colour, "width": 2.5, "dash": dash}, hoverinfo="skip"
    )


def bar_chart(
    names: Sequence[str], values: Sequence[float], x_title: str, deviation: Sequence[float] | None = None
) -> go.Figure:
    """Draw bars with their names at the left, the first on top."""
    figure = base(70 + 26 * len(names), x_title, "")
    error = None if deviation is None else {"type": "data", "array": list(deviation), "color": ink(), "thickness": 1}
    # Two names may be cut to the same text: bars stand by their number.
    places = list(range(len(names)))
    figure.add_bar(
        x=list(values), y=places, orientation="h", marker={"color": ACCENT}, error_x=error,
        customdata=[short(name, 60) for name in names], hovertemplate="%{customdata}: %{x:.4g}<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(
        autorange="reversed", showgrid=False, ticks="", title=None, tickvals=places,
        ticktext=[short(name, 22) for name in names],
    )  # fmt: skip
    return figure


def histogram(values: Any, title: str, height_px: int = 200) -> go.Figure:
    """Draw how often values are in equal steps."""
    counts, edges = np.histogram(np.asarray(values, float), bins=24)
    figure = base(height_px, title, "rows")
    figure.add_bar(
        x=(edges[1:] + edges[:-1]) / 2, y=counts, width=np.diff(edges) * 0.96, marker={"color": ACCENT},
        hovertemplate="about %{x:.4g}: %{y:,} rows<extra></extra>",
    )  # fmt: skip
    return figure


def plane_chart(
    xs: FloatArray, ys: FloatArray, answers: FloatArray, points: FloatArray, titles: tuple[str, str],
    classes: Sequence[str], target: str,
) -> go.Figure:  # fmt: skip
    """Draw what a model answers all over a plane, and rows on it: classes by colour and symbol, numbers by shade."""
    figure = base(430, *titles)
    figure.update_xaxes(range=[xs[0], xs[-1]])
    figure.update_yaxes(range=[ys[0], ys[-1]])
    if not classes:
        figure.add_heatmap(
            x=xs, y=ys, z=answers, colorscale="Tealgrn", colorbar={"title": short(target, 14), "thickness": 12},
            hovertemplate="%{x:.4g}, %{y:.4g}: %{z:.4g}<extra></extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=points[:, 0], y=points[:, 1], mode="markers", hoverinfo="skip",
            marker={"size": 6, "color": points[:, 2], "colorscale": "Tealgrn", "line": {"width": 0.7, "color": "#333"},
                    "cmin": float(np.nanmin(answers)), "cmax": float(np.nanmax(answers))},
        )  # fmt: skip
        return figure
    count = len(classes)
    steps = [
        [edge, COLOURS[place % len(COLOURS)]] for place in range(count) for edge in (place / count, (place + 1) / count)
    ]
    figure.add_heatmap(
        x=xs, y=ys, z=answers, colorscale=steps, zmin=-0.5, zmax=count - 0.5, opacity=0.28, showscale=False,
        hoverinfo="skip",
    )  # fmt: skip
    for place, name in enumerate(classes):
        own = points[points[:, 2] == place]
        figure.add_scatter(
            x=own[:, 0], y=own[:, 1], mode="markers", name=short(name),
            marker={"size": 7, "color": COLOURS[place % len(COLOURS)], "symbol": SYMBOLS[place % len(SYMBOLS)],
                    "line": {"width": 0.6, "color": "#fff"}},
            hovertemplate=f"{short(name)}: %{{x:.4g}}, %{{y:.4g}}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(showlegend=True, legend=ABOVE)
    return figure
