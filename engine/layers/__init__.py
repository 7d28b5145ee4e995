"""The layer kinds. A new kind is one class in the file of its family and one name in this union."""

from __future__ import annotations

from typing import get_args

from engine.layers.activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh
from engine.layers.convolution import Conv2D
from engine.layers.dense import Dense
from engine.layers.dropout import Dropout
from engine.layers.layer import Layer
from engine.layers.merge import Add
from engine.layers.normalization import BatchNorm, LayerNorm
from engine.layers.pooling import AveragePool2D, GlobalAveragePool2D, MaxPool2D
from engine.layers.shape import Flatten, Reshape

AnyLayer = (
    Dense
    | Conv2D
    | BatchNorm
    | LayerNorm
    | ReLU
    | LeakyReLU
    | ELU
    | GELU
    | SiLU
    | Sigmoid
    | Tanh
    | Softplus
    | Softmax
    | Flatten
    | Reshape
    | MaxPool2D
    | AveragePool2D
    | GlobalAveragePool2D
    | Dropout
    | Add
)
LAYERS: tuple[type[Layer], ...] = get_args(AnyLayer)

__all__ = ["LAYERS", "AnyLayer", "Layer"]
