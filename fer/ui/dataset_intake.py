"""How a data set comes to the page: dropped, by its path on this computer, from Kaggle, or drawn by us."""

from __future__ import annotations

import threading
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, cast

import streamlit as st

from fer.dataset.opening import SplitRule
from fer.dataset.places import fer2013_path
from fer.dataset.room import choose_split, config_of, new_room
from fer.errors import FerError, SplitNeededError
from fer.runs.folder import Run
from fer.settings import settings
from fer.ui.buttons import button_clicked, form_sent, show_button, was_clicked
from fer.ui.dataset_held import delete_room, go_to, held_of, leave, progress_bar
from fer.ui.messages import plain, shown_errors
from fer.ui.run_memory import remembered
from fer.ui.uploads import drop_upload

UPLOAD_TYPES = ["csv", "gz", "zip", "npz"]


def intake() -> None:
    """Offer every way to open a data set; what goes wrong is said beside the way it came."""
    _get_ready()
    _earlier()
    with shown_errors():
        upload = st.file_uploader(
            "Data set",
            type=UPLOAD_TYPES,
            key="dataset.file",
            help="fer2013.csv or icml_face_data.csv (plain, .gz, .zip), folders of images by emotion as .zip, or .npz.",
        )
        if upload is not None:
            begin(cast(BinaryIO, upload), upload.name)
    with shown_errors():
        _buttons()
    if not settings().hosted:
        with shown_errors():
            _by_path()
        with shown_errors():
            _from_kaggle()
    st.caption(
        "What you drop and what is made from it lie in a folder of their own on this server, which is deleted after "
        f"{settings().keep_uploads_h:g} hours, or at once when you say so."
    )


@st.cache_resource(show_spinner=False)
def _get_ready() -> None:
    """Load, once a process, what the first charts need while the visitor still chooses: it takes a second or two."""
    threading.Thread(target=import_module, args=("fer.ui.dataset_overview",), name="get-ready", daemon=True).start()


def begin(source: BinaryIO | Path | None, name: str = "") -> None:
    """Open a data set and lead to it; one that cannot be read leaves nothing behind.

    Raises:
        FerError: If it cannot be kept or read.
    """
    with st.spinner("Taking the data set"):
        run = new_room(source, name)
    if (file_id := getattr(source, "file_id", None)) is not None:
        drop_upload(file_id)
    # Before it is read: who turns away meanwhile still has what leads back and what deletes it.
    go_to(run, run.key())
    try:
        held_of(run)
    except SplitNeededError:
        pass
    except Exception:
        delete_room(run)
        raise
    st.rerun()


def _buttons() -> None:
    found = None if settings().hosted else fer2013_path()
    st.markdown(
        "Drop **fer2013.csv**, Kaggle's folders as a .zip, or an .npz above. Nothing at hand? Open **the drawn set**: "
        "1,120 faces that Classmood draws itself, with flaws to find; no photograph, no real person."
    )
    with st.container(horizontal=True):
        show_button("Open the drawn set", key="dataset.drawn", icon=":material/draw:", type="primary")
        if found is not None and button_clicked("Open FER2013", key="dataset.found", icon=":material/folder_open:",
                                           help=f"{found.name} was found in this computer's data folder."):  # fmt: skip
            begin(found)
    if was_clicked("dataset.drawn"):
        begin(None)


def _by_path() -> None:
    with st.expander("Or a file or folder on this computer, by its path"):
        text = st.text_input(
            "Path",
            key="dataset.path",
            placeholder="/home/me/fer2013.csv",
            help="It is read where it is: nothing is uploaded or copied. The best way for large files.",
        ).strip()
        if button_clicked("Open", key="dataset.open_path", disabled=not text):
            begin(Path(text.strip("\"'")))


def _from_kaggle() -> None:
    with st.expander("Or fetch FER2013 from Kaggle (301 MB), with your own token"):
        st.markdown(
            "Make a token at [kaggle.com](https://www.kaggle.com/settings) (Settings, API tokens). It is used for this "
            "download alone and kept nowhere. The file goes to this computer's data folder, where every page finds it."
        )
        token = st.text_input("API token, or what is in kaggle.json", key="dataset.token", type="password")
        if button_clicked("Fetch it", key="dataset.fetch", help="Empty takes the token of this computer, if any."):
            from fer.dataset.kaggle import download_fer2013

            place = st.empty()
            path = download_fer2013(token, progress=progress_bar(place))
            place.empty()
            begin(path)


def _earlier() -> None:
    """Lead back to the data sets of this visit, the latest first, and let each be deleted."""
    for run, key in reversed(remembered("dataset")):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with shown_errors():
                st.markdown(f"**{plain(room_name(run))}** is still here")
            if button_clicked("Back to it", key=f"dataset.back.{run.id}", icon=":material/arrow_back:"):
                go_to(run, key)
                st.rerun()
            delete_button(run, f"dataset.delete.{run.id}")


def room_name(run: Run) -> str:
    """Return what a room's data set is called.

    Raises:
        StorageError: If its config.json is damaged.
    """
    config = config_of(run)
    return "The drawn set" if config.origin == "drawn" else Path(config.path).name


def delete_button(run: Run, key: str) -> None:
    """Offer to delete a data set with all that was made from it."""
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(
            "This deletes what you uploaded and everything made from it, now and for good. A file on this computer "
            "that was opened by its path stays."
        )
        if button_clicked("Delete now", key=key, type="primary"):
            with shown_errors():
                delete_room(run)
                st.toast("The data set and what was made from it are deleted.", icon=":material/check:")
                st.rerun()


def split_form(run: Run, problem: FerError) -> None:
    """Ask how to share out faces whose usage is not known."""
    st.header(plain(room_name(run)), anchor=False)
    st.info(plain(str(problem)))
    st.markdown(
        "A network learns on **Training**; **PublicTest** chooses between networks, **PrivateTest** judges the one "
        "chosen. Faces are shared out by chance within each emotion; identical ones go to the same side."
    )
    with st.form("dataset.split", border=False):
        left, middle, right = st.columns(3)
        public = left.number_input("PublicTest, %", 0, 90, 10, key="dataset.public")
        private = middle.number_input("PrivateTest, %", 0, 90, 10, key="dataset.private")
        seed = right.number_input("Seed", 0, 1_000_000, 0, key="dataset.seed",
                                  help="The same seed gives the same split of the same faces.")  # fmt: skip
        if form_sent("Share them out", key="dataset.split_now", type="primary"):
            choose_split(run, SplitRule(public / 100, private / 100, int(seed)))
            st.rerun()
    leave_buttons(run)


def leave_buttons(run: Run) -> None:
    """Offer another data set, or to delete this one."""
    with st.container(horizontal=True):
        if button_clicked("Another data set", key="dataset.another", icon=":material/dataset:"):
            leave()
            st.rerun()
        delete_button(run, "dataset.delete")
