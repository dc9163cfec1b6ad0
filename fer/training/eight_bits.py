"""An exported network in whole numbers of eight bits: quicker, a quarter of the size, a little less exact.

Sources:
    Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference";
    ONNX Runtime's ``onnxruntime.quantization``, which does it.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.errors import ModelError

FloatArray = npt.NDArray[np.float32]

BATCH = 32
CALIBRATED_ON = 256
"""Training faces are enough; ONNX Runtime keeps what every layer makes of them in memory, 3 MB a face."""
INSTEAD = "Publish it in float32."
LAST_LAYERS = ("Gemm", "MatMul")
PERCENTILE = 99.99
"""Of those values. The few beyond it are clipped, so that all the others are told apart more finely."""


def in_eight_bits(exported: Path, path: Path, faces: FloatArray) -> None:
    """Write a network's export in eight bits.

    What comes before the first pooling stays in float32, since it makes most of the error and has too few channels to
    gain by it; so does the last layer, which takes no time.

    Args:
        exported: The ONNX file in float32.
        path: Where to write; may be ``exported``.
        faces: Scaled training faces, shape ``(n, h, w, 1)``, n at least 1, whose values at each layer give the ranges
            that eight bits have to span.

    Raises:
        ModelError: If ONNX Runtime cannot write it so, or nothing in it would be computed in eight bits.
    """
    import onnx

    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "int8.onnx"
        try:
            _quantize(exported, Path(folder) / "folded.onnx", whole, faces)
        # What ONNX Runtime's tools raise about a graph that they cannot take is open.
        except Exception as problem:
            why = (str(problem).strip().splitlines() or [type(problem).__name__])[0][:200]
            raise ModelError(f"The network could not be written in eight bits ({why}). {INSTEAD}") from problem
        if not any(node.op_type == "QuantizeLinear" for node in onnx.load(str(whole)).graph.node):
            raise ModelError(f"Nothing in this network would be computed in eight bits. {INSTEAD}")
        shutil.copyfile(whole, path)


def _quantize(exported: Path, folded: Path, whole: Path, faces: FloatArray) -> None:
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    # The library prints what it does, and what it would advise.
    with contextlib.redirect_stdout(io.StringIO()):
        quant_pre_process(str(exported), str(folded), skip_symbolic_shape=True)
        model = onnx.load(str(folded))
        _pool_first(model.graph)
        onnx.save(model, str(folded))
        quantization.quantize_static(
            str(folded),
            str(whole),
            _Faces(model.graph.input[0].name, faces),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            # Seven bits for weights: processors without VNNI add two products in 16 bits, which would overflow.
            reduce_range=True,
            nodes_to_exclude=_in_float(model.graph),
            calibrate_method=quantization.CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": PERCENTILE},
        )


class _Faces:
    """Hands faces to ONNX Runtime's calibration, batch by batch."""

    def __init__(self, name: str, faces: FloatArray):
        self._name = name
        # Batches of one size: the library cannot put others together.
        size = min(BATCH, len(faces))
        self._batches = iter([faces[i : i + size] for i in range(0, len(faces) - size + 1, size)])

    def get_next(self) -> dict[str, FloatArray] | None:
        """Return the next batch by the input's name, None after the last."""
        batch = next(self._batches, None)
        return None if batch is None else {self._name: batch}


def _pool_first(graph: Any) -> None:
    """Let the first rectifier before a max pooling come after it: the same numbers.

    ONNX Runtime moves the change to eight bits before a pooling that it follows directly, and pools eight bits in an
    order of theirs that takes ten times as long.
    """
    made_by = {name: node for node in graph.node for name in node.output}
    pool = next((node for node in graph.node if node.op_type == "MaxPool"), None)
    relu = made_by.get(pool.input[0]) if pool else None
    if pool is None or relu is None or relu.op_type != "Relu":
        return
    if sum(relu.output[0] in node.input for node in graph.node) > 1:
        return
    nodes, came, goes = list(graph.node), relu.input[0], pool.output[0]
    between = f"{goes} before the rectifier"
    pool.input[0], pool.output[0] = came, between
    relu.input[0], relu.output[0] = between, goes
    at, to = nodes.index(relu), nodes.index(pool)
    nodes[at], nodes[to] = nodes[to], nodes[at]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(nodes)


def _in_float(graph: Any) -> list[str]:
    """Return the names of the layers that stay in float32: the first stage with its pooling, or convolution; the last.

    Graphs list a layer after those that it takes from.
    """
    kinds = [node.op_type for node in graph.node]
    ends = next((kinds.index(kind) for kind in ("MaxPool", "Conv") if kind in kinds), 0)
    if "MaxPool" in kinds and kinds[ends + 1 : ends + 2] == ["Relu"]:
        ends += 1
    last = [node.name for node in graph.node if node.op_type in LAST_LAYERS][-1:]
    return [node.name for node in graph.node][: ends + 1] + last
