"""One face, looked at closely: large, where it comes from, its pixels, what was found, and what the network says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.finding import KINDS
from fer.emotions import EMOTIONS
from fer.faces.classify import open_classifier
from fer.ui.calm import show_again
from fer.ui.charts import bars_in_words, emotion_bars, show_chart
from fer.ui.dataset_clean import keep_box
from fer.ui.dataset_findings import findings_of
from fer.ui.dataset_held import Held
from fer.ui.downloads import download_frame
from fer.ui.face_cards import emotion_html
from fer.ui.face_grid import face_grid, picture_url
from fer.ui.messages import plain, shown_errors

if TYPE_CHECKING:
    import pandas as pd

ROW = "dataset.row"
"""The face that is looked at. No widget's key."""
MOST_OTHERS = 12


def show_face(held: Held, row: int) -> None:
    """Open a window with one face; its buttons lead to the faces beside it.

    Args:
        held: The data set.
        row: Which face, counted from 0.
    """
    st.session_state[ROW] = row
    _window(held)


@st.dialog("A face", width="large", on_dismiss="rerun")
def _window(held: Held) -> None:
    with shown_errors():
        row: int = st.session_state[ROW]
        _way(held.faces, row)
        row = st.session_state[ROW]
        picture, told = st.columns([2, 3], gap="medium")
        with picture:
            _picture(held.faces, row)
        with told:
            _network(held.faces, row)
        _findings(held, row)
        _pixels(held.faces, row)


def _way(faces: FaceSet, row: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        for words, key, icon, to in (
            ("Row before", "dataset.before", ":material/chevron_left:", row - 1),
            ("Row after", "dataset.next", ":material/chevron_right:", row + 1),
        ):
            st.button(words, key=key, icon=icon, disabled=not 0 <= to < len(faces), on_click=_look_at, args=(to,))


def _look_at(row: int) -> None:
    st.session_state[ROW] = row


def _picture(faces: FaceSet, row: int) -> None:
    emotion, source = EMOTIONS[faces.labels[row]], str(faces.source[row])
    drawn = " (drawn)" if faces.drawn else ""
    st.html(
        f'<img src="{picture_url(faces.images[row])}" alt="Face, labelled {emotion}{drawn}" '
        'style="width:100%;max-width:18rem;aspect-ratio:1;image-rendering:pixelated;border-radius:.5rem">'
    )
    st.markdown(f"**{plain(source)}**{drawn}, {USAGES[faces.usage[row]]}")
    st.html(f"<div>Labelled <strong>{emotion_html(emotion)}</strong></div>")


def _network(faces: FaceSet, row: int) -> None:
    with shown_errors():
        classifier = open_classifier()
        probabilities = classifier.probabilities(np.ascontiguousarray(faces.images[row : row + 1]))[0]
        unsure = " It is unsure." if probabilities.max() < classifier.unsure_below else ""
        st.markdown(f"**What the network says** ({plain(classifier.entry.name)}).{unsure}")
        show_chart(emotion_bars(probabilities, 230), "dataset.face_bars", bars_in_words(probabilities))
        if faces.usage[row] == 0 and not faces.drawn and not faces.by_chance:
            st.caption("It may have learned from this very image: FER2013's Training is what it was trained on.")
    if faces.votes is not None:
        votes = faces.votes[row]
        st.markdown("**What ten people said** (FER+)" if votes.any() else "FER+: nobody chose one of the seven.")
        if votes.any():
            show_chart(emotion_bars(votes, 230), "dataset.vote_bars", bars_in_words(votes))


def _findings(held: Held, row: int) -> None:
    found = findings_of(held).for_row(row)
    if not found:
        return
    st.markdown("**What the checks found**")
    for finding in found:
        st.markdown(f"- {KINDS[finding.kind].title}: {plain(finding.reason)}")
    keep_box(held, [row], "Keep this face, whatever a clean list leaves out", "dataset.keep_face")
    others = sorted({other for finding in found for other in finding.rows} - {row})[:MOST_OTHERS]
    if others:
        clicked = face_grid(held.faces, others, "dataset.others", {o: str(held.faces.source[o]) for o in others}, 56)
        if clicked is not None:
            _look_at(clicked)
            show_again()


def _pixels(faces: FaceSet, row: int) -> None:
    image = faces.images[row]
    with st.expander("Pixels"):
        st.markdown(
            f"48 × 48 grey values from {image.min()} to {image.max()}, mean {image.mean():.0f}, "
            f"standard deviation {image.std():.0f}."
        )
        st.dataframe(pixel_table(faces, row), key="dataset.pixels", height=280)
        download_frame(lambda: pixel_table(faces, row), f"face-{row}.csv", "dataset.pixels_csv", "Pixels as CSV")


def pixel_table(faces: FaceSet, row: int) -> pd.DataFrame:
    """Return a face's grey values: 48 rows from the top, 48 columns from the left."""
    import pandas as pd

    columns = [str(x) for x in range(faces.images.shape[2])]
    return pd.DataFrame(np.array(faces.images[row]), columns=columns).rename_axis("y")
