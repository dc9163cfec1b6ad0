"""Which models are asked about which split; models of the registry answer here, files that are brought in a worker."""

from __future__ import annotations

import os
import threading

import streamlit as st

from fer.dataset.faceset import USAGES
from fer.evaluation.evaluated import Candidate, Evaluated, Part, ask, candidate_of, known_answers, part_of_data
from fer.evaluation.served import judged_model
from fer.registry import find, models
from fer.settings import settings
from fer.ui.dataset_held import LOOK_S, Held, progress_bar
from fer.ui.evaluate_bring import answers_of, bring_block, brought_models
from fer.ui.evaluate_shown import Shown
from fer.ui.messages import plain, shown_errors

ASKING = threading.BoundedSemaphore(1)
"""One model is asked at a time in the whole process: it takes the cores that cameras need, too."""
THREADS = min(2, os.cpu_count() or 1)


def choose(held: Held) -> Shown | None:
    """Let models and a split be chosen; return what the models answered, or None where none is chosen.

    Raises:
        ModelError: If there is no model, or one cannot be asked.
    """
    left, right = st.columns([3, 2])
    with right:
        usage = _usage(held)
    candidates = {entry.name: candidate_of(entry) for entry in models("face")} | brought_models(held, usage)
    # The one that photos, recordings and classes are read with.
    first = find(kind="face").name if models("face") else next(iter(candidates), None)
    names = left.multiselect(
        "Models", list(candidates), default=[first] if first else [], key="evaluate.models", bind="query-params",
        help="The first is looked at; with two or more, the tab Compare holds them against each other.",
    )  # fmt: skip
    part = held.once(f"evaluate.part {usage}", lambda: part_of_data(held.opened, usage), "Looking for twins")
    bring_block(held, part)
    if not names:
        st.info("Choose a model.")
        return None
    # Of drawn faces the head has said so.
    if part.standing and not held.faces.drawn:
        st.caption(f":material/info: {part.standing}")
    answered = []
    for name in names:
        with shown_errors():
            answered.append(_answers(held, candidates[name], part))
    if not answered:
        return None
    return Shown(_looked_at(answered), tuple(answered), held)


def _usage(held: Held) -> str:
    there = [usage for code, usage in enumerate(USAGES) if (held.faces.usage == code).any()]
    options = [*there, "all"] if len(there) > 1 and not settings().hosted else there
    default = next((usage for usage in ("PublicTest", "PrivateTest") if usage in there), there[0])
    chosen: str = st.segmented_control(
        "Split", options, default=default, required=True, key="evaluate.usage", bind="query-params",
        help="A model knows the faces that it learned from: how good it is shows on others.",
    )  # fmt: skip
    return chosen


def _looked_at(answered: list[Evaluated]) -> Evaluated:
    if len(answered) == 1:
        return answered[0]
    names = [one.name for one in answered]
    name = st.segmented_control("Look at", names, default=names[0], required=True, key="evaluate.looked_at")
    return answered[names.index(name)]


def _answers(held: Held, model: Candidate, part: Part) -> Evaluated:
    """Return what a model answered: held by the visit, kept on the disk, or asked for now, with a bar."""
    name = f"evaluate.answers {model.name} {model.digest} {part.usage}"
    if name not in held.made:
        if model.entry is None:
            held.made[name] = answers_of(held, model, part)
        else:
            held.made[name] = known_answers(model, held.origin, held.opened, part) or _ask(held, model, part)
    found: Evaluated = held.made[name]
    return found


def _ask(held: Held, model: Candidate, part: Part) -> Evaluated:
    place = st.empty()
    words = f"Asking {model.name}"
    place.progress(0.0, plain(words))
    while not ASKING.acquire(timeout=LOOK_S):
        place.progress(0.0, plain(f"{words}: another model is being asked; yours is next"))
    tell = progress_bar(place)
    try:
        judged = judged_model(model.name, THREADS)
        return ask(model, judged, held.origin, held.opened, part, lambda share, at: tell(share, f"{words}: {at}"))
    finally:
        ASKING.release()
        place.empty()
