"""What the server remembers of a visit's runs on one page: its recordings, its files of messages.

The page's address forgets a run when the visitor goes to another page, so the visit remembers it.
"""

from __future__ import annotations

import streamlit as st

from fer.errors import FerError
from fer.runs.folder import Run

RECORDING = "recording"
"""The page whose runs are meant where none is named."""


def _runs(page: str) -> dict[str, str]:
    """Return ``{run id: key}``, in the order they were begun."""
    # No widget's key: Streamlit would drop it with the page.
    runs: dict[str, str] = st.session_state.setdefault(f"{page}.runs", {})
    return runs


def remember(run_id: str, key: str, page: str = RECORDING) -> None:
    """Remember a run whose key the visitor has shown, until the visit ends or it is forgotten."""
    _runs(page)[run_id] = key


def forget(run_id: str, page: str = RECORDING) -> None:
    """Remember a run no longer; one that is not remembered is fine."""
    _runs(page).pop(run_id, None)


def remembered(page: str = RECORDING) -> list[tuple[Run, str]]:
    """Return the runs of this visit that are still there, and their keys; those that are gone are forgotten."""
    found = []
    for run_id, key in list(_runs(page).items()):
        try:
            # The key was shown when it was remembered. Not asking again lets a damaged run be deleted too.
            found.append((Run.open(run_id), key))
        except FerError:
            forget(run_id, page)
    return found
