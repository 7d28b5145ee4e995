"""Layers that change the shape and compute nothing."""

import math
from typing import Annotated, ClassVar

from msgspec import Meta

from engine.layers.layer import Layer, Links, Misfit, Room, Shape, inner_shape, times
from engine.lazy import Array, np


def flat(x: Array) -> Array:
    """Maps [height, channels, width, batch] as vectors [features, batch], channel by channel and row by row."""
    if x.ndim == 2:
        return x
    height, channels, width, batch = x.shape
    y = np.empty_like(x, shape=(channels * height * width, batch))
    y.reshape(channels, height, width, batch)[...] = x.transpose(1, 0, 2, 3)
    return y


def unflat(y: Array, shape: Shape) -> Array:
    """The other way round, to arrays of an inner shape (batch included)."""
    if len(shape) == 2:
        return y
    height, channels, width, batch = shape
    x = np.empty_like(y, shape=shape)
    x[...] = y.reshape(channels, height, width, batch).transpose(1, 0, 2, 3)
    return x


class Flatten(Layer, frozen=True, tag="flatten"):
    """Lays an image out as one long vector, channel by channel and row by row."""

    title: ClassVar[str] = "Flatten"
    formula: ClassVar[str] = "y = x, in one row"
    shares: ClassVar[bool] = True
    group: ClassVar[str] = "Shape and flow"
    family: ClassVar[str] = "shape"
    moves_only: ClassVar[bool] = True
    links: ClassVar[Links] = "own"
    local: ClassVar[str] = "1 (the same values)"

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        kept.shape = x.shape
        return flat(x)

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        return unflat(dy, kept.shape)


class Reshape(Layer, frozen=True, tag="reshape"):
    """Reads the same values, in the same order, as another shape: (features) or (channels, height, width)."""

    title: ClassVar[str] = "Reshape"
    formula: ClassVar[str] = "y = x, in another shape"
    shares: ClassVar[bool] = True
    group: ClassVar[str] = "Shape and flow"
    family: ClassVar[str] = "shape"
    moves_only: ClassVar[bool] = True
    links: ClassVar[Links] = "own"
    local: ClassVar[str] = "1 (the same values)"

    shape: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=16384)], ...],
        Meta(min_length=1, max_length=3, title="Shape", description="one number, or channels, height and width"),
    ] = (1, 8, 8)

    def __post_init__(self) -> None:
        if len(self.shape) == 2:
            raise ValueError("shape must be one number, or channels, height and width")

    @property
    def summary(self) -> str:
        return times(self.shape)

    def output_shape(self, shape: Shape) -> Shape:
        if math.prod(shape) != math.prod(self.shape):
            raise Misfit(f"to {times(self.shape)} needs {math.prod(self.shape)} values, gets {times(shape)}")
        return self.shape

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        kept.shape = x.shape
        return unflat(flat(x), (*inner_shape(self.shape), x.shape[-1]))

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        return unflat(flat(dy), kept.shape)
