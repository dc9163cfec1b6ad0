"""A new run: faces, a recipe, the network that comes of it, what changed faces look like, and the start."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fer.dataset.places import fer2013_path
from fer.errors import FerError, InputError
from fer.runs.folder import Run
from fer.runs.worker import start
from fer.settings import settings
from fer.training.material import DEMO, DataSource
from fer.training.recipe import Recipe
from fer.training.run import new_training_run
from fer.ui.messages import shown_errors
from fer.ui.train import go_to, visible_runs
from fer.ui.train_finder import finder_block
from fer.ui.train_network import network_block
from fer.ui.train_preview import preview_block
from fer.ui.train_recipe import forget_rate, recipe_block

DRAWN, FOUND, FILE = "The drawn set", "FER2013", "A file on this computer"
VOTES_NAME = "fer2013new.csv"
MOST_HOSTED_EPOCHS = 30


def new_block() -> None:
    """Choose everything, and begin."""
    source: DataSource | None = None
    recipe: Recipe | None = None
    with shown_errors():
        source = _faces()
    with shown_errors():
        recipe = recipe_block(drawn=source is not None and source.data == DEMO)
    with st.container(horizontal=True, vertical_alignment="center"):
        begin = st.button(
            "Train", key="train.begin", type="primary", icon=":material/play_arrow:", disabled=not (source and recipe)
        )
        st.caption("It goes on in a process of its own if you close or reload this page.", width="content")
    if begin and source is not None and recipe is not None:
        with shown_errors():
            _begin(source, recipe)
    if recipe is None:
        return
    with shown_errors():
        network_block(recipe)
    if source is not None and not recipe.is_baseline:
        with shown_errors():
            preview_block(source, recipe)
        with shown_errors():
            finder_block(source, recipe)


def _faces() -> DataSource | None:
    if settings().hosted:
        st.markdown(
            "This public server trains on **the drawn set**: faces that Classmood draws itself, no real person."
        )
        return DataSource(DEMO)
    found = fer2013_path()
    names = [DRAWN, *([FOUND] if found else []), FILE]
    chosen = st.segmented_control("Faces to learn from", names, default=DRAWN, required=True, key="train.faces")
    if chosen == DRAWN:
        st.caption(
            "1,120 faces that Classmood draws itself. To try the lab: nothing learned here says much about people."
        )
        return DataSource(DEMO)
    if chosen == FOUND and found is not None:
        votes = found.parent / VOTES_NAME
        st.caption(f"{found.name} in this computer's data folder{', with FER+ votes' if votes.is_file() else ''}.")
        return DataSource(str(found), str(votes) if votes.is_file() else None)
    return _file()


def _file() -> DataSource | None:
    with st.container(horizontal=True):
        data = st.text_input(
            "Path",
            key="train.path",
            placeholder="/home/me/fer2013.csv",
            help="fer2013.csv, Kaggle's folders (packed or not), or an .npz. It is read where it is.",
        )
        votes = st.text_input("FER+ votes, if at hand", key="train.votes", placeholder=f"/home/me/{VOTES_NAME}")
    data, votes = (text.strip().strip("\"'") for text in (data, votes))
    for path in filter(None, (data, votes)):
        if not Path(path).expanduser().exists():
            raise InputError(f"{path}: there is no such file or folder. Check the path.")
    if not data:
        return None
    return DataSource(str(Path(data).expanduser()), str(Path(votes).expanduser()) if votes else None)


def _begin(source: DataSource, recipe: Recipe) -> None:
    if settings().hosted:
        _refuse_more(recipe)
    run = new_training_run(recipe, source)
    # Before it is started: where that fails, the visitor still has what deletes it.
    go_to(run)
    start(run)
    forget_rate()
    st.rerun()


def _refuse_more(recipe: Recipe) -> None:
    """Keep a public server's one training lane open for others."""
    if recipe.epochs > MOST_HOSTED_EPOCHS:
        raise InputError(
            f"This public server trains at most {MOST_HOSTED_EPOCHS} epochs; {recipe.epochs} were asked for. "
            "Take fewer, or run Classmood on your own computer."
        )
    if any(_is_living(run) for run in visible_runs()):
        raise InputError("You have a run at work already. Let it come to its end, or stop it, before the next one.")


def _is_living(run: Run) -> bool:
    try:
        return run.status().living
    except FerError:
        return False
