"""The class in the corner of a second screen: the head count, engagement, its trend, and what students say."""

from __future__ import annotations

import streamlit as st

from fer.classroom.overview import ClassWatch
from fer.ui.calm import calm_html
from fer.ui.class_live import note_html
from fer.ui.class_now import gauge_html, lost_gauge_html, mood_strip_html, pulse_html
from fer.ui.messages import shown_errors

TICK_S = 1.0
LOOK = """<style>
.stApp header, .stSidebar, [data-testid="stSidebarCollapsedControl"] {display: none !important;}
.stMainBlockContainer {padding: .6rem !important; max-width: 30rem; margin: 0;}
.stMainBlockContainer .cm-gauge svg {max-width: 13.5rem;}
.stMainBlockContainer .cm-gauge {display: grid;}
.stMainBlockContainer .cm-note {font-size: .95rem; min-height: 3.4rem;}
.stMainBlockContainer ul.cm-pulses {grid-template-columns: 1fr 1fr; gap: .4rem;}
.stMainBlockContainer .cm-pulses li {padding: .3rem .6rem;}
.stMainBlockContainer .cm-pulses b, .stMainBlockContainer .cm-pulses .cm-icon {font-size: 1.5rem;}
.cm-corner-head {display: flex; align-items: baseline; gap: .5rem; padding: .2rem 0 .4rem;}
.cm-corner-head b {font-size: 1.8rem; line-height: 1;}
.cm-corner section:not(.cm-gauge) h2 {display: none;}
.cm-corner .cm-gauge h2 {margin: 0;}
.cm-corner .cm-strip-words {padding: .25rem 0 .5rem;}
</style>"""


def show_corner(watch: ClassWatch) -> None:
    """Show the small view; everything is done on the large one.

    Args:
        watch: Of the class.
    """
    st.html(LOOK)
    st.fragment(_show, run_every=TICK_S)(watch)


def corner_html(watch: ClassWatch) -> str:
    """Return the whole small view."""
    now, settings = watch.now(), watch.row.settings
    pulse_only = settings.mode == "pulse"
    gauge = lost_gauge_html(now, settings) if pulse_only else gauge_html(now, settings)
    moods = "" if pulse_only else mood_strip_html(now)
    return (
        f'<div class="cm-corner">{note_html(watch, watch.open_alert())}'
        f'<p class="cm-corner-head"><b>{now.present}</b> {"is" if now.present == 1 else "are"} here</p>'
        f"{gauge}{moods}{pulse_html(now, settings)}</div>"
    )


def _show(watch: ClassWatch) -> None:
    with shown_errors():
        watch.follow()
        calm_html(corner_html(watch), "class.corner")
