"""Layers that change the shape and compute nothing."""

import math
from typing import ClassVar

from engine.layers.layer import Layer, Room, Shape
from engine.lazy import Array, np


class Flatten(Layer, frozen=True, tag="flatten"):
    """Lays an image out as one long vector, channel by channel and row by row."""

    title: ClassVar[str] = "Flatten"
    group: ClassVar[str] = "Shape and flow"
    family: ClassVar[str] = "shape"
    moves_only: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        kept.shape = x.shape
        if x.ndim == 2:
            return x
        height, channels, width, batch = x.shape
        y = np.empty_like(x, shape=(channels * height * width, batch))
        y.reshape(channels, height, width, batch)[...] = x.transpose(1, 0, 2, 3)
        return y

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        if len(kept.shape) == 2:
            return dy
        height, channels, width, batch = kept.shape
        dx = np.empty_like(dy, shape=kept.shape)
        dx[...] = dy.reshape(channels, height, width, batch).transpose(1, 0, 2, 3)
        return dx
