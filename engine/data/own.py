"""Data of one's own: rows in the project."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta

from engine.data.base import Data, Validation
from engine.layers.layer import Shape
from engine.lazy import Generator

if TYPE_CHECKING:
    from engine.data.samples import Samples

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
