"""The tab Map: each face a point, faces that are alike near each other; the one under the pointer shows itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer.dataset.faceset import USAGES
from fer.dataset.maps import FaceMap, Method, Space
from fer.dataset.maps_job import MapConfig, known_map, new_map_run
from fer.emotions import EMOTIONS
from fer.ui.dataset_face import show_face
from fer.ui.dataset_held import Held
from fer.ui.dataset_work import worked_out
from fer.ui.downloads import download_frame
from fer.ui.face_map import face_map, map_data

if TYPE_CHECKING:
    import pandas as pd

SPACES: dict[Space, str] = {"features": "What the network sees", "pixels": "Pixels"}
METHODS: dict[Method, str] = {"tsne": "t-SNE", "pca": "PCA"}
MEANINGS: dict[Method, str] = {
    "pca": "PCA is a shadow of the whole cloud along the two directions in which faces differ most: large distances "
    "mean something, neighbours less.",
    "tsne": "t-SNE keeps neighbours together: who is beside whom means something, the size of gaps does not.",
}


def show_tab(held: Held) -> None:
    """Show the tab.

    Raises:
        ModelError: If there is no network.
        StorageError: If the room cannot be written.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        space = st.segmented_control(
            "Compared by", list(SPACES), default="features", required=True, format_func=SPACES.__getitem__,
            key="dataset.map_space", persist_state="page",
        )  # fmt: skip
        method = st.segmented_control(
            "Laid out by", list(METHODS), default="tsne", required=True, format_func=METHODS.__getitem__,
            key="dataset.map_method", persist_state="page",
        )  # fmt: skip
    config = MapConfig(origin=held.origin, space=space)
    laid_out = held.renewed(f"map.{space}.{method}", lambda: known_map(config, held.opened, method), "Opening the map")
    if worked_out(
        held,
        f"map_{space}",
        laid_out is not None,
        lambda: new_map_run(config),
        f"Up to {config.most:,} faces, with the data set's shares of emotions, are laid out both ways. That takes a "
        "minute or two, in the background.",
        "Lay out the map",
        key="dataset.begin_map",
    ):
        assert laid_out is not None
        _map(held, laid_out)


def _map(held: Held, laid_out: FaceMap) -> None:
    name = f"{laid_out.space}.{laid_out.method}"
    shown = held.renewed(f"map_data.{name}", lambda: map_data(held.faces, laid_out.rows, laid_out.xy))
    explained = ""
    if laid_out.explained:
        told = " and ".join(f"{100 * share:.0f} %" for share in laid_out.explained)
        explained = f" The two axes tell {told} of how these differ."
    st.caption(f"{MEANINGS[laid_out.method]}{explained}")
    st.markdown(
        f"{len(laid_out.rows):,} faces. Point at one to see it, click it to look closer. Names show and hide emotions."
    )
    clicked = face_map(shown, "dataset.map")
    download_frame(lambda: map_table(held, laid_out), "map.csv", "dataset.map_csv", index=False)
    if clicked is not None:
        show_face(held, clicked)


def map_table(held: Held, laid_out: FaceMap) -> pd.DataFrame:
    """Return each face's place: row (from 0), source, emotion, usage, x, y."""
    import pandas as pd

    rows = laid_out.rows
    return pd.DataFrame({
        "row": rows,
        "source": held.faces.source[rows],
        "emotion": np.array(EMOTIONS)[held.faces.labels[rows]],
        "usage": np.array(USAGES)[held.faces.usage[rows]],
        "x": laid_out.xy[:, 0],
        "y": laid_out.xy[:, 1],
    })  # fmt: skip
