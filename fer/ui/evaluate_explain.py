"""The tab Explain: one face, and what in it spoke for which emotion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer.emotions import EMOTIONS
from fer.evaluation.evaluated import Evaluated
from fer.evaluation.explaining import new_explaining_run
from fer.evaluation.explanation import Explanation, FloatArray, UInt8Array, explanation_key, known_explanation
from fer.evaluation.occlusion import PATCH_PX
from fer.faces.classify import open_classifier
from fer.ui.charts import bars_in_words, emotion_bars, label, show_chart
from fer.ui.dataset_eigenfaces import pictures_html
from fer.ui.dataset_work import worked_out
from fer.ui.downloads import download_frame
from fer.ui.evaluate_face import Chosen, choose_face
from fer.ui.evaluate_layers import filters_block, layers_block
from fer.ui.evaluate_nearest import nearest_block
from fer.ui.evaluate_shown import Shown
from fer.ui.explain_pictures import heat_over, large_face
from fer.ui.face_grid import picture_url
from fer.ui.messages import plain, shown_errors

if TYPE_CHECKING:
    import pandas as pd

HELD = "evaluate.explanation"
"""The latest explanation and its key, in what the visit holds."""
LEAST_POINTS = 0.02
"""A loss of probability that is smaller than this is drawn pale: it would else look like a large one."""


def show_tab(shown: Shown) -> None:
    """Show the tab.

    Raises:
        FerError: If the model's files are damaged, a photo cannot be read, or the room cannot be written.
    """
    chosen = choose_face(shown)
    if chosen is None:
        return
    model = shown.evaluated.model
    key = explanation_key(model, chosen.face_gray)
    found = _explanation(shown, key)
    _answer(chosen, _probabilities(shown, chosen, found), shown.evaluated)
    ready = worked_out(
        shown.held,
        f"explaining_{key[:12]}",
        found is not None,
        lambda: new_explaining_run(shown.held.run, model.asked, chosen.face_gray),
        "What in this face spoke for which emotion? A worker follows the network's gradients and covers the face bit "
        "by bit. That takes some ten seconds.",
        "Explain this face",
        key="dataset.begin_explaining",
    )
    if ready and found is not None:
        _explained(chosen, found)
        filters_block(found)
        layers_block(found)
    st.subheader("Training faces that it takes for most alike", anchor=False)
    with shown_errors():
        nearest_block(shown, chosen, found)


def _explanation(shown: Shown, key: str) -> Explanation | None:
    held_key, found = shown.held.made.get(HELD, ("", None))
    if held_key != key:
        found = known_explanation(shown.held.run, key)
        if found is not None:
            shown.held.made[HELD] = (key, found)
    explanation: Explanation | None = found
    return explanation


def _probabilities(shown: Shown, chosen: Chosen, found: Explanation | None) -> FloatArray | None:
    """Return what the model says of a face: asked here if it is of the registry, else what its workers have found."""
    evaluated, known = shown.evaluated, None
    rows = evaluated.part.rows.tolist()
    if evaluated.entry is not None:
        known = open_classifier(evaluated.name).probabilities(chosen.face_gray[None])[0]
    elif found is not None:
        known = found.probabilities
    elif chosen.row in rows:
        known = evaluated.probabilities[rows.index(chosen.row)]
    return known


def _answer(chosen: Chosen, probabilities: FloatArray | None, evaluated: Evaluated) -> None:
    picture, told = st.columns([1, 2], gap="medium")
    with picture:
        st.html(
            f'<img src="{picture_url(chosen.face_gray)}" alt="The face that is explained" '
            'style="width:100%;max-width:14rem;aspect-ratio:1;image-rendering:pixelated;border-radius:.5rem">'
        )
        named = "" if chosen.label is None else f", labelled **{label(EMOTIONS[chosen.label])}**"
        st.markdown(f"{plain(chosen.words)}{named}")
    with told:
        if probabilities is None:
            st.markdown(f"{plain(evaluated.name)} was not asked about this face yet: a worker does so to explain it.")
            return
        unsure = " It is unsure." if probabilities.max() < evaluated.unsure_below else ""
        st.markdown(f"**What {plain(evaluated.name)} says.**{unsure}")
        show_chart(emotion_bars(probabilities, 230), "evaluate.explained_bars", bars_in_words(probabilities))


@st.fragment
def _explained(chosen: Chosen, found: Explanation) -> None:
    st.subheader("What spoke for it", anchor=False)
    first = EMOTIONS[int(found.probabilities.argmax())]
    emotion = st.segmented_control(
        "What speaks for", EMOTIONS, default=first, required=True, format_func=label, key="evaluate.explained_emotion"
    )
    code = EMOTIONS.index(emotion)
    st.html(_methods_html(chosen.face_gray, found, code))
    for note in found.notes:
        st.info(plain(note), icon=":material/info:")
    st.caption(
        "Orange speaks for it, blue against it. None of these says why the person looks so, and none proves that the "
        "network is right: it would point somewhere for any picture."
    )
    download_frame(lambda: values_table(found, code), f"explained-{emotion}.csv", "evaluate.explained_csv", index=False)


def _methods_html(face_gray: UInt8Array, found: Explanation, code: int) -> str:
    emotion, drops = EMOTIONS[code], found.occlusion[code]
    cells = [(large_face(face_gray), "The face, as the network gets it.")]
    if found.grad_cam is not None:
        cam = found.grad_cam[code]
        none = " Nothing in them does." if cam.max() <= 0.01 * found.grad_cam.max() else ""
        cells.append((
            heat_over(face_gray, cam, float(max(cam.max(), 0.01 * found.grad_cam.max()))),
            f"Grad-CAM: where the last maps, {found.maps_px} × {found.maps_px} places, speak for {emotion}.{none} "
            "It shows roughly where, not what matters there, and nothing that speaks against.",
        ))  # fmt: skip
    cells.append((
        heat_over(face_gray, drops, max(LEAST_POINTS, float(np.abs(found.occlusion).max()))),
        f"Occlusion: how much less probable {emotion} is with a square of {PATCH_PX} pixels covered, up to "
        f"{100 * max(0.0, float(drops.max())):.0f} points. A grey square is itself nothing that faces have: some of it "
        "is the square's doing.",
    ))  # fmt: skip
    if found.integrated is not None:
        added = found.integrated[code]
        cells.append((
            heat_over(face_gray, added, float(np.percentile(np.abs(found.integrated), 99.5))),
            f"Integrated gradients: what each pixel adds to the score of {emotion} on the way from plain grey to this "
            f"face. They add up, within {100 * found.gap:.0f} %; a single one says little, and from another beginning "
            "than grey they differ.",
        ))  # fmt: skip
    return explained_html(cells)


def explained_html(cells: list[tuple[UInt8Array, str]]) -> str:
    """Return pictures beside each other, each with a sentence that begins with its name."""
    return pictures_html([(image, words) for image, words in cells], "repeat(auto-fit,minmax(10rem,1fr))")


def values_table(found: Explanation, code: int) -> pd.DataFrame:
    """Return what was found for one emotion, pixel by pixel: y and x from the top left, and each method's value."""
    import pandas as pd

    side = found.occlusion.shape[1]
    y, x = np.mgrid[:side, :side]
    columns = {"y": y.ravel(), "x": x.ravel(), "occlusion": found.occlusion[code].ravel()}
    if found.grad_cam is not None:
        columns["grad_cam"] = found.grad_cam[code].ravel()
    if found.integrated is not None:
        columns["integrated_gradients"] = found.integrated[code].ravel()
    return pd.DataFrame(columns)
