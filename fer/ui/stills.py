"""The student's own camera as the page's own component has it: shown to the student, and handed over in stills."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import streamlit as st

from fer.ui.messages import shown_errors

CAMERA_WORDS = ("starting", "on", "refused", "refused-by-system", "dismissed", "no-camera", "in-use", "unfit",
                "insecure", "unsupported", "other")  # fmt: skip
"""What stills.js says about the camera; all but the first two keep it from working."""
MOST_CHARACTERS = 8_000_000

OnStill = Callable[[bytes], None]
State = TypeVar("State")


@dataclass
class StillsState:
    """What is known of the browser's camera. One object for all runs of a page, so that a fragment reads it, too.

    Attributes:
        word: One of ``CAMERA_WORDS``.
        peer: Whether the browser has WebRTC at all.
        stills: How many were handed over.
        ack: Name of the last one, which goes back to the browser.
    """

    word: str = "starting"
    peer: bool = True
    stills: int = 0
    ack: str = ""


def component_js(name: str) -> str:
    """Return the script of a component that sends stills: what all of them share, and its own."""
    folder = Path(__file__).parent
    return "\n".join((folder / part).read_text(encoding="utf-8") for part in ("still_sender.js", name))


_camera = st.components.v2.component("classmood_camera", js=component_js("stills.js"))


def camera_stills(on_still: OnStill, hz: float, key: str) -> StillsState:
    """Open the camera, show it to its owner, and hand over stills of at most 320 x 240, one in flight at a time.

    The page runs again when the camera's word changes; stills run a fragment alone. The camera is closed when a run of
    the page leaves this out, and when the tab leaves the page.

    Args:
        on_still: Takes a JPEG's bytes. They come from a browser: anything may be in them.
        hz: Stills a second, at most; fewer come where the way is slow.
        key: ``<page>.<control>``.

    Returns:
        What is known so far; it changes while the page is open.
    """
    state = kept_state(key, StillsState)
    before = state.word
    _stills(on_still, hz, key, [before])
    return state


@st.fragment
def _stills(on_still: OnStill, hz: float, key: str, page_knows: list[str]) -> None:
    state = look_at_camera(on_still, hz, key)
    if state.word != page_knows[0]:
        page_knows[0] = state.word
        st.rerun()


def look_at_camera(on_still: OnStill, hz: float, key: str, frame: str = "") -> StillsState:
    """Do what ``camera_stills`` does, for a caller that is a fragment itself.

    Args:
        on_still: Takes a JPEG's bytes.
        hz: Stills a second; 0 shows the picture to its owner only.
        key: ``<page>.<control>``.
        frame: CSS selector of streamlit-webrtc's frame, which gets the camera's picture lent; "": none.
    """
    state = kept_state(key, StillsState)
    found = _camera(
        key=key,
        data={"hz": hz, "ack": state.ack, "frame": frame},
        on_camera_change=lambda: None,
        # Before the run, so that it hands the still's name back: the browser waits for it.
        on_still_change=lambda: take_still(state, st.session_state[key].get("still"), on_still),
    )
    # Nothing is said by a camera that was just put on the page, whatever is known of the one before it.
    said = found.get("camera")
    word = said.get("word") if isinstance(said, dict) else "starting"
    state.word = word if word in CAMERA_WORDS else "other"
    state.peer = not isinstance(said, dict) or said.get("peer") is True
    take_still(state, found.get("still"), on_still)
    return state


def take_still(state: Any, still: object, on_still: OnStill) -> None:
    """Hand a still over, and note its name, so that the browser sends the next one.

    Args:
        state: Has ``ack`` and ``stills``.
        still: What the browser sent, or None.
        on_still: Takes the bytes.
    """
    if not isinstance(still, dict) or not isinstance(name := still.get("name"), str) or name == state.ack:
        return
    state.ack = name[:64]
    text = still.get("jpeg")
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        return
    try:
        jpeg = base64.b64decode(text, validate=True)
    except binascii.Error:
        return
    state.stills += 1
    with shown_errors():
        on_still(jpeg)


def kept_state(key: str, make: Callable[[], State]) -> State:
    """Return the state of one control of this session."""
    return cast(State, st.session_state.setdefault(f"{key}.state", make()))
