"""The page Evaluate: data, models and a split are chosen, models are asked, and each tab shows what came of it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import streamlit as st

from fer.ui.dataset import data_head, open_held
from fer.ui.dataset_held import run_of_page
from fer.ui.dataset_intake import intake
from fer.ui.evaluate_choice import choose
from fer.ui.evaluate_shown import Shown
from fer.ui.messages import shown_errors

TABS = (
    ("Overview", "fer.ui.evaluate_overview"),
    ("Per emotion", "fer.ui.evaluate_emotions"),
    ("Confusion", "fer.ui.evaluate_confusion"),
    ("Calibration", "fer.ui.evaluate_calibration"),
    ("Mistakes", "fer.ui.evaluate_mistakes"),
    ("Explain", "fer.ui.evaluate_explain"),
    ("Robustness", "fer.ui.evaluate_robustness"),
    ("Compare", "fer.ui.evaluate_compare"),
    ("Crowd", "fer.ui.evaluate_crowd"),
    ("Model card", "fer.ui.evaluate_card"),
)
"""Each module's ``show_tab(shown: Shown)`` shows one; what it needs is imported when it is opened."""


def show_evaluate() -> None:
    """Show how to begin, or what models make of the data set that is open.

    Raises:
        FerError: If the data cannot be read or a model cannot be asked; what leads on is shown all the same.
    """
    run = run_of_page()
    if run is None:
        st.markdown("First the faces: any data set of the page **Data set**, opened there or here.")
        intake()
        return
    held = open_held(run)
    if held is None:
        return
    data_head(held)
    shown = choose(held)
    if shown is not None:
        _tabs(shown)


def _tabs(shown: Shown) -> None:
    tabs = st.tabs([title for title, _ in TABS], key="evaluate.tab", bind="query-params")
    for tab, (_, module) in zip(tabs, TABS, strict=True):
        if tab.open:
            with tab, shown_errors():
                show_tab: Callable[[Shown], None] = import_module(module).show_tab
                show_tab(shown)
