"""Faces of a data set as a grid of pictures that can be clicked, by mouse, touch or keyboard."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.dataset.faceset import USAGES, FaceSet
from fer.emotions import EMOTIONS, STYLES

_FOLDER = Path(__file__).parent
_grid = st.components.v2.component(
    "classmood_face_grid",
    js=(_FOLDER / "face_grid.js").read_text(encoding="utf-8"),
    css=(_FOLDER / "face_grid.css").read_text(encoding="utf-8"),
)


def face_grid(
    faces: FaceSet,
    rows: Sequence[int],
    key: str,
    notes: Mapping[int, str] | None = None,
    side_px: int = 72,
    hints: Mapping[int, str] | None = None,
) -> int | None:
    """Show faces, each with its label; return the row that was clicked just now.

    Args:
        faces: The data set.
        rows: Which to show, counted from 0, in their order.
        key: ``<page>.<control>``.
        notes: A few words below some faces, by row.
        side_px: Of each picture in CSS pixels.
        hints: A sentence about some faces, by row, for the pointer and for screen readers.
    """
    notes, hints = notes or {}, hints or {}
    cells = []
    for row in rows:
        emotion, source = EMOTIONS[faces.labels[row]], str(faces.source[row])
        note = notes.get(row, "")
        told = f"{source}, labelled {emotion}, {USAGES[faces.usage[row]]}{', ' if note else ''}{note}"
        if row in hints:
            told = f"{told}. {hints[row]}"
        cells.append({
            "row": int(row), "url": picture_url(faces.images[row]), "told": told, "emotion": emotion,
            "symbol": STYLES[emotion].symbol, "colour": STYLES[emotion].colour, "note": note,
        })  # fmt: skip
    answer = _grid(key=key, data={"cells": cells, "side": side_px}, on_face_change=lambda: None)
    clicked = answer.get("face")
    # It comes from a browser: anything may be in it.
    return clicked if isinstance(clicked, int) and clicked in set(map(int, rows)) else None


def picture_url(image: npt.NDArray[np.uint8]) -> str:
    """Return a grey picture as a ``data:`` address, PNG: every pixel as it is, and no file is written.

    Args:
        image: Shape ``(h, w)``, uint8.
    """
    png = cv2.imencode(".png", np.ascontiguousarray(image))[1].tobytes()
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
