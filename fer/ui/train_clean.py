"""The clean list of a new run: a file that the Data set or the Evaluate page gave, dropped or by its path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import streamlit as st

from fer.dataset.clean import MOST_BYTES, CleanList, parse_clean_list, read_clean_list
from fer.errors import InputError
from fer.settings import settings
from fer.training.material import DataSource
from fer.ui.messages import plain
from fer.ui.uploads import drop_upload


@dataclass(frozen=True)
class Chosen:
    """Faces to learn from.

    Attributes:
        source: Where they come from; with the path of a clean list, where one was named.
        upload: A clean list that was dropped instead.
        clean: What that one holds.
    """

    source: DataSource
    upload: BinaryIO | None = None
    clean: CleanList | None = None

    @property
    def clean_id(self) -> str:
        """What tells one dropped list from another; "" where there is none."""
        return str(getattr(self.upload, "file_id", ""))

    def forget_upload(self) -> None:
        """Free what Streamlit holds of the dropped list."""
        if self.clean_id:
            drop_upload(self.clean_id)


def with_clean_list(source: DataSource) -> Chosen:
    """Let rows be left out by a clean list.

    Raises:
        DataError: If what came is no clean list.
        InputError: If there is no such file, or two lists came.
    """
    with st.expander("Leave faces out by a clean list", icon=":material/checklist:"):
        until = f", after {settings().keep_uploads_h:g} hours at the latest" if settings().hosted else ""
        st.markdown(
            "**clean-list.json** as the Data set page (Checks) and the Evaluate page (Mistakes) give it. One that is "
            f"dropped is copied into the run and deleted with it{until}."
        )
        upload = st.file_uploader(
            "Clean list", type=["json"], key="train.clean_file", max_upload_size=MOST_BYTES // 1_000_000
        )
        path = "" if settings().hosted else path_input(
            "Or its path on this computer", "train.clean", "/home/me/clean-list.json",
            "As `python -m fer dataset DATA --clean FILE` writes it, too: rows to leave out.",
        )  # fmt: skip
    if upload is not None and path:
        raise InputError(f"Two clean lists came, {upload.name} and {path}. Take one of them away.")
    if upload is not None:
        clean = parse_clean_list(upload.getvalue(), upload.name)
        _say(clean, upload.name)
        return Chosen(source, cast(BinaryIO, upload), clean)
    if path:
        _say(read_clean_list(Path(path)), Path(path).name)
        return Chosen(source.model_copy(update={"clean": path}))
    return Chosen(source)


def path_input(title: str, key: str, placeholder: str, help: str | None = None) -> str:
    """Let a path of this computer be typed, and return it whole; "" where nothing was typed."""
    text = st.text_input(title, key=key, placeholder=placeholder, help=help).strip().strip("\"'")
    return str(Path(text).expanduser()) if text else ""


def _say(clean: CleanList, name: str) -> None:
    out = f"{len(clean.left_out):,} of {clean.data.rows:,} rows"
    st.caption(plain(f"{name} leaves out {out}; it was made for {clean.data.name}."))
