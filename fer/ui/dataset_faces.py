"""The tab Faces: browse them all, filtered by emotion, usage and finding, and look at one closely."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.finding import KINDS, Findings
from fer.emotions import EMOTIONS
from fer.ui.buttons import form_sent
from fer.ui.charts import label
from fer.ui.dataset_face import show_face
from fer.ui.dataset_findings import findings_of
from fer.ui.dataset_held import Held
from fer.ui.downloads import download_frame
from fer.ui.face_grid import face_grid

if TYPE_CHECKING:
    import pandas as pd

PAGE = 60
ANY = "any"


def show_tab(held: Held) -> None:
    """Show the tab."""
    findings = findings_of(held)
    rows = _filtered(held, findings)
    place = st.container()
    pages = max(1, -(-len(rows) // PAGE))
    if st.session_state.get("dataset.page", 1) > pages:
        st.session_state["dataset.page"] = 1
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{len(rows):,}** of {len(held.faces):,} faces. Click one to look closer.")
        page = st.pagination(pages, key="dataset.page", max_visible_pages=5) if pages > 1 else 1
        download_frame(lambda: row_list(held.faces, rows), "faces.csv", "dataset.faces_csv", "List as CSV", index=False)
    shown = rows[(page - 1) * PAGE : page * PAGE]
    with place:
        clicked = _by_name(held)
    if not len(shown):
        st.markdown("No face fits all of these filters. Take one away.")
        return
    notes = {int(row): str(held.faces.source[row]).rsplit("/", 1)[-1] for row in shown}
    chosen = face_grid(held.faces, shown.tolist(), "dataset.grid", notes)
    chosen = clicked if chosen is None else chosen
    if chosen is not None:
        show_face(held, chosen)


def _filtered(held: Held, findings: Findings) -> npt.NDArray[np.intp]:
    emotions = st.pills(
        "Emotion", EMOTIONS, selection_mode="multi", format_func=label, key="dataset.emotions", persist_state="page"
    )
    left, right = st.columns(2)
    there = [usage for code, usage in enumerate(USAGES) if (held.faces.usage == code).any()]
    usage = left.selectbox("Usage", [ANY, *there], key="dataset.usage", persist_state="page")
    kinds = [kind for kind, count in findings.counts().items() if count["findings"]]
    kind = right.selectbox(
        "Finding", [ANY, *kinds], format_func=lambda kind: KINDS[kind].title if kind in KINDS else ANY,
        key="dataset.kind", persist_state="page",
    )  # fmt: skip
    rows = filter_rows(held.faces, list(emotions), None if usage == ANY else usage)
    return rows if kind == ANY else np.intersect1d(rows, findings.rows_of(kind))


def filter_rows(faces: FaceSet, emotions: list[str], usage: str | None) -> npt.NDArray[np.intp]:
    """Return the rows of some emotions (none: all) and of one usage (None: any), ascending."""
    fits = np.ones(len(faces), bool)
    if emotions:
        fits &= np.isin(faces.labels, [EMOTIONS.index(name) for name in emotions])
    if usage is not None:
        fits &= faces.usage == USAGES.index(usage)
    return np.flatnonzero(fits)


def _by_name(held: Held) -> int | None:
    """Let a face be found by what its row is called; return it in the pass in which it was asked for."""
    with st.popover("Find a face", icon=":material/search:"), st.form("dataset.find", border=False):
        wanted = st.text_input(
            "Row number, or part of a file's name", key="dataset.wanted", placeholder="17", max_chars=200
        ).strip()
        if not form_sent("Show it", key="dataset.show_row") or not wanted:
            return None
        row = find_row(held.faces, wanted)
        if row is None:
            st.markdown("There is no such face among the rows that could be read.")
        return row


def find_row(faces: FaceSet, wanted: str) -> int | None:
    """Return the first row that is called so, or whose name holds it, counted from 0; None where there is none.

    >>> find_row(FaceSet(np.zeros((2, 48, 48), np.uint8), np.zeros(2, np.uint8), np.zeros(2, np.uint8)), "2")
    1
    """
    names = faces.source
    for fits in (names == f"row {wanted}", names == wanted, np.char.find(names, wanted) >= 0):
        if fits.any():
            return int(np.argmax(fits))
    return None


def row_list(faces: FaceSet, rows: npt.NDArray[np.intp]) -> pd.DataFrame:
    """Return some rows as a list: row (from 0), source, emotion, usage."""
    import pandas as pd

    return pd.DataFrame({
        "row": rows,
        "source": faces.source[rows],
        "emotion": np.array(EMOTIONS)[faces.labels[rows]],
        "usage": np.array(USAGES)[faces.usage[rows]],
    })  # fmt: skip
