"""How training faces are changed: a slider for each limit of the recipe's augmentation."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from fer.training.augmentation import Augmentation

GROUPS = {
    "Place": ("flip", "rotation_deg", "scale", "shift_px"),
    "Light": ("contrast", "brightness", "dark", "dark_to"),
    "A worse picture": ("blur", "blur_to_px", "noise", "noise_sd", "jpeg", "jpeg_quality"),
    "Covered or mixed": ("cutout", "cutout_px", "cutout_grey", "mixup"),
}
WORDS = {
    "flip": ("Mirrored", "How many of the faces."),
    "rotation_deg": ("Turned by (degrees)", "At most, either way."),
    "scale": ("Zoom", "At most, either way: 10 % makes them 90 to 110 % as large."),
    "shift_px": ("Shifted by (pixels)", "At most, along each axis, of 48."),
    "contrast": ("Contrast", "At most, either way."),
    "brightness": ("Brightness (of 255)", "At most, either way, in grey values."),
    "dark": ("Dark", "In how many of the faces little light is left."),
    "dark_to": ("Light left in the dark", "At least."),
    "blur": ("Blurred", "How many of the faces are scaled down and up again, as a far seat is."),
    "blur_to_px": ("Blurred to (pixels)", "How many are left across, at least."),
    "noise": ("Noisy", "How many of the faces have a camera's noise."),
    "noise_sd": ("Noise (of 255)", "Its standard deviation at most, in grey values."),
    "jpeg": ("Compressed", "How many of the faces, as a call's picture is on a slow line."),
    "jpeg_quality": ("JPEG quality", "At least."),
    "cutout": ("Cut-out", "How many of the faces have a rectangle covered."),
    "cutout_px": ("Its side (pixels)", "At most, of 48."),
    "cutout_grey": ("Of any grey", "How many of the rectangles have another grey than the face's mean, as a hand has."),
    "mixup": ("Mixup", "Faces are mixed in pairs, and so are their emotions: the more, the more evenly. 0 mixes none."),
}
SAYS_NOTHING_WITHOUT = {
    "dark_to": "dark",
    "blur_to_px": "blur",
    "noise_sd": "noise",
    "jpeg_quality": "jpeg",
    "cutout_px": "cutout",
    "cutout_grey": "cutout",
}
STEPS = {"rotation_deg": 0.5, "shift_px": 0.1, "brightness": 1.0, "noise_sd": 1.0, "mixup": 0.05}
SHARE_STEP = 0.01


def augmentation_controls(known: dict[str, Any], key: str, mixes: bool) -> list[str]:
    """Show a slider for each limit, and return what they set otherwise than the recipe does.

    Args:
        known: The recipe's augmentation.
        key: What the sliders' keys begin with.
        mixes: Whether the loss takes shares of several emotions, as mixup makes them.

    Returns:
        As ``augmentation.flip=0.3``.
    """
    chosen: dict[str, float] = {}
    named = {name for names in GROUPS.values() for name in names}
    # What a later recipe may say has a slider before it has words.
    groups = {**GROUPS, "Other": tuple(name for name in known if name not in named)}
    for title, names in groups.items():
        there = [name for name in names if name in known and (mixes or name != "mixup")]
        if not there:
            continue
        st.caption(title)
        with st.container(horizontal=True):
            for name in there:
                of_no_use = chosen.get(SAYS_NOTHING_WITHOUT.get(name, ""), 1) == 0
                chosen[name] = _slider(name, known[name], f"{key}.{name}", of_no_use)
    return [f"augmentation.{name}={value:g}" for name, value in chosen.items() if not math.isclose(value, known[name])]


def limits(name: str) -> tuple[float, float, float]:
    """Return the least and the most that a recipe may say there, and a slider's step.

    >>> limits("scale"), limits("cutout_px")
    ((0.0, 0.49, 0.01), (1, 40, 1))
    """
    field = Augmentation.model_fields[name]
    kind = int if field.annotation is int else float
    step = kind(STEPS.get(name, 1 if kind is int else SHARE_STEP))
    low, high = kind(0), kind(1)
    for limit in field.metadata:
        low = kind(getattr(limit, "ge", getattr(limit, "gt", low - step) + step))
        high = kind(getattr(limit, "le", getattr(limit, "lt", high + step) - step))
    return low, high, step


def _slider(name: str, value: float, key: str, of_no_use: bool) -> float:
    low, high, step = limits(name)
    title, words = WORDS.get(name, (name.replace("_", " ").capitalize(), None))
    kind = type(step)
    # A recipe that was typed may lie between the slider's least step and the limit.
    chosen: float = st.slider(
        title, min(low, kind(value)), max(high, kind(value)), kind(value), step, help=words, key=key,
        format="percent" if step == SHARE_STEP else "%g", disabled=of_no_use,
    )  # fmt: skip
    return round(chosen, 4)
