"""What the server remembers of a visit's recordings: which ones it began.

The page's address forgets a run when the visitor goes to another page, so the visit remembers it.
"""

from __future__ import annotations

import streamlit as st

from fer.errors import FerError
from fer.runs.folder import Run

RUNS = "recording.runs"
"""``{run id: key}``, in the order they were begun. No widget's key: Streamlit would drop it with the page."""


def remember(run_id: str, key: str) -> None:
    """Remember a run whose key the visitor has shown, until the visit ends or it is forgotten."""
    st.session_state.setdefault(RUNS, {})[run_id] = key


def forget(run_id: str) -> None:
    """Remember a run no longer; one that is not remembered is fine."""
    st.session_state.get(RUNS, {}).pop(run_id, None)


def remembered() -> list[tuple[Run, str]]:
    """Return the runs of this visit that are still there, and their keys; those that are gone are forgotten."""
    found = []
    for run_id, key in list(st.session_state.get(RUNS, {}).items()):
        try:
            # The key was shown when it was remembered. Not asking again lets a damaged run be deleted too.
            found.append((Run.open(run_id), key))
        except FerError:
            forget(run_id)
    return found
