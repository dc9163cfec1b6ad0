"""The training faces nearest to a face in what the network sees, on the tab Explain."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer.dataset.faceset import USAGES
from fer.dataset.network_view import kept_view
from fer.emotions import EMOTIONS
from fer.evaluation.describing import new_describing_run
from fer.evaluation.explanation import Explanation
from fer.evaluation.nearest import FloatArray, Nearest, nearest_faces
from fer.faces.features import Description, FeatureNetwork, open_features
from fer.ui.charts import label
from fer.ui.dataset_face import show_face
from fer.ui.dataset_work import worked_out
from fer.ui.downloads import download_frame
from fer.ui.evaluate_face import Chosen
from fer.ui.evaluate_shown import Shown, time_words
from fer.ui.face_grid import face_grid

if TYPE_CHECKING:
    import pandas as pd

    from fer.dataset.faceset import FaceSet


def nearest_block(shown: Shown, chosen: Chosen, explained: Explanation | None) -> None:
    """Show the block.

    Args:
        shown: The model and its data set.
        chosen: The face.
        explained: What a worker found about it, if it did.

    Raises:
        DataError: If the data has no training face.
        ModelError: If the network has no features to give.
        StorageError: If the room cannot be written.
    """
    held, model = shown.held, shown.evaluated.model
    token = hashlib.sha256(model.view_digest.encode()).hexdigest()[:10]
    seen = held.renewed(
        f"evaluate.description {token}",
        lambda: kept_view(held.origin, held.opened, model.view_digest),
        "Opening what it saw",
    )
    ready = worked_out(
        held, f"describing_{token}", seen is not None, lambda: new_describing_run(held.origin, model.asked),
        f"For this the network looks once at all {len(held.faces):,} faces of the data set, in the background: "
        f"{time_words(shown.evaluated, len(held.faces))}. From then on it is there for every face.",
        "Let it look", key="dataset.begin_describing",
    )  # fmt: skip
    if not ready or seen is None:
        return
    own = _own_features(shown, chosen, seen, explained)
    if own is None:
        st.markdown("This face is of a photo: have it explained above, and its neighbours are shown here.")
        return
    among = np.flatnonzero(held.faces.usage == USAGES.index("Training"))
    # A face of the training split is its own nearest one, and so are its twins.
    among = among[(np.asarray(held.faces.images[among]) != chosen.face_gray).any(axis=(1, 2))]
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


def _own_features(shown: Shown, chosen: Chosen, seen: Description, explained: Explanation | None) -> FloatArray | None:
    """Return what the network sees in the face itself, or None where a worker would have to look first."""
    model, own = shown.evaluated.model, None
    if chosen.row is not None:
        own = seen.features[chosen.row]
    elif model.entry is not None:
        network: FeatureNetwork = shown.held.once(f"evaluate.network {model.digest}", lambda: open_features(model.name))
        own = network.describe(chosen.face_gray[None]).features[0]
    elif explained is not None:
        own = explained.features
    return own


def nearest_table(faces: FaceSet, found: Nearest) -> pd.DataFrame:
    """Return the neighbours: row (from 0), source, emotion, distance."""
    import pandas as pd

    return pd.DataFrame({
        "row": found.rows,
        "source": faces.source[found.rows],
        "emotion": np.array(EMOTIONS)[faces.labels[found.rows]],
        "distance": found.distances.round(4),
    })  # fmt: skip
