"""Layers with more than one input: the block before them and earlier ones, named."""

from typing import Annotated, ClassVar

from msgspec import Meta

from engine.layers.layer import Layer, Links, Room
from engine.lazy import Array


class Add(Layer, frozen=True, tag="add"):
    """Adds the output of an earlier block: a shortcut past the blocks between, for values and gradients alike (He et
    al. 2016).
    """

    title: ClassVar[str] = "Add"
    formula: ClassVar[str] = "y = x + shortcut"
    shares: ClassVar[bool] = True
    group: ClassVar[str] = "Shape and flow"
    family: ClassVar[str] = "shape"
    keeps_shape: ClassVar[bool] = True
    links: ClassVar[Links] = "own"
    local: ClassVar[str] = "1"
    bridges: ClassVar[bool] = True

    source: Annotated[
        str, Meta(pattern=r"^([a-z][a-z0-9_]{0,63})?\Z", title="Source", description="the earlier block's name")
    ] = ""

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,)

    @property
    def summary(self) -> str:
        return f"from {self.source}" if self.source else ""

    def forward(self, x: tuple[Array, Array], w: Room, kept: Room) -> Array:
        straight, shortcut = x
        return straight + shortcut

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> tuple[Array, Array]:
        return dy, dy
