"""The data kinds: their fields, what shape a chain has to take in, and what it has to predict."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, get_args

from msgspec import Meta

from engine.kinds import Kind
from engine.layers.layer import Shape
from engine.lazy import Generator

if TYPE_CHECKING:
    from engine.data.samples import Samples

Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Validation = Annotated[
    float, Meta(ge=0, le=0.9, title="Validation", description="fraction held out to judge the network by")
]
Count = Annotated[int, Meta(ge=2, le=100_000, title="Samples", description="how many points are drawn")]
Noise = Annotated[float, Meta(ge=0, le=10, title="Noise", description="standard deviation added to every coordinate")]


class Data(Kind, frozen=True):
    """A data set: what enters the chain and what it should answer."""

    family: ClassVar[str] = "data"
    input_shape: ClassVar[Shape] = (2,)
    classes: ClassVar[int | None] = 2
    values: ClassVar[int] = 0

    seed: Annotated[
        Seed | None, Meta(title="Own seed", description="pins the data; empty: they follow the seed of the training")
    ] = None
    validation: Validation = 0.2
    scaling: Annotated[
        Literal["none", "standard", "min_max"],
        Meta(
            title="Scaling", description="standard: mean 0, deviation 1; min max: 0 to 1; fitted on the training part"
        ),
    ] = "none"

    @property
    def count(self) -> int:
        """How many samples there are, both parts together."""
        raise NotImplementedError

    @property
    def held_out(self) -> int:
        """How many samples are kept for validation: the fraction, rounded; at least one is left to train on."""
        return min(round(self.validation * self.count), self.count - 1)

    @property
    def summary(self) -> str:
        return f"{self.count:,} samples"

    def generate(self, generator: Generator) -> "Samples":
        """All samples, before they are split and scaled."""
        raise NotImplementedError


class Toy(Data, frozen=True):
    """Points drawn in the plane."""

    group: ClassVar[str] = "Points in the plane"
    samples: Count = 400
    noise: Noise = 0.1

    @property
    def count(self) -> int:
        return self.samples

    @property
    def summary(self) -> str:
        return f"{self.samples:,} points"


class Xor(Toy, frozen=True, tag="xor"):
    """Points around the corners of the unit square; the class is whether the two coordinates differ. No straight line
    separates it.
    """

    title: ClassVar[str] = "XOR"

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import toys

        return toys.xor(generator, self.samples, self.noise)


class Circles(Toy, frozen=True, tag="circles"):
    """A ring of one class inside a ring of the other."""

    title: ClassVar[str] = "Circles"
    ratio: Annotated[
        float, Meta(gt=0, lt=1, title="Ratio", description="radius of the inner ring, the outer one has radius 1")
    ] = 0.5

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import toys

        return toys.circles(generator, self.samples, self.noise, self.ratio)


class Moons(Toy, frozen=True, tag="moons"):
    """Two half circles that reach into each other."""

    title: ClassVar[str] = "Moons"

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import toys

        return toys.moons(generator, self.samples, self.noise)


class Spirals(Toy, frozen=True, tag="spirals"):
    """Two spirals wound into each other: easy to see, hard to learn."""

    title: ClassVar[str] = "Spirals"
    samples: Count = 500
    noise: Noise = 0.05
    turns: Annotated[
        float, Meta(ge=0.25, le=4, title="Turns", description="how often each arm winds around the middle")
    ] = 1.0

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import toys

        return toys.spirals(generator, self.samples, self.noise, self.turns)


class Blobs(Toy, frozen=True, tag="blobs"):
    """Round clouds of points, one for each class, on a circle around the middle."""

    title: ClassVar[str] = "Blobs"
    noise: Noise = 0.3
    classes: Annotated[int, Meta(ge=2, le=10, title="Classes", description="how many clouds")] = 3  # type: ignore[misc]

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import toys

        return toys.blobs(generator, self.samples, self.noise, self.classes)


class Sine(Toy, frozen=True, tag="sine"):
    """One wave of the sine to be followed: y = sin(2 pi x), x from -1 to 1."""

    title: ClassVar[str] = "Sine"
    group: ClassVar[str] = "Curves"
    input_shape: ClassVar[Shape] = (1,)
    classes: ClassVar[int | None] = None
    values: ClassVar[int] = 1
    samples: Count = 200

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import toys

        return toys.sine(generator, self.samples, self.noise)


class Digits(Data, frozen=True, tag="digits"):
    """1,797 handwritten digits as 8x8 images, brightness from 0 to 1 (UCI, Alpaydin and Kaynak 1998)."""

    title: ClassVar[str] = "Digits"
    group: ClassVar[str] = "Real data"
    input_shape: ClassVar[Shape] = (1, 8, 8)
    classes: ClassVar[int | None] = 10

    @property
    def count(self) -> int:
        return 1797

    @property
    def summary(self) -> str:
        return "1,797 images"

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import shipped

        return shipped.digits()


class Iris(Data, frozen=True, tag="iris"):
    """150 irises of three species by the length and width of sepal and petal in cm (Fisher 1936)."""

    title: ClassVar[str] = "Iris"
    group: ClassVar[str] = "Real data"
    input_shape: ClassVar[Shape] = (4,)
    classes: ClassVar[int | None] = 3

    @property
    def count(self) -> int:
        return 150

    @property
    def summary(self) -> str:
        return "150 flowers"

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import shipped

        return shipped.iris()


Number = int | float
Row = tuple[Number, ...]


class Table(Data, frozen=True, tag="table"):
    """Rows written down in the project itself, so that an example from paper can be redone number by number."""

    title: ClassVar[str] = "Table"
    group: ClassVar[str] = "Own data"
    validation: Validation = 0.0
    inputs: Annotated[
        tuple[Row, ...],
        Meta(min_length=1, max_length=100_000, title="Inputs", description="one row of numbers per sample"),
    ] = ((0, 0), (0, 1), (1, 0), (1, 1))
    targets: Annotated[
        tuple[Row | int | float | str, ...],
        Meta(
            min_length=1,
            max_length=100_000,
            title="Targets",
            description="one answer per sample: a class, a number or a row of numbers",
        ),
    ] = (0, 1, 1, 0)
    task: Annotated[
        Literal["classification", "regression"],
        Meta(title="Task", description="whether the targets are classes or real values"),
    ] = "classification"

    def __post_init__(self) -> None:
        if not self.inputs or not self.inputs[0] or {len(row) for row in self.inputs} != {len(self.inputs[0])}:
            raise ValueError("the rows of inputs must hold the same number of values, at least one")
        if len(self.targets) != len(self.inputs):
            raise ValueError(f"there are {len(self.inputs)} rows of inputs but {len(self.targets)} targets")
        if self.task == "regression":
            widths = {len(each) if isinstance(each, tuple) else isinstance(each, str) * -1 for each in self.targets}
            if len(widths) != 1 or min(widths) < 0 or () in self.targets:
                raise ValueError("targets of a regression must be numbers or rows of numbers of equal length")
        elif any(isinstance(each, tuple) for each in self.targets):
            raise ValueError("targets of a classification must be class names or class numbers, not rows")
        elif len(set(map(str, self.targets))) < 2:
            raise ValueError("a classification needs at least two different classes among the targets")

    @property
    def count(self) -> int:
        return len(self.inputs)

    @property
    def summary(self) -> str:
        return f"{self.count:,} row" + "s" * (self.count != 1)

    @property
    def input_shape(self) -> Shape:  # type: ignore[override]
        return (len(self.inputs[0]),)

    @property
    def classes(self) -> int | None:  # type: ignore[override]
        return len(set(map(str, self.targets))) if self.task == "classification" else None

    @property
    def values(self) -> int:  # type: ignore[override]
        first = self.targets[0]
        return 0 if self.task == "classification" else len(first) if isinstance(first, tuple) else 1

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import table

        return table.samples(self.inputs, self.targets, self.task)


AnyData = Xor | Circles | Moons | Spirals | Blobs | Sine | Digits | Iris | Table
DATA: tuple[type[Data], ...] = get_args(AnyData)
