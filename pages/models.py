"""Classic models: regression and its friends, on a table of one's own or one that is there."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

import streamlit as st

from fer.ui.messages import shown_errors
from fer.ui.theme import page_head

BLOCKS = {
    "Data": "models:data_block",
    "Linear & OLS": "models_linear:linear_block",
    "Ridge & lasso": "models_linear:penalty_block",
    "Polynomial": "models_knobs:polynomial_block",
    "Logistic": "models_logistic:logistic_block",
    "k-NN": "models_knobs:neighbours_block",
    "Trees": "models_knobs:trees_block",
    "Compare": "models_compare:compare_block",
    "Predict": "models_answers:predict_block",
    "Explain": "models_answers:explain_block",
    "Download": "models_answers:take_block",
    "How learning works": "models_learning:learning_block",
    "Class data": "models_class:class_block",
}

page_head("Classic models", "Predict a column of a table from the others, and see how each kind of model does it.")
first = "Compare" if "run" in st.query_params else "Data"
block = st.pills(
    "What to do",
    list(BLOCKS),
    default=first,
    required=True,
    key="models.block",
    bind="query-params",
    label_visibility="collapsed",
)
with shown_errors():
    module, _, name = BLOCKS[block or first].partition(":")
    cast("Callable[[], None]", getattr(import_module(f"fer.ui.{module}"), name))()
