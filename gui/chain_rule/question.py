"""What is asked: the derivative of the error, or of a block's output, by one number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from engine.layers.layer import Shape
from engine.lazy import np
from engine.project import Project
from engine.resolve import Resolved

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot

INPUT, LOSS = "input", "loss"
"""What explanations call the two ends of the chain."""


class Question(msgspec.Struct, frozen=True):
    """``parameter`` is ``"dense_1.weight"`` or ``"input"``, ``index`` one entry of it. ``sample`` is the number of a
    training sample (None: the one that answers most strongly), ``of`` a block and a unit of its output (None: the
    error).
    """

    parameter: str
    index: tuple[int, ...]
    sample: int | None = None
    of: tuple[str, int] | None = None

    @property
    def block(self) -> str:
        """The block whose parameter it is; empty for the input."""
        return self.parameter.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The number in words, ``"dense_1.weight[3, 0]"``."""
        return f"{self.parameter}[{', '.join(map(str, self.index))}]"


def shapes(project: Project, resolved: Resolved) -> dict[str, Shape]:
    """All that can be asked about, with its shape: the parameters of every block, then the input."""
    found = {
        f"{block.name}.{name}": shape
        for block, place in zip(project.chain, resolved.blocks, strict=True)
        if place.input_shape is not None and place.output_shape is not None
        for name, shape in block.public_shapes(place.input_shape).items()
    }
    return {**found, INPUT: project.data.input_shape}


def fits(question: Question, project: Project, resolved: Resolved) -> bool:
    """Whether the question can be asked of a project."""
    shape = shapes(project, resolved).get(question.parameter)
    if shape is None or len(shape) != len(question.index):
        return False
    if question.of is not None and not _has_output(question.of, question.block, project, resolved):
        return False
    return all(0 <= each < size for each, size in zip(question.index, shape, strict=True))


def comes_after(project: Project, block: str, other: str) -> bool:
    """Whether a block is the other one or behind it; everything is behind the input."""
    names = [each.name for each in project.chain]
    return block in names and (not other or (other in names and names.index(block) >= names.index(other)))


def _has_output(of: tuple[str, int], block: str, project: Project, resolved: Resolved) -> bool:
    """Whether there is such a unit behind the block."""
    name, unit = of
    if not comes_after(project, name, block):
        return False
    shape = resolved.blocks[project.index(name)].output_shape
    return shape is not None and 0 <= unit < math.prod(shape)


def follow(question: Question | None, project: Project, resolved: Resolved) -> Question | None:
    """What is asked after an edit: the same, or of the error where the output is gone, or the first weight."""
    if question is not None and resolved.ok:
        for each in (question, msgspec.structs.replace(question, of=None)):
            if fits(each, project, resolved):
                return each
    return first(project, resolved)


def first(project: Project, resolved: Resolved) -> Question | None:
    """What is looked at before anybody has asked: the first weight of the chain. None where nothing can be."""
    if not resolved.ok:
        return None
    parameter, shape = next(iter(shapes(project, resolved).items()))
    return Question(parameter, (0,) * len(shape))


def about_block(block: str, snapshot: Snapshot | None, project: Project, resolved: Resolved) -> Question | None:
    """The weight of a block that answers most strongly; its first one before there is a gradient. None for a block
    without any.
    """
    known = shapes(project, resolved)
    if f"{block}.weight" not in known:
        return None
    parameter = f"{block}.weight"
    gradient = snapshot.tensors(block).get("weight") if snapshot is not None and snapshot.computed else None
    if gradient is None or gradient.shape != known[parameter]:
        return Question(parameter, (0,) * len(known[parameter]))
    return Question(parameter, tuple(map(int, np.unravel_index(np.abs(gradient).argmax(), gradient.shape))))
