"""Evaluate: where a model is right, where it is wrong, and how sure it may be."""

from __future__ import annotations

from fer.ui.evaluate import show_evaluate
from fer.ui.messages import shown_errors
from fer.ui.theme import page_head

page_head("Evaluate", "See where a model is right, where it is wrong, and how far its confidence can be trusted.")
with shown_errors():
    show_evaluate()
