"""What gradients say about one face: Grad-CAM, integrated gradients, filters and feature maps of a Keras network.

Keras is loaded here, so only worker processes import this module (decision 0001).

Sources:
    Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization".
    Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks" (integrated gradients).
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from fer.evaluation.keras_network import fresh_copy

FloatArray = npt.NDArray[np.float32]

STEPS = 32
"""Pictures on the way from plain grey to the face: the sum then differs by a few percent from what it stands for."""
MOST_MAPS = 32
"""Of a layer's maps those are kept that answer most strongly to the face."""
CONVOLUTIONS = (
    keras.layers.Conv2D, keras.layers.SeparableConv2D, keras.layers.DepthwiseConv2D, keras.layers.Conv2DTranspose,
)  # fmt: skip
AFTER = (
    keras.layers.BatchNormalization, keras.layers.ReLU, keras.layers.Activation, keras.layers.LeakyReLU,
    keras.layers.ELU, keras.layers.PReLU,
)  # fmt: skip
DROPOUTS = (keras.layers.Dropout, keras.layers.SpatialDropout2D)
COARSER = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D, *DROPOUTS)


def with_scores(model: keras.Model) -> keras.Model:
    """Return a network of the same weights that ends in scores before softmax, as Grad-CAM is defined on.

    Scores and probabilities put the emotions in the same order. It is a copy, so the network itself still gives what it
    gave.
    """
    copy = fresh_copy(model)
    last = copy.layers[-1]
    if isinstance(last, keras.layers.Softmax) or (
        isinstance(last, keras.layers.Activation) and last.activation is keras.activations.softmax
    ):
        return keras.Model(copy.input, last.input)
    if getattr(last, "activation", None) is keras.activations.softmax:
        last.activation = keras.activations.linear
    return copy


def convolutions(model: keras.Model) -> list[str]:
    """Return the names of the layers that convolve and keep places apart, from the face on."""
    return [layer.name for layer in model.layers if convolves(layer) and len(layer.output.shape) == 4]


def convolves(layer: Any) -> bool:
    """Whether a layer is a convolution, or a network of its own that has some."""
    return isinstance(layer, CONVOLUTIONS) or any(convolves(inner) for inner in getattr(layer, "layers", ()))


def last_maps(model: keras.Model) -> str | None:
    """Return the layer whose maps Grad-CAM weighs: the last that has a place for everything; None where none has.

    It lies behind the last convolution, with its norm, rectifier and sum, and before pooling makes it coarser.
    """
    names = convolutions(model)
    if not names:
        return None
    places = [layer.name for layer in model.layers]
    for layer in reversed(model.layers[places.index(names[-1]) :]):
        shape = layer.output.shape
        if len(shape) == 4 and shape[1] * shape[2] > 1 and not isinstance(layer, COARSER):
            return str(layer.name)
    return str(names[-1])


def grad_cam(model: keras.Model, face: FloatArray, layer: str) -> FloatArray:
    """Return Grad-CAM for every class at once.

    Args:
        model: Ends in scores, see ``with_scores``.
        face: Scaled, shape ``(1, h, w, 1)``, float32.
        layer: Whose maps are weighed, as ``last_maps`` gives it.

    Returns:
        Shape ``(classes, h', w')`` in the maps' size, float32, at least 0: the maps' sum, each weighed by the mean
        gradient of the class's score, with what speaks against the class cut off.

    Sources:
        Selvaraju et al. 2017, eq. 1 and 2.
    """
    both = keras.Model(model.input, [model.get_layer(layer).output, model.output])
    with tf.GradientTape(persistent=True) as tape:
        image = tf.constant(face)
        tape.watch(image)
        maps, scores = both(image, training=False)
        each = tf.unstack(scores[0])
    heat = []
    for score in each:
        gradient = tape.gradient(score, maps)
        weights = tf.reduce_mean(gradient, axis=(1, 2))[0]
        heat.append(tf.nn.relu(tf.reduce_sum(maps[0] * weights, axis=-1)).numpy())
    return np.asarray(np.stack(heat), np.float32)


def integrated_gradients(
    model: keras.Model, face: FloatArray, steps: int = STEPS, grey: float = 0.0
) -> tuple[FloatArray, float]:
    """Return how much each pixel adds to every class's score, on the way from a plain grey picture to the face.

    Args:
        model: Ends in scores.
        face: Scaled, shape ``(1, h, w, 1)``, float32.
        steps: Places on the way, at the middles of equal parts.
        grey: That picture's value, scaled; 0 is the mean grey where the mean is subtracted.

    Returns:
        Shape ``(classes, h, w)``, float32, signed; and the largest gap between a class's sum and the difference of its
        scores, as a share of that difference's size: 0 if there were infinitely many steps.

    Sources:
        Sundararajan et al. 2017, eq. 3 and proposition 1 (completeness).
    """
    way = (np.arange(steps, dtype=np.float32) + 0.5) / steps
    with tf.GradientTape(persistent=True) as tape:
        images = tf.constant(grey + way[:, None, None, None] * (face - np.float32(grey)))
        tape.watch(images)
        each = tf.unstack(tf.reduce_sum(model(images, training=False), axis=0))
    way_px = face[0, ..., 0] - np.float32(grey)
    added = np.stack([
        tf.reduce_mean(tape.gradient(score, images), axis=0).numpy()[..., 0] * way_px for score in each
    ])  # fmt: skip
    ends = model(np.concatenate([np.full_like(face, grey), face]), training=False).numpy()
    differences = ends[1] - ends[0]
    gaps = np.abs(added.sum(axis=(1, 2)) - differences)
    return np.asarray(added, np.float32), float(gaps.max() / max(float(np.abs(differences).max()), 1e-6))


def first_filters(model: keras.Model) -> FloatArray | None:
    """Return the filters of the first convolution, mean over its input channels, shape ``(n, kh, kw)``; or None."""
    for layer in model.layers:
        if not isinstance(layer, CONVOLUTIONS) and convolves(layer):
            return first_filters(layer)
        if isinstance(layer, CONVOLUTIONS):
            # A depthwise kernel has its multiplier last, as others have their filters.
            kernel = np.asarray(layer.get_weights()[0], np.float32)
            return np.asarray(np.moveaxis(kernel.mean(axis=2), -1, 0), np.float32)
    return None


def feature_maps(model: keras.Model, face: FloatArray) -> dict[str, FloatArray]:
    """Return what every layer that keeps places apart makes of a face: convolutions, sums, poolings.

    Each is taken behind the norm and the rectifier that follow it alone; dropout leaves maps as they are.

    Args:
        model: The network; it has a convolution, see ``convolutions``.
        face: Scaled, shape ``(1, h, w, 1)``, float32.

    Returns:
        By layer, from the face on: shape ``(n, h', w')``, float32, those maps first that answer most strongly; at most
        ``MOST_MAPS``.
    """
    places = [layer.name for layer in model.layers]
    ends: dict[str, str] = {}
    for layer in model.layers[places.index(convolutions(model)[0]) :]:
        if len(layer.output.shape) == 4 and not isinstance(layer, DROPOUTS):
            # A norm or rectifier that follows a layer alone has that layer's end, and is shown with it.
            ends.setdefault(_followed(model, layer).name, layer.name)
    outputs = keras.Model(model.input, [model.get_layer(end).output for end in ends])(face, training=False)
    outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
    found = {}
    for name, output in zip(ends.values(), outputs, strict=True):
        maps = np.moveaxis(output.numpy()[0], -1, 0)
        strongest = np.argsort(-np.abs(maps).mean(axis=(1, 2)), kind="stable")[:MOST_MAPS]
        found[name] = np.asarray(maps[strongest], np.float32)
    return found


def _followed(model: keras.Model, layer: Any) -> Any:
    """Return the last of the norms and rectifiers that follow a layer and nothing else."""
    takers = [other for other in model.layers if _takes(other, layer)]
    if len(takers) == 1 and isinstance(takers[0], AFTER):
        return _followed(model, takers[0])
    return layer


def _takes(layer: Any, source: Any) -> bool:
    inputs = layer.input if isinstance(layer.input, list | tuple) else [layer.input]
    return any(tensor is source.output for tensor in inputs)
