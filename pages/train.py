"""Train: choose data and a recipe, watch a network learn, publish what it has learned."""

from __future__ import annotations

from fer.ui.messages import shown_errors
from fer.ui.theme import page_head
from fer.ui.train import show_train

page_head("Train", "Choose faces and a recipe, watch a network learn them, and publish what it has learned.")
with shown_errors():
    show_train()
