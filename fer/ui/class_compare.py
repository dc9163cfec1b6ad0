"""Classes of one course beside each other over the weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from fer.emotions import EMOTIONS, STYLES
from fer.ui.charts import label, show_chart
from fer.ui.messages import plain
from fer.ui.theme import chart_layout

if TYPE_CHECKING:
    import plotly.graph_objects as go

import streamlit as st

from fer.ui.charts import PATTERN_INK

Document = Mapping[str, Any]
MOST = 20
"""So many classes stand side by side and can still be read; the latest ones."""
LINE = "#2a8f83"
TROUBLE = "#c03616"
FINE = "#2f7355"


def courses(documents: Sequence[Document]) -> list[str]:
    """Return the courses of which there are at least two reports, by name."""
    names = [document["class"]["course"].strip() for document in documents]
    return sorted({name for name in names if name and names.count(name) >= 2})


def compare(documents: Sequence[Document], zone: tzinfo) -> None:
    """Show one course's classes side by side, oldest first.

    Args:
        documents: Reports of one course.
        zone: In which days are told.
    """
    ordered = sorted(documents, key=lambda document: str(document["class"]["started"]))[-MOST:]
    names = day_names(ordered, zone)
    formulas = {formula_name(formula) for document in ordered for formula in document["formulas"]}
    if any(document["whole"]["engagement"] for document in ordered):
        st.subheader("Engagement", anchor=False)
        show_chart(engagement_chart(ordered, names), "past.compare_engagement", _in_words(ordered, names))
        if len(formulas) > 1:
            st.caption(
                f"These classes used different formulas ({plain(', '.join(sorted(formulas)))}): their engagement "
                "cannot be compared with one another."
            )
    if any(document["whole"]["mood"] for document in ordered):
        st.subheader("What faces showed", anchor=False)
        show_chart(mood_chart(ordered, names), "past.compare_mood", "Bars: each class's mean mood.")
    if any(document["whole"]["pulses"] for document in ordered):
        st.subheader("Clicks for each person", anchor=False)
        show_chart(clicks_chart(ordered, names), "past.compare_clicks", "Bars: clicks for each person of each class.")
    st.caption(
        "Bars and points are whole classes. The thin lines reach from the mean lower to the mean upper end of a "
        "class's 95 % intervals of ten seconds; they are no interval of the whole class's mean."
    )


def formula_name(formula: Mapping[str, Any]) -> str:
    """Return what a report's formula is called, with the weights that a teacher changed: they make it another one."""
    if not formula.get("own_weights"):
        return str(formula["title"])
    return f"{formula['title']} with {', '.join(f'{name} {weight:g}' for name, weight in formula['weights'].items())}"


def people_of(document: Document) -> int:
    """Return how many people a class had, to tell clicks for each; of a shared screen the most at once."""
    participation = document["participation"]
    known = participation["most_present" if document["class"].get("mode") == "gallery" else "seats"]
    return int(known or 0)


def day_names(documents: Sequence[Document], zone: tzinfo) -> list[str]:
    """Return what each class is called on the axis: its day, and its time where a day has two.

    Of a recording only the day on which it was read is known.
    """
    moments = [datetime.fromisoformat(document["class"]["started"]).astimezone(zone) for document in documents]
    read = [document["class"].get("recording_read") for document in documents]
    days = [f"{moment.day} {moment:%b}{', read' if one else ''}" for moment, one in zip(moments, read, strict=True)]
    return [f"{day}, {moment:%H:%M}" if days.count(day) > 1 else day for day, moment in zip(days, moments, strict=True)]


def engagement_chart(documents: Sequence[Document], names: Sequence[str]) -> go.Figure:
    """Draw each class's mean engagement with its interval."""
    import plotly.graph_objects as go

    shown = [(place, d["whole"]["engagement"]) for place, d in enumerate(documents) if d["whole"]["engagement"]]
    values = [part["value"] for _, part in shown]
    figure = go.Figure(layout=chart_layout(260))
    figure.add_scatter(
        x=[place for place, _ in shown],
        y=values,
        mode="lines+markers",
        line={"color": LINE, "width": 1.5, "dash": "dot"},
        marker={"size": 10, "color": LINE},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [part["high"] - part["value"] if part["high"] is not None else 0 for _, part in shown],
            "arrayminus": [part["value"] - part["low"] if part["low"] is not None else 0 for _, part in shown],
            "thickness": 1.5,
            "width": 5,
        },
        customdata=[_title(documents[place]) for place, _ in shown],
        hovertemplate="%{customdata}: %{y:.2f}<extra></extra>",
    )
    figure.update_yaxes(range=[0, 1.02], dtick=0.25, fixedrange=True)
    return _by_day(figure, names)


def mood_chart(documents: Sequence[Document], names: Sequence[str]) -> go.Figure:
    """Draw each class's mean mood as a bar of seven parts."""
    import plotly.graph_objects as go

    shown = [(place, d["whole"]["mood"]) for place, d in enumerate(documents) if d["whole"]["mood"]]
    figure = go.Figure(layout={**chart_layout(300), "barmode": "stack", "bargap": 0.35})
    for name in EMOTIONS:
        style = STYLES[name]
        figure.add_bar(
            x=[place for place, _ in shown],
            y=[mood[name] for _, mood in shown],
            name=label(name),
            marker={
                "color": style.colour,
                "line": {"width": 0},
                "pattern": {
                    "shape": style.pattern, "fgcolor": PATTERN_INK, "fillmode": "overlay", "size": 7, "solidity": 0.18
                },
            },
            hovertemplate="%{y:.0%}",
        )  # fmt: skip
    figure.update_yaxes(range=[0, 1], tickformat=".0%", fixedrange=True, nticks=5)
    figure.update_layout(
        showlegend=True, hovermode="x unified", legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    )
    return _by_day(figure, names)


def clicks_chart(documents: Sequence[Document], names: Sequence[str]) -> go.Figure:
    """Draw for each class how often a person clicked that something went well, and that it did not."""
    import plotly.graph_objects as go

    shown = [(place, d) for place, d in enumerate(documents) if d["whole"]["pulses"] and people_of(d)]
    figure = go.Figure(layout={**chart_layout(240), "barmode": "group", "bargap": 0.4})
    for text, kinds, colour, pattern in (
        ("✓ got it", ("got_it",), FINE, ""),
        ("✕ lost, too fast", ("lost", "too_fast"), TROUBLE, "/"),
    ):
        figure.add_bar(
            x=[place for place, _ in shown],
            y=[sum(d["whole"]["pulses"][kind] for kind in kinds) / people_of(d) for _, d in shown],
            name=text,
            marker={
                "color": colour,
                "pattern": {
                    "shape": pattern,
                    "fgcolor": PATTERN_INK,
                    "fillmode": "overlay",
                    "size": 7,
                    "solidity": 0.18,
                },
            },
            hovertemplate="%{y:.1f}",
        )
    figure.update_yaxes(rangemode="tozero", fixedrange=True, nticks=5)
    figure.update_layout(
        showlegend=True, hovermode="x unified", legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    )
    return _by_day(figure, names)


def _by_day(figure: go.Figure, names: Sequence[str]) -> go.Figure:
    # Places, not dates: classes a week apart and two on a day are equally far from one another.
    figure.update_xaxes(
        tickvals=list(range(len(names))), ticktext=list(names), range=[-0.6, len(names) - 0.4], fixedrange=True,
        showgrid=False,
    )  # fmt: skip
    return figure


def _title(document: Document) -> str:
    return str(document["class"]["title"] or "without a title").replace("<", "‹")


def _in_words(documents: Sequence[Document], names: Sequence[str]) -> str:
    parts = [
        f"{name} {document['whole']['engagement']['value']:.2f}"
        for name, document in zip(names, documents, strict=True)
        if document["whole"]["engagement"]
    ]
    return f"Points: mean engagement of each class. {', '.join(parts)}."
