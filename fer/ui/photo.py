"""The blocks of the photo page: where photos come from, how they are looked at, and what is shown of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fer.emotions import EMOTIONS
from fer.faces.detect import DetectorName
from fer.faces.images import IMAGE_SUFFIXES, Photo
from fer.faces.pipeline import Face
from fer.registry import find
from fer.settings import settings
from fer.ui.analyzers import DETECTOR_HELP, DETECTORS, choose_network, session_analyzer
from fer.ui.charts import bars_in_words, emotion_bars, label, show_chart
from fer.ui.face_cards import cards_html
from fer.ui.messages import plain, shown_errors
from fer.ui.photo_results import (
    Dropped,
    Refused,
    Result,
    full_picture,
    look_at,
    marked_picture,
    results_as_csv,
    results_as_json,
)
from fer.ui.pictures import forget_pictures, keep_uploads

MOST_PHOTOS = 40
MOST_CARDS = 24
DRAWN, ASTRONAUT = "A drawn class", "An astronaut"
SAMPLES = {
    DRAWN: "Six faces that Classmood draws itself: no photograph, no real people. Each was drawn to show one emotion, "
    "so you can see where the network agrees.",
    ASTRONAUT: "Eileen Collins, who commanded a Space Shuttle. A photograph by NASA, in the public domain.",
}


@dataclass(frozen=True)
class Options:
    """How photos are looked at.

    Attributes:
        detector: Which detector finds the faces.
        model: Which network names the emotions; None is the default.
        unsure_below: Faces with a lower confidence are called unsure.
    """

    detector: DetectorName
    model: str | None
    unsure_below: float


def options_popover() -> Options:
    """Show the options behind a button and return what is chosen.

    Raises:
        ModelError: If there is no face model or a manifest cannot be read.
    """
    with st.popover("Options", icon=":material/tune:"):
        detector = st.selectbox(
            "Face detector",
            list(DETECTORS),
            format_func=DETECTORS.__getitem__,
            help=DETECTOR_HELP,
            key="photo.detector",
        )
        model = choose_network("photo.model")
        threshold = find(model).unsure_below
        percent = st.slider(
            "Call a face unsure below this confidence",
            0, 95, round(100 * threshold), 1, format="%d %%", key=f"photo.unsure_below.{model}",
            help=f"The network {plain(model)} was measured with {100 * threshold:.0f} %. "
            "A higher value leaves fewer, surer answers.",
        )  # fmt: skip
    # Untouched, the network's own threshold counts to the last digit, as on the command line.
    return Options(detector, model, threshold if percent == round(100 * threshold) else percent / 100)


def dropped_block(options: Options) -> None:
    """Photos from the visitor's disk."""
    files = st.file_uploader(
        "Photos",
        type=[suffix.lstrip(".") for suffix in IMAGE_SUFFIXES],
        accept_multiple_files=True,
        key="photo.files",
        label_visibility="collapsed",
        max_upload_size=200,
    )
    keep_uploads([file.file_id for file in files])
    if not files:
        _empty(
            f"Drop one or several photos above, up to {settings().max_megapixels:g} megapixels each. "
            "No photo at hand? Choose **Sample**."
        )
        return
    if len(files) > MOST_PHOTOS:
        st.info(f"{len(files)} photos were dropped; the first {MOST_PHOTOS} are looked at. For more at once, use "
                "the command line: `python -m fer analyze FOLDER`.")  # fmt: skip
    photos_block([_from_upload(file) for file in files[:MOST_PHOTOS]], options)


def camera_block(options: Options) -> None:
    """A still from the visitor's camera."""
    shot = st.camera_input("Camera", key="photo.camera", width=640)
    if shot is None:
        _empty(
            "Press **Take photo** above. If your browser asks, allow the camera. If no picture appears, allow it in "
            "the address bar's settings, or drop a photo instead. Away from localhost, cameras need HTTPS."
        )
        return
    keep_uploads([shot.file_id])
    photos_block([Dropped("camera.jpg", shot.file_id, shot.getvalue)], options)


def sample_block(options: Options) -> None:
    """Photos that come with Classmood."""
    keep_uploads(())
    chosen = st.segmented_control("Sample", list(SAMPLES), default=DRAWN, required=True, key="photo.sample")
    st.caption(SAMPLES[chosen])
    data = {DRAWN: _drawn_class, ASTRONAUT: _astronaut}[chosen]
    names = {DRAWN: "drawn-class.png", ASTRONAUT: "astronaut.png"}
    photos_block([Dropped(names[chosen], f"sample:{chosen}", data)], options)


def photos_block(dropped: Sequence[Dropped], options: Options) -> None:
    """Analyse photos and show what is in them, one after the other, then all numbers together.

    Raises:
        DetectorError: If the detector asked for by name cannot be had.
        ModelError: If the network is missing or damaged.
    """
    analyzer = session_analyzer(options.detector, options.model)
    if analyzer.detector.note:
        st.info(plain(analyzer.detector.note))
    results = [
        found.judged(options.unsure_below) if isinstance(found, Result) else found
        for found in look_at(dropped, analyzer)
    ]
    for number, (drop, result) in enumerate(zip(dropped, results, strict=True)):
        if isinstance(result, Refused):
            st.error(plain(result.error))
        else:
            with shown_errors():
                _show_result(number, drop, result)
    _show_numbers(results)


def _show_result(number: int, drop: Dropped, result: Result) -> None:
    size = f"{result.document['width']:,} × {result.document['height']:,} px"
    detector = {"yunet": "YuNet", "haar": "the Haar cascade"}[result.document["detector"]]
    st.header(plain(result.name), anchor=False)
    st.caption(
        f"{size}, looked at in {1000 * result.seconds:,.0f} ms with {detector} and {plain(result.document['model'])}"
    )
    if result.note:
        st.info(plain(result.note))
    picture, side = st.columns([5, 3], gap="medium")
    with picture:
        st.image(marked_picture(result), width="stretch", alt=f"{result.name}: {_summary(result.faces)}")
        if result.faces:
            st.download_button(
                "Picture with marks", partial(full_picture, drop, result.faces), f"{_stem(result.name)}-faces.jpg",
                "image/jpeg", key=f"photo.picture.{number}", icon=":material/download:", on_click="ignore",
                type="tertiary",
            )  # fmt: skip
    with side:
        _show_side(number, result)
    if len(result.faces) > 1:
        _show_cards(number, result)


def _show_side(number: int, result: Result) -> None:
    st.markdown(f"**{_summary(result.faces)}**")
    if not result.faces:
        st.markdown(
            "What may help: a brighter picture, faces that look towards the camera and are at least 24 pixels wide, "
            "or another face detector under **Options**."
        )
    elif len(result.faces) == 1:
        st.html(cards_html(result.faces, result.crops))
    else:
        mean = np.mean([face.probabilities for face in result.faces], axis=0)
        st.caption(f"Mood of this photo: the mean over its {len(result.faces)} faces")
        show_chart(emotion_bars(mean, 250), f"photo.mood.{number}", f"Mean over the faces: {bars_in_words(mean)}")


def _show_cards(number: int, result: Result) -> None:
    shown = len(result.faces)
    if shown > MOST_CARDS and not st.toggle(f"Show all {shown} faces", key=f"photo.all.{number}"):
        shown = MOST_CARDS
    st.html(cards_html(result.faces[:shown], result.crops[:shown]))


def _show_numbers(results: Sequence[Result | Refused]) -> None:
    found = [result for result in results if isinstance(result, Result)]
    if not found:
        return
    rows = [(result.name, place, face) for result in found for place, face in enumerate(result.faces, 1)]
    st.header("Numbers", anchor=False)
    if rows:
        table = {
            "Photo": [name for name, _, _ in rows],
            "Face": [place for _, place, _ in rows],
            "Emotion": [label(face.emotion) for _, _, face in rows],
            "Confidence": [100 * face.confidence for _, _, face in rows],
            "Unsure": ["unsure" if face.unsure else "" for _, _, face in rows],
            **{name: [100 * float(face.probabilities[i]) for _, _, face in rows] for i, name in enumerate(EMOTIONS)},
        }
        percent = {name: st.column_config.NumberColumn(format="%.0f %%") for name in ("Confidence", *EMOTIONS)}
        st.dataframe(table, hide_index=True, column_config=percent, key="photo.table")
    with st.container(horizontal=True):
        for name, text, mime in (
            ("CSV", results_as_csv(results), "text/csv"),
            ("JSON", results_as_json(results), "application/json"),
        ):
            st.download_button(
                f"Download {name}", text, f"faces.{name.lower()}", mime, key=f"photo.{name.lower()}",
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip


def _summary(faces: Sequence[Face]) -> str:
    """Return how many faces there are and what they show, in words."""
    if not faces:
        return "No face found"
    counts = Counter(face.emotion for face in faces if not face.unsure).most_common()
    counts += [("unsure", unsure)] if (unsure := sum(face.unsure for face in faces)) else []
    parts = ", ".join(f"{count} {name}" for name, count in counts)
    return f"1 face, {parts[2:]}" if len(faces) == 1 else f"{len(faces)} faces: {parts}"


def _empty(text: str) -> None:
    forget_pictures()
    st.markdown(text)
    st.caption("Photos are looked at in memory and not kept: they are forgotten when you leave this page.")


def _from_upload(file: UploadedFile) -> Dropped:
    return Dropped(file.name, file.file_id, file.getvalue)


def _drawn_class() -> Photo:
    from fer.dataset.demo import demo_class

    return Photo(demo_class().image_bgr)


def _astronaut() -> Photo:
    import skimage.data

    rgb = skimage.data.astronaut()  # type: ignore[no-untyped-call]
    return Photo(np.ascontiguousarray(rgb[:, :, ::-1]))


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0]
