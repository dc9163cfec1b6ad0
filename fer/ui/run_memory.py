"""What the server remembers of a visit's runs: which recordings and data sets it began.

A page's address forgets a run when the visitor goes to another page, so the visit remembers it.
"""

from __future__ import annotations

import streamlit as st

from fer.errors import FerError
from fer.runs.folder import Run


def remember(page: str, run_id: str, key: str) -> None:
    """Remember a run whose key the visitor has shown, until the visit ends or it is forgotten.

    Args:
        page: Which page's runs, as ``recording``.
        run_id: The run.
        key: Its key.
    """
    _runs(page)[run_id] = key


def forget(page: str, run_id: str) -> None:
    """Remember a run no longer; one that is not remembered is fine."""
    _runs(page).pop(run_id, None)


def remembered(page: str) -> list[tuple[Run, str]]:
    """Return a page's runs of this visit that are still there, and their keys, in the order they were begun."""
    found = []
    for run_id, key in list(_runs(page).items()):
        try:
            # The key was shown when it was remembered. Not asking again lets a damaged run be deleted too.
            found.append((Run.open(run_id), key))
        except FerError:
            forget(page, run_id)
    return found


def _runs(page: str) -> dict[str, str]:
    # No widget's key: Streamlit would drop it with the page.
    runs: dict[str, str] = st.session_state.setdefault(f"{page}.runs", {})
    return runs
