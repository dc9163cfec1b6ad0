"""What happens once a process, at the first page that anybody opens."""

from __future__ import annotations

import gc

import streamlit as st


@st.cache_resource(show_spinner=False)
def start_once() -> None:
    """Make clicks on pages count, set modules aside from garbage collection, and begin to delete what is old.

    A collection holds the interpreter for 80 to 90 ms, in which no frame of any camera is analysed; what is loaded by
    now lives as long as the process, so it need not be looked through again and again.

    Raises:
        InputError: If a ``FER_…`` variable cannot be used.
    """
    from fer.classroom.sweeper import keep_sweeping_classes
    from fer.runs.sweep import keep_sweeping
    from fer.settings import settings
    from fer.ui.page_changes import keep_page_changes

    keep_page_changes()
    settings()
    gc.collect()
    gc.freeze()
    keep_sweeping()
    keep_sweeping_classes()
