"""Data drawn by hand: points of several classes in the plane, or a curve as points along it. The project holds them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from engine.data.base import Data
from engine.layers.layer import Shape
from engine.lazy import Generator
from engine.strict import ProjectError

if TYPE_CHECKING:
    from engine.data.samples import Samples
    from engine.project import Project

MOST_POINTS = 100_000
MOST_CLASSES = 10
Point = tuple[int | float, ...]
Task = Literal["classification", "regression"]


class Drawing(Data, frozen=True, tag="drawing"):
    """Points of several classes, or a curve, drawn with the mouse on the board of the data panel and kept in the
    project.
    """

    title: ClassVar[str] = "Drawing"
    group: ClassVar[str] = "Own data"
    hidden: ClassVar[tuple[str, ...]] = ("task", "points")
    by_hand: ClassVar[bool] = True
    task: Annotated[
        Task, Meta(title="Task", description="points of several classes, or a curve: one real value for each x")
    ] = "classification"
    classes: Annotated[  # type: ignore[misc]
        Annotated[int, Meta(ge=2, le=MOST_CLASSES)] | None,
        Meta(title="Classes", description="how many classes there are to draw; a curve has none"),
    ] = 2
    points: Annotated[
        tuple[Point, ...],
        Meta(
            max_length=MOST_POINTS,
            title="Points",
            description="x, y and the number of the class, from 0; of a curve x and y",
        ),
    ] = ()

    def __post_init__(self) -> None:
        if self.task == "regression":
            msgspec.structs.force_setattr(self, "classes", None)
        elif self.classes is None:
            raise ValueError(f"a drawing of classes needs 2 to {MOST_CLASSES} of them, given null")
        self._refuse_misshapen()

    def _refuse_misshapen(self) -> None:
        width, classes = (2, 0) if self.classes is None else (3, self.classes)
        form = "x, y" if self.classes is None else "x, y, class"
        for place, point in enumerate(self.points):
            if len(point) != width:
                raise ValueError(f"points[{place}] must be [{form}], given {len(point)} values")
            if classes and not (isinstance(point[2], int) and 0 <= point[2] < classes):
                raise ValueError(f"points[{place}]: the class must be 0 to {classes - 1}, given {point[2]}")

    @property
    def count(self) -> int:
        return len(self.points)

    @property
    def summary(self) -> str:
        return f"{self.count:,} point{'s' * (self.count != 1)}" if self.points else "nothing drawn yet"

    @property
    def problem(self) -> str | None:
        if not self.points:
            what = "draw a curve" if self.classes is None else "click or paint points of two classes"
            return f"Nothing is drawn yet: {what} on the board (File > Draw data)"
        drawn = {point[2] for point in self.points} if self.classes else {0, 1}
        return f"Only class {min(drawn)} has points: draw some of another class too" if len(drawn) == 1 else None

    @property
    def at_hand(self) -> bool:
        return not self.problem

    @property
    def input_shape(self) -> Shape:  # type: ignore[override]
        return (1,) if self.classes is None else (2,)

    @property
    def values(self) -> int:  # type: ignore[override]
        return 1 if self.classes is None else 0

    def generate(self, generator: Generator) -> "Samples":
        from engine.data import table

        if self.problem:
            raise ProjectError(f"data: {self.problem}.")
        if self.classes is None:
            x, y = zip(*self.points, strict=True)
            return table.samples([(each,) for each in x], y, self.task, ("x",))
        return table.points(self.points, self.classes)

    def with_points(self, points: Iterable[Point]) -> "Drawing":
        """The same with other points. Raises ProjectError where there are too many."""
        taken = tuple(points)
        if len(taken) > MOST_POINTS:
            raise ProjectError(f"A drawing holds at most {MOST_POINTS:,} points, these would be {len(taken):,}.")
        return msgspec.structs.replace(self, points=taken)


def empty(task: Task, before: Data) -> Drawing:
    """An empty drawing, split and scaled as the data before it are."""
    return Drawing(task=task, seed=before.seed, validation=before.validation, scaling=before.scaling)


def can_be_drawn(data: Data) -> bool:
    """Whether data are points in the plane of at most ten classes, or of a curve, and few enough to be drawn on."""
    plane = data.input_shape == (2,) and 2 <= (data.classes or 0) <= MOST_CLASSES
    curve = data.input_shape == (1,) and data.classes is None and data.values == 1
    return (plane or curve) and data.at_hand and data.count <= MOST_POINTS


def traced(project: "Project") -> Drawing:
    """A drawing of the very points that the project's data have. Raises ProjectError where they cannot be drawn."""
    from engine.data.parts import data_seed
    from engine.random import stream

    data: Any = project.data
    if not can_be_drawn(data):
        what = "points in the plane of at most ten classes, or of a curve"
        raise ProjectError(f"{data.title} cannot be drawn on: only {what} can be.")
    samples = data.generate(stream(data_seed(project), "data"))
    classified = samples.labels is not None
    answers = samples.labels[:, None] if classified else samples.values
    rows = [(*row, *answer) for row, answer in zip(samples.inputs.tolist(), answers.tolist(), strict=True)]
    drawing = empty("classification" if classified else "regression", data)
    return msgspec.structs.replace(drawing, classes=data.classes, points=tuple(rows))
