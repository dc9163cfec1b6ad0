"""Faces as a model sees them: each with its label, the answer, and the seven bars."""

from __future__ import annotations

from html import escape

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.emotions import EMOTIONS
from fer.evaluation.evaluated import Evaluated
from fer.ui.dataset_clean import keep_box
from fer.ui.dataset_held import Held
from fer.ui.face_cards import bars_html, emotion_html
from fer.ui.face_grid import picture_url

PAGE = 12
IN_ROW = 3


def show_faces(
    evaluated: Evaluated,
    places: npt.NDArray[np.intp],
    key: str,
    held: Held | None = None,
    other: Evaluated | None = None,
) -> None:
    """Show faces, twelve first and more when asked for.

    Args:
        evaluated: The model's answers.
        places: Which faces of the part, in their order.
        key: ``<page>.<control>``.
        held: The data set, where each face can be kept in any case of a clean list; None: it cannot.
        other: Another model, whose answer stands below.
    """
    if not len(places):
        st.markdown("There is no such face.")
        return
    # Another model, split or cell begins anew.
    stamp = (evaluated.key, len(places), int(places[0]))
    asked, shown = st.session_state.get(f"{key}.shown", (stamp, PAGE))
    count = shown if asked == stamp else PAGE
    if held is None:
        cards = "".join(_card(evaluated, int(place), other) for place in places[:count])
        st.html(f'<div class="cm-faces">{cards}</div>')
    else:
        _with_boxes(evaluated, places[:count], key, held)
    if count < len(places):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Show more", key=f"{key}.more", on_click=_more, args=(f"{key}.shown", (stamp, count + PAGE)))
            st.caption(f"{count:,} of {len(places):,}", width="content")


def _more(name: str, shown: tuple[object, int]) -> None:
    st.session_state[name] = shown


def _with_boxes(evaluated: Evaluated, places: npt.NDArray[np.intp], key: str, held: Held) -> None:
    for first in range(0, len(places), IN_ROW):
        for column, place in zip(st.columns(IN_ROW), places[first : first + IN_ROW].tolist(), strict=False):
            row = int(evaluated.part.rows[place])
            with column:
                st.html(_card(evaluated, place))
                keep_box(held, [row], "The label is right: keep it", f"{key}.keep.{row}")


def _card(evaluated: Evaluated, place: int, other: Evaluated | None = None) -> str:
    faces = evaluated.faces
    emotion, source = EMOTIONS[faces.labels[place]], escape(str(faces.source[place]))
    answer = EMOTIONS[evaluated.guesses[place]]
    crowd = ""
    if faces.votes is not None and faces.votes[place].any():
        crowd = f", the crowd says {EMOTIONS[int(faces.votes[place].argmax())]}"
    percent = f"{100 * float(evaluated.confidence[place]):.0f}\u00a0%"
    against = ""
    if other is not None:
        says = EMOTIONS[other.guesses[place]]
        share = f"{100 * float(other.confidence[place]):.0f}\u00a0%"
        against = f'<span class="cm-line">{escape(other.name)}: {emotion_html(says)}, {share}</span>'
    return (
        f'<article class="cm-face" aria-label="{source}">'
        f'<img src="{picture_url(faces.images[place])}" width="88" height="88" alt="Face labelled {emotion}">'
        f'<div class="cm-face-head"><span class="cm-small">{source}</span>'
        f"<strong>{emotion_html(answer)}</strong>"
        f'<span class="cm-line">{percent}; labelled {emotion}{crowd}</span>{against}'
        f"</div>{bars_html(evaluated.probabilities[place])}</article>"
    )
