"""The tab Model card: written from what was measured here, to read and to take away."""

from __future__ import annotations

import re
from functools import partial

import streamlit as st

from fer.evaluation.card import card_of
from fer.ui.downloads import download_made
from fer.ui.evaluate_shown import Shown


def show_tab(shown: Shown) -> None:
    """Show the tab."""
    one = shown.evaluated
    card = shown.once("card", lambda: card_of(one.entry or one.model, one), "Writing the card")
    name = re.sub(r"[^\w.-]+", "-", one.name)
    st.markdown("What to know before using this model, written from its manifest and from what was measured here.")
    with st.container(horizontal=True):
        for form, title, mime in (("html", "Card (HTML)", "text/html"), ("md", "Card (Markdown)", "text/markdown")):
            download_made(partial(card.text, form), f"{name}.{form}", f"evaluate.card_{form}", title, mime)
    st.iframe(card.text("html", framed=True), height="content", alt=f"Model card of {one.name}")
