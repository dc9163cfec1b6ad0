"""One look: the page's measures, and the plotly template that every chart uses."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from fer.emotions import EMOTIONS, STYLES
from fer.ui.pictures import forget_pictures
from fer.ui.sounds import forget_sounds
from fer.ui.texts import forget_texts

TEMPLATE = "classmood"
ABOUT = "**Classmood** finds faces and says which emotion each one shows. A face is not a feeling: see Home."
ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 40" role="img" aria-label="Classmood">
<rect x="2" y="4" width="32" height="32" rx="9" fill="#2a7f74"/>
<path d="M8 23c4 0 4-7 8-7s4 9 8 9 3-4 4-4" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/>
</svg>"""
"""The mark alone, as SVG: a wave of mood on a tile."""
WORDMARK = Path(__file__).with_name("wordmark.svg")
"""The mark and the name, in a green that stands out on light and dark alike."""

CSS = """<style>
.stMainBlockContainer {max-width: 72rem; margin: 0 auto; padding-left: 3rem; padding-right: 3rem;}
.stMainBlockContainer [data-testid="stMarkdownContainer"] p {max-width: 46rem;}
.st-key-lead p {font-size: 1.15rem; line-height: 1.6;}
.stMainBlockContainer [data-testid="stPageLink-NavLink"] {padding-left: 0; background: none;}
.stMainBlockContainer [data-testid="stPageLink-NavLink"] p {font-weight: 600; text-decoration: underline;
  text-underline-offset: .25em; text-decoration-thickness: 1px;}
.stApp a:focus-visible {outline: 2px solid #2a8f83; outline-offset: 3px; border-radius: .25rem;}
@media (max-width: 40rem) {.stMainBlockContainer {padding-left: 1rem; padding-right: 1rem;}}

.cm-mark {display: inline-block; width: 1.2em; margin-right: .25em; text-align: center;}
.cm-small, .cm-line {font-size: .875rem; opacity: .8;}

.stHtml dl.cm-parts {margin: 0; padding: 0;}
.cm-part {display: grid; grid-template-columns: 9rem 11rem 1fr; gap: 1rem; padding: .65rem 0;
  border-top: 1px solid color-mix(in srgb, currentColor 16%, transparent);}
.cm-part dt {font-weight: 600;}
.cm-part dd {margin: 0; overflow-wrap: anywhere;}
.cm-state::before {display: inline-block; width: 1.4em;}
.cm-ready::before {content: "✓";}
.cm-partly::before {content: "–";}
.cm-missing::before {content: "✕";}

.stHtml dl.cm-figures {display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 1rem 1.5rem;
  margin: 0; padding: 0;}
.cm-figures > div {padding-top: .6rem; border-top: 1px solid color-mix(in srgb, currentColor 16%, transparent);}
.cm-figures dt {font-weight: 600;}
.cm-figures dd {display: flex; flex-direction: column; gap: .1rem; margin: 0;}
.cm-figures dd > strong {font-size: 1.7rem; font-weight: 600; line-height: 1.35; font-variant-numeric: tabular-nums;}

.cm-faces {display: grid; grid-template-columns: repeat(auto-fill, minmax(16.5rem, 1fr)); gap: 1rem;}
.cm-face {display: grid; grid-template-columns: 5.5rem 1fr; gap: .75rem 1rem; align-items: center; padding: .9rem;
  border: 1px solid color-mix(in srgb, currentColor 18%, transparent); border-radius: .5rem;}
.cm-face img {width: 5.5rem; height: 5.5rem; border-radius: .35rem; object-fit: cover;}
.cm-face-head {display: flex; flex-direction: column; min-width: 0;}
.cm-face-head strong {font-size: 1.2rem; font-weight: 600; line-height: 1.4;}
.stHtml ul.cm-bars {grid-column: 1 / -1; display: grid; gap: .2rem; margin: 0; padding: 0; list-style: none;
  font-size: .875rem;}
.stHtml ul.cm-bars li {display: grid; grid-template-columns: 5.6rem 1fr 2.8rem; gap: .5rem; align-items: center;
  margin: 0;}
.cm-bars li > span:last-child {text-align: right; font-variant-numeric: tabular-nums;}
.cm-top {font-weight: 600;}
.cm-track {display: block; height: .55rem; border-radius: .3rem;
  background: color-mix(in srgb, currentColor 12%, transparent); overflow: hidden;}
.cm-track span {display: block; height: 100%; border-radius: .3rem;}
@media (max-width: 40rem) {.cm-part {grid-template-columns: 1fr; gap: .1rem;}}
</style>"""
"""Classes of our own begin with cm-. Lines and grounds mix the text's colour in, so they fit light and dark."""


def apply_look() -> None:
    """Set what config.toml cannot: the measure of the text, the blocks of our own, and the mark above the pages."""
    st.html(CSS)
    st.logo(WORDMARK, icon_image=ICON, size="large")


def page_head(title: str, sentence: str, shows_photos: bool = False, plays_sounds: bool = False) -> None:
    """Begin a page: its name, and the one sentence that says what it is for. Messages of other pages are forgotten.

    Args:
        title: Its name.
        sentence: What it is for.
        shows_photos: Whether it is the page of a visitor's photos; any other page forgets them.
        plays_sounds: Whether it is the page of a visitor's voice; any other page forgets it.
    """
    if not shows_photos:
        forget_pictures()
    if not plays_sounds:
        forget_sounds()
    forget_texts()
    st.title(title, anchor=False)
    with st.container(key="lead"):
        st.markdown(sentence)


@lru_cache(maxsize=1)
def chart_template() -> str:
    """Register what all charts share, once a process, and return its name."""
    import plotly.graph_objects as go
    import plotly.io as pio

    template = go.layout.Template(pio.templates["streamlit"])
    template.layout.update(
        colorway=[STYLES[name].colour for name in EMOTIONS],
        showlegend=False,
        bargap=0.35,
        dragmode=False,
        separators=". ",
    )
    pio.templates[TEMPLATE] = template
    return TEMPLATE


def chart_layout(height_px: int) -> dict[str, Any]:
    """Return the layout that every chart starts from.

    Grounds, lines and fonts are left to the page's theme, which knows whether the visitor sees it light or dark. Only
    the text is asked to be as dark as the page's own: Streamlit's default for axes is too pale to read.

    Args:
        height_px: Of the whole chart.
    """
    font = {"color": ink(), "size": 13}
    return {
        "template": chart_template(),
        "height": height_px,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "font": font,
        "xaxis": {"tickfont": font, "title": {"font": font}},
        "yaxis": {"tickfont": font, "title": {"font": font}},
        "legend": {"font": font},
        "hoverlabel": {"font": font, "align": "left"},
    }


def ink() -> str:
    """Return the colour in whose place the visitor's page puts its own ink, dark or light."""
    from streamlit.elements.lib.streamlit_plotly_theme import GRAY_90

    return GRAY_90


def chart_config() -> dict[str, Any]:
    """Return how charts behave: no tool bar, no zoom by the wheel while a page is scrolled, sharp on any screen."""
    return {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "responsive": True}
