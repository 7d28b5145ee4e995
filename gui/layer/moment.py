"""What is known of a run at one moment, as the values of the layer panel read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from engine.layers.layer import Shape
from engine.lazy import Array
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
    _tensors: dict[tuple[str, str], dict[str, Array]] = field(default_factory=dict)

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
        """A block's parameters, or what belongs to them, computed once; see ``Snapshot.tensors``."""
        if self.snapshot is None:
            return {}
        if (block, value) not in self._tensors:
            self._tensors[block, value] = self.snapshot.tensors(block, value)
        return self._tensors[block, value]

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

        return seen_as(self.snapshot.project, block, self._inputs)

    @cached_property
    def _inputs(self) -> dict[str, Shape]:
        """The shape of every block's input."""
        from engine.resolve import resolve

        assert self.snapshot is not None
        return {each.name: each.input_shape or () for each in resolve(self.snapshot.project).blocks}
