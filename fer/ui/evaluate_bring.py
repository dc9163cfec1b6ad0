"""A Keras file of one's own beside the models that are here: asked for, checked, and evaluated in a worker."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO, cast

import streamlit as st

from fer.dataset.room import begin_work, work_of_room
from fer.emotions import EMOTIONS
from fer.errors import InputError, StorageError
from fer.evaluation.brought import BroughtConfig, brought_model, labels_from, new_evaluation_run
from fer.evaluation.evaluated import Candidate, Evaluated, Part, known_answers
from fer.runs.folder import Run
from fer.settings import settings
from fer.ui.buttons import button_clicked
from fer.ui.dataset_held import Held
from fer.ui.dataset_work import show_progress
from fer.ui.messages import plain, shown_errors
from fer.ui.uploads import drop_upload

WORK = "evaluation-"
"""How the works of a room that evaluate a file are called, before what tells them apart."""


def brought_models(held: Held, usage: str) -> dict[str, Candidate]:
    """Return the files that were brought and have answered on these rows, by name; a public server takes none."""
    found: dict[str, Candidate] = {}
    if settings().hosted:
        return found
    for work in _works(held):
        if BroughtConfig.model_validate(work.config()).usage == usage:
            candidate = brought_model(work)
            if candidate is not None:
                found[candidate.name] = candidate
    return found


def bring_block(held: Held, part: Part) -> None:
    """Offer to bring a file, and show how far those are that were brought."""
    if settings().hosted:
        return
    for work in _works(held):
        with shown_errors():
            _state(held, work)
    # The server knows that it is open: else a file that comes would close it under the visitor's hands.
    form = st.expander(
        "Bring a Keras file of your own", icon=":material/upload_file:", key="evaluate.bring", on_change="rerun"
    )
    with form, shown_errors():
        _form(held, part)


def _form(held: Held, part: Part) -> None:
    st.markdown(
        "A `.keras` file of plain Keras layers with one grey input of at most 48 × 48 and seven outputs, probabilities "
        "or logits; a smaller input sees the middle of each face. It is opened in a process of its own; code in it "
        "(Lambda layers, custom objects) is refused. **Bring only files that you or people you trust have made.**"
    )
    upload = st.file_uploader("Keras file", type=["keras"], key="evaluate.keras")
    path = st.text_input("Or its path on this computer", key="evaluate.keras_path", placeholder="/home/me/model.keras")
    labels = st.text_input(
        "Its classes, in its own order", ", ".join(EMOTIONS), key="evaluate.keras_labels",
        help="A network trained on folders has them in the alphabet's order: angry, disgust, fear, happy, neutral, "
        "sad, surprise. A wrong order makes a good network look bad.",
    )  # fmt: skip
    own = st.toggle(
        "It was trained on grey values scaled otherwise than 0 to 1", key="evaluate.keras_scaled",
        help="A model that was published here is known by its checksum and read as its manifest says.",
    )  # fmt: skip
    mean = std = None
    if own:
        left, right = st.columns(2)
        mean = left.number_input("Subtracted from grey values 0 to 255", value=0.0, key="evaluate.keras_mean")
        std = right.number_input("Then divided by", min_value=1e-6, value=255.0, key="evaluate.keras_std")
    text = path.strip().strip("\"'")
    if button_clicked("Evaluate it", key="evaluate.keras_begin", disabled=upload is None and not text):
        order = labels_from(labels)
        config = BroughtConfig(
            origin=held.origin, usage=part.usage, path=upload.name if upload is not None else text,
            labels=None if order == list(EMOTIONS) else order, mean=mean, std=std,
        )  # fmt: skip
        _begin(held, config, cast(BinaryIO, upload) if upload is not None else None)
        if upload is not None:
            drop_upload(upload.file_id)
        st.rerun()


def _begin(held: Held, config: BroughtConfig, upload: BinaryIO | None) -> None:
    with st.spinner("Starting"):
        name = f"{Path(config.path).name} {config.usage}"
        # Bringing a file of that name again takes the place of the one before.
        kind = WORK + hashlib.sha256(name.encode()).hexdigest()[:8]
        begin_work(held.run, kind, new_evaluation_run(config, upload))


def _works(held: Held) -> list[Run]:
    kinds = sorted(place.name for place in (held.run.folder / "work").glob(f"{WORK}*"))
    return [work for kind in kinds if (work := work_of_room(held.run, kind)) is not None]


def _state(held: Held, work: Run) -> None:
    try:
        status = work.status()
    except StorageError:
        # Deleted meanwhile, or damaged: it can be brought again.
        return
    name = plain(Path(BroughtConfig.model_validate(work.config()).path).name)
    if status.living:
        st.markdown(f"Asking **{name}**")
        show_progress(work.id, "evaluation", "Loading Keras")
    elif status.state == "done":
        _point_out(work)
    elif status.state == "failed":
        st.error(plain(status.message))
    elif status.state in ("stopped", "interrupted"):
        st.warning(f"{name}: {plain(status.message)}")


def _point_out(work: Run) -> None:
    found = brought_model(work)
    if found is not None and found.name not in st.session_state.get("evaluate.models", ()):
        usage = BroughtConfig.model_validate(work.config()).usage
        st.success(f"{plain(found.name)} has answered on {usage}: choose it among the models.", icon=":material/check:")


def answers_of(held: Held, model: Candidate, part: Part) -> Evaluated:
    """Return what a file answered, as its worker kept it.

    Raises:
        InputError: If it is not there any more.
    """
    known = known_answers(model, held.origin, held.opened, part)
    if known is None:
        raise InputError(f"What {model.name} answered is not kept any more. Bring the file again.")
    return known
