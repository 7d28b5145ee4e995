"""Our chains in PyTorch, module by module. Importing this skips where there is no PyTorch."""

from __future__ import annotations

from typing import Any

import pytest

from engine.network import Network

torch = pytest.importorskip("torch")

ACTIVATIONS = {
    "relu": torch.nn.ReLU,
    "tanh": torch.nn.Tanh,
    "sigmoid": torch.nn.Sigmoid,
    "leaky_relu": lambda: torch.nn.LeakyReLU(0.01),
    "elu": lambda: torch.nn.ELU(1.0),
    "gelu": torch.nn.GELU,
    "silu": torch.nn.SiLU,
    "softplus": torch.nn.Softplus,
    "softmax": lambda: torch.nn.Softmax(1),
}
LOSSES = {
    "mean_squared_error": torch.nn.MSELoss,
    "mean_absolute_error": torch.nn.L1Loss,
    "huber": torch.nn.HuberLoss,
    "binary_cross_entropy": torch.nn.BCEWithLogitsLoss,
    "softmax_cross_entropy": torch.nn.CrossEntropyLoss,
}


class Twin(torch.nn.Module):
    """A chain of PyTorch's modules; an addition takes the output of an earlier one by its name."""

    def __init__(self, chain: Any, modules: Any) -> None:
        super().__init__()
        self.chain, self.parts = chain, torch.nn.ModuleList(modules)

    def forward(self, x: Any) -> Any:
        outputs = {}
        for block, part in zip(self.chain, self.parts, strict=True):
            x = outputs[block.name] = x + outputs[block.source] if block.sources else part(x)
        return x


def twin(network: Network) -> Any:
    """The same chain in PyTorch, with the same weights."""
    modules = []
    state = network.state_dict()
    for block, shape in zip(network.project.chain, network.shapes, strict=False):
        module = ACTIVATIONS[block.kind]() if block.kind in ACTIVATIONS else TWINS[block.kind](block, shape)
        for name, parameter in module.named_parameters():
            parameter.data[...] = torch.tensor(state[f"{block.name}.{name}"])
        modules.append(module)
    return Twin(network.project.chain, modules)


def same_padding(block: Any) -> tuple[int, int, int, int]:
    """Zeros at the left, right, top and bottom; the odd one at the end."""
    added = block.kernel_size - 1 if block.padding == "same" else 0
    return (added // 2, added - added // 2) * 2


class Convolution(torch.nn.Module):
    """A convolution of PyTorch behind the padding that ours means."""

    def __init__(self, block: Any, shape: Any) -> None:
        super().__init__()
        made = torch.nn.Conv2d(
            shape[0], block.filters, block.kernel_size, block.stride, bias=block.bias, dtype=torch.float64
        )
        self.weight, self.bias, self.block = made.weight, made.bias, block

    def forward(self, x: Any) -> Any:
        padded = torch.nn.functional.pad(x, same_padding(self.block))
        return torch.nn.functional.conv2d(padded, self.weight, self.bias, self.block.stride)


TWINS = {
    "dense": lambda block, shape: torch.nn.Linear(shape[0], block.units, bias=block.bias, dtype=torch.float64),
    "conv2d": Convolution,
    "add": lambda block, shape: torch.nn.Identity(),
    "batch_norm": lambda block, shape: (torch.nn.BatchNorm1d if len(shape) == 1 else torch.nn.BatchNorm2d)(
        shape[0], block.epsilon, block.momentum, dtype=torch.float64
    ),
    "layer_norm": lambda block, shape: torch.nn.LayerNorm(shape, block.epsilon, dtype=torch.float64),
    "dropout": lambda block, shape: torch.nn.Dropout(block.rate),
    "flatten": lambda block, shape: torch.nn.Flatten(),
    "reshape": lambda block, shape: torch.nn.Unflatten(1, block.shape),
    "max_pool2d": lambda block, shape: torch.nn.MaxPool2d(block.size),
    "average_pool2d": lambda block, shape: torch.nn.AvgPool2d(block.size),
    "global_average_pool2d": lambda block, shape: torch.nn.Sequential(
        torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    ),
}
