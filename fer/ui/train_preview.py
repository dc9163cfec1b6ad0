"""What the network will be shown: some of the chosen faces, as they are and changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.dataset.clean import apply
from fer.dataset.demo import demo_faces
from fer.dataset.origin import DEMO
from fer.emotions import EMOTIONS
from fer.errors import DataError
from fer.faces.mend import mend_faces
from fer.faces.scale import CROP_PX
from fer.training.augmentation import augment_faces, mix_up
from fer.training.material import DataSource
from fer.training.recipe import Recipe
from fer.ui.buttons import button_clicked
from fer.ui.train_clean import Chosen

UInt8Array = npt.NDArray[np.uint8]
CHANGED_ROWS = 3
SCALE = 2


def preview_block(chosen: Chosen, recipe: Recipe) -> None:
    """Show one face of each emotion as it is, and three times as a step might see it.

    Raises:
        DataError: If the data cannot be read.
    """
    source = chosen.source
    st.subheader("Faces as the network will see them", anchor=False)
    if source.data != DEMO and not st.toggle("Read the data and show some", key="train.preview"):
        return
    with st.spinner("Reading some faces"):
        faces, labels = _some_faces(chosen, source.model_dump_json() + chosen.clean_id, _stamp(source))
    seed = st.session_state.setdefault("train.preview_seed", 0)
    caption = f"First row: {', '.join(EMOTIONS[label] for label in labels)}. Below: the same, changed by chance"
    caption += ", then mended" if recipe.mend else ""
    caption += f"; the network sees the middle {recipe.input_px} × {recipe.input_px} pixels."
    st.image(picture(faces, recipe, seed), caption=caption)
    if button_clicked("Others", key="train.preview_again", icon=":material/casino:"):
        st.session_state["train.preview_seed"] = seed + 1
        st.rerun()
    if source.data == DEMO:
        st.caption("Drawn by Classmood: no photograph, no real person.")


def picture(faces: UInt8Array, recipe: Recipe, seed: int) -> UInt8Array:
    """Return faces in a row, and rows of changed ones below, all as much of them as the network sees.

    Args:
        faces: Shape ``(n, 48, 48)``, uint8.
        recipe: How they are changed, whether they are mended, and how many pixels are seen.
        seed: The same seed gives the same picture.

    Returns:
        Shape ``(4 * (2 px + 4) - 4, n * (2 px + 4) - 4)``, uint8: faces at twice their size, four pixels apart.
    """
    how, px = recipe.augmentation, recipe.input_px
    rows = [faces]
    for at in range(CHANGED_ROWS):
        rng = np.random.default_rng([seed, at])
        changed = augment_faces(faces, how, rng)
        mixed, _ = mix_up(changed[..., None].astype(np.float32), np.eye(len(faces), dtype=np.float32), how.mixup, rng)
        seen = np.clip(mixed[..., 0], 0, 255).astype(np.uint8)
        # As before every step (fer.faces.scale).
        rows.append(np.clip(mend_faces(seen), 0, 255).astype(np.uint8) if recipe.mend else seen)
    side, edge = px * SCALE, (CROP_PX - px) // 2
    out = np.full((len(rows) * (side + 4) - 4, len(faces) * (side + 4) - 4), 255, np.uint8)
    for y, row in enumerate(rows):
        for x, face in enumerate(row):
            big = np.kron(face[edge : edge + px, edge : edge + px], np.ones((SCALE, SCALE), np.uint8))
            out[y * (side + 4) : y * (side + 4) + side, x * (side + 4) : x * (side + 4) + side] = big
    return out


def _stamp(source: DataSource) -> float:
    path = Path(source.data)
    return path.stat().st_mtime if path.exists() else 0.0


@st.cache_data(max_entries=8, show_spinner=False)
def _some_faces(_chosen: Chosen, key: str, stamp: float) -> tuple[UInt8Array, list[int]]:
    """Return a training face of each emotion that there is, and their labels.

    Only what is on this computer or drawn by us gets here: nothing of one visitor is kept for another.
    """
    # A handful is drawn in a blink, the whole set is not.
    if _chosen.source.data == DEMO:
        faces = demo_faces(per_emotion=3)
    else:
        faces = _chosen.source.open().faces
        faces = (apply(faces, _chosen.clean) if _chosen.clean else faces).split("Training")
    rng = np.random.default_rng(5)
    labels = [label for label in range(len(EMOTIONS)) if np.any(faces.labels == label)]
    if not labels:
        raise DataError("Training has no face to show. Take data with Training rows, or another clean list.")
    rows = [int(rng.choice(np.flatnonzero(faces.labels == label))) for label in labels]
    return np.asarray(faces.images[np.array(rows, int)]), labels
