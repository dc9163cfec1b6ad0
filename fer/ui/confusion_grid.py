"""A confusion matrix whose cells can be chosen, by mouse, touch or keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.emotions import EMOTIONS, STYLES

_FOLDER = Path(__file__).parent
_grid = st.components.v2.component(
    "classmood_confusion_grid",
    js=(_FOLDER / "confusion_grid.js").read_text(encoding="utf-8"),
    css=(_FOLDER / "confusion_grid.css").read_text(encoding="utf-8"),
)
BY = {"Counts": None, "By label, %": 1, "By answer, %": 0}
"""How cells can be counted, and along which axis shares add up to 1."""


def confusion_grid(
    confusion: npt.NDArray[np.integer], by: str, chosen: tuple[int, int], key: str
) -> tuple[int, int] | None:
    """Show a confusion matrix; return the cell that was chosen just now: label and answer.

    Args:
        confusion: Counts, shape ``(7, 7)``, truth in rows.
        by: A name of ``BY``.
        chosen: The cell that is looked at.
        key: ``<page>.<control>``.
    """
    shares = shares_of(confusion, BY[by])
    shades = shares if BY[by] is not None else confusion / max(1, int(confusion.max()))
    cells = [
        [
            {
                "text": f"{confusion[i, j]:,}" if BY[by] is None else f"{100 * shares[i, j]:.0f}",
                "shade": round(float(shades[i, j]), 3),
                "told": f"labelled {label}, answered {answer}: {confusion[i, j]:,} faces"
                + ("" if BY[by] is None else f", {100 * shares[i, j]:.0f} %"),
            }
            for j, answer in enumerate(EMOTIONS)
        ]
        for i, label in enumerate(EMOTIONS)
    ]
    emotions = [{"name": name, "symbol": STYLES[name].symbol, "colour": STYLES[name].colour} for name in EMOTIONS]
    data: dict[str, Any] = {"emotions": emotions, "cells": cells, "chosen": list(chosen), "down": "the label",
                            "across": "what the model says"}  # fmt: skip
    answer = _grid(key=key, data=data, on_cell_change=lambda: None).get("cell")
    # It comes from a browser: anything may be in it.
    if not isinstance(answer, list) or len(answer) != 2:
        return None
    places = [place for place in answer if isinstance(place, int) and 0 <= place < len(EMOTIONS)]
    return (places[0], places[1]) if len(places) == 2 else None


def shares_of(confusion: npt.NDArray[np.integer], axis: int | None) -> npt.NDArray[np.float64]:
    """Return counts as shares of their row (axis 1), of their column (axis 0), or of all; 0 of nothing is 0."""
    counts = confusion.astype(np.float64)
    totals = counts.sum(axis=axis, keepdims=True)
    shares: npt.NDArray[np.float64] = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    return shares
