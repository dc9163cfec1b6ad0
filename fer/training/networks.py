"""Networks in Keras, built from their plans; the same on TensorFlow, JAX and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from fer.training.plan import Layer, Plan

# Keras ships no type information, so its tensors and layers are Any here.
Tensor = Any

INITIALISATIONS = {"uniform": "random_uniform", "normal": "random_normal"}
"""What Keras calls otherwise than recipes do."""


def build_network(
    plan: Plan, *, initialisation: str = "own", l1: float = 0.0, l2: float = 0.0, policy: str = "float32"
) -> keras.Model:
    """Build a plan.

    Args:
        plan: The network.
        initialisation: How kernels are drawn; ``own`` leaves it to the architecture.
        l1: Weight of the sum of all kernels' absolute values in the loss.
        l2: Weight of the sum of their squares.
        policy: ``float32``, or ``mixed_bfloat16``: computes in bfloat16 and keeps weights in float32.

    Returns:
        An uncompiled model from float32 images ``(n, h, w, c)`` to float32 logits ``(n, classes)``.
    """
    own = initialisation == "own"
    drawn = plan.initialisation if own else INITIALISATIONS.get(initialisation, initialisation)
    regularizer = keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
    image = layers.Input(plan.layers[0].output, name=plan.layers[0].name)
    tensors: dict[str, Tensor] = {plan.layers[0].name: image}
    for layer in plan.layers[1:]:
        # Logits in float32 also where the rest computes in bfloat16: softmax needs the precision.
        last = layer is plan.layers[-1]
        # No rectifier follows the logits, which is what He's initialisation is for.
        kernels = {
            "kernel_initializer": "glorot_uniform" if own and last else drawn,
            "kernel_regularizer": regularizer,
        }
        came = [tensors[name] for name in layer.inputs]
        made = _keras_layer(layer, kernels, "float32" if last else policy)
        tensors[layer.name] = made(came if layer.kind == "add" else came[0])
    return keras.Model(image, tensors[plan.layers[-1].name], name=plan.name)


def _keras_layer(layer: Layer, kernels: dict[str, Any], dtype: str) -> Any:
    o, same = layer.options, {"dtype": dtype, "name": layer.name}
    separate = {
        f"{part}_{name.removeprefix('kernel_')}": value
        for part in ("depthwise", "pointwise")
        for name, value in kernels.items()
    }
    makers: dict[str, Callable[[], Any]] = {
        "conv": lambda: layers.Conv2D(
            o["width"], o["kernel"], strides=o["stride"], padding=o["padding"], use_bias=o["bias"], **kernels, **same
        ),
        "separable": lambda: layers.SeparableConv2D(
            o["width"], o["kernel"], padding="same", use_bias=False, **separate, **same
        ),
        "norm": lambda: layers.BatchNormalization(**same),
        "relu": lambda: layers.ReLU(**same),
        "max_pool": lambda: layers.MaxPooling2D(o["size"], strides=o["stride"], padding=o["padding"], **same),
        "average": lambda: layers.GlobalAveragePooling2D(**same),
        "flatten": lambda: layers.Flatten(**same),
        "dense": lambda: layers.Dense(o["width"], **kernels, **same),
        "dropout": lambda: layers.Dropout(o["rate"], **same),
        "add": lambda: layers.Add(**same),
    }
    return makers[layer.kind]()
