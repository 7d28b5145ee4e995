"""Activations: each output depends on its own input alone, so backward is one product with the slope."""

from typing import Annotated, ClassVar

from msgspec import Meta

from engine.layers.layer import Layer, Room
from engine.layers.masks import positive, select
from engine.lazy import Array, np


class Activation(Layer, frozen=True):
    """An elementwise function. ``derivative`` is its slope, written with the output where that is shorter."""

    group: ClassVar[str] = "Activations"
    family: ClassVar[str] = "activation"
    keeps_shape: ClassVar[bool] = True
    overwrites: ClassVar[bool] = True
    reads_y: ClassVar[bool] = True
    has_slope: ClassVar[bool] = True

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        return dy * kept.slope

    def curve(self, x: Array) -> Array:
        """The function itself, for a picture of it."""
        return self.forward(x, Room(), Room())


class ReLU(Activation, frozen=True, tag="relu"):
    """Passes what is positive and blocks the rest: max(0, x). Its slope is 1 or 0; at 0 it counts as 0."""

    title: ClassVar[str] = "ReLU"

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return np.maximum(x, 0)

    def derivative(self, x: Array, y: Array) -> Array:
        return positive(y)

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        return select(kept.slope, dy)


class LeakyReLU(Activation, frozen=True, tag="leaky_relu"):
    """ReLU that lets a little through below zero, so that no unit can die: max(x, slope x)."""

    title: ClassVar[str] = "Leaky ReLU"
    slope: Annotated[
        float, Meta(ge=0, le=1, title="Slope", description="slope below zero: 0 is ReLU, 1 changes nothing")
    ] = 0.01

    @property
    def summary(self) -> str:
        return f"slope {self.slope:g}"

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return np.maximum(x, x * self.slope)

    def derivative(self, x: Array, y: Array) -> Array:
        return (y > 0) * (1 - self.slope) + self.slope


class Sigmoid(Activation, frozen=True, tag="sigmoid"):
    """Squeezes every value between 0 and 1: 1 / (1 + exp(-x)). Its slope is at most 1/4."""

    title: ClassVar[str] = "Sigmoid"

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return np.tanh(x * 0.5) * 0.5 + 0.5  # the same function; cannot overflow

    def derivative(self, x: Array, y: Array) -> Array:
        return y - y * y


class Tanh(Activation, frozen=True, tag="tanh"):
    """Squeezes every value between -1 and 1. Its slope is 1 at 0 and falls towards 0 on both sides."""

    title: ClassVar[str] = "Tanh"

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return np.tanh(x)

    def derivative(self, x: Array, y: Array) -> Array:
        return 1 - y * y
