"""Faces as points of a plane; the one under the pointer shows its picture."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.dataset.faceset import FaceSet
from fer.emotions import EMOTIONS, STYLES

TILE_PX = 48
JPEG_QUALITY = 85
INSIDE = (0.5, 99.5)
"""Percentiles that fill the map: a few far-off faces would press all others into a corner. Those lie on the edge."""
_FOLDER = Path(__file__).parent
_map = st.components.v2.component(
    "classmood_face_map",
    js=(_FOLDER / "face_map.js").read_text(encoding="utf-8"),
    css=(_FOLDER / "face_map.css").read_text(encoding="utf-8"),
)


def map_data(faces: FaceSet, rows: npt.NDArray[np.intp], places: npt.NDArray[np.floating[Any]]) -> dict[str, Any]:
    """Return what the browser needs of a map; worth keeping, for it holds a sheet of all pictures.

    Args:
        faces: The data set.
        rows: Which faces, counted from 0, shape ``(n,)``.
        places: Where each lies, shape ``(n, 2)``, in any unit.
    """
    low, high = np.percentile(places, INSIDE, axis=0)
    inside = np.clip((places - low) / np.maximum(high - low, 1e-9), 0, 1).round(4)
    across = max(1, int(np.ceil(np.sqrt(len(rows)))))
    sheet = _sheet(faces.images[rows], across)
    return {
        "stamp": hashlib.sha256(inside.tobytes() + rows.tobytes() + sheet).hexdigest(),
        "x": inside[:, 0].tolist(), "y": inside[:, 1].tolist(),
        "label": faces.labels[rows].tolist(), "rows": rows.tolist(),
        "told_of": [str(source).rsplit("/", 1)[-1] for source in faces.source[rows]],
        "styles": [{"name": n, "symbol": STYLES[n].symbol, "colour": STYLES[n].colour} for n in EMOTIONS],
        "sheet": f"data:image/jpeg;base64,{base64.b64encode(sheet).decode()}", "tile": TILE_PX, "across": across,
        "told": f"A map of {len(rows):,} faces. The arrow keys go from face to face, Enter opens one.",
    }  # fmt: skip


def face_map(data: dict[str, Any], key: str) -> int | None:
    """Show a map; return the row that was clicked just now.

    Args:
        data: From ``map_data``.
        key: ``<page>.<control>``.
    """
    clicked = _map(key=key, data=data, on_face_change=lambda: None).get("face")
    # It comes from a browser: anything may be in it.
    return clicked if isinstance(clicked, int) and clicked in data["rows"] else None


def _sheet(images: npt.NDArray[np.uint8], across: int) -> bytes:
    """Return all pictures side by side, ``across`` in a row, as JPEG."""
    down = -(-len(images) // across)
    sheet = np.zeros((down * TILE_PX, across * TILE_PX), np.uint8)
    for place, image in enumerate(images):
        y, x = (TILE_PX * part for part in divmod(place, across))
        sheet[y : y + TILE_PX, x : x + TILE_PX] = image
    return cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
