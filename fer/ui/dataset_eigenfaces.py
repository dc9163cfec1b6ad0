"""Eigenfaces: the directions in which faces differ most, and a slider that rebuilds a face from the first k of them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.dataset.eigenfaces import Eigenfaces, fit_eigenfaces
from fer.emotions import EMOTIONS
from fer.ui.buttons import form_sent
from fer.ui.calm import show_again
from fer.ui.charts import show_chart
from fer.ui.dataset_charts import explained_line
from fer.ui.dataset_faces import find_row
from fer.ui.dataset_held import Held
from fer.ui.downloads import download_frame
from fer.ui.face_grid import face_grid, picture_url
from fer.ui.messages import plain

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 15
CHOICE = 14
START = 30
ROW = "dataset.eigen_row"


def eigenfaces_block(held: Held) -> None:
    """Show the block.

    Raises:
        DataError: If there are too few faces, or all are the same.
    """
    eigen = held.once("eigenfaces", lambda: fit_eigenfaces(held.faces), "Finding the directions in which faces differ")
    st.markdown(
        f"Every face is the mean face plus so much of each **eigenface** below. They were found on {eigen.faces:,} "
        "faces by principal component analysis; the first tell most."
    )
    st.html(eigen_html(eigen))
    st.subheader("A face rebuilt", anchor=False)
    _rebuilt(held, eigen)


@st.fragment
def _rebuilt(held: Held, eigen: Eigenfaces) -> None:
    most = len(eigen.components)
    choice = held.once("eigen_choice", lambda: _two_of_each(held.faces.labels))
    row = st.session_state.get(ROW, choice[0])
    row = row if row < len(held.faces) else choice[0]
    k = st.slider("Components used", 0, most, min(START, most), key="dataset.components", persist_state="page")
    told = float(eigen.explained[:k].sum())
    face = held.faces.images[row]
    again = eigen.rebuild(face, k)
    apart = np.abs(face.astype(int) - again)
    st.html(pictures_html([
        (face, f"{held.faces.source[row]}, {EMOTIONS[held.faces.labels[row]]}"),
        (again, f"rebuilt from {k} of {most}"),
        (np.clip(3 * apart, 0, 255).astype(np.uint8), "what is missing, three times as bright"),
    ]))  # fmt: skip
    st.markdown(
        f"{k} numbers instead of {face.size:,} tell **{100 * told:.1f} %** of how faces differ; in this one a pixel is "
        f"off by {apart.mean():.1f} of 255 on average."
    )
    st.markdown("Choose another face:")
    clicked = face_grid(held.faces, choice, "dataset.eigen_faces", side_px=56)
    with st.form("dataset.eigen_find", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input("Or a row", key="dataset.eigen_wanted", placeholder="17", width=200).strip()
        if form_sent("Take it", key="dataset.eigen_take") and wanted:
            clicked = find_row(held.faces, wanted)
            if clicked is None:
                st.markdown(f"There is no {plain(wanted)} among the rows that could be read.")
    if clicked is not None and clicked != row:
        st.session_state[ROW] = clicked
        show_again()
    show_chart(explained_line(eigen.explained, k), "dataset.explained", f"{k} components tell {100 * told:.1f} %")
    download_frame(lambda: explained_table(eigen), "eigenfaces.csv", "dataset.explained_csv", index=False)


def explained_table(eigen: Eigenfaces) -> pd.DataFrame:
    """Return each component's share of all differences, and the share of it with those before."""
    import pandas as pd

    numbers = np.arange(1, len(eigen.explained) + 1)
    return pd.DataFrame({
        "component": numbers, "share": eigen.explained, "share_up_to_here": np.cumsum(eigen.explained)
    })  # fmt: skip


def eigen_html(eigen: Eigenfaces) -> str:
    """Return the mean face and the first eigenfaces, each stretched to the whole range of grey, as a grid."""
    pictures = [(np.clip(eigen.mean, 0, 255).astype(np.uint8), "mean face")]
    for number, component in enumerate(eigen.components[:SHOWN], 1):
        stretched = 127.5 + component * (127.5 / max(float(np.abs(component).max()), 1e-9))
        pictures.append((stretched.astype(np.uint8), f"{number}: {100 * eigen.explained[number - 1]:.1f} %"))
    return pictures_html(pictures, "repeat(auto-fill,minmax(4.5rem,1fr))")


def pictures_html(pictures: list[tuple[npt.NDArray[np.uint8], str]], columns: str = "repeat(3,minmax(0,11rem))") -> str:
    """Return pictures side by side, each with a few words below; ``columns`` is CSS."""
    cells = "".join(
        f'<figure style="margin:0"><img src="{picture_url(image)}" alt="{escape(words)}" '
        f'style="width:100%;aspect-ratio:1;border-radius:.35rem"><figcaption class="cm-small" '
        f'style="overflow-wrap:anywhere">{escape(words)}</figcaption></figure>'
        for image, words in pictures
    )
    return f'<div style="display:grid;gap:.75rem;grid-template-columns:{columns}">{cells}</div>'


def _two_of_each(labels: npt.NDArray[np.uint8]) -> list[int]:
    rows = [np.flatnonzero(labels == label)[:2] for label in range(len(EMOTIONS))]
    return [int(row) for row in np.concatenate(rows)][:CHOICE]
