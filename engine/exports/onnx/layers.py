"""Every layer kind as operators of ONNX, opset 17, in evaluation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from engine.layers.layer import Shape

SINGLE_ONLY = frozenset({"AveragePool", "Conv", "Elu", "Erf", "GlobalAveragePool", "Softplus"})
"""What onnxruntime computes in single precision only, on a processor."""

X, LAST = "x", "last"
"""Stand for the input of the block, and for what the operator before has given out."""


class Op(NamedTuple):
    """An operator. ``inputs`` are ``X``, ``LAST``, ``"source"``, names of the block's own numbers, or constants."""

    kind: str
    inputs: tuple[str | float | tuple[int, ...], ...] = (X,)
    attributes: dict[str, Any] = {}  # noqa: RUF012  never changed


def _dense(block: Any, shape: Shape) -> list[Op]:
    return [Op("Gemm", (X, "weight", "bias") if block.bias else (X, "weight"), {"transB": 1})]


def _conv2d(block: Any, shape: Shape) -> list[Op]:
    added = block.kernel_size - 1 if block.padding == "same" else 0
    before, after = added // 2, added - added // 2
    sizes = {"kernel_shape": [block.kernel_size] * 2, "strides": [block.stride] * 2}
    inputs = (X, "weight", "bias") if block.bias else (X, "weight")
    return [Op("Conv", inputs, {**sizes, "pads": [before, before, after, after]})]


def _batch_norm(block: Any, shape: Shape) -> list[Op]:
    return [Op("BatchNormalization", (X, "weight", "bias", "running_mean", "running_var"), {"epsilon": block.epsilon})]


def _layer_norm(block: Any, shape: Shape) -> list[Op]:
    return [Op("LayerNormalization", (X, "weight", "bias"), {"axis": 1, "epsilon": block.epsilon})]


def _gelu(block: Any, shape: Shape) -> list[Op]:
    """x (1 + erf(x / sqrt 2)) / 2."""
    return [
        Op("Div", (X, math.sqrt(2))),
        Op("Erf", (LAST,)),
        Op("Add", (LAST, 1.0)),
        Op("Mul", (LAST, X)),
        Op("Mul", (LAST, 0.5)),
    ]


def _pool(kind: str) -> Callable[[Any, Shape], list[Op]]:
    return lambda block, shape: [Op(kind, (X,), {"kernel_shape": [block.size] * 2, "strides": [block.size] * 2})]


LAYERS: dict[str, Callable[[Any, Shape], list[Op]]] = {
    "dense": _dense,
    "conv2d": _conv2d,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "relu": lambda block, shape: [Op("Relu")],
    "leaky_relu": lambda block, shape: [Op("LeakyRelu", (X,), {"alpha": block.slope})],
    "elu": lambda block, shape: [Op("Elu", (X,), {"alpha": block.alpha})],
    "gelu": _gelu,
    "silu": lambda block, shape: [Op("Sigmoid"), Op("Mul", (LAST, X))],
    "sigmoid": lambda block, shape: [Op("Sigmoid")],
    "tanh": lambda block, shape: [Op("Tanh")],
    "softplus": lambda block, shape: [Op("Softplus")],
    "softmax": lambda block, shape: [Op("Softmax", (X,), {"axis": 1})],
    "flatten": lambda block, shape: [Op("Flatten", (X,), {"axis": 1})],
    "reshape": lambda block, shape: [Op("Reshape", (X, (-1, *block.shape)))],
    "max_pool2d": _pool("MaxPool"),
    "average_pool2d": _pool("AveragePool"),
    "global_average_pool2d": lambda block, shape: [Op("GlobalAveragePool"), Op("Flatten", (LAST,), {"axis": 1})],
    "dropout": lambda block, shape: [Op("Identity")],
    "add": lambda block, shape: [Op("Add", (X, "source"))],
}
