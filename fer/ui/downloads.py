"""Download buttons for what a page shows: a chart's data as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from fer.faces.report import frame_csv

if TYPE_CHECKING:
    import pandas as pd


def download_frame(
    make: Callable[[], pd.DataFrame], file: str, key: str, label: str = "Data as CSV", index: bool = True
) -> None:
    """Offer a table; it is made and written when somebody asks for it.

    Args:
        make: Returns the table.
        file: What the file is called, with ``.csv``.
        key: ``<page>.<control>``.
        label: On the button.
        index: Whether the table's index is written, too.
    """
    download_made(lambda: frame_csv(make(), index), file, key, label, "text/csv")


def download_made(make: Callable[[], str | bytes], file: str, key: str, label: str, mime: str) -> None:
    """Offer a file that is made when somebody asks for it."""
    st.download_button(label, make, file, mime, key=key, icon=":material/download:", on_click="ignore", type="tertiary")
