"""Which face is explained: one of the data's, or one of a photo that the visitor brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.emotions import EMOTIONS
from fer.errors import InputError
from fer.evaluation.evaluated import Evaluated
from fer.faces.crop import crop_faces
from fer.faces.detect import PHOTO
from fer.faces.images import IMAGE_SUFFIXES, read_photo
from fer.ui.analyzers import session_analyzer
from fer.ui.buttons import button_clicked, form_sent
from fer.ui.dataset_eigenfaces import pictures_html
from fer.ui.dataset_faces import find_row
from fer.ui.evaluate_shown import Shown
from fer.ui.face_grid import face_grid
from fer.ui.messages import plain
from fer.ui.photo_results import LOOKING
from fer.ui.uploads import drop_upload

UInt8Array = npt.NDArray[np.uint8]

DATA, PHOTO_OF_MINE = "This data set", "A photo of mine"
ROW = "evaluate.explained_row"
"""The row that is looked at. No widget's key."""
CROPS = "evaluate.photo_crops"
"""In what the visit holds of its data set: a photo's faces, 48 x 48 grey; the photo itself is not kept."""
TAKEN = "evaluate.photos_taken"
MOST_CROPS = 24


@dataclass(frozen=True, eq=False)
class Chosen:
    """A face to explain.

    Attributes:
        face_gray: Shape ``(48, 48)``, uint8.
        words: What it is.
        label: Its label, or None where nobody gave one.
        row: Its place in the data set, or None where it is of a photo.
    """

    face_gray: UInt8Array
    words: str
    label: int | None
    row: int | None = None


def choose_face(shown: Shown) -> Chosen | None:
    """Let a face be chosen; None where there is none yet.

    Raises:
        FerError: If a photo cannot be read.
    """
    source = st.segmented_control(
        "A face of", [DATA, PHOTO_OF_MINE], default=DATA, required=True, key="evaluate.face_source"
    )
    return _of_data(shown) if source == DATA else _of_photo(shown)


def telling_rows(evaluated: Evaluated) -> list[int]:
    """Return rows of the data set that tell something: of each emotion the surest right and the surest wrong answer."""
    rows: list[int] = []
    for code in range(len(EMOTIONS)):
        for right in (True, False):
            places = np.flatnonzero((evaluated.labels == code) & (evaluated.right == right))
            if len(places):
                rows.append(int(evaluated.part.rows[places[evaluated.confidence[places].argmax()]]))
    return rows


def _of_data(shown: Shown) -> Chosen:
    faces, evaluated = shown.held.faces, shown.evaluated
    rows = shown.once("telling_rows", lambda: telling_rows(evaluated))
    row = st.session_state.get(ROW, rows[0])
    row = row if 0 <= row < len(faces) else rows[0]
    st.caption("Of each emotion the surest right and the surest wrong answer. Click one, or name any row.")
    notes = dict(zip(evaluated.part.rows.tolist(), evaluated.guesses.tolist(), strict=True))
    words = {r: "right" if notes[r] == faces.labels[r] else f"called {EMOTIONS[notes[r]]}" for r in rows}
    clicked = face_grid(faces, rows, "evaluate.explain_grid", words, side_px=56)
    with st.form("evaluate.explain_find", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input("Or a row", key="evaluate.explain_wanted", placeholder="17", width=200).strip()
        if form_sent("Take it", key="evaluate.explain_take") and wanted:
            clicked = find_row(faces, wanted)
            if clicked is None:
                st.markdown(f"There is no {plain(wanted)} among the rows that could be read.")
    if clicked is not None:
        row = st.session_state[ROW] = clicked
    return Chosen(np.array(faces.images[row]), str(faces.source[row]), int(faces.labels[row]), row)


def _of_photo(shown: Shown) -> Chosen | None:
    made = shown.held.made
    # A photo that was let go leaves an uploader that still names it; the next one is another uploader.
    taken = made.get(TAKEN, 0)
    upload = st.file_uploader(
        "Photo", type=[suffix.lstrip(".") for suffix in IMAGE_SUFFIXES], key=f"evaluate.photo.{taken}",
        max_upload_size=200,
    )  # fmt: skip
    if upload is not None:
        with LOOKING, st.spinner("Looking for faces"):
            try:
                made[CROPS] = (upload.name, faces_of_photo(upload.getvalue(), upload.name))
            finally:
                drop_upload(upload.file_id)
        made[TAKEN] = taken + 1
        st.rerun()
    if CROPS not in made:
        st.caption(
            "The photo is looked at in memory and let go at once. Its faces, 48 × 48 grey pixels each, are kept for "
            "this visit, and what is worked out about them goes with this data set, after 24 hours or when you "
            "delete it. Look only at people who know and agree."
        )
        return None
    name, crops = cast("tuple[str, UInt8Array]", made[CROPS])
    place = 0
    if len(crops) > 1:
        st.html(pictures_html([(crop, f"face {i}") for i, crop in enumerate(crops, 1)],
                              "repeat(auto-fill,minmax(4.5rem,1fr))"))  # fmt: skip
        place = st.segmented_control(
            "Face", list(range(len(crops))), default=0, required=True, format_func=lambda i: str(i + 1),
            key="evaluate.photo_face",
        )  # fmt: skip
    if button_clicked("Forget this photo", key="evaluate.forget_photo", icon=":material/delete:"):
        made.pop(CROPS)
        st.rerun()
    return Chosen(crops[place], f"{name}, face {place + 1}", None)


def faces_of_photo(data: bytes, name: str) -> UInt8Array:
    """Return the faces of a photo as every part of Classmood cuts them out, the surest detection first.

    Returns:
        Shape ``(n, 48, 48)``, uint8; ``n`` is at least 1, and at most ``MOST_CROPS``.

    Raises:
        InputError: If it is no photo, or no face is found.
        DetectorError: If there is no detector.
    """
    analyzer = session_analyzer("auto")
    image = read_photo(data, name).image_bgr
    crops = crop_faces(image, analyzer.detector.detect(image, PHOTO), analyzer.framing)
    if not len(crops):
        raise InputError(
            f"{name}: no face was found. Take a brighter picture, with a face that looks towards the camera and is at "
            "least 24 pixels wide."
        )
    return crops[:MOST_CROPS]
