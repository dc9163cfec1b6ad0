"""The recipe of a new run: a preset, the choices that matter most as controls, and all of it as text."""

from __future__ import annotations

import json
import math
import zlib
from typing import Any

import streamlit as st

from fer.emotions import EMOTIONS
from fer.training.architectures import TITLES
from fer.training.recipe import LEAST_RATE, MOST_RATE, MOST_SEED, Plain, Recipe, WithMomentum, models_words
from fer.training.recipe_checks import NETWORK_ONLY
from fer.training.recipe_files import (
    as_yaml,
    changes_between,
    check_recipe,
    default_preset,
    parse_recipe,
    preset_names,
    read_recipe,
)
from fer.ui.charts import label
from fer.ui.messages import plain
from fer.ui.train_augmentation import augmentation_controls

PRESET_TITLES = {
    "quick": "Quick: the drawn set in a minute",
    "fresh": "Ours: from nothing, taught by classmood-face-4",
    "course": "The course's own network and recipe",
    "small": "Ours, small: two fifths of the work, for processors without bfloat16",
    "classmood-face-1": "Ours, first step: what made classmood-face-1",
    "classmood-face-1-longer": "Ours, second step: classmood-face-1 trained further",
    "classmood-face-2": "Ours, third step: the mean of both is classmood-face-2",
    "narrow": "Ours, narrow: part of classmood-face-2, taught by the whole",
    "narrow-longer": "Ours, narrow, second step: narrow trained further",
    "narrow-again": "Ours, narrow, third step: narrow-longer trained further",
    "narrow-mean": "Ours, narrow, fourth step: the mean of both",
    "narrow-refined": "Ours, narrow, fifth step: the mean trained further, with milder changes",
    "classmood-face-3": "Ours, narrow, sixth step: the mean of both is classmood-face-3",
    "narrow-rough": "Ours, narrow, seventh step: trained further with compressed, small and covered faces",
    "classmood-face-4": "Ours, narrow, last step: the mean of both is classmood-face-4",
    "fresh-refined": "Ours, fresh, second step: trained further with milder changes",
    "fresh-longer": "Ours, fresh, third step: the mean of both trained further",
    "classmood-face-5": "Ours, fresh, fourth step: its mean with fresh-refined is classmood-face-5",
    "fresh-taught": "Ours, fresh, fifth step: trained further, taught by classmood-face-4 and -5 together",
    "classmood-face-6": "Ours, fresh, last step: trained further with milder changes is classmood-face-6",
}
OPTIMIZERS = [
    *WithMomentum.model_fields["kind"].annotation.__args__,  # type: ignore[union-attr]
    *Plain.model_fields["kind"].annotation.__args__,  # type: ignore[union-attr]
]
SCHEDULES = ["constant", "step", "exponential", "inverse", "cosine", "plateau"]
TAKEN = "train.taken_rate"
"""The rate that was found and taken. No widget's key: Streamlit would drop it with the page."""
LOSSES = ["categorical", "sparse", "focal"]
BASELINE_KINDS = ("k_nearest", "svm")
WEIGHTS = {"none": "Alike", "balanced": "Rare ones more", "each": "One by one"}


def recipe_block(drawn: bool) -> Recipe:
    """Choose a recipe.

    Args:
        drawn: Whether it is for the drawn set: the quick recipe is offered first then.

    Raises:
        InputError: If what was typed cannot be used; the sentence names the field.
    """
    # What was put into the folder since has no title.
    names = sorted(preset_names(), key=[*PRESET_TITLES, *preset_names()].index)
    preset = st.selectbox(
        "Recipe",
        names,
        index=names.index(default_preset(drawn)),
        format_func=lambda name: PRESET_TITLES.get(name, name),
        key=f"train.preset.{'drawn' if drawn else 'faces'}",
    )
    base = read_recipe(preset)
    st.caption(plain(base.about))
    with st.expander("Change it", icon=":material/tune:"):
        base = _as_text(base, preset)
        # Another text has other values to begin with, and so has another preset: their controls are others.
        own = "" if base == read_recipe(preset) else f".{zlib.crc32(as_yaml(base).encode()):x}"
        key, known = f"train.{preset}{own}", base.as_document()
        changes = _controls(known, key)
        # What was chosen on both sides is said here.
        below = st.container()
    if not _is_baseline(changes, known):
        with st.expander("How faces are changed while it learns", icon=":material/blur_on:"):
            st.markdown(
                "A network that sees each face a little otherwise every time learns less by heart. These are limits: "
                "how far each face goes is drawn. Some are shown below, under **Faces as the network will see them**."
            )
            mixes = kind_of("loss", changes, known) != "sparse"
            changes += augmentation_controls(known["augmentation"], f"{key}.augmentation", mixes)
    with below:
        return _outcome(base, preset, changes)


def _outcome(base: Recipe, preset: str, changes: list[str]) -> Recipe:
    """Make the recipe that the controls lead to, say what is changed in it, and offer it as a file."""
    for sentence, more in what_goes_with(changes, base.as_document()).items():
        st.caption(plain(sentence))
        changes += more
    recipe = parse_recipe(as_yaml(base), "the recipe", changes)
    made = changes_between(read_recipe(preset), recipe)
    if made:
        st.markdown("Changed: " + ", ".join(f"`{change}`" for change in made))
    with st.container(horizontal=True):
        st.download_button(
            "Save the recipe as a file",
            as_yaml(recipe),
            f"{preset}-changed.yaml" if made else f"{preset}.yaml",
            "application/yaml",
            key="train.save",
            icon=":material/download:",
            on_click="ignore",
        )
        with st.popover("Show it as YAML", icon=":material/code:"):
            st.code(as_yaml(recipe), "yaml", height=420)
    return recipe


def _as_text(base: Recipe, preset: str) -> Recipe:
    """Let the whole recipe be edited as text, for what has no control of its own."""
    if not st.toggle("Edit the whole recipe as text", key="train.as_text"):
        return base
    text = st.text_area("The recipe as YAML", as_yaml(base), height=420, key=f"train.text.{preset}")
    return parse_recipe(text, "the text")


def _controls(known: dict[str, Any], key: str) -> list[str]:
    """Return what the controls, whose keys begin with ``key``, set otherwise than the recipe does."""
    changes: list[str] = []

    def choose(title: str, part: str, options: list[str], titles: dict[str, str] | None = None) -> str:
        old = known[part]["kind"]
        names = titles or {option: option for option in options}
        new = st.selectbox(title, options, index=options.index(old), format_func=names.__getitem__, key=f"{key}.{part}")
        if new != old:
            changes.append(f"{part}.kind={new}")
        return new

    with st.container(horizontal=True):
        network = choose("Network", "architecture", list(TITLES), TITLES)
        optimizer = choose("Optimizer", "optimizer", OPTIMIZERS)
        choose("Learning rate over time", "schedule", SCHEDULES)
        choose("Loss", "loss", LOSSES)
    with st.container(horizontal=True):
        own_rate, found = usual_rate(known, optimizer), _found_rate(network, optimizer)
        rate = st.number_input(
            "Learning rate, as it was found" if found else "Learning rate", LEAST_RATE, MOST_RATE, found or own_rate,
            step=0.001, format="%g", key=f"{key}.rate.{optimizer}.{found}",
        )  # fmt: skip
        epochs = st.number_input("Epochs", 1, 10_000, int(known["epochs"]), key=f"{key}.epochs")
        batch = st.number_input("Batch size", 1, 8192, int(known["batch_size"]), key=f"{key}.batch")
        seed = st.number_input("Seed", 0, MOST_SEED, int(known["seed"]), key=f"{key}.seed")
    if rate != own_rate:
        changes.append(f"optimizer.learning_rate={rate:g}")
    for name, value in (("epochs", epochs), ("batch_size", batch), ("seed", seed)):
        if value != known[name]:
            changes.append(f"{name}={value}")
    if _is_baseline(changes, known):
        return changes
    return changes + _dropout(changes, known, key) + _class_weights(changes, known, key)


def _dropout(changes: list[str], known: dict[str, Any], key: str) -> list[str]:
    kind = kind_of("architecture", changes, known)
    own = usual("architecture", kind, known).get("dropout")
    if own is None:
        st.caption(plain(f"{TITLES[kind]}: its dropout, if it has any, is part of its plan and not to be chosen."))
        return []
    value = st.slider(
        "Dropout", 0.0, max(0.95, own), own, 0.01, format="percent", key=f"{key}.dropout.{kind}",
        help="Share of what a layer says that is left out by chance at each step, so that none relies on another.",
    )  # fmt: skip
    return [] if math.isclose(value, own) else [f"architecture.dropout={value:g}"]


def _class_weights(changes: list[str], known: dict[str, Any], key: str) -> list[str]:
    old = known["loss"]["class_weights"]
    # Another kind of loss begins without.
    before = old if kind_of("loss", changes, known) == known["loss"]["kind"] else "none"
    each = dict.fromkeys(EMOTIONS, 1.0) | (old if isinstance(old, dict) else {})
    chosen: Any = st.segmented_control(
        "Class weights", list(WEIGHTS), default="each" if isinstance(old, dict) else old, required=True,
        format_func=WEIGHTS.__getitem__, key=f"{key}.weights",
        help="How much a face counts in the loss. FER2013 has sixteen times as many happy faces as disgusted ones.",
    )  # fmt: skip
    if chosen == "each":
        with st.container(horizontal=True):
            chosen = {
                name: st.number_input(
                    label(name), 0.0, None, float(each[name]), 0.5, format="%g", key=f"{key}.weight.{name}", width=140
                )
                for name in EMOTIONS
            }
    return [] if chosen == before else [f"loss.class_weights={json.dumps(chosen)}"]


def kind_of(part: str, changes: list[str], known: dict[str, Any]) -> str:
    """Return which kind a recipe's part has after some changes."""
    kinds = [change.partition("=")[2] for change in changes if change.startswith(f"{part}.kind=")]
    return str(kinds[-1] if kinds else known[part]["kind"])


def _is_baseline(changes: list[str], known: dict[str, Any]) -> bool:
    return kind_of("architecture", changes, known) in BASELINE_KINDS


def usual(part: str, kind: str, known: dict[str, Any]) -> dict[str, Any]:
    """Return a recipe's part if it is of that kind, else as that kind begins."""
    if known[part]["kind"] == kind:
        return dict(known[part])
    return dict(check_recipe({part: {"kind": kind}}).as_document()[part])


def usual_rate(known: dict[str, Any], optimizer: str) -> float:
    """Return a recipe's learning rate if it has that optimizer, else the one that the optimizer begins with."""
    return float(usual("optimizer", optimizer, known)["learning_rate"])


def what_goes_with(changes: list[str], known: dict[str, Any]) -> dict[str, list[str]]:
    """Return what else changes with a choice, so that no control leads to a recipe that is refused.

    Args:
        changes: What the controls set.
        known: The recipe before that.

    Returns:
        Sentences that say what goes and why, each with its changes.
    """
    kinds = dict(change.split(".kind=") for change in changes if ".kind=" in change)
    if kinds.get("architecture") in BASELINE_KINDS:
        return {"A baseline is fitted in one go: what is said of steps is left out.": _as_baseline()}
    said: dict[str, list[str]] = {}
    if optimizer := kinds.get("optimizer"):
        # The new kind takes the place of the whole part: it needs no changes.
        part = usual("optimizer", optimizer, known)
        decay = f"weight decay {part['weight_decay']:g}" if part["weight_decay"] else "no weight decay"
        words = f"learning rate {part['learning_rate']:g}, {decay}"
        said[f"{optimizer} comes with what is usual for it: {words}."] = []
    if kinds.get("loss") == "sparse":
        mixed = _mixed(known)
        said[f"sparse takes one class a face. Off with it: {', '.join(mixed)}."] = list(mixed.values())
    if "architecture" in kinds and known["start_from"]:
        start = models_words(known["start_from"])
        said[f"Another network cannot begin with the weights of {start}: it draws its own."] = _own_start()
    return said


def _mixed(known: dict[str, Any]) -> dict[str, str]:
    """Return what makes shares of several classes of a face's target, by its name, and the change that ends it."""
    mixed = {"label smoothing": "loss.label_smoothing=0"}
    mixed |= {"votes": "votes=0"} if known["votes"] else {}
    mixed |= {"mixup": "augmentation.mixup=0"} if known["augmentation"]["mixup"] else {}
    return mixed | ({"the teacher": 'teacher=""'} if known["teacher"] else {})


def _as_baseline() -> list[str]:
    """Return the changes that put all that says nothing about a baseline back to where it begins."""
    defaults = Recipe().as_document()
    # The schedule that it has then may need more epochs than there are.
    return [f"{part}={json.dumps(defaults[part])}" for part in NETWORK_ONLY] + _own_start()


def _own_start() -> list[str]:
    """Return the changes that have a network draw its weights."""
    return ['start_from=""', 'start_until=""', "start_stays=false"]


def take_rate(rate: float, recipe: Recipe) -> None:
    """Have the next run's learning rate be the one that was found, where it has that recipe's network and optimizer."""
    st.session_state[TAKEN] = (recipe.architecture.kind, recipe.optimizer.kind, float(f"{rate:.2g}"))


def forget_rate() -> None:
    """Have the next run's learning rate be the recipe's again."""
    st.session_state.pop(TAKEN, None)


def _found_rate(network: str, optimizer: str) -> float | None:
    """Return the rate that the finder found for them and the visitor took."""
    taken: tuple[str, str, float] | None = st.session_state.get(TAKEN)
    return taken[2] if taken is not None and taken[:2] == (network, optimizer) else None
