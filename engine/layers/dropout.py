"""Dropout: noise that keeps units from relying on each other."""

import math
from typing import Annotated, ClassVar

from msgspec import Meta

from engine.layers.layer import Layer, Links, Room, Shape
from engine.lazy import Array


class Dropout(Layer, frozen=True, tag="dropout"):
    """In training drops every value with a probability and scales up the rest; else passes all (Srivastava et al.
    2014).
    """

    title: ClassVar[str] = "Dropout"
    formula: ClassVar[str] = "y = x × mask / (1 − rate)"
    shares: ClassVar[bool] = True
    group: ClassVar[str] = "Shape and flow"
    family: ClassVar[str] = "shape"
    keeps_shape: ClassVar[bool] = True
    overwrites: ClassVar[bool] = True
    links: ClassVar[Links] = "own"
    local: ClassVar[str] = "1 (off in evaluation)"

    rate: Annotated[float, Meta(ge=0, lt=1, title="Rate", description="probability to be dropped")] = 0.5

    @property
    def summary(self) -> str:
        return f"rate {self.rate:g}"

    def workspace(self, shape: Shape) -> int:
        """The mask."""
        return math.prod(shape)

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        if not kept.training:
            return x
        kept.mask = (kept.random(x) >= self.rate) * (1 / (1 - self.rate))
        return x * kept.mask

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        return dy * kept.mask if kept.training else dy
