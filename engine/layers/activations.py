"""Activations: each output depends on its own input alone, so backward is one product with the slope."""

import math
from typing import Annotated, ClassVar

from msgspec import Meta

from engine.layers.layer import Layer, Links, Room, Shape, Sickness
from engine.layers.masks import positive, select
from engine.layers.normal import normal_probability
from engine.lazy import Array, np

DEAD = Sickness("dead", "it outputs 0", "they output 0", "Try a smaller learning rate or Leaky ReLU.")
FLAT = 0.05  # a slope below this counts as none
SATURATED = Sickness(
    "saturated",
    f"its slope is below {FLAT}",
    f"their slopes are below {FLAT}",
    "Try a smaller learning rate, smaller first weights or scaled inputs.",
)


class Activation(Layer, frozen=True):
    """An elementwise function. ``derivative`` is its slope, written with the output where that is shorter.

    One whose slope needs the input says so with ``slope_reads_x``; then the input must not be overwritten.
    """

    group: ClassVar[str] = "Activations"
    family: ClassVar[str] = "activation"
    keeps_shape: ClassVar[bool] = True
    overwrites: ClassVar[bool] = True
    reads_y: ClassVar[bool] = True
    has_slope: ClassVar[bool] = True
    rises: ClassVar[bool] = True
    links: ClassVar[Links] = "own"

    @property
    def influence(self) -> str:
        return f"{self.title} slopes"

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        return dy * kept.slope

    def workspace(self, shape: Shape) -> int:
        """The slopes."""
        return math.prod(shape)

    def curve(self, x: Array) -> Array:
        """The function itself, for a picture of it."""
        return self.forward(x, Room(), Room())


class ReLU(Activation, frozen=True, tag="relu"):
    """Passes what is positive and blocks the rest: max(0, x). Its slope is 1 or 0; at 0 it counts as 0."""

    title: ClassVar[str] = "ReLU"
    formula: ClassVar[str] = "y = max(0, x)"
    local: ClassVar[str] = "1 where x > 0, else 0"
    start: ClassVar[str] = "he_normal"
    remedy: ClassVar[str] = "leaky_relu"

    def workspace(self, shape: Shape) -> int:
        """The mask, and the zeros that values are compared with."""
        return 2 * math.prod(shape)

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return np.maximum(x, 0)

    def derivative(self, x: Array, y: Array) -> Array:
        return positive(y)

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        return select(kept.slope, dy)

    @property
    def sickness(self) -> Sickness:
        return DEAD

    def sick(self, y: Array) -> Array:
        return y == 0

    def pieces(self, x: Array, y: Array) -> Array:
        return x > 0


class LeakyReLU(Activation, frozen=True, tag="leaky_relu"):
    """ReLU that lets a little through below zero, so that no unit can die: max(x, slope x)."""

    title: ClassVar[str] = "Leaky ReLU"
    formula: ClassVar[str] = "y = max(x, s x)"
    local: ClassVar[str] = "1 where x > 0, else {0.slope:g}"
    start: ClassVar[str] = "he_normal"
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

    def pieces(self, x: Array, y: Array) -> Array:
        return x > 0

    @property
    def sickness(self) -> Sickness | None:
        return None if self.slope else DEAD

    def sick(self, y: Array) -> Array:
        return y == 0


class Squeezing(Activation, frozen=True):
    """A function that is flat on both sides: where all inputs of a unit lie there, hardly any gradient passes."""

    @property
    def sickness(self) -> Sickness:
        return SATURATED

    def sick(self, y: Array) -> Array:
        return self.derivative(y, y) < FLAT


class Sigmoid(Squeezing, frozen=True, tag="sigmoid"):
    """Squeezes every value between 0 and 1: 1 / (1 + exp(-x)). Its slope is at most 1/4."""

    title: ClassVar[str] = "Sigmoid"
    formula: ClassVar[str] = "y = 1 / (1 + exp(−x))"
    local: ClassVar[str] = "y (1 − y)"
    remedy: ClassVar[str] = "tanh"

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return np.tanh(x * 0.5) * 0.5 + 0.5  # the same function; cannot overflow

    def derivative(self, x: Array, y: Array) -> Array:
        return y - y * y


class Tanh(Squeezing, frozen=True, tag="tanh"):
    """Squeezes every value between -1 and 1. Its slope is 1 at 0 and falls towards 0 on both sides."""

    title: ClassVar[str] = "Tanh"
    formula: ClassVar[str] = "y = tanh(x)"
    local: ClassVar[str] = "1 − y²"

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return np.tanh(x)

    def derivative(self, x: Array, y: Array) -> Array:
        return 1 - y * y


class ELU(Activation, frozen=True, tag="elu"):
    """ReLU with a soft floor: x above zero, alpha (exp(x) - 1) below, so that negative values still learn."""

    title: ClassVar[str] = "ELU"
    formula: ClassVar[str] = "y = x above 0, α (exp(x) − 1) below"
    local: ClassVar[str] = "1 where x > 0, else y + {0.alpha:g}"
    start: ClassVar[str] = "he_normal"
    alpha: Annotated[float, Meta(gt=0, le=100, title="Alpha", description="depth of the floor below zero")] = 1.0

    @property
    def summary(self) -> str:
        return f"alpha {self.alpha:g}"

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return np.maximum(x, 0) + np.expm1(np.minimum(x, 0)) * self.alpha

    def derivative(self, x: Array, y: Array) -> Array:
        return (y > 0) * (1 - self.alpha) + np.minimum(y, 0) + self.alpha

    def pieces(self, x: Array, y: Array) -> Array:
        return x > 0


class Softplus(Activation, frozen=True, tag="softplus"):
    """A smooth ReLU: log(1 + exp(x)). Its slope is the sigmoid. Above 20 it counts as the line x, as in PyTorch."""

    title: ClassVar[str] = "Softplus"
    formula: ClassVar[str] = "y = log(1 + exp(x))"
    local: ClassVar[str] = "1 − exp(−y)"
    start: ClassVar[str] = "he_normal"
    remedy: ClassVar[str] = "relu"

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return np.maximum(x, np.log1p(np.exp(np.minimum(x, 20))))

    def derivative(self, x: Array, y: Array) -> Array:
        return np.maximum(-np.expm1(-y), (y > 20) * 1)


class SiLU(Activation, frozen=True, tag="silu"):
    """The input times its sigmoid: x / (1 + exp(-x)), also called swish. Dips a little below zero."""

    title: ClassVar[str] = "SiLU"
    rises: ClassVar[bool] = False
    formula: ClassVar[str] = "y = x σ(x)"
    local: ClassVar[str] = "σ(x) + y (1 − σ(x))"
    start: ClassVar[str] = "he_normal"
    overwrites: ClassVar[bool] = False
    slope_reads_x: ClassVar[bool] = True

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return x * (np.tanh(x * 0.5) * 0.5 + 0.5)

    def derivative(self, x: Array, y: Array) -> Array:
        sigmoid = np.tanh(x * 0.5) * 0.5 + 0.5
        return sigmoid + y * (1 - sigmoid)


class GELU(Activation, frozen=True, tag="gelu"):
    """The input times the probability that a standard normal number is smaller, x Phi(x) (Hendrycks, Gimpel 2016)."""

    title: ClassVar[str] = "GELU"
    rises: ClassVar[bool] = False
    formula: ClassVar[str] = "y = x Φ(x)"
    local: ClassVar[str] = "Φ(x) + x φ(x)"
    start: ClassVar[str] = "he_normal"
    overwrites: ClassVar[bool] = False
    slope_reads_x: ClassVar[bool] = True

    def workspace(self, shape: Shape) -> int:
        """The slopes, and what the probability is made of."""
        return 6 * math.prod(shape)

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return x * normal_probability(x)

    def derivative(self, x: Array, y: Array) -> Array:
        return normal_probability(x) + x * np.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))


class Softmax(Layer, frozen=True, tag="softmax"):
    """Turns the values of a sample into shares of 1: exp(x) over the sum of all. In an image the channels share."""

    title: ClassVar[str] = "Softmax"
    formula: ClassVar[str] = "y = exp(x) / Σ exp(x)"
    local: ClassVar[str] = "diag(y) − y yᵗ"
    group: ClassVar[str] = "Activations"
    family: ClassVar[str] = "activation"
    keeps_shape: ClassVar[bool] = True
    reads_y: ClassVar[bool] = True
    links: ClassVar[Links] = "some"

    def workspace(self, shape: Shape) -> int:
        return math.prod(shape)

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        kept.axis = 0 if x.ndim == 2 else 1
        e = np.exp(x - over(np.max(x, axis=kept.axis), x))
        kept.y = e / over(np.sum(e, axis=kept.axis), x)
        return kept.y

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        weighted = kept.y * dy
        return weighted - kept.y * over(np.sum(weighted, axis=kept.axis), dy)

    def reach(self, dy: Array, shape: Shape) -> Array:
        return np.broadcast_to(over(np.sum(dy, axis=0 if dy.ndim == 2 else 1), dy), dy.shape)


def over(a: Array, like: Array) -> Array:
    """A value for each sample, or each pixel, in the shape in which it stands beside all features."""
    return a if like.ndim == 2 else a[:, None]
