"""The tab Statistics: grey values, light and sharpness, mean faces, eigenfaces. Only the chosen one is worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.dataset.statistics import MeanFaces, image_measures, intensity_histograms, mean_faces
from fer.emotions import EMOTIONS
from fer.ui.charts import label, show_chart
from fer.ui.dataset_charts import intensity_lines, measure_boxes, quartiles_of
from fer.ui.dataset_eigenfaces import eigenfaces_block
from fer.ui.dataset_held import Held
from fer.ui.downloads import download_frame
from fer.ui.face_cards import emotion_html
from fer.ui.face_grid import picture_url
from fer.ui.messages import shown_errors

if TYPE_CHECKING:
    import pandas as pd

MEASURES = {
    "brightness": ("Brightness", "mean grey value, 0 to 255", "How light a picture is on the whole."),
    "contrast": ("Contrast", "standard deviation of the grey values", "How far light and dark lie apart."),
    "sharpness": (
        "Sharpness",
        "variance of the Laplacian",
        "How strong edges are; noise counts as edges, too.",
    ),
}


def show_tab(held: Held) -> None:
    """Show the tab."""
    blocks = {
        "Grey values": _intensities,
        "Light and sharpness": _measures,
        "Mean faces": _means,
        "Eigenfaces": eigenfaces_block,
    }
    chosen = st.segmented_control(
        "Statistic", list(blocks), default="Grey values", required=True, key="dataset.statistic",
        label_visibility="collapsed", persist_state="page",
    )  # fmt: skip
    with shown_errors():
        blocks[chosen](held)


def _intensities(held: Held) -> None:
    histograms = held.once("histograms", lambda: intensity_histograms(held.faces), "Counting grey values")
    st.markdown(
        "How often each grey value comes in the faces of an emotion. Peaks at both ends are cut off light or dark."
    )
    there = [name for name in EMOTIONS if not histograms[name].isna().all()]
    emotions = st.pills(
        "Emotions", there, selection_mode="multi", default=there, format_func=label, key="dataset.histogram_emotions",
        label_visibility="collapsed", persist_state="page",
    )  # fmt: skip
    shown = list(emotions) or there
    words = ", ".join(f"{name} most often {histograms[name].idxmax()}" for name in shown)
    show_chart(intensity_lines(histograms, shown), "dataset.histograms", f"Grey values by emotion: {words}")
    download_frame(lambda: histograms, "grey-values.csv", "dataset.histograms_csv")


def _measures(held: Held) -> None:
    measures = held.once("measures", lambda: image_measures(held.faces), "Measuring light and sharpness")
    st.markdown("Boxes hold the middle half of an emotion's faces, lines reach from 5 to 95 %.")
    for name, (title, unit, meaning) in MEASURES.items():
        st.subheader(title, anchor=False)
        st.caption(meaning)
        table = quartiles_of(measures, name)
        words = ", ".join(f"{emotion} {row:.0f}" for emotion, row in table["50 %"].dropna().items())
        show_chart(measure_boxes(table, unit), f"dataset.{name}", f"{title}, middle value by emotion: {words}")
    download_frame(lambda: _with_source(held, measures), "measures.csv", "dataset.measures_csv", "Each face as CSV")


def _with_source(held: Held, measures: pd.DataFrame) -> pd.DataFrame:
    table = measures.copy()
    table.insert(0, "source", held.faces.source)
    return table.rename_axis("row")


def _means(held: Held) -> None:
    means = held.once("mean_faces", lambda: mean_faces(held.faces), "Averaging faces")
    st.markdown(
        "Above the mean of all faces of an emotion; below how far single faces lie from it, pixel by pixel: bright is "
        "where they differ most."
    )
    st.html(means_html(means))
    download_frame(lambda: means_table(means), "mean-faces.csv", "dataset.means_csv", index=False)


def means_html(means: MeanFaces) -> str:
    """Return mean and standard-deviation faces as a grid, a column for each emotion that has faces."""
    brightest = np.nanmax(means.std) if means.counts.any() else 1
    cells = []
    for place, name in enumerate(EMOTIONS):
        if not means.counts[place]:
            continue
        spread = np.clip(means.std[place] * (255 / max(brightest, 1e-6)), 0, 255)
        pictures = "".join(
            f'<img src="{picture_url(image.astype(np.uint8))}" alt="{what} of {name}" '
            'style="width:100%;aspect-ratio:1;border-radius:.35rem">'
            for image, what in ((means.mean[place], "Mean face"), (spread, "Standard deviation"))
        )
        cells.append(
            f'<figure style="margin:0;display:grid;gap:.35rem"><figcaption>{emotion_html(name)} '
            f'<span class="cm-small">{means.counts[place]:,}</span></figcaption>{pictures}</figure>'
        )
    return (
        '<div style="display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(6.2rem,1fr))">'
        f"{''.join(cells)}</div>"
    )


def means_table(means: MeanFaces) -> pd.DataFrame:
    """Return each pixel's mean and standard deviation: emotion, y, x, mean, std."""
    import pandas as pd

    there = np.flatnonzero(means.counts)
    height, width = means.mean.shape[1:]
    emotion, y, x = (axis.ravel() for axis in np.meshgrid(there, range(height), range(width), indexing="ij"))
    values: list[npt.NDArray[np.float32]] = [part[there].ravel() for part in (means.mean, means.std)]
    return pd.DataFrame({
        "emotion": np.array(EMOTIONS)[emotion], "y": y, "x": x,
        "mean": values[0].round(3), "std": values[1].round(3),
    })  # fmt: skip
