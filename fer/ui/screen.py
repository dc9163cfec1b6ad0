"""A shared screen in stills: streamlit-webrtc shares none, so this is a component of the page's own."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from fer.ui.stills import OnStill, component_js, kept_state, take_still

LONGEST_PX = 1600
"""Of a still's longer side: 49 faces of a gallery are 60 pixels wide then, more than the network was trained on."""
PROBLEMS = {
    "unsupported": "This browser shares no screen; phones and tablets cannot. Open this page on a computer in a "
    "current Chrome, Edge, Firefox or Safari, with https:// in front of its address, or drop a "
    "recording of the call instead.",
    "refused": "Nothing is shared: the browser's question was closed or refused. Press the button again and choose the "
    "window of the call.",
    "refused-by-system": "The computer's own settings keep the browser from the screen. macOS: System Settings, "
    "Privacy & Security, Screen & System Audio Recording: allow your browser there and restart it.",
    "failed": "The screen could not be shared. Press the button again and choose another window or the whole screen.",
}
"""What to do about each word of screen.js; ``on`` and ``off`` have no entry."""

_screen = st.components.v2.component("classmood_screen", js=component_js("screen.js"))


@dataclass
class ScreenState:
    """What is known of a shared screen. One object for all runs of a page, so that a fragment reads it, too.

    Attributes:
        word: ``off``, ``on`` or one of ``PROBLEMS``.
        stills: How many were handed over.
        ack: Name of the last one, which goes back to the browser.
        width: Of the last still in pixels; 0 before the first.
        height: The same.
    """

    word: str = "off"
    stills: int = 0
    ack: str = ""
    width: int = 0
    height: int = 0

    @property
    def running(self) -> bool:
        """Whether something is shared."""
        return self.word == "on"

    @property
    def problem(self) -> str:
        """Why nothing is shared and what to do, or ""."""
        return PROBLEMS.get(self.word, "")


def shared_screen(on_still: OnStill, hz: float, key: str) -> ScreenState:
    """Show the button that shares a window, tab or screen, and hand over stills of it, one in flight at a time.

    The page runs again when sharing begins, ends or fails; stills run a fragment alone. Sharing ends by the button, by
    the browser's own control, when a run of the page leaves this out, and when the tab is closed.

    Args:
        on_still: Takes a JPEG's bytes. They come from a browser: anything may be in them.
        hz: Stills a second, 1 to 4; fewer come where the way is slow.
        key: ``<page>.<control>``.

    Returns:
        What is known so far; it changes while the page is open.
    """
    state = kept_state(key, ScreenState)
    _stills(on_still, hz, key, [state.word])
    return state


@st.fragment
def _stills(on_still: OnStill, hz: float, key: str, page_knows: list[str]) -> None:
    state = kept_state(key, ScreenState)
    found = _screen(
        key=key,
        data={"hz": hz, "ack": state.ack, "longest": LONGEST_PX},
        on_screen_change=lambda: None,
        # Before the run, so that it hands the still's name back: the browser waits for it.
        on_still_change=lambda: take_still(state, st.session_state[key].get("still"), on_still),
    )
    word, still = found.get("screen"), found.get("still")
    state.word = word if word == "on" or word in PROBLEMS else "off"
    if isinstance(still, dict):
        sizes = [still.get(side) for side in ("width", "height")]
        state.width, state.height = (size if isinstance(size, int) else 0 for size in sizes)
    take_still(state, still, on_still)
    if state.word != page_knows[0]:
        page_knows[0] = state.word
        st.rerun()
