"""The network of a recipe: its numbers, a drawing, and its layers as a table; all from its plan, without Keras."""

from __future__ import annotations

import math
from html import escape

import streamlit as st

from fer.training.architectures import TITLES
from fer.training.plan import Layer, Plan
from fer.training.recipe import Recipe

DRAWN = {"input", "conv", "separable", "max_pool", "average", "flatten", "dense", "add"}
"""Kinds that have a block of their own in the drawing; the others change no shape."""
COLOURS = {"conv": "#2a7f74", "separable": "#4a9c91", "dense": "#4363de", "max_pool": "#d17d0b", "add": "#8d5680"}
HEIGHT, GAP, LABELS = 130, 14, 44


def network_block(recipe: Recipe) -> None:
    """Show what is going to be trained."""
    title = TITLES[recipe.architecture.kind]
    if recipe.is_baseline:
        st.subheader(title, anchor=False)
        st.markdown("No network and no epochs: it is fitted in one go, to have something to be better than.")
        return
    plan = recipe.plan()
    st.subheader(title, anchor=False)
    st.markdown(
        f"**{plan.parameters:,} parameters** ({plan.untrained:,} of them not trained by gradients), "
        f"{plan.multiplications / 1e6:,.1f} million multiplications a face, input {recipe.input_px} × {recipe.input_px}"
    )
    st.image(drawing(plan), width="content")
    st.caption(
        "As high as the map, as wide as its channels, whose number stands below. Green: convolution; orange: pooling; "
        "blue: fully connected; violet: the sum of two ways; grey: nothing to learn."
    )
    with st.expander(f"All {len(plan.layers)} layers"):
        st.dataframe(layer_table(plan), hide_index=True, key="train.layers")


def layer_table(plan: Plan) -> dict[str, list[str]]:
    """Return the layers as columns of a table."""
    return {
        "Layer": [layer.words for layer in plan.layers],
        "Comes out": [shape_words(layer) for layer in plan.layers],
        "Parameters": [f"{layer.parameters:,}" for layer in plan.layers],
        "Takes from": [", ".join(layer.inputs) for layer in plan.layers],
        "Name": [layer.name for layer in plan.layers],
    }


def shape_words(layer: Layer) -> str:
    """Return what comes out of a layer.

    >>> shape_words(Layer("a", "conv", (), (48, 48, 64)))
    '48 × 48 × 64'
    """
    return " × ".join(f"{n:,}" for n in layer.output)


def drawing(plan: Plan) -> str:
    """Return the network as SVG: blocks as high as their maps and as wide as their channels, left to right."""
    blocks = [layer for layer in plan.layers if layer.kind in DRAWN]
    places: dict[str, tuple[float, float, float]] = {}
    parts: list[str] = []
    x = GAP / 2
    side = plan.layers[0].output[0]
    for layer in blocks:
        height, width = _size(layer, side)
        places[layer.name] = (x, width, height)
        y = LABELS / 2 + (HEIGHT - height) / 2
        colour = COLOURS.get(layer.kind, "#8f928c")
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2" fill="{colour}">'
            f"<title>{escape(layer.words)}: {shape_words(layer)}, {layer.parameters:,} parameters</title></rect>"
        )
        if layer.kind not in ("add", "max_pool", "flatten", "average"):
            parts.append(_label(x + width / 2, LABELS / 2 + HEIGHT + 14, f"{layer.output[-1]}"))
        x += width + GAP
    arcs = [_arc(places, layer) for layer in blocks if layer.kind == "add"]
    alt = f"Drawing of the network, {len(blocks)} blocks from the face on the left to seven emotions on the right"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{x:.0f}" height="{HEIGHT + LABELS}" '
        f'viewBox="0 0 {x:.0f} {HEIGHT + LABELS}" role="img" aria-label="{escape(alt)}">{"".join(parts + arcs)}</svg>'
    )


def _size(layer: Layer, side: int) -> tuple[float, float]:
    if len(layer.output) == 3:
        height = max(8.0, HEIGHT * layer.output[0] / side)
        width = 6 + 4 * math.log2(layer.output[2] + 1)
    else:
        height, width = max(8.0, min(HEIGHT, 12 * math.log2(layer.output[0] + 1))), 8.0
    return height, 8.0 if layer.kind in ("add", "max_pool") else width


def _label(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" text-anchor="middle" fill="#7d8784">{text}</text>'


def _arc(places: dict[str, tuple[float, float, float]], layer: Layer) -> str:
    """Draw the way around a block that a sum closes."""
    to_x = places[layer.name][0] + places[layer.name][1] / 2
    before = [name for name in places if places[name][0] < to_x]
    # Two convolutions and a skip stand before a sum in every network here.
    start = places[before[max(0, len(before) - 4)]]
    from_x, top = start[0] + start[1] / 2, 6
    return (
        f'<path d="M{from_x:.1f} {LABELS / 2 - 2} C{from_x:.1f} {top - 8}, {to_x:.1f} {top - 8}, {to_x:.1f} '
        f'{LABELS / 2 - 2}" fill="none" stroke="#8d5680" stroke-width="1.2"/>'
    )
