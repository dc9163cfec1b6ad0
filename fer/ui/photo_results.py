"""What was found in a visitor's photos, kept in the session so that a click does not analyse them again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.errors import FerError
from fer.faces.draw import draw_faces
from fer.faces.images import Photo, read_photo
from fer.faces.pipeline import Face, FaceAnalyzer
from fer.faces.report import csv_text, face_row, photo_as_json
from fer.ui.face_cards import face_crop
from fer.ui.messages import reference
from fer.ui.pictures import KEPT

UInt8Array = npt.NDArray[np.uint8]

SHOWN_SIDES_PX = (720, 1024)
"""Least and most of the longer side of the picture on the page: names are drawn at a size that can be read there."""
LOOKING = threading.BoundedSemaphore(2)
"""So many photos are decoded at a time in the whole process: one of 64 megapixels takes 200 MB and more."""


@dataclass(frozen=True)
class Dropped:
    """A photo that somebody gave, not yet read.

    Attributes:
        name: What it is called.
        key: Unique in this session, so that its result is found again.
        data: Reads the file; for samples, a photo that is drawn or comes with a package.
    """

    name: str
    key: str
    data: Callable[[], bytes | Photo]


@dataclass(frozen=True)
class Result:
    """A photo that was looked at.

    Attributes:
        name: What it is called.
        document: Its element of ``inputs`` in the JSON.
        faces: What was found, surest detection first, under the model's own threshold.
        crops: Each face as a ``data:`` address.
        shown: The photo as it is shown, unmarked, JPEG.
        seconds: How long it took.
        note: What was done to the photo that the viewer should know, or "".
        marked: The picture with its faces marked, by threshold; only the latest is kept.
    """

    name: str
    document: dict[str, Any]
    faces: tuple[Face, ...]
    crops: tuple[str, ...]
    shown: bytes
    seconds: float
    note: str
    marked: dict[float, bytes] = field(default_factory=dict, compare=False)

    def judged(self, unsure_below: float) -> Result:
        """Return the same photo with another threshold for "unsure"."""
        faces = tuple(replace(face, unsure_below=unsure_below) for face in self.faces)
        return replace(self, faces=faces, document={**self.document, "faces": [face.as_json() for face in faces]})


@dataclass(frozen=True)
class Refused:
    """A photo that could not be read, with the sentence that says why."""

    name: str
    error: str

    @property
    def document(self) -> dict[str, Any]:
        """Its element of ``inputs`` in the JSON."""
        return {"input": self.name, "error": self.error}


def look_at(dropped: Sequence[Dropped], analyzer: FaceAnalyzer) -> list[Result | Refused]:
    """Analyse photos, showing how far it is; those that this session has seen are not analysed again.

    Only what is on the page now is kept: a photo that was taken away is forgotten.
    """
    kept: dict[Any, Result | Refused] = st.session_state.get(KEPT, {})
    asked = (analyzer.detector.name, analyzer.classifier.entry.name)
    new = [drop for drop in dropped if (drop.key, asked) not in kept]
    place = st.empty()
    for done, drop in enumerate(new):
        place.progress(done / len(new), f"Looking at photo {done + 1} of {len(new)}")
        kept[drop.key, asked] = _look(drop, analyzer)
    place.empty()
    st.session_state[KEPT] = kept = {(drop.key, asked): kept[drop.key, asked] for drop in dropped}
    return list(kept.values())


def _look(drop: Dropped, analyzer: FaceAnalyzer) -> Result | Refused:
    """Analyse one photo; whatever is wrong with it, the others go on."""
    try:
        with LOOKING:
            return _found(drop, analyzer)
    except FerError as problem:
        return Refused(drop.name, str(problem))
    except Exception as problem:
        return Refused(
            drop.name,
            f"{drop.name}: this photo could not be looked at; the fault is ours, not yours. Try a smaller copy, and if "
            f"it comes back, report it with the reference {reference(problem)} (the server's log says more under it).",
        )


def _found(drop: Dropped, analyzer: FaceAnalyzer) -> Result:
    photo = _photo(drop)
    started = time.perf_counter()
    faces = analyzer.analyze(photo.image_bgr)
    seconds = time.perf_counter() - started
    document = photo_as_json(drop.name, photo.image_bgr, analyzer, faces, photo.note)
    crops = tuple(face_crop(photo.image_bgr, face) for face in faces)
    return Result(drop.name, document, tuple(faces), crops, _shown(photo.image_bgr), seconds, photo.note)


def _photo(drop: Dropped) -> Photo:
    data = drop.data()
    return data if isinstance(data, Photo) else read_photo(data, drop.name)


def marked_picture(result: Result) -> bytes:
    """Return the photo as it is shown on the page, its faces marked, as JPEG; drawn once for each threshold."""
    threshold = result.faces[0].unsure_below if result.faces else 0.0
    if threshold not in result.marked:
        result.marked.clear()
        result.marked[threshold] = _draw_marks(result)
    return result.marked[threshold]


def _draw_marks(result: Result) -> bytes:
    image = np.asarray(cv2.imdecode(np.frombuffer(result.shown, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    scale = image.shape[1] / result.document["width"]
    faces = [replace(face, box_xywh=_scaled(face.box_xywh, scale)) for face in result.faces]
    return _jpeg(draw_faces(image, faces, bars=False), 90)


def full_picture(drop: Dropped, faces: Sequence[Face]) -> bytes:
    """Return the photo in its own size, its faces marked, as JPEG; made when somebody downloads it."""
    with LOOKING:
        return _jpeg(draw_faces(_photo(drop).image_bgr, faces), 93)


def results_as_json(results: Sequence[Result | Refused]) -> str:
    """Return what ``python -m fer analyze --json`` writes for the same photos."""
    return json.dumps({"schema": 1, "inputs": [result.document for result in results]}, indent=1, ensure_ascii=False)


def results_as_csv(results: Sequence[Result | Refused]) -> str:
    """Return what ``python -m fer analyze --csv`` writes for the same photos."""
    return csv_text(
        face_row(result.name, face) for result in results if isinstance(result, Result) for face in result.faces
    )


def _shown(image_bgr: UInt8Array) -> bytes:
    longest = max(image_bgr.shape[:2])
    scale = min(max(longest, SHOWN_SIDES_PX[0]), SHOWN_SIDES_PX[1]) / longest
    if scale != 1:
        size = (max(1, round(image_bgr.shape[1] * scale)), max(1, round(image_bgr.shape[0] * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        image_bgr = np.asarray(cv2.resize(image_bgr, size, interpolation=how), np.uint8)
    return _jpeg(image_bgr, 95)


def _jpeg(image_bgr: UInt8Array, quality: int) -> bytes:
    return cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _scaled(box_xywh: tuple[int, int, int, int], scale: float) -> tuple[int, int, int, int]:
    x, y, w, h = box_xywh
    return round(x * scale), round(y * scale), max(1, round(w * scale)), max(1, round(h * scale))
