"""Pooling: a block of pixels becomes one."""

from typing import Annotated, ClassVar

from msgspec import Meta

from engine.layers.layer import Layer, Links, Misfit, Room, Shape, times
from engine.lazy import Array, np

Size = Annotated[int, Meta(ge=1, le=64, title="Size", description="height and width of a block; what is left is cut")]


class Pooling(Layer, frozen=True):
    """Cuts an image into blocks of size by size pixels."""

    group: ClassVar[str] = "Shape and flow"
    family: ClassVar[str] = "shape"
    links: ClassVar[Links] = "some"

    size: Size = 2

    @property
    def summary(self) -> str:
        return f"{self.size}x{self.size}"

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 3:
            raise Misfit(f"needs an image, gets {times(shape)}")
        if self.size > min(shape[1:]):
            raise Misfit(f"has blocks of {self.size}x{self.size}, larger than its input {times(shape)}")
        return (shape[0], shape[1] // self.size, shape[2] // self.size)

    def cells(self, x: Array) -> list[Array]:
        """The first pixel of every block, the second, and so on, row by row; each [height, channels, width, batch]."""
        height, width = (x.shape[axis] // self.size * self.size for axis in (0, 2))
        offsets = [(row, column) for row in range(self.size) for column in range(self.size)]
        return [x[row : height : self.size, :, column : width : self.size] for row, column in offsets]

    def empty(self, dy: Array, shape: Shape) -> Array:
        """Room for the derivative by the input; zero where pixels were cut off."""
        whole = shape[0] % self.size == 0 and shape[2] % self.size == 0
        return np.empty_like(dy, shape=shape) if whole else np.zeros_like(dy, shape=shape)

    def shared(self, dy: Array, shape: Shape) -> Array:
        """The same for every pixel of a block; zero where pixels were cut off."""
        dx = self.empty(dy, shape)
        for target in self.cells(dx):
            target[...] = dy
        return dx

    def reach(self, dy: Array, shape: Shape) -> Array:
        return self.shared(dy, (*shape, dy.shape[-1]))


class MaxPool2D(Pooling, frozen=True, tag="max_pool2d"):
    """Keeps the largest pixel of every block; its gradient goes to that pixel alone."""

    title: ClassVar[str] = "Max pool 2D"
    takes_maximum: ClassVar[bool] = True
    reads_y: ClassVar[bool] = True
    formula: ClassVar[str] = "y = the largest of each block"
    shares: ClassVar[bool] = True
    local: ClassVar[str] = "1 at the largest pixel, else 0"

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        kept.cells, kept.shape = self.cells(x), x.shape
        first, *others = kept.cells
        kept.y = np.maximum(first, others[0]) if others else first + 0
        for cell in others[1:]:
            kept.y = np.maximum(kept.y, cell)
        return kept.y

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        dx = self.empty(dy, kept.shape)
        *targets, last = self.cells(dx)
        left = dy
        for cell, target in zip(kept.cells, targets, strict=False):
            others = left * (cell != kept.y)  # of equal pixels the first one counts
            target[...] = left - others
            left = others
        last[...] = left
        return dx

    def pieces(self, x: Array, y: Array) -> Array:
        return np.argmax(np.stack(self.cells(x)), axis=0)


class AveragePool2D(Pooling, frozen=True, tag="average_pool2d"):
    """Takes the mean of every block; its gradient is shared by all pixels."""

    title: ClassVar[str] = "Average pool 2D"
    short_title: ClassVar[str] = "Avg pool 2D"
    formula: ClassVar[str] = "y = the mean of each block"
    shares: ClassVar[bool] = True
    affine: ClassVar[bool] = True
    local: ClassVar[str] = "1 / number of pixels"

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        kept.shape = x.shape
        first, *others = self.cells(x)
        total = first + 0
        for cell in others:
            total = total + cell
        return total * (1 / self.size**2)

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        return self.shared(dy * (1 / self.size**2), kept.shape)


class GlobalAveragePool2D(Layer, frozen=True, tag="global_average_pool2d"):
    """Takes the mean of every channel: an image becomes one number a channel."""

    title: ClassVar[str] = "Global average pool 2D"
    short_title: ClassVar[str] = "Global pool"
    formula: ClassVar[str] = "y = the mean of each channel"
    shares: ClassVar[bool] = True
    affine: ClassVar[bool] = True
    local: ClassVar[str] = "1 / number of pixels"
    links: ClassVar[Links] = "some"
    group: ClassVar[str] = "Shape and flow"
    family: ClassVar[str] = "shape"

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 3:
            raise Misfit(f"needs an image, gets {times(shape)}")
        return (shape[0],)

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        kept.shape = x.shape
        return np.sum(np.sum(x, axis=2), axis=0) * (1 / (x.shape[0] * x.shape[2]))

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        height, _, width, _ = kept.shape
        dx = np.empty_like(dy, shape=kept.shape)
        dx[...] = (dy * (1 / (height * width)))[:, None]
        return dx

    def reach(self, dy: Array, shape: Shape) -> Array:
        return np.broadcast_to(dy[:, None], (*shape, dy.shape[-1]))
