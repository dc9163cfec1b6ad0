"""."""

from __future__ import annotations


def show_tab(held: object) -> None:
    """."""
