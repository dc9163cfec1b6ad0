"""The training faces nearest to a face in what the network sees, on the tab Explain."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer.dataset.faceset import USAGES
from fer.dataset.network_view import kept_description
from fer.emotions import EMOTIONS
from fer.evaluation.describing_job import new_describing_run
from fer.evaluation.nearest import Nearest, nearest_faces
from fer.faces.features import FeatureNetwork, open_features
from fer.registry import ModelEntry
from fer.ui.charts import label
from fer.ui.dataset_face import show_face
from fer.ui.dataset_work import worked_out
from fer.ui.downloads import download_frame
from fer.ui.evaluate_face import Chosen
from fer.ui.evaluate_shown import Shown
from fer.ui.face_grid import face_grid

if TYPE_CHECKING:
    import pandas as pd

    from fer.dataset.faceset import FaceSet


def nearest_block(shown: Shown, entry: ModelEntry, chosen: Chosen) -> None:
    """Show the block.

    Raises:
        DataError: If the data has no training face.
        ModelError: If the network has no features to give.
        StorageError: If the room cannot be written.
    """
    held = shown.held
    seen = held.renewed(
        f"evaluate.description {entry.name}",
        lambda: kept_description(held.origin, held.opened, entry.name),
        "Opening what it saw",
    )
    ready = worked_out(
        held, f"describing_{shown.evaluated.model.digest[:10]}", seen is not None,
        lambda: new_describing_run(held.origin, entry.name),
        f"For this the network looks once at all {len(held.faces):,} faces of the data set, in the background; for all "
        "of FER2013 that takes one to three minutes. From then on it is there for every face.",
        "Let it look", key="dataset.begin_describing",
    )  # fmt: skip
    if not ready or seen is None:
        return
    among = np.flatnonzero(held.faces.usage == USAGES.index("Training"))
    # A face of the training split is its own nearest one, and so are its twins.
    among = among[(np.asarray(held.faces.images[among]) != chosen.face_gray).any(axis=(1, 2))]
    network: FeatureNetwork = held.once(
        f"evaluate.network {shown.evaluated.model.digest}", lambda: open_features(entry.name)
    )
    own = network.describe(chosen.face_gray[None]).features[0]
    found = nearest_faces(seen.features, among, own)
    labels = Counter(EMOTIONS[held.faces.labels[row]] for row in found.rows)
    st.markdown(
        "Nearest in the numbers that its last layer reads: "
        + ", ".join(f"{count} {label(name)}" for name, count in labels.most_common())
        + f". Distances run from {found.distances[0]:.1f} to {found.distances[-1]:.1f}; between a training face and "
        f"its own nearest one, {found.typical:.1f} is usual. This shows what the network takes for alike, not that it "
        "answers so because of these faces."
    )
    notes = {int(row): f"{far:.1f}" for row, far in zip(found.rows, found.distances, strict=True)}
    clicked = face_grid(held.faces, found.rows.tolist(), "evaluate.nearest", notes)
    download_frame(lambda: nearest_table(held.faces, found), "nearest.csv", "evaluate.nearest_csv", index=False)
    if clicked is not None:
        show_face(held, clicked)


def nearest_table(faces: FaceSet, found: Nearest) -> pd.DataFrame:
    """Return the neighbours: row (from 0), source, emotion, distance."""
    import pandas as pd

    return pd.DataFrame({
        "row": found.rows,
        "source": faces.source[found.rows],
        "emotion": np.array(EMOTIONS)[faces.labels[found.rows]],
        "distance": found.distances.round(4),
    })  # fmt: skip
