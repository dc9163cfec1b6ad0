"""The charts of the tab Robustness: accuracy over the steps of one change, a line a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from fer.emotions import EMOTIONS
from fer.evaluation.changes import Change
from fer.evaluation.robustness import Borne
from fer.ui.theme import chart_layout
from fer.ui.train_charts import DASHES

if TYPE_CHECKING:
    import plotly.graph_objects as go

CHANCE = 1 / len(EMOTIONS)
HEIGHT_PX = 210
LINES = ("#2a7f74", "#c03616", "#4363de", "#8a5a00", "#7b3fa0", "#555a52")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
MARKS = ("●", "■", "◆", "▲", "✕", "★")


def bearing_chart(change: Change, curves: Mapping[str, Borne]) -> go.Figure:
    """Draw what is left of the accuracy at each step.

    Args:
        change: What happens to the faces.
        curves: By model, in their order.
    """
    import plotly.graph_objects as go

    words = list(change.words)
    figure = go.Figure(layout={**chart_layout(HEIGHT_PX), "hovermode": "x unified"})
    for place, (name, borne) in enumerate(curves.items()):
        shares, intervals = borne.accuracy, borne.intervals()
        figure.add_scatter(
            x=words, y=shares, name=name, mode="lines+markers",
            line={"color": LINES[place % len(LINES)], "dash": DASHES[place % len(DASHES)], "width": 2},
            marker={"symbol": SYMBOLS[place % len(SYMBOLS)], "size": 7},
            error_y={
                "type": "data", "symmetric": False, "thickness": 1, "width": 2,
                "array": [high - share for share, (_, high) in zip(shares, intervals, strict=True)],
                "arrayminus": [share - low for share, (low, _) in zip(shares, intervals, strict=True)],
            },
            hovertemplate="%{y:.1%}",
        )  # fmt: skip
    figure.add_hline(y=CHANCE, line={"width": 1, "dash": "dot", "color": "#8f928c"})
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%", fixedrange=True, dtick=0.25, title=None)
    # Numbers as words: the steps stand evenly.
    figure.update_xaxes(type="category", title=change.axis, fixedrange=True, showgrid=False, tickangle=0)
    figure.update_layout(margin={"l": 8, "r": 8, "t": 8, "b": 40})
    return figure


def bearing_words(change: Change, curves: Mapping[str, Borne]) -> str:
    """Return a chart in a sentence, for screen readers."""
    told = "; ".join(
        f"{name} " + ", ".join(f"{word} {share:.0%}" for word, share in zip(change.words, borne.accuracy, strict=True))
        for name, borne in curves.items()
    )
    return f"Accuracy by {change.axis}: {told}"


def legend_html(names: Sequence[str]) -> str:
    """Return which line is whose, once for all charts; the dotted grey line is guessing."""
    parts = [
        f'<span style="white-space:nowrap"><span aria-hidden="true" style="color:{LINES[i % len(LINES)]}">'
        f"{MARKS[i % len(MARKS)]}</span> {escape(name)}</span>"
        for i, name in enumerate(names)
    ]
    parts.append('<span class="cm-small" style="white-space:nowrap">dotted: guessing among seven</span>')
    return f'<div style="display:flex;flex-wrap:wrap;gap:.25rem 1.25rem">{"".join(parts)}</div>'
