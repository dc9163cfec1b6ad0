"""What was found in photos, as tables and JSON: the same for the command line and the page's downloads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS
from fer.faces.pipeline import Face, FaceAnalyzer, mood_as_json
from fer.faces.track import TrackedFace

if TYPE_CHECKING:
    import pandas as pd

FACE_COLUMNS = (
    "input", "time_s", "track", "x", "y", "w", "h", "score", "emotion", "confidence", "unsure", *EMOTIONS,
    "smoothed_emotion", "smoothed_confidence", "smoothed_unsure",
)  # fmt: skip
"""One row a face and frame; photos leave time_s, track and the smoothed columns empty."""


def photo_as_json(
    name: str, image_bgr: npt.NDArray[np.uint8], analyzer: FaceAnalyzer, faces: list[Face], note: str = ""
) -> dict[str, Any]:
    """Return one photo's element of ``inputs``.

    Args:
        name: What the photo is called.
        image_bgr: The upright image, shape ``(height, width, 3)``.
        analyzer: What was asked.
        faces: What it found.
        note: From reading the photo; left out when empty.
    """
    return {
        "input": name,
        "width": int(image_bgr.shape[1]),
        "height": int(image_bgr.shape[0]),
        "detector": analyzer.detector.name,
        "model": analyzer.classifier.entry.name,
        **({"note": note} if note else {}),
        "faces": [face.as_json() for face in faces],
    }


def face_row(name: str, face: Face | TrackedFace, time_s: float | None = None) -> dict[str, Any]:
    """Return one face as a row of ``FACE_COLUMNS``."""
    plain = face.face if isinstance(face, TrackedFace) else face
    mood = plain.as_json()
    row: dict[str, Any] = {"input": name, "time_s": "" if time_s is None else round(time_s, 3), "track": ""}
    row.update(zip("xywh", plain.box_xywh, strict=True))
    row.update({key: mood[key] for key in ("score", "emotion", "confidence", "unsure")})
    row.update(mood["probabilities"])
    if isinstance(face, TrackedFace):
        smoothed = mood_as_json(face.smoothed, plain.unsure_below)
        row["track"] = face.track
        row.update({f"smoothed_{key}": smoothed[key] for key in ("emotion", "confidence", "unsure")})
    return row


def csv_text(rows: Iterable[Mapping[str, Any]], header: bool = True) -> str:
    """Write rows of ``FACE_COLUMNS`` as CSV."""
    out = io.StringIO()
    table = csv.DictWriter(out, FACE_COLUMNS, restval="", lineterminator="\n")
    if header:
        table.writeheader()
    table.writerows({key: neutral_cell(value) for key, value in row.items()} for row in rows)
    return out.getvalue()


def frame_csv(frame: pd.DataFrame, index: bool = True) -> str:
    """Write a table of any columns as CSV, with every text in it neutralised.

    Args:
        frame: Numbers and texts.
        index: Whether its index is written, too.
    """
    from pandas.api.types import is_numeric_dtype as is_number

    table = frame.reset_index() if index else frame.copy()
    table.columns = [neutral_cell(str(name)) for name in table.columns]
    for place, dtype in enumerate(table.dtypes):
        if not is_number(dtype):
            table.isetitem(place, table.iloc[:, place].astype(object).map(neutral_cell).to_numpy())
    return str(table.to_csv(index=False, lineterminator="\n"))


def neutral_cell(value: Any) -> Any:
    """Keep a text from being run as a formula by a spreadsheet: a file may be called ``=1+1.jpg``.

    >>> neutral_cell("=1+1.jpg"), neutral_cell(-3), neutral_cell("class.jpg")
    ("'=1+1.jpg", -3, 'class.jpg')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
