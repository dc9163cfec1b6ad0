"""The tab Label noise: FER2013's one label beside FER+'s ten votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer.dataset.faceset import USAGES
from fer.dataset.label_noise import LabelNoise, label_noise
from fer.emotions import EMOTIONS
from fer.ui.charts import emotion_bars, label, show_chart
from fer.ui.dataset_charts import square_of
from fer.ui.dataset_face import show_face
from fer.ui.dataset_held import Held
from fer.ui.dataset_votes import votes_form
from fer.ui.downloads import download_frame
from fer.ui.face_grid import face_grid

if TYPE_CHECKING:
    import pandas as pd

PAGE = 36


def show_tab(held: Held) -> None:
    """Show the tab."""
    if held.faces.drawn:
        st.markdown(
            "FER+ are votes of people on FER2013's photographs; nobody voted on drawn faces. Ten of their labels are "
            "wrong on purpose: the tab Checks looks for suspect labels."
        )
        return
    if held.faces.votes is None:
        st.markdown("How right are the labels? Join FER+, and each label is held against ten votes.")
        votes_form(held, "dataset.noise")
        return
    noise = held.once("label_noise", lambda: label_noise(held.faces), "Counting votes")
    if not noise.compared:
        st.markdown("No face here has a vote on one of the seven emotions.")
        return
    _agreement(noise)
    _confusion(noise)
    _doubtful(held, noise)


def _agreement(noise: LabelNoise) -> None:
    st.subheader("How often the crowd agrees", anchor=False)
    st.markdown(
        f"The crowd's first choice is the label on **{100 * noise.overall:.1f} %** of {noise.compared:,} faces; "
        f"{noise.without:,} more have no vote on one of the seven."
    )
    agreement = np.nan_to_num(noise.agreement)
    words = ", ".join(f"{name} {100 * share:.0f} %" for name, share in zip(EMOTIONS, agreement, strict=True))
    show_chart(emotion_bars(agreement, 250), "dataset.agreement", f"Agreement by label: {words}")
    download_frame(lambda: agreement_table(noise), "agreement.csv", "dataset.agreement_csv")


def agreement_table(noise: LabelNoise) -> pd.DataFrame:
    """Return for each label its faces with votes, how often the crowd agrees, and how divided it is."""
    import pandas as pd

    return pd.DataFrame(
        {
            "faces": noise.confusion.sum(axis=1),
            "agreement": noise.agreement.round(4),
            "mean_entropy_bits": noise.mean_entropy_bits.round(4),
        },
        index=pd.Index(EMOTIONS, name="label"),
    )


def _confusion(noise: LabelNoise) -> None:
    import pandas as pd

    st.subheader("What the crowd says instead", anchor=False)
    table = pd.DataFrame(noise.confusion, index=pd.Index(EMOTIONS, name="label"), columns=list(EMOTIONS))
    shares = noise.confusion / np.maximum(1, noise.confusion.sum(axis=1, keepdims=True))
    off = np.where(np.eye(len(EMOTIONS), dtype=bool), 0, shares)
    first, second = np.unravel_index(int(off.argmax()), off.shape)
    told = f"most often {EMOTIONS[first]} is called {EMOTIONS[second]}: {100 * off.max():.0f} %"
    show_chart(square_of(table, "label", "crowd"), "dataset.noise_square", f"Label and crowd's first choice: {told}")
    download_frame(lambda: table, "label-and-crowd.csv", "dataset.noise_csv")


def _doubtful(held: Held, noise: LabelNoise) -> None:
    st.subheader("Labels that nobody or few would give", anchor=False)
    emotion = st.segmented_control(
        "Label", EMOTIONS, default="happy", required=True, format_func=label, key="dataset.noise_emotion",
        persist_state="page",
    )  # fmt: skip
    own = np.where(held.faces.labels == EMOTIONS.index(emotion), noise.label_share, np.nan)
    order = np.argsort(own, kind="stable")
    rows = order[: min(PAGE, int(np.count_nonzero(~np.isnan(own))))]
    if not len(rows):
        st.markdown("No face with this label has votes.")
        return
    votes = held.faces.votes
    assert votes is not None
    notes = {int(row): f"crowd: {EMOTIONS[int(votes[row].argmax())]}" for row in rows}
    clicked = face_grid(held.faces, rows.tolist(), "dataset.doubtful", notes)
    download_frame(lambda: noise_table(held, noise), "label-noise.csv", "dataset.doubtful_csv", index=False)
    if clicked is not None:
        show_face(held, clicked)


def noise_table(held: Held, noise: LabelNoise) -> pd.DataFrame:
    """Return each face with its label's share of the votes and how divided the crowd is."""
    import pandas as pd

    faces = held.faces
    assert faces.votes is not None
    return pd.DataFrame({
        "row": np.arange(len(faces)),
        "source": faces.source,
        "usage": np.array(USAGES)[faces.usage],
        "label": np.array(EMOTIONS)[faces.labels],
        "label_share": noise.label_share.round(4),
        "entropy_bits": noise.entropy_bits.round(4),
        **{name: faces.votes[:, place].round(4) for place, name in enumerate(EMOTIONS)},
    })  # fmt: skip
