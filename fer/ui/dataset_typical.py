"""The tab Typical and odd: the faces most like the others of their emotion, and those least like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.dataset.checks_job import new_checks_run
from fer.dataset.eigenfaces import fit_eigenfaces
from fer.dataset.faceset import USAGES
from fer.dataset.network_view import kept_description
from fer.dataset.typical import likeness, typical_and_odd
from fer.emotions import EMOTIONS
from fer.ui.charts import label
from fer.ui.dataset_face import show_face
from fer.ui.dataset_held import Held
from fer.ui.dataset_work import worked_out
from fer.ui.downloads import download_frame
from fer.ui.face_grid import face_grid

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float32]

COUNT = 12
LOOKS, SHOWS = "How they look", "What the network sees"
CHUNK = 4096


def show_tab(held: Held) -> None:
    """Show the tab.

    Raises:
        FerError: If there is no network, or the faces cannot be compared.
    """
    way = st.segmented_control(
        "Compared by", [LOOKS, SHOWS], default=LOOKS, required=True, key="dataset.typical_way", persist_state="page"
    )
    alike = _by_looks(held) if way == LOOKS else _by_network(held)
    if alike is None:
        return
    st.markdown(
        "How much each face is like the mean of the others of its emotion. Odd ones are turned, covered, cut badly or "
        "drawn; some have a wrong label."
    )
    there = [name for place, name in enumerate(EMOTIONS) if (held.faces.labels == place).any()]
    emotion = st.segmented_control(
        "Emotion", there, default=there[0], required=True, format_func=label, key="dataset.typical_emotion",
        persist_state="page",
    )  # fmt: skip
    ends = typical_and_odd(alike, held.faces.labels, EMOTIONS.index(emotion), COUNT)
    clicked = []
    for title, rows, key in (
        (f"Most typical: {label(emotion)}", ends.typical, "dataset.typical"),
        (f"Oddest: {label(emotion)}", ends.odd, "dataset.odd"),
    ):
        st.subheader(title, anchor=False)
        if not len(rows):
            st.markdown("There are too few faces of this emotion.")
            continue
        notes = {int(row): f"{str(held.faces.source[row]).rsplit('/', 1)[-1]}, {alike[row]:.2f}" for row in rows}
        clicked.append(face_grid(held.faces, rows.tolist(), key, notes))
    download_frame(lambda: likeness_table(held, alike), "likeness.csv", "dataset.likeness_csv", index=False)
    chosen = next((row for row in clicked if row is not None), None)
    if chosen is not None:
        show_face(held, chosen)


def _by_looks(held: Held) -> FloatArray:
    def make() -> FloatArray:
        eigen = held.once("eigenfaces", lambda: fit_eigenfaces(held.faces), "Finding how faces differ")
        images = held.faces.images
        places = [eigen.coordinates(images[start : start + CHUNK]) for start in range(0, len(images), CHUNK)]
        return likeness(np.concatenate(places), held.faces.labels)

    return held.once("likeness", make, "Comparing faces")


def _by_network(held: Held) -> FloatArray | None:
    known = held.renewed("description", lambda: kept_description(held.origin, held.opened), "Opening what it saw")
    ready = worked_out(
        held,
        "checks",
        known is not None,
        lambda: new_checks_run(held.origin),
        "For this the network looks at every face. That is done together with the checks, in the background, and takes "
        "some minutes for all of FER2013.",
        "Let it look",
    )
    if not ready or known is None:
        return None
    return held.renewed("network_likeness", lambda: likeness(known.features, held.faces.labels), "Comparing faces")


def likeness_table(held: Held, alike: FloatArray) -> pd.DataFrame:
    """Return for each face how much it is like the others of its emotion: row (from 0), source, …, likeness."""
    import pandas as pd

    return pd.DataFrame({
        "row": np.arange(len(alike)),
        "source": held.faces.source,
        "emotion": np.array(EMOTIONS)[held.faces.labels],
        "usage": np.array(USAGES)[held.faces.usage],
        "likeness": alike.round(4),
    })  # fmt: skip
