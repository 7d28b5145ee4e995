"""Every layer kind in PyTorch: the module that holds its numbers, and its output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from engine.exports.code import call
from engine.layers.layer import Shape


@dataclass(frozen=True)
class Written:
    """A block in PyTorch. ``output`` is an expression with ``{x}`` for the input, ``{self}`` for the block's module and
    ``{source}`` for the output that a shortcut brings; ``module`` makes the module, if there is one.
    """

    output: str
    module: str = ""
    arguments: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)

    def construction(self, name: str) -> str:
        """The statement that makes the module."""
        return call(self.module, *self.arguments, before=f"self.{name} = ", indent=8, **self.named)


def _module(function: str, *arguments: object, **named: object) -> Written:
    return Written("{self}({x})", function, arguments, named)


def _dense(block: Any, shape: Shape) -> Written:
    return _module("nn.Linear", shape[0], block.units, **_unless(block.bias, bias=False))


def _conv2d(block: Any, shape: Shape) -> Written:
    """PyTorch pads both ends alike; what an even kernel needs more at the end is put there before."""
    same = block.padding == "same"
    before, odd = (block.kernel_size - 1) // 2, (block.kernel_size - 1) % 2
    made = _module(
        "nn.Conv2d",
        shape[0],
        block.filters,
        block.kernel_size,
        **_unless(block.stride == 1, stride=block.stride),
        **_unless(not same or odd or not before, padding=before),
        **_unless(block.bias, bias=False),
    )
    if same and odd:
        return replace(made, output=f"{{self}}(functional.pad({{x}}, {(before, before + 1) * 2}))")
    return made


def _batch_norm(block: Any, shape: Shape) -> Written:
    kind = "nn.BatchNorm1d" if len(shape) == 1 else "nn.BatchNorm2d"
    return _module(kind, shape[0], eps=block.epsilon, momentum=block.momentum)


def _layer_norm(block: Any, shape: Shape) -> Written:
    return _module("nn.LayerNorm", shape[0] if len(shape) == 1 else shape, eps=block.epsilon)


def _unless(usual: object, **named: object) -> dict[str, object]:
    """An argument that is left out where PyTorch's own default is meant."""
    return {} if usual else named


LAYERS: dict[str, Callable[[Any, Shape], Written]] = {
    "dense": _dense,
    "conv2d": _conv2d,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "relu": lambda block, shape: Written("functional.relu({x})"),
    "leaky_relu": lambda block, shape: Written(f"functional.leaky_relu({{x}}, {block.slope!r})"),
    "elu": lambda block, shape: Written(f"functional.elu({{x}}, {block.alpha!r})"),
    "gelu": lambda block, shape: Written("functional.gelu({x})"),
    "silu": lambda block, shape: Written("functional.silu({x})"),
    "sigmoid": lambda block, shape: Written("torch.sigmoid({x})"),
    "tanh": lambda block, shape: Written("torch.tanh({x})"),
    "softplus": lambda block, shape: Written("functional.softplus({x})"),
    "softmax": lambda block, shape: Written("torch.softmax({x}, dim=1)"),
    "flatten": lambda block, shape: Written("{x}.flatten(1)"),
    "reshape": lambda block, shape: Written(f"{{x}}.reshape(-1, {', '.join(map(str, block.shape))})"),
    "max_pool2d": lambda block, shape: Written(f"functional.max_pool2d({{x}}, {block.size})"),
    "average_pool2d": lambda block, shape: Written(f"functional.avg_pool2d({{x}}, {block.size})"),
    "global_average_pool2d": lambda block, shape: Written("{x}.mean((2, 3))"),
    "dropout": lambda block, shape: _module("nn.Dropout", block.rate),
    "add": lambda block, shape: Written("{x} + {source}"),
}
