"""Join FER+ to the data set that is open: ten votes of a crowd beside each label."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, cast

import streamlit as st

from fer.dataset.room import choose_votes, config_of
from fer.settings import settings
from fer.ui.buttons import button_clicked
from fer.ui.dataset_held import Held
from fer.ui.messages import plain, shown_errors
from fer.ui.uploads import drop_upload

FILE = "fer2013new.csv"
SOURCE = "https://github.com/microsoft/FERPlus"


def votes_popover(held: Held) -> None:
    """Offer FER+ behind a button."""
    with st.popover("Add FER+", icon=":material/how_to_vote:"):
        votes_form(held, "dataset.votes")


def votes_form(held: Held, key: str) -> None:
    """Take FER+'s file, dropped or by its path on this computer.

    Args:
        held: The data set.
        key: ``<page>.<control>``; each place that offers it has its own.
    """
    st.markdown(
        f"FER+ are ten votes for each face of FER2013, in the order of its CSV: **{FILE}** from [its page]({SOURCE})."
    )
    with shown_errors():
        upload = st.file_uploader("FER+", type=["csv"], key=f"{key}_file")
        if upload is not None:
            try:
                _join(held, cast(BinaryIO, upload), upload.name)
            finally:
                drop_upload(upload.file_id)
    if settings().hosted:
        return
    with shown_errors():
        beside = Path(config_of(held.run).path).with_name(FILE)
        known = str(beside) if config_of(held.run).origin == "path" and beside.is_file() else ""
        text = st.text_input("Or its path on this computer", known, key=f"{key}_path").strip()
        if button_clicked("Join it", key=f"{key}_join", disabled=not text):
            _join(held, Path(text.strip("\"'")), "")


def _join(held: Held, source: BinaryIO | Path, name: str) -> None:
    choose_votes(held.run, held.faces, source, name)
    st.toast(f"{plain(name or str(source))} is joined: its rows fit.", icon=":material/check:")
    st.rerun()
