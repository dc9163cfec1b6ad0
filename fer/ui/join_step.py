"""What the student's page asks of the browser: to begin each step at its top, and not to let a phone fall asleep."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_step = st.components.v2.component(
    "classmood_join_step", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def begin_step(name: str, awake: bool = False) -> None:
    """Tell the browser which step is shown. Call it once in each run, at the same place.

    Args:
        name: Of the step; where it changes, the page is shown from its top.
        awake: Whether the screen shall stay on, because a camera takes part.
    """
    _step(key="join.step", data={"step": name, "awake": awake})
