"""What is known of a run at one moment, as the values of the layer panel read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.layers.layer import Shape
from engine.lazy import Array
from engine.project import Project
from gui.layer.sight import Sight

if TYPE_CHECKING:
    from engine.explain.check import TensorCheck
    from engine.probe import Reading
    from engine.run.snapshot import Snapshot
    from gui.checker import Checked

Need = tuple[str, int | None]
"""A block, and the sample (None: the batch), of which is to be known what passes there."""
Formula = Callable[[str, tuple[int, ...]], str]


def _no_formula(parameter: str, index: tuple[int, ...]) -> str:
    return ""


@dataclass(frozen=True)
class Moment:
    """A snapshot with what has been computed beside it. ``formula`` gives a gradient in words with the numbers that it
    is made of, where somebody knows them.
    """

    snapshot: Snapshot | None = None
    checked: Checked | None = None
    readings: Mapping[Need, Reading] = field(default_factory=dict)
    formula: Formula = _no_formula
    project: Project | None = None

    @property
    def computed(self) -> bool:
        """Whether there is a gradient."""
        return self.snapshot is not None and self.snapshot.computed

    @property
    def learned(self) -> Mapping[str, object]:
        """The blocks with parameters, by name."""
        return {} if self.snapshot is None else self.snapshot.layout.by_name

    @property
    def names(self) -> tuple[str, ...]:
        """All blocks of the run."""
        return () if self.snapshot is None else tuple(block.name for block in self.snapshot.project.chain)

    def tensors(self, block: str, value: str) -> dict[str, Array]:
        """A block's parameters, or what belongs to them; see ``Snapshot.tensors``."""
        return {} if self.snapshot is None else self.snapshot.tensors(block, value)

    def reading(self, sight: Sight) -> Reading | None:
        """What passes the block that is looked at, as far as it has been computed."""
        return self.readings.get((sight.block, sight.sample))

    def checks(self, block: str) -> dict[str, TensorCheck]:
        """What the gradient check says of a block's arrays, by name."""
        tensors = self.checked.check.tensors if self.checked else ()
        return {tensor.name: tensor for tensor in tensors if tensor.block == block}

    def seen(self, block: str) -> Shape:
        """The shape in which the weights of a unit are looked at; empty where it is not known."""
        if self.snapshot is None:
            return ()
        from engine.probe import seen_as
        from engine.resolve import resolve

        project = self.snapshot.project
        shapes = {each.name: (each.input_shape or (), each.output_shape or ()) for each in resolve(project).blocks}
        return seen_as(project, block, shapes)
