"""What this browser itself remembers of Classmood: a teacher's links, a student's seats."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

NAMES = "classmood."
"""All names begin so: other pages of the same address have their own."""
MOST_CHARACTERS = 4096
WRITTEN = "browser_memory.written"

_memory = st.components.v2.component(
    "classmood_browser_memory", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def remembered(prefix: str) -> dict[str, str] | None:
    """Return what the browser remembers under names that begin alike. Call it once a run for each prefix.

    The browser's answer comes a moment after the first run, and runs the page (or the fragment around the call) again.
    What this tab wrote or forgot since is taken account of.

    Args:
        prefix: Begins with ``classmood.``.

    Returns:
        Values by full name, as anybody could have written them: check them. Empty also where the browser does not let
        pages remember anything. None as long as it has not answered.

    Raises:
        ValueError: If the prefix is not ours.
    """
    _checked(prefix)
    answer = _memory(key=f"browser_memory.read.{prefix}", data={"prefix": prefix}, on_found_change=lambda: None)
    found = answer.get("found")
    if found is None:
        return None
    texts: dict[str, str] = {}
    if isinstance(found, dict):
        texts = {name: text for name, text in found.items() if isinstance(text, str) and name.startswith(prefix)}
    for name, value in _written().items():
        if name.startswith(prefix):
            texts.pop(name, None)
            if value is not None:
                texts[name] = value
    return texts


def remember(name: str, value: str) -> None:
    """Have the browser remember a text, also after it was closed. Call it in each run, once for each name.

    Only a run that is shown to its end reaches the browser: one that calls ``st.rerun`` may not.

    Args:
        name: Begins with ``classmood.``.
        value: At most 4096 characters.

    Raises:
        ValueError: If the name is not ours or the value is longer.
    """
    if len(value) > MOST_CHARACTERS:
        raise ValueError(f"expected at most {MOST_CHARACTERS} characters to remember, got {len(value)}")
    _write(name, value)


def forget(name: str) -> None:
    """Have the browser forget a text; one that it does not remember is fine. Instead of ``remember`` in each run.

    Raises:
        ValueError: If the name is not ours.
    """
    _write(name, None)


def _write(name: str, value: str | None) -> None:
    _checked(name)
    _written()[name] = value
    _memory(key=f"browser_memory.write.{name}", data={"name": name, "value": value})


def _written() -> dict[str, str | None]:
    found: dict[str, str | None] = st.session_state.setdefault(WRITTEN, {})
    return found


def _checked(name: str) -> None:
    if not name.startswith(NAMES):
        raise ValueError(f"expected a name that begins with {NAMES!r}, got {name!r}")
