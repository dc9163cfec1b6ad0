"""The data set page: what is open, in a line, and a tab for each way to look at it. Only the open tab is worked out."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import numpy as np
import streamlit as st

from fer.dataset.faceset import USAGES
from fer.errors import SplitNeededError
from fer.runs.folder import Run
from fer.ui.buttons import button_clicked
from fer.ui.dataset_held import Held, held_of, leave, run_of_page
from fer.ui.dataset_intake import delete_button, intake, leave_buttons, split_form
from fer.ui.dataset_votes import votes_popover
from fer.ui.messages import plain, shown_errors

TABS = {
    "Overview": "fer.ui.dataset_overview",
    "Faces": "fer.ui.dataset_faces",
    "Checks": "fer.ui.dataset_checks",
    "Statistics": "fer.ui.dataset_statistics",
    "Map": "fer.ui.dataset_map",
    "Typical and odd": "fer.ui.dataset_typical",
    "Label noise": "fer.ui.dataset_noise",
}
"""Each module's ``show_tab`` shows one; what it needs is imported when it is opened."""
FORMS = {"csv": "a table", "npz": "arrays", "folder": "a folder of images", "zip": "packed images",
         "images": "a folder of images", "demo": "drawn by Classmood"}  # fmt: skip


def show_dataset() -> None:
    """Show how to begin, or the data set that is open.

    Raises:
        FerError: If it cannot be read; what leads on is shown all the same.
    """
    run = run_of_page()
    held = None if run is None else open_held(run)
    if run is None:
        intake()
    elif held is not None:
        data_head(held)
        _tabs(held)


def open_held(run: Run) -> Held | None:
    """Return a room's data set, or None where the page first asks how to share it out.

    Raises:
        FerError: If it cannot be read; the buttons that lead on are shown.
    """
    try:
        return held_of(run)
    except SplitNeededError as problem:
        split_form(run, problem)
        return None
    except Exception:
        # The message follows below.
        leave_buttons(run)
        raise


def data_head(held: Held) -> None:
    """Say what is open, and offer FER+, another data set, and deletion."""
    opened, faces = held.opened, held.faces
    counts = np.bincount(faces.usage, minlength=len(USAGES))
    parts = ", ".join(f"{count:,} {usage}" for usage, count in zip(USAGES, counts, strict=True) if count)
    st.header("The drawn set" if faces.drawn else plain(opened.name), anchor=False)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(
            f"**{len(faces):,} faces**: {parts}; {FORMS[opened.kind]}{'' if faces.votes is None else ', with FER+'}"
        )
        with st.container(horizontal=True, width="content"):
            if faces.votes is None and not faces.drawn:
                votes_popover(held)
            if button_clicked("Another data set", key="dataset.another", icon=":material/dataset:"):
                leave()
                st.rerun()
            delete_button(held.run, "dataset.delete")
    for note in opened.notes:
        st.caption(plain(note))


def _tabs(held: Held) -> None:
    for tab, module in zip(st.tabs(list(TABS), key="dataset.tab", bind="query-params"), TABS.values(), strict=True):
        if tab.open:
            with tab, shown_errors():
                show_tab: Callable[[Held], None] = import_module(module).show_tab
                show_tab(held)
