"""Which choices of a recipe do not go together, each with what to do: what is accepted does what it says."""

from __future__ import annotations

from collections.abc import Callable

from fer.errors import InputError
from fer.training.architectures import BASELINES
from fer.training.recipe import Cosine, Plateau, Recipe, models_words


def _one_class_a_face(recipe: Recipe) -> str:
    mixed = {
        "loss.label_smoothing": recipe.loss.label_smoothing,
        "votes": recipe.votes,
        "augmentation.mixup": recipe.augmentation.mixup,
        "teacher": recipe.teacher,
    }
    if recipe.loss.kind == "sparse" and (set_ones := [name for name, value in mixed.items() if value]):
        return (
            f"loss.kind sparse takes one class a face, but {' and '.join(set_ones)} "
            f"make{'s' * (len(set_ones) == 1)} shares of several. Set them to 0, or take loss.kind categorical"
        )
    return ""


def _room_to_rise(recipe: Recipe) -> str:
    if not isinstance(recipe.schedule, Cosine):
        return ""
    if recipe.schedule.cycles > recipe.epochs:
        return (
            f"schedule.cycles is {recipe.schedule.cycles}, and there are {recipe.epochs} epochs: each needs one at "
            "least. Take fewer cycles or more epochs"
        )
    first = recipe.schedule.ends(recipe.epochs)[0]
    if recipe.schedule.warmup_epochs >= first:
        return (
            f"schedule.warmup_epochs is {recipe.schedule.warmup_epochs} of {first} epochs: the learning rate "
            "would only rise. Take a shorter warm-up or more epochs"
        )
    return ""


def _cycles_to_keep(recipe: Recipe) -> str:
    if recipe.keep == "cycles" and recipe.early_stopping:
        return "keep is cycles, so all cycles have to be run, but early_stopping may end them. Set it to null"
    return ""


def _held_out_faces(recipe: Recipe) -> str:
    for name in ("validation", "calibrate_on"):
        if getattr(recipe, name) == "held_out" and not recipe.held_out:
            return f"{name} is held_out, but held_out is 0: nothing is held out. Set held_out to 0.1, for example"
        if getattr(recipe, name) == "held_out" and recipe.start_from and recipe.held_out_seed is None:
            return (
                f"{name} is held_out, but {models_words(recipe.start_from)}, which it begins with, may have learned "
                "these faces. Set held_out_seed to that of the recipe that made it, or take PublicTest"
            )
    return ""


def _plateau_that_lowers(recipe: Recipe) -> str:
    schedule = recipe.schedule
    if isinstance(schedule, Plateau) and schedule.least_rate > recipe.optimizer.learning_rate:
        return (
            f"schedule.least_rate is {schedule.least_rate:g}, above optimizer.learning_rate "
            f"({recipe.optimizer.learning_rate:g}): a plateau would raise it. Take a lower least_rate"
        )
    return ""


def _teacher_who_counts(recipe: Recipe) -> str:
    if recipe.teacher and not recipe.teacher_share:
        named = models_words(recipe.teacher)
        return f"teacher is {named}, but teacher_share is 0: nothing is learned from it. Set teacher to null"
    return ""


def _more_than_one_face(recipe: Recipe) -> str:
    if recipe.batch_size > 1 or recipe.is_baseline:
        return ""
    flat = [layer.name for layer in recipe.plan().layers if layer.kind == "norm" and len(layer.output) == 1]
    if flat:
        return (
            f"batch_size is 1, and {flat[0]} takes off the mean of the batch: nothing would be left of the face. Take "
            "a larger one"
        )
    return ""


def _one_start(recipe: Recipe) -> str:
    if recipe.start_from and recipe.initialisation != "own":
        return (
            f"start_from takes the weights of {models_words(recipe.start_from)}, so initialisation "
            f"{recipe.initialisation} would not be seen. Set one of them only"
        )
    if recipe.start_until and not recipe.start_from:
        return "start_until says how much is taken from start_from, which names no model. Set both or none"
    if recipe.start_stays and not recipe.start_until:
        return "start_stays leaves what was taken as it is, and nothing is left to learn: set start_until to a layer"
    return ""


def _known_layer(recipe: Recipe) -> str:
    # With the last of them all would be taken.
    names = [layer.name for layer in recipe.plan().layers][1:-1] if recipe.start_until else [""]
    known = recipe.start_until in names
    return "" if known else f"start_until is {recipe.start_until}; expected a layer of the network: {', '.join(names)}"


NETWORK_ONLY = (
    "initialisation", "optimizer", "schedule", "loss", "l1", "l2", "epochs", "batch_size", "augmentation", "votes",
    "teacher", "teacher_share", "teacher_sees", "start_from", "start_until", "start_stays", "monitor", "early_stopping",
    "keep", "average", "precision",
)  # fmt: skip
"""Fields that say nothing about a baseline."""


def _fits(recipe: Recipe) -> str:
    if isinstance(recipe.architecture, BASELINES):
        of_no_use = [name for name in NETWORK_ONLY if getattr(recipe, name) != Recipe.model_fields[name].default]
        if of_no_use:
            return (
                f"architecture.kind {recipe.architecture.kind} is fitted in one go: {', '.join(of_no_use)} would do "
                "nothing. Leave them out, or take a network"
            )
        if recipe.architecture.features == "hog" and recipe.input_px < 16:
            return f"histograms of gradients need input_px 16 or more; it is {recipe.input_px}"
        return ""
    try:
        recipe.plan()
    except InputError as problem:
        return str(problem).rstrip(".")
    return ""


CHECKS: tuple[Callable[[Recipe], str], ...] = (
    _one_class_a_face, _room_to_rise, _cycles_to_keep, _held_out_faces, _plateau_that_lowers, _teacher_who_counts,
    _one_start, _fits, _more_than_one_face, _known_layer,
)  # fmt: skip
"""Each returns what is wrong, without a full stop, or an empty text."""
