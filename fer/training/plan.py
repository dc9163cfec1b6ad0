"""A network as data: its layers, what comes out of each, and how many parameters it has, before anything is built.

Pages draw a plan and recipes are checked against it without Keras, which stays out of the server
(``fer.training.networks`` builds it there where training happens).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fer.errors import InputError

Shape = tuple[int, ...]
Padding = Literal["same", "valid"]


@dataclass(frozen=True)
class Layer:
    """One layer of a plan.

    Attributes:
        name: Unique in its plan.
        kind: ``input``, ``conv``, ``separable``, ``norm``, ``relu``, ``max_pool``, ``average``, ``flatten``,
            ``dense``, ``dropout`` or ``add``.
        inputs: Names of the layers it takes from.
        output: What comes out for one face: ``(h, w, c)`` or ``(n,)``.
        options: What the kind needs: width, kernel, stride, padding, bias, rate.
        parameters: All its numbers, trained or not.
        untrained: Those that training does not change by gradients: batch normalisation's mean and variance.
        multiplications: Multiply-adds for one face.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    output: Shape
    options: Mapping[str, Any] = field(default_factory=dict)
    parameters: int = 0
    untrained: int = 0
    multiplications: int = 0

    @property
    def words(self) -> str:
        """The layer in a few words, as "3 × 3 convolution, 64 channels"."""
        return words_of(self)


@dataclass(frozen=True)
class Plan:
    """A network: layers in the order they are computed, the first the input and the last the logits.

    Attributes:
        name: Of the architecture.
        layers: See ``Layer``.
        initialisation: How its weights are drawn when the recipe leaves it to the architecture, as Keras calls it.
    """

    name: str
    layers: tuple[Layer, ...]
    initialisation: str = "glorot_uniform"

    @property
    def parameters(self) -> int:
        """All parameters."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def untrained(self) -> int:
        """The parameters that no gradient changes."""
        return sum(layer.untrained for layer in self.layers)

    @property
    def multiplications(self) -> int:
        """Multiply-adds for one face."""
        return sum(layer.multiplications for layer in self.layers)


class Planner:
    """Puts a plan together layer by layer; each method returns the new layer's name, to be handed to the next.

    Raises:
        InputError: By every method, where a layer does not fit onto what comes in.
    """

    def __init__(self, name: str, input_shape: Shape, initialisation: str = "glorot_uniform"):
        self.name, self.initialisation = name, initialisation
        self._layers: dict[str, Layer] = {}
        self.input = self._put("input", (), input_shape)

    def conv(
        self, x: str, width: int, kernel: int, *, stride: int = 1, padding: Padding = "same", bias: bool = True
    ) -> str:
        """Add a convolution of ``width`` channels."""
        channels = self._map(x)[2]
        out = self._slide(x, kernel, stride, padding)
        parameters = kernel * kernel * channels * width + width * bias
        options = {"width": width, "kernel": kernel, "stride": stride, "padding": padding, "bias": bias}
        products = out[0] * out[1] * kernel * kernel * channels * width
        return self._put("conv", (x,), (*out, width), options, parameters, multiplications=products)

    def separable(self, x: str, width: int, kernel: int) -> str:
        """Add a depthwise separable convolution without bias, padded to the same size."""
        h, w, channels = self._map(x)
        self._slide(x, kernel, 1, "same")
        parameters = kernel * kernel * channels + channels * width
        options = {"width": width, "kernel": kernel}
        products = h * w * parameters
        return self._put("separable", (x,), (h, w, width), options, parameters, multiplications=products)

    def norm(self, x: str) -> str:
        """Add batch normalisation."""
        shape = self.shape(x)
        return self._put("norm", (x,), shape, {}, 4 * shape[-1], untrained=2 * shape[-1])

    def relu(self, x: str) -> str:
        """Add a rectifier."""
        return self._put("relu", (x,), self.shape(x))

    def max_pool(self, x: str, size: int = 2, stride: int = 2, padding: Padding = "valid") -> str:
        """Add a max pooling."""
        channels = self._map(x)[2]
        out = self._slide(x, size, stride, padding)
        return self._put("max_pool", (x,), (*out, channels), {"size": size, "stride": stride, "padding": padding})

    def average(self, x: str) -> str:
        """Add a global average pooling."""
        return self._put("average", (x,), (self._map(x)[2],))

    def flatten(self, x: str) -> str:
        """Put all values of a map into one row."""
        return self._put("flatten", (x,), (math.prod(self.shape(x)),))

    def dense(self, x: str, width: int) -> str:
        """Add a fully connected layer."""
        (came,) = self.shape(x)
        return self._put("dense", (x,), (width,), {"width": width}, came * width + width, multiplications=came * width)

    def dropout(self, x: str, rate: float) -> str:
        """Add a dropout; none is added where the rate is 0."""
        return self._put("dropout", (x,), self.shape(x), {"rate": rate}) if rate else x

    def add(self, x: str, y: str) -> str:
        """Add two maps of the same shape."""
        if self.shape(x) != self.shape(y):
            raise ValueError(f"{self.name}: {self.shape(x)} and {self.shape(y)} cannot be added")
        return self._put("add", (x, y), self.shape(x))

    def plan(self) -> Plan:
        """Return the plan of what was added."""
        return Plan(self.name, tuple(self._layers.values()), self.initialisation)

    def shape(self, x: str) -> Shape:
        """Return what comes out of a layer."""
        return self._layers[x].output

    def _map(self, x: str) -> Shape:
        shape = self.shape(x)
        if len(shape) != 3:
            raise ValueError(f"{self.name}: {x} gives no map but {shape}")
        return shape

    def _slide(self, x: str, kernel: int, stride: int, padding: Padding) -> tuple[int, int]:
        h, w, _ = self._map(x)
        if kernel > min(h, w):
            raise InputError(
                f"{self.name}, layer {len(self._layers)}: a window of {kernel} × {kernel} is larger than the map of "
                f"{h} × {w} that comes in. Take a larger input_px, a smaller kernel or fewer stages."
            )
        if padding == "same":
            return math.ceil(h / stride), math.ceil(w / stride)
        return (h - kernel) // stride + 1, (w - kernel) // stride + 1

    def _put(
        self,
        kind: str,
        inputs: tuple[str, ...],
        output: Shape,
        options: Mapping[str, Any] | None = None,
        parameters: int = 0,
        untrained: int = 0,
        multiplications: int = 0,
    ) -> str:
        name = f"{kind}_{sum(layer.kind == kind for layer in self._layers.values()) + 1}" if inputs else kind
        self._layers[name] = Layer(name, kind, inputs, output, options or {}, parameters, untrained, multiplications)
        return name


def words_of(layer: Layer) -> str:
    """Return a layer in a few words.

    >>> planner = Planner("example", (48, 48, 1))
    >>> name = planner.conv(planner.input, 64, 3)
    >>> words_of(planner.plan().layers[-1])
    '3 × 3 convolution, 64 channels'
    """
    o = layer.options
    match layer.kind:
        case "conv":
            stride = f", every {o['stride']}nd place" if o["stride"] == 2 else ""
            return f"{o['kernel']} × {o['kernel']} convolution, {o['width']} channels{stride}"
        case "separable":
            return f"{o['kernel']} × {o['kernel']} separable convolution, {o['width']} channels"
        case "max_pool":
            return f"{o['size']} × {o['size']} max pooling"
        case "dense":
            return f"fully connected, {o['width']}"
        case "dropout":
            return f"dropout {o['rate']:g}"
    plain = {
        "input": "grey face",
        "norm": "batch normalisation",
        "relu": "ReLU",
        "average": "average over the map",
        "flatten": "flatten",
        "add": "sum of both ways",
    }
    return plain[layer.kind]
