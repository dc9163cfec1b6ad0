"""Networks, each a small function that builds a Keras model for any input size and class count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras import Model, initializers, layers

# Keras ships no type information, so its tensors are Any here.
Tensor = Any


def _conv_bn(x: Tensor, width: int, kernel: int) -> Tensor:
    # He initialisation suits the ReLU that follows; batch normalisation makes the bias superfluous.
    x = layers.Conv2D(width, kernel, padding="same", use_bias=False, kernel_initializer=initializers.HeNormal())(x)
    return layers.BatchNormalization()(x)


def _residual_block(x: Tensor, width: int) -> Tensor:
    skip = _conv_bn(x, width, 1)
    x = layers.ReLU()(_conv_bn(x, width, 3))
    x = _conv_bn(x, width, 3)
    return layers.ReLU()(layers.Add()([x, skip]))


def residual_cnn(
    input_shape: tuple[int, int, int] = (44, 44, 1),
    classes: int = 7,
    widths: Sequence[int] = (32, 64, 128, 256),
    dropout: float = 0.3,
) -> Model:
    """Our first network: a residual block and a 2 x 2 max pooling per width, then global average pooling.

    1.22 million parameters with the default widths; every convolution is 3 x 3 (1 x 1 on the skips), which
    ONNX Runtime runs in under a millisecond a face.

    Args:
        input_shape: Height, width, channels.
        classes: How many logits come out.
        widths: Channels of each stage.
        dropout: Share of the pooled features that is dropped while training.

    Returns:
        An uncompiled model from float32 images ``(n, h, w, c)`` to float32 logits ``(n, classes)``.

    Sources:
        He et al. 2016, "Deep Residual Learning for Image Recognition".
    """
    image = x = layers.Input(input_shape)
    for stage, width in enumerate(widths):
        if stage:
            x = layers.MaxPooling2D(2)(x)
        x = _residual_block(x, width)
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))
    # Logits in float32 also where the rest computes in bfloat16: softmax needs the precision.
    return Model(image, layers.Dense(classes, dtype="float32", name="logits")(x), name="residual_cnn")
