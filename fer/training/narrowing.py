"""A network's weights for a narrower one of the same layers: the channels that matter most stay, in their old order.

Which channels go together follows from the plan: what is added must have the same ones. A channel matters as much as it
moves what comes after it: how far its own values spread, times the weights that read it.

Sources:
    Li et al. 2017, "Pruning Filters for Efficient ConvNets"; Liu et al. 2017, "Learning Efficient Convolutional
    Networks through Network Slimming", for the scale of batch normalisation as a measure.
"""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt

from fer.training.plan import Layer, Plan

FloatArray = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]
EPSILON = 1e-3
"""Keras's, of batch normalisation."""
READS = ("conv", "dense")
"""Kinds of layers that make channels of their own from those that come in."""
PASSES = ("norm", "relu", "max_pool", "average", "dropout", "add")
"""Kinds whose output has the channels of their input."""


def narrowed(wide: keras.Model, model: keras.Model, plan: Plan, *, exact: bool = False) -> list[FloatArray] | None:
    """Return a network's weights for another one of the same layers with as many channels or fewer.

    Args:
        wide: The network whose weights are taken.
        model: The network that they are for.
        plan: What ``model`` was built by.
        exact: Take nothing from a wider one: weights of several can be averaged only where their channels are the same.

    Returns:
        As ``model.set_weights`` takes them; None if the network has other layers, or fewer channels.
    """
    goal = [weight.shape for weight in model.weights]
    if [weight.shape for weight in wide.weights] == goal:
        weights: list[FloatArray] = wide.get_weights()
        return weights
    layers = [layer.name for layer in model.layers]
    if exact or [layer.name for layer in wide.layers] != layers:
        return None
    if not all(layer.kind in (*READS, *PASSES, "input") for layer in plan.layers):
        return None
    own = {layer.name: layer.get_weights() for layer in wide.layers}
    kept = _kept(plan, own)
    by_name = {layer.name: layer for layer in plan.layers}
    cut = [part for name in layers for part in _cut(by_name[name], own[name], kept)]
    return cut if [part.shape for part in cut] == goal else None


def _groups(plan: Plan) -> dict[str, str]:
    """Return for each layer the one that stands for all whose outputs have the same channels."""
    group: dict[str, str] = {}
    for layer in plan.layers:
        group[layer.name] = group[layer.inputs[0]] if layer.kind in PASSES else layer.name
        if layer.kind == "add":
            one, other = (group[name] for name in layer.inputs)
            group = {name: one if stands == other else stands for name, stands in group.items()}
    return group


def _kept(plan: Plan, weights: dict[str, list[FloatArray]]) -> dict[str, Indices]:
    """Return for each layer which channels of its output stay, and under "LAYER in" which of its input."""
    group = _groups(plan)
    spread, read = _spread(plan, weights, group), _read(plan, weights, group)
    chosen: dict[str, Indices] = {}
    for layer in plan.layers:
        name, width = group[layer.name], layer.output[-1]
        if name not in chosen:
            matters = spread.get(name, np.float32(1)) * read.get(name, np.float32(1))
            # Nothing reads the logits: all stay.
            order = np.argsort(-matters, kind="stable") if np.ndim(matters) else np.arange(width)
            chosen[name] = np.sort(order[:width])
    return {layer.name: chosen[group[layer.name]] for layer in plan.layers} | {
        f"{layer.name} in": chosen[group[layer.inputs[0]]] for layer in plan.layers if layer.inputs
    }


def _spread(plan: Plan, weights: dict[str, list[FloatArray]], group: dict[str, str]) -> dict[str, FloatArray]:
    """Return by group how far each channel's values spread: batch normalisation says so."""
    found: dict[str, FloatArray] = {}
    for layer in plan.layers:
        if layer.kind == "norm":
            gamma = weights[layer.name][0]
            found[group[layer.name]] = found.get(group[layer.name], np.float32(0)) + gamma**2
    return found


def _read(plan: Plan, weights: dict[str, list[FloatArray]], group: dict[str, str]) -> dict[str, FloatArray]:
    """Return by group how much each channel counts where it is read, in the scale that comes out there."""
    scales = {}
    for layer in plan.layers:
        if layer.kind == "norm":
            gamma, _, _, variance = weights[layer.name]
            scales[layer.inputs[0]] = gamma / np.sqrt(variance + EPSILON)
    found: dict[str, FloatArray] = {}
    for layer in plan.layers:
        if layer.kind in READS:
            kernel = weights[layer.name][0] * scales.get(layer.name, np.float32(1))
            others = tuple(axis for axis in range(kernel.ndim) if axis != kernel.ndim - 2)
            came = group[layer.inputs[0]]
            found[came] = found.get(came, np.float32(0)) + (kernel**2).sum(axis=others)
    return found


def _cut(layer: Layer, own: list[FloatArray], kept: dict[str, Indices]) -> list[FloatArray]:
    if layer.kind not in READS:
        return [part[kept[layer.name]] for part in own]
    kernel, *bias = own
    kernel = kernel[..., kept[f"{layer.name} in"], :][..., kept[layer.name]]
    return [kernel, *(part[kept[layer.name]] for part in bias)]
