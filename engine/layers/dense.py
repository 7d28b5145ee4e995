"""The dense layer: y = W x + b."""

from typing import Annotated, ClassVar

from msgspec import Meta

from engine.initializers import AnyInitializer, GlorotUniform, Initializer, Zeros
from engine.layers.layer import Learned, Misfit, Room, Shape, times
from engine.lazy import Array


class Dense(Learned, frozen=True, tag="dense"):
    """Each output is a weighted sum of all inputs, plus a bias.

    In memory the weights lie as ``[in + 1, out]`` with the bias as the last row: the input ends in a row of ones, so
    one product gives W x + b and one product gives both gradients.
    """

    title: ClassVar[str] = "Dense"
    formula: ClassVar[str] = "y = W x + b"
    stacks: ClassVar[bool] = True
    wired: ClassVar[bool] = True
    width_field: ClassVar[str] = "units"
    affine: ClassVar[bool] = True
    local: ClassVar[str] = "W of {0.name}"
    local_weights: ClassVar[dict[str, str]] = {"weight": "x", "bias": "1"}

    units: Annotated[int, Meta(ge=1, le=16384, title="Units", description="number of outputs")] = 16
    bias: Annotated[bool, Meta(title="Bias", description="adds a learned constant to every output")] = True
    weight_init: Annotated[
        AnyInitializer, Meta(title="Weights start as", description="first values of the weights")
    ] = GlorotUniform()
    bias_init: Annotated[AnyInitializer, Meta(title="Bias starts as", description="first values of the bias")] = Zeros()

    @property
    def influence(self) -> str:
        return "weights"

    @property
    def summary(self) -> str:
        return f"{self.units} unit" + "s" * (self.units != 1)

    @property
    def bias_row(self) -> bool:
        return self.bias

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise Misfit(f"needs a flat input, gets {times(shape)}", insert="flatten")
        return (self.units,)

    def parameters(self, shape: Shape) -> dict[str, Shape]:
        return {"matrix": (shape[0] + self.bias, self.units)}

    def public(self, w: Room) -> dict[str, Array]:
        weight = {"weight": self._weights(w).T}
        return weight | {"bias": w.matrix[-1]} if self.bias else weight

    def public_shapes(self, shape: Shape) -> dict[str, Shape]:
        weight: dict[str, Shape] = {"weight": (self.units, shape[0])}
        return weight | {"bias": (self.units,)} if self.bias else weight

    def initializers(self) -> dict[str, Initializer]:
        return {"weight": self.weight_init, "bias": self.bias_init}

    def forward(self, x: Array, w: Room, kept: Room) -> Array:
        return w.matrix.mT @ x

    def weight_gradient(self, x: Array, dy: Array, kept: Room) -> tuple[Array, ...]:
        return (x @ dy.mT,)

    def input_gradient(self, dy: Array, w: Room, kept: Room) -> Array:
        return self._weights(w) @ dy

    def into(self, unit: Shape, shape: Shape) -> list[tuple[Shape, Shape]]:
        return [((*unit, j), (j,)) for j in range(shape[0])]

    def out_of(self, place: Shape, shape: Shape) -> list[tuple[Shape, Shape]]:
        return [((k, *place), (k,)) for k in range(self.units)]

    def over(self, weight: Shape, shape: Shape) -> list[tuple[Shape, Shape]]:
        return [(weight[:1], weight[1:])]

    def _weights(self, w: Room) -> Array:
        """W transposed, (in, out), without the bias."""
        return w.matrix[:-1] if self.bias else w.matrix
