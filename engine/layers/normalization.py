"""Normalisation: values are brought to mean 0 and deviation 1, then scaled and shifted by what is learned."""

import math
from typing import Annotated, ClassVar

from msgspec import Meta

from engine.initializers import Constant, Initializer, Zeros
from engine.layers.layer import Learned, Links, Room, Shape, inner_shape
from engine.lazy import Array, np

Epsilon = Annotated[float, Meta(gt=0, le=1, title="Epsilon", description="added to the variance before the root")]


class Normalization(Learned, frozen=True):
    """What both have in common: a learned weight, 1 at first, and a learned bias, 0 at first."""

    keeps_shape: ClassVar[bool] = True
    local_weights: ClassVar[dict[str, str]] = {"weight": "z = (x - mean) / deviation", "bias": "1"}

    def workspace(self, shape: Shape) -> int:
        """The normalised values."""
        return math.prod(shape)

    def initializers(self) -> dict[str, Initializer]:
        return {"weight": Constant(value=1.0), "bias": Zeros()}


class BatchNorm(Normalization, frozen=True, tag="batch_norm"):
    """Normalises every feature, or channel of an image, over the batch; in evaluation by running means (Ioffe and
    Szegedy 2015).
    """

    title: ClassVar[str] = "Batch norm"
    mixes_samples: ClassVar[bool] = True
    formula: ClassVar[str] = "y = w (x − mean) / √(variance + ε) + b"
    links: ClassVar[Links] = "own"
    local: ClassVar[str] = "weight / deviation"

    momentum: Annotated[
        float, Meta(gt=0, le=1, title="Momentum", description="share of each batch in the running statistics")
    ] = 0.1
    epsilon: Epsilon = 1e-5

    def smallest_batch(self, shape: Shape) -> int:
        return 2 if math.prod(shape[1:]) == 1 else 1

    def parameters(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": shape[:1], "bias": shape[:1]}

    def statistics(self, shape: Shape) -> dict[str, tuple[Shape, float]]:
        return {"running_mean": (shape[:1], 0.0), "running_var": (shape[:1], 1.0)}

    def public(self, w: Room) -> dict[str, Array]:
        return {"weight": w.weight, "bias": w.bias}

    def public_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": shape[:1], "bias": shape[:1]}

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        kept.count = x.size // w.weight.size
        if kept.training:
            mean = _totals(x) * (1 / kept.count)
            centred = x - _beside(mean, x)
            variance = _totals(centred * centred) * (1 / kept.count)
            w.running_mean *= 1 - self.momentum
            w.running_mean += mean * self.momentum
            w.running_var *= 1 - self.momentum
            w.running_var += variance * (self.momentum * kept.count / (kept.count - 1))  # of the whole, not the sample
        else:
            centred = x - _beside(w.running_mean, x)
            variance = w.running_var
        kept.scale = 1 / np.sqrt(variance + self.epsilon)
        kept.normal = centred * _beside(kept.scale, x)
        return kept.normal * _beside(w.weight, x) + _beside(w.bias, x)

    def weight_gradient(self, x: Array, dy: Array, kept: Room) -> tuple[Array, ...]:
        return _totals(dy * kept.normal), _totals(dy)

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        g, *batch = self._parts(dy, w, kept)
        for part in batch:
            g = g - part
        return g

    def gradient_parts(self, dy: Array, w: Room, kept: Room) -> dict[str, Array]:
        names = ("w δ / √variance", "−its mean", "−x̂ × its mean with x̂")
        parts = self._parts(dy, w, kept)
        return {name: part if part is parts[0] else -part for name, part in zip(names, parts, strict=False)}

    def _parts(self, dy: Array, w: Room, kept: Room) -> tuple[Array, ...]:
        """What each output passes back, and in training what mean and variance of the batch take off it."""
        g = dy * _beside(w.weight * kept.scale, dy)
        if not kept.training:
            return (g,)
        share = 1 / kept.count
        return g, _beside(_totals(g) * share, dy), kept.normal * _beside(_totals(g * kept.normal) * share, dy)


class LayerNorm(Normalization, frozen=True, tag="layer_norm"):
    """Normalises all values of a sample together, the same way in training and evaluation (Ba et al. 2016)."""

    title: ClassVar[str] = "Layer norm"
    formula: ClassVar[str] = "y = w (x − mean) / √(variance + ε) + b"
    local: ClassVar[str] = "weight (I − 1/n − z zᵗ/n) / deviation"

    epsilon: Epsilon = 1e-5

    def parameters(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": inner_shape(shape), "bias": inner_shape(shape)}

    def public(self, w: Room) -> dict[str, Array]:
        return {name: _public(array) for name, array in (("weight", w.weight), ("bias", w.bias))}

    def public_shapes(self, shape: Shape) -> dict[str, Shape]:
        return {"weight": shape, "bias": shape}

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        kept.share = x.shape[-1] / x.size
        centred = x - _of_sample(x) * kept.share
        kept.scale = 1 / np.sqrt(_of_sample(centred * centred) * kept.share + self.epsilon)
        kept.normal = centred * kept.scale
        return kept.normal * w.weight[..., None] + w.bias[..., None]

    def weight_gradient(self, x: Array, dy: Array, kept: Room) -> tuple[Array, ...]:
        return np.sum(dy * kept.normal, axis=-1), np.sum(dy, axis=-1)

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        g = dy * w.weight[..., None]
        both = _of_sample(g) * kept.share + kept.normal * (_of_sample(g * kept.normal) * kept.share)
        return (g - both) * kept.scale


def _totals(x: Array) -> Array:
    """The sum of every feature over the batch, or of every channel over batch and pixels."""
    if x.ndim == 2:
        return np.sum(x, axis=1)
    return np.sum(np.sum(np.sum(x, axis=3), axis=2), axis=0)


def _beside(a: Array, x: Array) -> Array:
    """One value a feature or channel, in the shape in which it stands beside all others."""
    return a[:, None] if x.ndim == 2 else a[:, None, None]


def _of_sample(x: Array) -> Array:
    """The sum of all values of every sample, (batch,)."""
    while x.ndim > 1:
        x = np.sum(x, axis=0)
    return x


def _public(a: Array) -> Array:
    """(height, channels, width) as (channels, height, width)."""
    return a.transpose(1, 0, 2) if a.ndim == 3 else a
