"""How parameters start. The spread follows from the fan-in and fan-out of the tensor that is filled.

Sources: Glorot and Bengio 2010 (glorot), He et al. 2015 (he), LeCun et al. 1998 (lecun), Saxe et al. 2014 (orthogonal).
Shapes are public ones: (out, in) of a dense layer, (out, in, kh, kw) of a kernel, (n,) of a bias.
"""

import math
from typing import Annotated, Any, ClassVar, get_args

import msgspec
from msgspec import Meta

from engine.kinds import Kind
from engine.lazy import Array, Generator, np


class Initializer(Kind, frozen=True):
    """The starting values of one parameter tensor."""

    group: ClassVar[str] = "Initialisers"
    written: ClassVar[bool] = False  # holds the numbers themselves: another one is another block, not another start
    goes_by_fans: ClassVar[bool] = False  # its spread follows from the shape

    def problem(self, shape: tuple[int, ...]) -> str | None:
        """What keeps this initialiser from filling a tensor of that shape, in words; None when nothing does."""
        return None

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        """Starting values, float64, of the given public shape."""
        raise NotImplementedError


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan-in, fan-out): how many values enter one output and leave one input. A vector (n,) counts as (n, 1)."""
    receptive = math.prod(shape[2:])
    into = shape[1] if len(shape) > 1 else 1
    return into * receptive, shape[0] * receptive


def _uniform(shape: tuple[int, ...], limit: float, generator: Generator) -> Array:
    return generator.uniform(-limit, limit, shape)


def _normal(shape: tuple[int, ...], std: float, generator: Generator) -> Array:
    return generator.standard_normal(shape) * std


class GlorotUniform(Initializer, frozen=True, tag="glorot_uniform"):
    """Uniform within the square root of 6 / (fan-in + fan-out): keeps signals and gradients at one size through tanh
    and sigmoid.
    """

    title: ClassVar[str] = "Glorot uniform"
    goes_by_fans: ClassVar[bool] = True

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        return _uniform(shape, math.sqrt(6 / sum(fans(shape))), generator)


class GlorotNormal(Initializer, frozen=True, tag="glorot_normal"):
    """Normal with variance 2 / (fan-in + fan-out): the Gaussian form of Glorot uniform."""

    title: ClassVar[str] = "Glorot normal"
    goes_by_fans: ClassVar[bool] = True

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        return _normal(shape, math.sqrt(2 / sum(fans(shape))), generator)


class HeUniform(Initializer, frozen=True, tag="he_uniform"):
    """Uniform within the square root of 6 / fan-in: made for ReLU, which lets half of the signal through."""

    title: ClassVar[str] = "He uniform"
    goes_by_fans: ClassVar[bool] = True

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        return _uniform(shape, math.sqrt(6 / fans(shape)[0]), generator)


class HeNormal(Initializer, frozen=True, tag="he_normal"):
    """Normal with variance 2 / fan-in: made for ReLU, which lets half of the signal through."""

    title: ClassVar[str] = "He normal"
    goes_by_fans: ClassVar[bool] = True

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        return _normal(shape, math.sqrt(2 / fans(shape)[0]), generator)


class LecunNormal(Initializer, frozen=True, tag="lecun_normal"):
    """Normal with variance 1 / fan-in: keeps the size of the signal through a linear layer."""

    title: ClassVar[str] = "LeCun normal"
    goes_by_fans: ClassVar[bool] = True

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        return _normal(shape, math.sqrt(1 / fans(shape)[0]), generator)


class Orthogonal(Initializer, frozen=True, tag="orthogonal"):
    """Rows (or columns) perpendicular and of length 1: a linear chain passes signals on at full length."""

    title: ClassVar[str] = "Orthogonal"
    goes_by_fans: ClassVar[bool] = True

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        rows, columns = shape[0], math.prod(shape[1:])
        tall = generator.standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(tall)
        q = q * np.sign(np.diag(r))  # makes the draw uniform over all orthogonal matrices (Mezzadri 2007)
        return (q if rows >= columns else q.T).reshape(shape)


class Zeros(Initializer, frozen=True, tag="zeros"):
    """All zero: right for biases. Weights that all start at zero stay equal, unit by unit, for ever."""

    title: ClassVar[str] = "Zeros"

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        return np.zeros(shape)


class Normal(Initializer, frozen=True, tag="normal"):
    """Normal with the given standard deviation, whatever the size of the layer."""

    title: ClassVar[str] = "Normal"
    std: Annotated[float, Meta(ge=0, le=1e6, title="Deviation", description="standard deviation of the draw")] = 0.1

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        return _normal(shape, self.std, generator)


class Uniform(Initializer, frozen=True, tag="uniform"):
    """Uniform between minus the limit and the limit, whatever the size of the layer."""

    title: ClassVar[str] = "Uniform"
    limit: Annotated[float, Meta(ge=0, le=1e6, title="Limit", description="values lie between -limit and limit")] = 0.1

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        return _uniform(shape, self.limit, generator)


class Constant(Initializer, frozen=True, tag="constant"):
    """Every value the same."""

    title: ClassVar[str] = "Constant"
    value: Annotated[float, Meta(ge=-1e6, le=1e6, title="Value", description="the value of every entry")] = 0.1

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        return np.full(shape, float(self.value))


class Values(Initializer, frozen=True, tag="values"):
    """The numbers written here, as on paper: a row for each output, a column for each input."""

    title: ClassVar[str] = "Values"
    written: ClassVar[bool] = True
    values: Annotated[
        tuple[Any, ...],
        Meta(title="Values", description="nested lists of numbers: one row per output, one column per input"),
    ] = ((0.5,),)

    def __post_init__(self) -> None:
        frozen = _as_tuples(self.values)
        shape_of(frozen)
        msgspec.structs.force_setattr(self, "values", frozen)

    def problem(self, shape: tuple[int, ...]) -> str | None:
        given = shape_of(self.values)
        if given == shape:
            return None
        return f"{_times(given)} values are written down, {_times(shape)} are needed"

    def fill(self, shape: tuple[int, ...], generator: Generator) -> Array:
        return np.array(self.values, dtype=float).reshape(shape)


def shape_of(values: Any) -> tuple[int, ...]:
    """The shape of nested tuples of numbers. ValueError where they are empty, ragged or hold anything but finite
    numbers.
    """
    if not isinstance(values, tuple):
        if isinstance(values, bool) or not isinstance(values, int | float) or not math.isfinite(values):
            raise ValueError("every value must be a finite number")
        return ()
    inside = {shape_of(each) for each in values}
    if len(inside) != 1:
        raise ValueError("values must be nested lists of numbers with rows of equal length")
    return (len(values), *inside.pop())


def _as_tuples(values: Any) -> Any:
    return tuple(_as_tuples(each) for each in values) if isinstance(values, list | tuple) else values


def _times(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "1"


AnyInitializer = (
    GlorotUniform
    | GlorotNormal
    | HeUniform
    | HeNormal
    | LecunNormal
    | Orthogonal
    | Zeros
    | Normal
    | Uniform
    | Constant
    | Values
)
INITIALIZERS: tuple[type[Initializer], ...] = get_args(AnyInitializer)
