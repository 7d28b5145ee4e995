"""Convolution: every output pixel is a weighted sum of the pixels around it, with the same weights everywhere."""

import math
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from engine.initializers import AnyInitializer, GlorotUniform, Initializer, Zeros
from engine.layers.layer import Learned, Links, Misfit, Room, Shape, times
from engine.lazy import Array, np


class Conv2D(Learned, frozen=True, tag="conv2d"):
    """Slides small kernels over an image; each gives one channel of the output.

    Inside, maps are ``[height, channels, width, batch]``. The input is copied once per kernel column, shifted; then the
    k rows that a kernel covers are one stretch of memory, and convolution is a product with overlapping windows.
    """

    title: ClassVar[str] = "Convolution 2D"
    short_title: ClassVar[str] = "Conv 2D"
    formula: ClassVar[str] = "y = Σ w x over the window + b"
    wired: ClassVar[bool] = True
    width_field: ClassVar[str] = "filters"
    links: ClassVar[Links] = "some"
    affine: ClassVar[bool] = True
    local: ClassVar[str] = "kernels of {0.name}, shifted"
    local_weights: ClassVar[dict[str, str]] = {"weight": "x under the kernel", "bias": "1"}

    filters: Annotated[int, Meta(ge=1, le=4096, title="Filters", description="number of kernels, and of outputs")] = 16
    kernel_size: Annotated[int, Meta(ge=1, le=64, title="Kernel size", description="height and width")] = 3
    stride: Annotated[int, Meta(ge=1, le=64, title="Stride", description="pixels from one place to the next")] = 1
    padding: Annotated[
        Literal["valid", "same"],
        Meta(title="Padding", description="valid: only whole places; same: zeros around, the size stays"),
    ] = "valid"
    bias: Annotated[bool, Meta(title="Bias", description="adds a learned constant to every channel")] = True
    weight_init: Annotated[
        AnyInitializer, Meta(title="Weights start as", description="first values of the kernels")
    ] = GlorotUniform()
    bias_init: Annotated[AnyInitializer, Meta(title="Bias starts as", description="first values of the bias")] = Zeros()

    def __post_init__(self) -> None:
        if self.padding == "same" and self.stride != 1:
            raise ValueError(f"padding same needs stride 1, given {self.stride}")

    @property
    def influence(self) -> str:
        return "weights"

    @property
    def summary(self) -> str:
        return f"{self.filters} of {self.kernel_size}x{self.kernel_size}"

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 3:
            raise Misfit(f"needs an image, gets {times(shape)}")
        if self.padding == "same":
            return (self.filters, *shape[1:])
        if self.kernel_size > min(shape[1:]):
            raise Misfit(f"has a kernel of {self.kernel_size}x{self.kernel_size}, larger than its input {times(shape)}")
        height, width = ((size - self.kernel_size) // self.stride + 1 for size in shape[1:])
        return (self.filters, height, width)

    def parameters(self, shape: Shape) -> dict[str, Shape]:
        kernel: dict[str, Shape] = {"kernel": (self.kernel_size, shape[0], self.kernel_size, self.filters)}
        return kernel | {"bias": (self.filters,)} if self.bias else kernel

    def workspace(self, shape: Shape) -> int:
        """The shifted columns of the whole image forwards, of one row backwards, and the bias along a row."""
        channels, height, _ = shape
        _, _, out_width = self.output_shape(shape)
        columns = (height + sum(self._borders) + 1) * channels * self.kernel_size
        return (columns + self.bias * self.filters) * out_width

    def public(self, w: Room) -> dict[str, Array]:
        weight = {"weight": w.kernel.transpose(3, 1, 0, 2)}
        return weight | {"bias": w.bias} if self.bias else weight

    def public_shapes(self, shape: Shape) -> dict[str, Shape]:
        weight: dict[str, Shape] = {"weight": (self.filters, shape[0], self.kernel_size, self.kernel_size)}
        return weight | {"bias": (self.filters,)} if self.bias else weight

    def initializers(self) -> dict[str, Initializer]:
        return {"weight": self.weight_init, "bias": self.bias_init}

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        kept.shape = x.shape
        _, _, _, batch = x.shape
        kept.windows = self._windows(x)
        y = w.kernel.reshape(-1, self.filters).T @ kept.windows
        if self.bias:
            wide = np.empty_like(y, shape=y.shape[1:])  # as long as a row: numpy adds this in half the time
            wide[...] = w.bias[:, None]
            y = y + wide
        return y.reshape(y.shape[0], self.filters, -1, batch)

    def weight_gradient(self, x: Array, dy: Array, kept: Room) -> tuple[Array, ...]:
        rows = dy.reshape(*dy.shape[:2], -1)
        kernel = np.sum(kept.windows @ rows.mT, axis=0)
        kernel = kernel.reshape(self.kernel_size, kept.shape[1], self.kernel_size, self.filters)
        return (kernel, np.sum(np.sum(rows, axis=2), axis=0)) if self.bias else (kernel,)

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        height, channels, width, batch = kept.shape
        out_height, _, out_width, _ = dy.shape
        turned = self._turned(w.kernel).reshape(channels * self.kernel_size, -1)
        dx = np.zeros_like(dy, shape=kept.shape)
        for row in range(height):
            kernel_rows, saw = self._meetings(row, out_height)
            if saw.start == saw.stop:
                continue  # the stride steps over this row
            columns = turned[:, kernel_rows] @ dy[saw].reshape(-1, out_width * batch)
            columns = columns.reshape(channels, self.kernel_size, out_width, batch)
            for kx in range(self.kernel_size):
                here, there = self._spans(kx, width, out_width)
                if here.start < here.stop:
                    dx[row, :, there] += columns[:, kx, here]
        return dx

    def reach(self, dy: Array, shape: Shape) -> Array:
        _, channels, _ = shape
        total = np.sum(dy, axis=1, keepdims=True)
        ones = np.ones_like(total, shape=(self.kernel_size, 1, self.kernel_size, 1))
        seen = Room(shape=(shape[0], 1, shape[2], dy.shape[-1]))
        plain = msgspec.structs.replace(self, filters=1)
        return np.repeat(plain.input_gradient(total, Room(kernel=ones), seen), channels, axis=1)

    def into(self, unit: Shape, shape: Shape) -> list[tuple[Shape, Shape]]:
        f, row, column = unit
        return [
            ((f, c, ky, kx), (c, y, x))
            for c in range(shape[0])
            for ky, y in self._seen(row, shape[1])
            for kx, x in self._seen(column, shape[2])
        ]

    def out_of(self, place: Shape, shape: Shape) -> list[tuple[Shape, Shape]]:
        c, y, x = place
        _, height, width = self.output_shape(shape)
        rows = sorted((k, out) for out in range(height) for k, seen in self._seen(out, shape[1]) if seen == y)
        columns = sorted((k, out) for out in range(width) for k, seen in self._seen(out, shape[2]) if seen == x)
        met = [(ky, kx, row, column) for ky, row in rows for kx, column in columns]
        return [((f, c, ky, kx), (f, row, column)) for f in range(self.filters) for ky, kx, row, column in met]

    def over(self, weight: Shape, shape: Shape) -> list[tuple[Shape, Shape]]:
        f, c, ky, kx = weight
        _, height, width = self.output_shape(shape)
        rows = [(row, y) for row in range(height) for k, y in self._seen(row, shape[1]) if k == ky]
        columns = [(column, x) for column in range(width) for k, x in self._seen(column, shape[2]) if k == kx]
        return [((f, row, column), (c, y, x)) for row, y in rows for column, x in columns]

    def _seen(self, place: int, size: int) -> list[tuple[int, int]]:
        """(kernel row, input row) of every input row that an output row sees, or the same for columns."""
        top, _ = self._borders
        seen = [(k, place * self.stride + k - top) for k in range(self.kernel_size)]
        return [(k, there) for k, there in seen if 0 <= there < size]

    @property
    def _row_order(self) -> list[int]:
        """The kernel's rows so ordered that those which meet one input row are neighbours, last row first."""
        ends = range(self.stride)
        return [ky for end in ends for ky in reversed(range(end, self.kernel_size, self.stride))]

    def _turned(self, kernel: Array) -> Array:
        """The kernel as (channels, kernel columns, kernel rows in that order, filters)."""
        turned = np.empty_like(kernel, shape=(*kernel.shape[1:3], self.kernel_size, self.filters))
        for place, ky in enumerate(self._row_order):
            turned[:, :, place] = kernel[ky]
        return turned

    def _meetings(self, row: int, out_height: int) -> tuple[slice, slice]:
        """Which columns of the turned kernel meet an input row, and which output rows they give."""
        top, _ = self._borders
        saw = [out for out in range(out_height) if 0 <= row + top - out * self.stride < self.kernel_size]
        if not saw:
            return slice(0, 0), slice(0, 0)
        first = self._row_order.index(row + top - saw[0] * self.stride) * self.filters
        return slice(first, first + len(saw) * self.filters), slice(saw[0], saw[-1] + 1)

    @property
    def _borders(self) -> tuple[int, int]:
        """Zeros before and after a row or column; an odd one stands at the end."""
        added = self.kernel_size - 1 if self.padding == "same" else 0
        return added // 2, added - added // 2

    def _windows(self, x: Array) -> Array:
        """What lies under the kernels: (out height, k channels k, out width batch), an overlapping view."""
        height, channels, width, batch = x.shape
        k, (top, bottom) = self.kernel_size, self._borders
        out_width = (width + top + bottom - k) // self.stride + 1
        fresh = np.zeros_like if self.padding == "same" else np.empty_like
        columns = fresh(x, shape=(height + top + bottom, channels, k, out_width, batch))
        for kx in range(k):
            here, there = self._spans(kx, width, out_width)
            if here.start < here.stop:  # a kernel wider than the image has columns that see nothing but zeros
                columns[top : top + height, :, kx, here] = x[:, :, there]
        rows = columns.reshape(height + top + bottom, channels * k, out_width * batch)
        windows = np.lib.stride_tricks.sliding_window_view(rows, k, axis=0).transpose(0, 3, 1, 2)
        whole = windows.reshape(windows.shape[0], k * channels * k, out_width * batch)
        return whole[:: self.stride]

    def _spans(self, kx: int, width: int, out_width: int) -> tuple[slice, slice]:
        """Which output columns kernel column kx gives, and which input columns it sees there."""
        left, _ = self._borders
        first = max(0, math.ceil((left - kx) / self.stride))
        last = min(out_width, (width - 1 + left - kx) // self.stride + 1)
        start = first * self.stride + kx - left
        return slice(first, last), slice(start, start + self.stride * (last - first - 1) + 1, self.stride)
