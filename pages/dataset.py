"""Data set: what a set of faces holds and what is wrong with it."""

from __future__ import annotations

from fer.ui.dataset import show_dataset
from fer.ui.messages import shown_errors
from fer.ui.theme import page_head

page_head(
    "Data set",
    "See what a set of faces holds, and what is wrong with it, before a network learns from it.",
)
with shown_errors():
    show_dataset()
