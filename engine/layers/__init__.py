"""The layer kinds. A new kind is one class in the file of its family and one name in this union."""

from __future__ import annotations

from typing import get_args

from engine.layers.activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Softplus, Tanh
from engine.layers.dense import Dense
from engine.layers.layer import Layer
from engine.layers.shape import Flatten

AnyLayer = Dense | ReLU | LeakyReLU | ELU | GELU | SiLU | Sigmoid | Tanh | Softplus | Softmax | Flatten
LAYERS: tuple[type[Layer], ...] = get_args(AnyLayer)

__all__ = ["LAYERS", "AnyLayer", "Layer"]
