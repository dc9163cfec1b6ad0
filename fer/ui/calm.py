"""HTML that changes without moving: only what differs is touched in the browser, so that numbers stay readable."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAPIException

_calm = st.components.v2.component(
    "classmood_calm", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False
)


def calm_html(html: str, key: str) -> None:
    """Show HTML that is given again and again, as by a fragment, with other numbers.

    ``st.html`` replaces all of it each time: no bar can glide, and what a visitor marked with the mouse is lost.

    Args:
        html: Ours, with whatever people typed escaped by ``html.escape``: it is not cleaned again.
        key: Fixed, ``<page>.<block>``.
    """
    _calm(key=key, data={"html": html})


def show_again() -> None:
    """Run the fragment around the call again, after something in it changed what it had shown already.

    A click may come with a run of the whole page, in which no fragment can be asked for: then the page runs again.
    """
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()
