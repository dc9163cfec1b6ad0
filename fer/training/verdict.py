"""Does a run learn too little, or by heart? A sentence that says from what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fer.training.curves import Curves

ENOUGH_EPOCHS = 4
GAP = 0.10
"""Points between accuracy on learned faces and on others from which it is called learning by heart."""
RISE = 1.05
"""Validation loss over its best from which it has turned."""
STILL = 0.01
"""Points that validation accuracy must have gained over the last third of the epochs to count as rising."""
HIGH = 0.95
FAR = 0.6
"""Accuracy on learned faces under which a network that has stopped rising is too small for them."""
LOW = 0.15
"""Points above the most frequent emotion's share under which hardly anything is learned."""


@dataclass(frozen=True)
class Verdict:
    """What the curves say.

    Attributes:
        kind: In a word.
        sentence: What is seen, from which figures.
        advice: What to try.
    """

    kind: Literal["early", "too short", "not learning", "underfitting", "overfitting", "memorising", "balanced"]
    sentence: str
    advice: str


def verdict_of(curves: Curves) -> Verdict | None:
    """Judge a run by the same weights on learned faces as they are and on validation faces.

    Returns:
        The verdict; None before the first epoch, and of a baseline, which is fitted in one go.
    """
    epochs = curves.epochs
    if not epochs or "validation_loss" not in epochs[-1]:
        return None
    if len(epochs) < ENOUGH_EPOCHS:
        return _short(len(epochs), curves.end is not None)
    return _whole(curves)


def _whole(curves: Curves) -> Verdict:
    epochs = curves.epochs
    last, seen, validated = epochs[-1], curves.column("seen_accuracy"), curves.column("validation_accuracy")
    losses = curves.column("validation_loss")
    name = "the held-out faces" if curves.validation == "held_out" else curves.validation
    both = f"The network is right for {seen[-1]:.0%} of the faces it learned from and {validated[-1]:.0%} of {name}"
    counts = [sum(row) for row in last["confusion"]]
    if seen[-1] < max(counts) / max(1, sum(counts)) + LOW and validated[-1] <= validated[0] + STILL:
        return Verdict(
            "not learning",
            f"{both}, hardly more than always saying the most frequent emotion, and no better than after epoch 1.",
            "Try another learning rate (the finder helps), another initialisation, or fewer changes to the faces.",
        )
    if min(seen[-1], validated[-1]) >= HIGH:
        return Verdict("balanced", f"{both}: there is hardly anything left to learn.", "")
    if seen[-1] - validated[-1] > GAP:
        return _by_heart(seen[-1] - validated[-1], losses, both, _kept_before_the_end(curves))
    third = max(2, len(validated) // 3)
    if max(validated[-third:]) > max(validated[:-third]) + STILL:
        return Verdict(
            "underfitting",
            f"{both}, close together, and the latter still rose by more than a point over the last {third} epochs.",
            "Train longer; then try a larger network or fewer changes to the faces.",
        )
    if seen[-1] < FAR:
        return Verdict(
            "underfitting",
            f"{both}, and neither rises much any more: it is as good as it gets, and that is not much.",
            "Take a larger network, or change the faces less; more epochs would not help.",
        )
    return Verdict(
        "balanced",
        f"{both}, and neither rises much any more.",
        "A larger network, better labels or more faces would be needed for more.",
    )


def _short(epochs: int, ended: bool) -> Verdict:
    if not ended:
        return Verdict("early", f"Too early to tell: {epochs} of at least {ENOUGH_EPOCHS} epochs are done.", "")
    done = "One epoch does" if epochs == 1 else f"{epochs} epochs do"
    sentence = f"{done} not show whether it learns too little or by heart: that takes {ENOUGH_EPOCHS} at least."
    return Verdict("too short", sentence, "")


def _kept_before_the_end(curves: Curves) -> str:
    """Return a sentence where the network that is kept is not the last epoch's, of which the verdict speaks."""
    kept = curves.end["kept_epoch"] if curves.end is not None else len(curves.epochs)
    return f" What is kept is the network of epoch {kept}." if kept < len(curves.epochs) else ""


def _by_heart(gap: float, losses: list[float], both: str, kept: str) -> Verdict:
    apart = f"{both}, {100 * gap:.0f} points apart"
    lowest = min(range(len(losses)), key=losses.__getitem__)
    if losses[-1] > RISE * losses[lowest]:
        return Verdict(
            "overfitting",
            f"{apart}, and the validation loss has risen from {losses[lowest]:.2f} in epoch {lowest + 1} to "
            f"{losses[-1]:.2f}: it learns by heart.{kept}",
            "Stop earlier, change the faces more, drop out more, shrink weights, or take a smaller network.",
        )
    return Verdict(
        "memorising",
        f"{apart}, but the validation loss has not turned: it begins to learn by heart, without harm so far.",
        "More change to the faces or more dropout would help more than more epochs.",
    )
