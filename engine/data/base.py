"""What every data set has in common: how it is split and scaled, and what a chain must know of it beforehand."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

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


class Data(Kind, frozen=True):
    """A data set: what enters the chain and what it should answer."""

    family: ClassVar[str] = "data"
    input_shape: ClassVar[Shape] = (2,)
    classes: ClassVar[int | None] = 2
    values: ClassVar[int] = 0
    by_hand: ClassVar[bool] = False  # whether the samples are drawn with the mouse

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
        return max(0, min(round(self.validation * self.count), self.count - 1))

    @property
    def summary(self) -> str:
        return f"{self.count:,} samples"

    @property
    def problem(self) -> str | None:
        """What keeps the data from being used, as far as it is known without reading them."""
        return None

    @property
    def at_hand(self) -> bool:
        """Whether the samples are there at once: nothing has to be read that might be large, or missing."""
        return True

    @property
    def place(self) -> Path | None:
        """The file from which the data are read; None where there is none."""
        return None

    @property
    def decided(self) -> str:
        """What was decided about the file that the data are read from, and can be decided anew; empty for nothing."""
        return ""

    def verify(self) -> None:
        """Raises ProjectError where a file that the data are read from is missing, or another one than was noted."""

    def located(self, folder: Path) -> Self:
        """The same data, places of files that were seen from a folder as whole paths."""
        return self

    def seen_from(self, folder: Path) -> Self:
        """The same data, places of files as they are seen from a folder."""
        return self

    def generate(self, generator: Generator) -> "Samples":
        """All samples, before they are split and scaled."""
        raise NotImplementedError
