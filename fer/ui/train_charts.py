"""The charts of a training: curves, recall by emotion, confusion, and runs over each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fer.emotions import EMOTIONS, STYLES
from fer.training.curves import Curves, recall_of, thinned
from fer.ui.charts import label
from fer.ui.theme import chart_layout, ink

if TYPE_CHECKING:
    import plotly.graph_objects as go

LEARNING, SEEN, LOOKED_AT = "#8f928c", "#4363de", "#c03616"
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
LEGEND = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"}
MARGIN = {"l": 8, "r": 8, "t": 40, "b": 36}


def name_of(validation: str) -> str:
    """Return what the faces that are looked at after every epoch are called."""
    return "held-out faces" if validation == "held_out" else validation


def curve_chart(curves: Curves, figure_name: str) -> go.Figure:
    """Draw accuracy or loss: while learning by steps, and after every epoch on learned and on other faces.

    Args:
        curves: The run's figures.
        figure_name: ``accuracy`` or ``loss``.
    """
    figure = _figure(340)
    steps = thinned(curves.steps, ["at", figure_name])
    lines = [("changed faces, while learning", steps["at"], steps[figure_name], LEARNING, "solid", 1.0)]
    names = ["epoch", f"seen_{figure_name}", f"validation_{figure_name}"]
    epochs = thinned([line for line in curves.epochs if names[1] in line], names)
    lines.append(("learned faces as they are", epochs["epoch"], epochs[f"seen_{figure_name}"], SEEN, "dash", 2.0))
    lines.append(
        (name_of(curves.validation), epochs["epoch"], epochs[f"validation_{figure_name}"], LOOKED_AT, "solid", 2.5)
    )
    for name, x, y, colour, dash, width in lines:
        figure.add_scatter(
            x=x, y=y, name=name, mode=_mode(x), line={"color": colour, "dash": dash, "width": width},
            hovertemplate="%{y:.1%}" if figure_name == "accuracy" else "%{y:.3f}",
        )  # fmt: skip
    figure.update_yaxes(title=figure_name, fixedrange=True, tickformat=".0%" if figure_name == "accuracy" else "")
    return figure


def learning_rate_chart(curves: Curves) -> go.Figure:
    """Draw the learning rate over the epochs."""
    figure = _figure(200)
    steps = thinned(curves.steps, ["at", "rate"])
    figure.add_scatter(
        x=steps["at"], y=steps["rate"], mode="lines", line={"color": SEEN, "width": 2}, hovertemplate="%{y:.2e}",
        showlegend=False,
    )  # fmt: skip
    figure.update_yaxes(title="learning rate", fixedrange=True, tickformat=".2~g", rangemode="tozero")
    figure.update_layout(margin={**MARGIN, "t": 8})
    return figure


def recall_chart(curves: Curves) -> go.Figure:
    """Draw how much of each emotion is named rightly, after every epoch."""
    figure = _figure(320)
    rows = [{"epoch": line["epoch"], **recall_of(line["confusion"])} for line in curves.epochs]
    for at, emotion in enumerate(EMOTIONS):
        there = [row for row in rows if row[emotion] is not None]
        points = thinned(there, ["epoch", emotion])
        figure.add_scatter(
            x=points["epoch"], y=points[emotion], name=label(emotion), mode=_mode(there),
            line={"color": STYLES[emotion].colour, "dash": DASHES[at], "width": 2}, hovertemplate="%{y:.0%}",
        )  # fmt: skip
    figure.update_yaxes(title="recall", range=[0, 1.02], tickformat=".0%", fixedrange=True)
    return figure


def confusion_chart(confusion: Sequence[Sequence[int]]) -> go.Figure:
    """Draw a confusion matrix: the truth in rows, shaded by the share of its row."""
    import plotly.graph_objects as go

    names = [label(name) for name in EMOTIONS]
    shares = [[n / max(1, sum(row)) for n in row] for row in confusion]
    heat = go.Heatmap(
        z=shares, x=names, y=names, zmin=0, zmax=1,
        colorscale=[[0, "rgba(42,127,116,.04)"], [1, "rgba(42,127,116,.6)"]],
        text=[[f"{n:,}" for n in row] for row in confusion], texttemplate="%{text}", textfont={"color": ink()},
        showscale=False, xgap=2, ygap=2, hovertemplate="%{y} called %{x}: %{text} (%{z:.0%})<extra></extra>",
    )  # fmt: skip
    figure = go.Figure(heat, layout=chart_layout(380))
    figure.update_yaxes(autorange="reversed", title="is", fixedrange=True, showgrid=False, ticks="")
    figure.update_xaxes(title="is called", fixedrange=True, showgrid=False, ticks="", tickangle=-40)
    return figure


def compare_chart(runs: Mapping[str, Curves], figure_name: str) -> go.Figure:
    """Draw the validation accuracy or loss of several runs over each other.

    Args:
        runs: By name.
        figure_name: ``accuracy`` or ``loss``; baselines have no loss.
    """
    figure = _figure(340)
    colours = [STYLES[name].colour for name in ("sad", "angry", "happy", "disgust", "fear", "surprise")]
    for at, (name, curves) in enumerate(runs.items()):
        column = f"validation_{figure_name}"
        there = [line for line in curves.epochs if column in line]
        points = thinned(there, ["epoch", column])
        figure.add_scatter(
            x=points["epoch"], y=points[column], name=name, mode=_mode(there),
            line={"color": colours[at % len(colours)], "dash": DASHES[at % len(DASHES)], "width": 2},
            hovertemplate="%{y:.1%}" if figure_name == "accuracy" else "%{y:.3f}",
        )  # fmt: skip
    figure.update_yaxes(title=figure_name, tickformat=".1%" if figure_name == "accuracy" else "", fixedrange=True)
    return figure


def rate_chart(lines: Sequence[dict[str, Any]], rate: float | None) -> go.Figure:
    """Draw the loss over growing learning rates, with the one that was found."""
    figure = _figure(260)
    for name, title, colour, width in (("loss", "each step", LEARNING, 1), ("smoothed", "smoothed", LOOKED_AT, 2.5)):
        figure.add_scatter(
            x=[line["rate"] for line in lines], y=[line[name] for line in lines], name=title, mode="lines",
            line={"color": colour, "width": width}, hovertemplate="%{y:.3f}",
        )  # fmt: skip
    if rate is not None:
        figure.add_vline(x=rate, line_width=1.5, line_dash="dot")
        # On a logarithmic axis annotations are placed by exponents.
        place = {"x": math.log10(rate), "y": 1, "yref": "paper", "xanchor": "left", "xshift": 4, "showarrow": False}
        figure.add_annotation(text=f"{rate:.2g}", **place)
    figure.update_xaxes(type="log", title="learning rate", tickformat=".0e", dtick=1)
    # A loss that bursts would press all the rest flat.
    most = 1.5 * max(line["smoothed"] for line in lines[: max(3, len(lines) // 3)])
    figure.update_yaxes(title="loss", fixedrange=True, range=[0, most])
    return figure


def _mode(points: Sequence[Any]) -> str:
    return "lines+markers" if len(points) < 3 else "lines"


def _figure(height_px: int) -> go.Figure:
    import plotly.graph_objects as go

    layout = {**chart_layout(height_px), "hovermode": "x unified", "showlegend": True, "margin": MARGIN}
    figure = go.Figure(layout=layout)
    figure.update_layout(legend=LEGEND)
    figure.update_xaxes(title="epoch", fixedrange=True, rangemode="tozero")
    return figure
