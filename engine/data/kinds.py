"""The data kinds that come with the program, and the list of all: what shape a chain has to take in, and what it has
to predict.
"""

from typing import TYPE_CHECKING, Annotated, ClassVar, get_args

from msgspec import Meta

from engine.data.base import Data
from engine.data.drawing import Drawing
from engine.data.own import File, Table
from engine.layers.layer import Shape
from engine.lazy import Generator

if TYPE_CHECKING:
    from engine.data.samples import Samples

__all__ = ["DATA", "AnyData", "Data"]

Count = Annotated[int, Meta(ge=2, le=100_000, title="Samples", description="how many points are drawn")]
Noise = Annotated[float, Meta(ge=0, le=10, title="Noise", description="standard deviation added to every coordinate")]
OnValues = Annotated[float, Meta(ge=0, le=10, title="Noise", description="standard deviation added to every value")]
Slope = Annotated[float, Meta(ge=-100, le=100)]


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


class Checkerboard(Toy, frozen=True, tag="checkerboard"):
    """A square of fields in two colours, from -1 to 1; the class is the colour. The more fields, the harder."""

    title: ClassVar[str] = "Checkerboard"
    noise: Noise = 0.0
    squares: Annotated[int, Meta(ge=2, le=10, title="Squares", description="fields along each side")] = 4

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import toys

        return toys.checkerboard(generator, self.samples, self.noise, self.squares)


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


class Plane(Toy, frozen=True, tag="plane"):
    """A tilted plane to be followed: y = slope 1 times x1 + slope 2 times x2 + offset. One weight for each slope and
    one bias for the offset are enough.
    """

    title: ClassVar[str] = "Plane"
    group: ClassVar[str] = "Curves"
    classes: ClassVar[int | None] = None
    values: ClassVar[int] = 1
    samples: Count = 200
    noise: OnValues = 0.1
    slope_1: Annotated[Slope, Meta(title="Slope 1", description="how much y rises for 1 more of x1")] = 1.0
    slope_2: Annotated[Slope, Meta(title="Slope 2", description="how much y rises for 1 more of x2")] = -0.5
    offset: Annotated[Slope, Meta(title="Offset", description="y at the origin")] = 0.0

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import toys

        return toys.plane(generator, self.samples, self.noise, (self.slope_1, self.slope_2), self.offset)


class Step(Toy, frozen=True, tag="step"):
    """A step to be followed: y = 0 left of 0 and 1 from there on, x from -1 to 1."""

    title: ClassVar[str] = "Step"
    group: ClassVar[str] = "Curves"
    input_shape: ClassVar[Shape] = (1,)
    classes: ClassVar[int | None] = None
    values: ClassVar[int] = 1
    samples: Count = 200
    noise: OnValues = 0.1

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import toys

        return toys.step(generator, self.samples, self.noise)


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


class Wine(Data, frozen=True, tag="wine"):
    """178 wines of three growers by 13 chemical measurements of very different size (Forina 1991): scale them."""

    title: ClassVar[str] = "Wine"
    group: ClassVar[str] = "Real data"
    input_shape: ClassVar[Shape] = (13,)
    classes: ClassVar[int | None] = 3

    @property
    def count(self) -> int:
        return 178

    @property
    def summary(self) -> str:
        return "178 wines"

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import shipped

        return shipped.wine()


class BreastCancer(Data, frozen=True, tag="breast_cancer"):
    """569 tumours, malignant or benign, by 30 measurements of cell nuclei (Wolberg, Street and Mangasarian 1993): they
    want scaling.
    """

    title: ClassVar[str] = "Breast cancer"
    group: ClassVar[str] = "Real data"
    input_shape: ClassVar[Shape] = (30,)
    classes: ClassVar[int | None] = 2

    @property
    def count(self) -> int:
        return 569

    @property
    def summary(self) -> str:
        return "569 tumours"

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import shipped

        return shipped.breast_cancer()


AnyData = (
    Xor
    | Circles
    | Moons
    | Spirals
    | Blobs
    | Checkerboard
    | Sine
    | Plane
    | Step
    | Digits
    | Iris
    | Wine
    | BreastCancer
    | Table
    | File
    | Drawing
)
DATA: tuple[type[Data], ...] = get_args(AnyData)
