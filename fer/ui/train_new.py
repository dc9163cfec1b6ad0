"""A new run: faces, a recipe, the network that comes of it, what changed faces look like, and the start."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fer.dataset.origin import DEMO
from fer.dataset.places import fer2013_path
from fer.dataset.room import config_of, origin_of
from fer.errors import FerError, InputError
from fer.runs.folder import Run
from fer.runs.worker import start
from fer.settings import settings
from fer.training.material import DataSource
from fer.training.recipe import Recipe
from fer.training.run import new_training_run
from fer.ui.buttons import show_button, was_clicked
from fer.ui.dataset_intake import room_name
from fer.ui.messages import shown_errors
from fer.ui.run_memory import remembered
from fer.ui.train import go_to
from fer.ui.train_clean import Chosen, path_input, with_clean_list
from fer.ui.train_finder import finder_block
from fer.ui.train_hosted import refuse_large, refuse_second
from fer.ui.train_network import network_block
from fer.ui.train_preview import preview_block
from fer.ui.train_recipe import forget_rate, recipe_block

DRAWN, FOUND, FILE = "The drawn set", "FER2013", "A file on this computer"
VOTES_NAME = "fer2013new.csv"


def new_block() -> None:
    """Choose everything, and begin."""
    source: DataSource | None = None
    chosen: Chosen | None = None
    recipe: Recipe | None = None
    with shown_errors():
        source = _faces()
    if source is not None:
        with shown_errors():
            chosen = with_clean_list(source)
    with shown_errors():
        recipe = recipe_block(drawn=source is not None and source.data == DEMO)
    with st.container(horizontal=True, vertical_alignment="center"):
        show_button(
            "Train", key="train.begin", type="primary", icon=":material/play_arrow:", disabled=not (chosen and recipe)
        )
        st.caption("It goes on in a process of its own if you close or reload this page.", width="content")
    if chosen is not None and recipe is not None and was_clicked("train.begin"):
        with shown_errors():
            _begin(chosen, recipe)
    if recipe is None:
        return
    with shown_errors():
        network_block(recipe)
    if chosen is not None and not recipe.is_baseline:
        with shown_errors():
            preview_block(chosen, recipe)
        with shown_errors():
            finder_block(chosen, recipe)


def _faces() -> DataSource | None:
    if settings().hosted:
        st.markdown(
            "This public server trains on **the drawn set**: faces that Classmood draws itself, no real person."
        )
        return DataSource(data=DEMO)
    found = fer2013_path()
    rooms = {f"{room_name(run)} of the Data set page": run for run, _ in remembered("dataset") if _is_file_room(run)}
    names = [DRAWN, *([FOUND] if found else []), *rooms, FILE]
    chosen = st.segmented_control("Faces to learn from", names, default=DRAWN, required=True, key="train.faces")
    if chosen in rooms:
        st.caption(
            f"What was uploaded is deleted {settings().keep_uploads_h:g} hours after it came. Until then a training on "
            "it can go on and be published; for longer ones choose the file on this computer."
        )
        return DataSource(**origin_of(rooms[chosen]).model_dump())
    if chosen == DRAWN:
        st.caption(
            "1,120 faces that Classmood draws itself. To try the lab: nothing learned here says much about people."
        )
        return DataSource(data=DEMO)
    if chosen == FOUND and found is not None:
        votes = found.parent / VOTES_NAME
        st.caption(f"{found.name} in this computer's data folder{', with FER+ votes' if votes.is_file() else ''}.")
        return DataSource(data=str(found), votes=str(votes) if votes.is_file() else None)
    return _file()


def _is_file_room(run: Run) -> bool:
    try:
        return config_of(run).origin != "drawn"
    except FerError:
        return False


def _file() -> DataSource | None:
    with st.container(horizontal=True):
        data = path_input(
            "Path", "train.path", "/home/me/fer2013.csv",
            "fer2013.csv, Kaggle's folders (packed or not), or an .npz. It is read where it is.",
        )  # fmt: skip
        votes = path_input("FER+ votes, if at hand", "train.votes", f"/home/me/{VOTES_NAME}")
    for path in filter(None, (data, votes)):
        if not Path(path).exists():
            raise InputError(f"{path}: there is no such file or folder. Check the path.")
    return DataSource(data=data, votes=votes or None) if data else None


def _begin(chosen: Chosen, recipe: Recipe) -> None:
    if settings().hosted:
        refuse_large(recipe)
        refuse_second()
    run = new_training_run(recipe, chosen.source, clean_upload=chosen.upload)
    # Before it is started: where that fails, the visitor still has what deletes it.
    go_to(run)
    start(run)
    forget_rate()
    chosen.forget_upload()
    st.rerun()
