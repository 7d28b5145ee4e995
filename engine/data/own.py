"""Data of one's own: rows in the project, or a file beside it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from engine.data.base import Data, Validation
from engine.data.formats import ONE_LINE, AnyFormat, IdxFormat, TextFormat
from engine.layers.layer import Shape, times
from engine.lazy import Generator

if TYPE_CHECKING:
    from engine.data.samples import Samples

Number = int | float
Row = tuple[Number, ...]
Names = tuple[Annotated[str, Meta(max_length=300)], ...]
Side = Annotated[int, Meta(ge=1, le=100_000)]


class Table(Data, frozen=True, tag="table"):
    """Rows written down in the project itself, so that an example from paper can be redone number by number."""

    title: ClassVar[str] = "Table"
    group: ClassVar[str] = "Own data"
    hidden: ClassVar[tuple[str, ...]] = ("columns",)
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
    columns: Annotated[
        Names, Meta(title="Columns", description="names of the inputs; counted where there are not as many")
    ] = ()

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
        return _rows(self.count)

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

        return table.samples(self.inputs, self.targets, self.task, self.columns)


class File(Data, frozen=True, tag="file"):
    """Samples in a file of their own: a table, numpy arrays, or images. The project notes where it lies, a fingerprint
    of it, and what it holds.
    """

    title: ClassVar[str] = "File"
    group: ClassVar[str] = "Own data"
    hidden: ClassVar[tuple[str, ...]] = (
        "path", "hash", "format", "samples", "shape", "class_names", "outputs", "columns",
    )  # fmt: skip
    path: Annotated[
        str,
        Meta(
            max_length=4096,
            pattern=ONE_LINE,
            title="Path",
            description="where the file lies, in a saved project seen from its folder",
        ),
    ] = ""
    hash: Annotated[
        str, Meta(pattern=r"^([0-9a-f]{64})?\Z", title="Fingerprint", description="SHA-256 of the file; empty: any")
    ] = ""
    format: Annotated[AnyFormat, Meta(title="Format", description="how the file is read")] = TextFormat()
    samples: Annotated[int, Meta(ge=1, le=2**40, title="Samples", description="how many the file holds")] = 1
    shape: Annotated[
        tuple[Side, ...], Meta(min_length=1, max_length=3, title="Shape", description="of one sample's inputs")
    ] = (1,)
    class_names: Annotated[
        Names, Meta(max_length=1000, title="Classes", description="names of the classes; empty: real values")
    ] = ()
    outputs: Annotated[
        int, Meta(ge=1, le=10_000, title="Outputs", description="real values to predict, where there are no classes")
    ] = 1
    columns: Annotated[
        Names, Meta(title="Columns", description="names of the inputs; counted where there are not as many")
    ] = ()

    def __post_init__(self) -> None:
        if len(self.shape) == 2:
            raise ValueError("the shape of one sample must be (values) or (channels, height, width)")
        if len(self.class_names) == 1 or len(set(self.class_names)) < len(self.class_names):
            raise ValueError("class_names must be at least two different names, or none")

    @property
    def count(self) -> int:
        return self.samples

    @property
    def name(self) -> str:
        """The file's own name."""
        return Path(self.path).name

    @property
    def summary(self) -> str:
        what = _rows(self.samples) if len(self.shape) == 1 else f"{self.samples:,} images"
        return f"{self.name}, {what}" if self.path else "no file yet"

    @property
    def about(self) -> str:
        if not self.path:
            return super().about
        answers = (
            f"{len(self.class_names)} classes"
            if self.class_names
            else f"{self.outputs} real value{'s' * (self.outputs != 1)}"
        )
        return f"{self.path}: {self.samples:,} samples of {times(self.shape)}, {answers}. The project stores the path."

    @property
    def problem(self) -> str | None:
        return None if self.path else "No file has been chosen yet: File > Open data"

    @property
    def input_shape(self) -> Shape:  # type: ignore[override]
        return self.shape

    @property
    def classes(self) -> int | None:  # type: ignore[override]
        return len(self.class_names) or None

    @property
    def values(self) -> int:  # type: ignore[override]
        return 0 if self.class_names else self.outputs

    @property
    def at_hand(self) -> bool:
        from engine.data.files import load

        return load.at_hand(self)

    def generate(self, generator: Generator) -> "Samples":
        from engine.data.files import load

        return load.samples(self)

    @property
    def place(self) -> Path | None:
        return Path(self.path) if self.path else None

    @property
    def decided(self) -> str:
        return self.format.chosen if self.path else ""

    def verify(self) -> None:
        from engine.data.files import load

        load.verify(self)

    def located(self, folder: Path) -> "File":
        return self._with_paths(lambda path: os.path.normpath(folder / path))

    def seen_from(self, folder: Path) -> "File":
        return self._with_paths(lambda path: _relative(path, folder))

    def _with_paths(self, place: Any) -> "File":
        """The same with other words for its places."""
        form = self.format
        if isinstance(form, IdxFormat) and form.labels:
            form = msgspec.structs.replace(form, labels=place(form.labels))
        return msgspec.structs.replace(self, path=place(self.path) if self.path else "", format=form)


def _relative(path: str, folder: Path) -> str:
    """The way from a folder to a file; the whole path where there is none, as to another drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path


def _rows(count: int) -> str:
    return f"{count:,} row" + "s" * (count != 1)
