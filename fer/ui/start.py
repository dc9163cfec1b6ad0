"""What happens once a process: at the first page that anybody opens, and at the first visit of each page."""

from __future__ import annotations

import gc
import importlib
from typing import Any

import streamlit as st

_loaded: set[str] = set()


@st.cache_resource(show_spinner=False)
def start_once() -> None:
    """Make clicks count and pages arrive whole, spare the garbage collector, and begin to delete what is old.

    A collection holds the interpreter for 80 to 90 ms, in which no frame of any camera is analysed; what is loaded by
    now lives as long as the process, so it need not be looked through again and again.

    Raises:
        InputError: If a ``FER_…`` variable cannot be used.
    """
    from fer.classroom.sweeper import keep_sweeping_classes
    from fer.runs.sweep import keep_sweeping
    from fer.settings import settings
    from fer.ui.page_changes import keep_page_changes
    from fer.ui.whole_runs import keep_runs_whole

    keep_page_changes()
    keep_runs_whole()
    settings()
    gc.collect()
    gc.freeze()
    keep_sweeping()
    keep_sweeping_classes()


def load_page(name: str) -> Any:
    """Return a page's own module; where it must be loaded first, the visitor sees that something comes.

    Networks, charts and the database take a second to load, and many on a busy machine; a page that stands there blank
    for so long looks broken. Call it before anything else is shown.

    Args:
        name: As ``fer.ui.class_page``.
    """
    # There in every run, so that what follows keeps its place.
    waiting = st.empty()
    if name not in _loaded:
        waiting.html('<p class="cm-line" role="status">One moment …</p>')
        importlib.import_module(name)
        _loaded.add(name)
        waiting.empty()
    # Not from sys.modules: there it stands, half made, as soon as another visitor's page begins to load it.
    return importlib.import_module(name)
