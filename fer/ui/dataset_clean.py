"""The clean list: which kinds of findings are left out, of which splits, with faces kept by hand; training takes it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import streamlit as st

from fer.dataset.clean import DEFAULT_KINDS, MOST_BYTES, CleanList, choose, clean_text, parse_clean_list, together
from fer.dataset.faceset import USAGES
from fer.dataset.finding import KINDS, Findings
from fer.ui.dataset_held import Held
from fer.ui.downloads import download_made
from fer.ui.messages import shown_errors

SPARED = "spared"
"""Under which name a data set's faces that stay in any case are held."""


def clean_block(held: Held, findings: Findings) -> set[int]:
    """Let kinds and splits be chosen, say what that leaves, and offer the file; return the rows that it leaves out."""
    st.subheader("What to leave out", anchor=False)
    st.markdown(
        "A clean list is a small file of rows and reasons that training takes beside the data set. Of identical images "
        "one stays. Faces that you keep by hand, above, stay in any case."
    )
    kinds = [kind for kind in KINDS if len(findings.left_out_by(kind))]
    there = [usage for code, usage in enumerate(USAGES) if (held.faces.usage == code).any()]
    chosen = st.pills(
        "Leave out", kinds, selection_mode="multi", default=[kind for kind in kinds if kind in DEFAULT_KINDS],
        format_func=lambda kind: f"{KINDS[kind].title} ({len(findings.left_out_by(kind)):,})",
        key="dataset.leave_out", persist_state="page",
    )  # fmt: skip
    usages = st.pills(
        "From", there, selection_mode="multi", default=there[:1], key="dataset.leave_out_of", persist_state="page",
        help="A test that somebody shortened can be compared with nobody's: PublicTest and PrivateTest stay whole "
        "unless you say so.",
    )  # fmt: skip
    clean = choose(held.opened, findings, chosen, usages, spared_rows(held))
    with st.expander("Add the rows of another list", icon=":material/checklist:"):
        upload = st.file_uploader(
            "Clean list", type=["json"], key="dataset.other_clean", max_upload_size=MOST_BYTES // 1_000_000,
            help="As the Evaluate page (Mistakes) gives it, or one that you made before.",
        )  # fmt: skip
        with shown_errors():
            if upload is not None:
                other = parse_clean_list(upload.getvalue(), upload.name)
                clean = together(clean, other, held.faces, spared_rows(held))
    st.markdown(left_words(held, clean))
    download_made(
        lambda: clean_text(clean), "clean-list.json", "dataset.clean_json", "Download the clean list",
        "application/json",
    )  # fmt: skip
    return {entry.row for entry in clean.left_out}


def left_words(held: Held, clean: CleanList) -> str:
    """Return in a sentence what a clean list leaves out and what stays, split by split."""
    out = np.zeros(len(held.faces), bool)
    out[[entry.row for entry in clean.left_out]] = True
    stays = np.bincount(held.faces.usage[~out], minlength=len(USAGES))
    parts = ", ".join(f"{name} {count:,}" for name, count in zip(USAGES, stays, strict=True) if count)
    return f"This leaves out **{out.sum():,}** of {len(out):,} faces; {(~out).sum():,} stay: {parts}."


def spared_rows(held: Held) -> set[int]:
    """Return the rows that stay in any case, because somebody looked at them."""
    rows: set[int] = held.made.setdefault(SPARED, set())
    return rows


def keep_box(held: Held, rows: Collection[int], words: str, key: str) -> None:
    """Let some faces be kept whatever was found about them.

    Args:
        held: The data set.
        rows: The faces, counted from 0.
        words: Beside the box.
        key: ``<page>.<control>``.
    """
    # Another box may have been clicked that is about the same face.
    st.session_state[key] = set(rows) <= spared_rows(held)
    st.checkbox(words, key=key, on_change=_keep, args=(held, tuple(rows), key))


def _keep(held: Held, rows: tuple[int, ...], key: str) -> None:
    change = spared_rows(held).update if st.session_state[key] else spared_rows(held).difference_update
    change(rows)
