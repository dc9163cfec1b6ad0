"""Buttons whose clicks count, whatever else makes the page run again just then.

A run of the page may end before it comes to the button: a camera's new state, a class that was paused or another click
begins the next run, and Streamlit counts a click only in the run that it began. So a click is noted first of all, by
the button's callback, and counts where the button is reached next.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

LATE_S = 15.0
"""So long a click waits for its button: what was pressed on a page just left is not done at the next visit."""


def button_clicked(label: str, *, key: str, show: Callable[..., bool] = st.button, **options: Any) -> bool:
    """Show a button and return whether it was clicked since it was last reached.

    Args:
        label: What is written on it.
        key: ``<page>.<control>``.
        show: ``st.button``, or the same of a container.
        options: Any other of its options but a callback.
    """
    show_button(label, key=key, show=show, **options)
    return was_clicked(key)


def show_button(label: str, *, key: str, show: Callable[..., bool] = st.button, **options: Any) -> None:
    """Show a button whose answer is wanted further down: ``was_clicked`` has it where it is acted upon.

    What is drawn in between may end the run; a click that was already taken would be lost then.

    Args:
        label: What is written on it.
        key: ``<page>.<control>``.
        show: ``st.button``, or the same of a container.
        options: Any other of its options but a callback.
    """
    show(label, key=key, on_click=_note, args=(key,), **options)


def was_clicked(key: str) -> bool:
    """Return whether a button was clicked since this was last asked, and forget the click."""
    at_s = st.session_state.pop(_noted(key), None)
    return at_s is not None and time.monotonic() - at_s < LATE_S


def form_sent(label: str, *, key: str, **options: Any) -> bool:
    """Show a form's button and return whether it was clicked since it was last reached; as ``button_clicked``."""
    return button_clicked(label, key=key, show=st.form_submit_button, **options)


def _note(key: str) -> None:
    st.session_state[_noted(key)] = time.monotonic()


def _noted(key: str) -> str:
    return f"{key}.clicked_at"
