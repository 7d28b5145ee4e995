"""The one judge of a chain: shapes, parameter counts, what cannot work and why, and the edit that would mend it.

Canvas, Run button, problem list, command line and worker all read what ``resolve`` says. It needs no numpy and
changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from engine.initializers import GlorotUniform
from engine.kinds import Kind
from engine.layers.layer import Layer, Misfit, Shape, times
from engine.limits import MEMORY_BUDGET, memory_needed
from engine.losses import LOSSES, Loss
from engine.project import Project, change, insert, layer_kind, replace_block


class Fix(msgspec.Struct, frozen=True):
    """An offered edit: what it does in words, and the edit itself."""

    text: str
    apply: Callable[[Project], Project]


class Place(msgspec.Struct, frozen=True):
    """What is to be said of one place: a problem keeps the chain from working, a warning does not."""

    name: str
    problem: str | None = None
    warning: str | None = None
    fix: Fix | None = None


class BlockPlace(Place, frozen=True):
    """A block of the chain; shapes are public and None where an earlier problem leaves them unknown."""

    input_shape: Shape | None = None
    output_shape: Shape | None = None
    parameter_count: int = 0


class DataPlace(Place, frozen=True):
    """The data: one sample's shape, its target's shape, and the number of classes (None: real values)."""

    input_shape: Shape = ()
    target_shape: Shape = ()
    classes: int | None = None


class Problem(msgspec.Struct, frozen=True):
    """A problem and its place: a block's name, ``"data"``, ``"loss"`` or ``"training"``."""

    place: str
    text: str


class Resolved(msgspec.Struct, frozen=True):
    """All that follows from a project before anything is computed."""

    blocks: tuple[BlockPlace, ...]
    data: DataPlace
    loss: Place
    training: Place

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place from left to right: data, blocks, loss, training."""
        return (self.data, *self.blocks, self.loss, self.training)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems with their place."""
        return tuple(Problem(place.name, place.problem) for place in self.places if place.problem)

    @property
    def ok(self) -> bool:
        """Whether the chain can be trained."""
        return not self.problems

    @property
    def parameter_count(self) -> int:
        """How many numbers are learned in all."""
        return sum(block.parameter_count for block in self.blocks)

    @property
    def output_shape(self) -> Shape | None:
        """What leaves the chain."""
        return self.blocks[-1].output_shape if self.blocks else self.data.input_shape


def resolve(project: Project, input_shape: Shape | None = None) -> Resolved:
    """Judges a project; ``input_shape`` stands in for the shape of its own data. Pure: the same project gives the
    same answer.
    """
    shape: Shape | None = project.data.input_shape if input_shape is None else input_shape
    blocks: list[BlockPlace] = []
    for index, block in enumerate(project.chain):
        earlier = {place.name: place.output_shape for place in blocks}
        blocks.append(_block(project, index, block, shape, earlier if block.sources else {}, input_shape is None))
        shape = blocks[-1].output_shape
    data = DataPlace(
        "data",
        project.data.problem,
        input_shape=project.data.input_shape,
        target_shape=(project.data.classes or project.data.values,),
        classes=project.data.classes,
    )
    return Resolved(tuple(blocks), data, _loss(project, shape), _training(project, tuple(blocks)))


def _block(
    project: Project, index: int, block: Layer, shape: Shape | None, earlier: dict[str, Shape | None], own_data: bool
) -> BlockPlace:
    if shape is None or any(name in earlier and earlier[name] is None for name in block.sources):
        return BlockPlace(block.name)
    if lost := _lost_source(project, block, shape, earlier):
        return BlockPlace(block.name, *lost, input_shape=shape)
    try:
        output = block.output_shape(shape)
    except Misfit as misfit:
        fix = _insert_before(index, misfit.insert) if misfit.insert else None
        return BlockPlace(block.name, f"{block.title} {misfit}", fix=fix, input_shape=shape)
    count = sum(math.prod(each) for each in block.parameters(shape).values())
    unfit = _unfit_start(block, shape)
    if unfit:
        return BlockPlace(block.name, *unfit, input_shape=shape, output_shape=output, parameter_count=count)
    if own_data and (small := _small_batch(project, block, shape)):
        return BlockPlace(block.name, *small, input_shape=shape, output_shape=output, parameter_count=count)
    warning, fix = _twice(project, index)
    return BlockPlace(block.name, None, warning, fix, shape, output, count)


def _lost_source(
    project: Project, block: Layer, shape: Shape, earlier: dict[str, Shape | None]
) -> tuple[str, None, Fix | None] | None:
    """The problem of a block that names a source which is not there or has another shape."""
    for name in block.sources:
        if earlier.get(name) == shape:
            continue
        if name in earlier:
            text = f"{block.title} needs equal shapes, gets {times(shape)} and {times(earlier[name] or ())} from {name}"
        elif name:
            text = f"{block.title} takes the output of {name}, which is no block before it"
        else:
            text = f"{block.title} needs a source: an earlier block whose output it adds"
        fitting = [other for other, size in earlier.items() if size == shape]
        if not fitting:
            return text, None, None
        better = (fitting[:-1] or fitting)[-1]  # not the block just before, where there is another one
        change_source = partial(_change_block, name=block.name, changes={"source": better})
        return text, None, Fix(f"set source to {better}", change_source)
    return None


def _small_batch(project: Project, block: Layer, shape: Shape) -> tuple[str, None, Fix | None] | None:
    """The problem of a block that cannot be trained on the smallest batch of an epoch, with a size that can."""
    if project.data.problem:  # nothing is known of batches before there are data
        return None
    needed, samples = block.smallest_batch(shape), project.data.count - project.data.held_out
    size = project.training.batch_size
    smallest = _smallest_batch(size, samples)
    if smallest >= needed:
        return None
    if samples < needed:
        return f"{block.title} needs at least {needed} samples to train on, there is only {samples}", None, None
    better = next(each for each in range(max(size, needed), samples + 1) if _smallest_batch(each, samples) >= needed)
    text = f"{block.title} needs at least {needed} samples in every batch, the smallest of an epoch has {smallest}"
    return text, None, Fix(f"set batch_size to {better}", partial(_change_training, changes={"batch_size": better}))


def _smallest_batch(size: int, samples: int) -> int:
    return samples % size or min(size, samples)


def _change_training(project: Project, changes: dict[str, Any]) -> Project:
    return change(project, training=change(project.training, **changes))


def _insert_before(index: int, kind: str) -> Fix:
    layer = layer_kind(kind)
    return Fix(f"insert {layer.title}", partial(_insert, index=index, layer=layer))


def _insert(project: Project, index: int, layer: Callable[[], Any]) -> Project:
    return insert(project, index, (layer(),))


def _unfit_start(block: Layer, shape: Shape) -> tuple[str, None, Fix] | None:
    """The problem of written-down first values that do not fit, with its fix."""
    public = block.public_shapes(shape)
    for name, initializer in block.initializers().items():
        problem = initializer.problem(public[name]) if name in public else None
        if problem:
            changed = {f"{name}_init": GlorotUniform()}
            fix = Fix("start from Glorot uniform", partial(_change_block, name=block.name, changes=changed))
            return f"{name} of {block.name}: {problem}", None, fix
    return None


def _change_block(project: Project, name: str, changes: dict[str, Any]) -> Project:
    return replace_block(project, name, change(project.block(name), **changes))


def _twice(project: Project, index: int) -> tuple[str | None, Fix | None]:
    """A warning where the last block applies what the loss applies by itself."""
    block = project.chain[index]
    if index < len(project.chain) - 1 or block.kind not in project.loss.applies:
        return None, None
    text = f"{project.loss.title} applies {block.title} itself: remove it"
    return text, Fix(f"remove {block.title}", partial(_remove, name=block.name))


def _remove(project: Project, name: str) -> Project:
    return msgspec.structs.replace(project, chain=tuple(block for block in project.chain if block.name != name))


def _loss(project: Project, shape: Shape | None) -> Place:
    data, loss = project.data, project.loss
    try:
        wanted = loss.output_shape(data.classes, data.values)
    except Misfit as misfit:
        return Place("loss", str(misfit), fix=_other_loss(project, shape))
    if shape is None or shape == wanted:
        return Place("loss")
    return Place(
        "loss",
        f"{loss.title} {_over(data)} needs {_outputs(wanted)}, gets {times(shape)}",
        fix=_end_fix(project, wanted, shape),
    )


def _over(data: Any) -> str:
    return f"over {data.classes} classes" if data.classes else f"over {data.values} value" + "s" * (data.values != 1)


def _outputs(shape: Shape) -> str:
    return f"{shape[0]} output" + "s" * (shape[0] != 1) if len(shape) == 1 else times(shape)


def _other_loss(project: Project, shape: Shape | None) -> Fix | None:
    """The most specific loss that suits the data in place of the one that does not, with the end that it needs."""
    for kind in reversed(LOSSES):
        if kind.usual and _suits(kind(), project):
            fix = Fix(f"use {kind.title.lower()}", partial(_change_loss, loss=kind()))
            end = _loss(fix.apply(project), shape).fix
            return fix if end is None else Fix(f"{fix.text}, {end.text}", partial(_both, first=fix, second=end))
    return None


def _both(project: Project, first: Fix, second: Fix) -> Project:
    return second.apply(first.apply(project))


def _suits(loss: Loss, project: Project) -> bool:
    try:
        loss.output_shape(project.data.classes, project.data.values)
    except Misfit:
        return False
    return True


def _change_loss(project: Project, loss: Kind) -> Project:
    return change(project, loss=loss)


def _end_fix(project: Project, wanted: Shape, shape: Shape) -> Fix | None:
    """Sets the width of the last block that has one, or adds one that fits."""
    for block in reversed(project.chain) if len(shape) == 1 else ():
        if block.width_field:
            text = f"set {block.width_field} of {block.name} to {wanted[0]}"
            return Fix(text, partial(_change_block, name=block.name, changes={block.width_field: wanted[0]}))
        if not block.keeps_shape:
            break
    return Fix(
        f"add Dense with {wanted[0]} unit{'s' * (wanted[0] != 1)}",
        partial(_append_output, width=wanted[0], flat=len(shape) == 1),
    )


def _append_output(project: Project, width: int, flat: bool) -> Project:
    dense, flatten = layer_kind("dense"), layer_kind("flatten")
    blocks = [] if flat else [flatten()]
    return insert(project, len(project.chain), (*blocks, dense(units=width)))  # type: ignore[call-arg, arg-type]


def _training(project: Project, blocks: tuple[BlockPlace, ...]) -> Place:
    if not any(block.parameter_count for block in blocks) and all(not block.problem for block in blocks):
        return Place("training", "The chain has no weights to train: add a layer with weights")
    for block in project.chain if project.training.threads > 1 else ():
        if block.mixes_samples:
            text = f"{block.title} ({block.name}) needs the whole batch at once, which two threads would share"
            return Place("training", text, fix=Fix("use one thread", partial(_change_training, changes={"threads": 1})))
    needed = memory_needed(project, blocks)
    if needed > MEMORY_BUDGET:
        return Place(
            "training",
            f"This chain needs about {needed / 2**30:.1f} GB, more than the budget of {MEMORY_BUDGET / 2**30:.0f} GB: "
            "make it narrower or the batch smaller",
        )
    learned = [block for block, place in zip(project.chain, blocks, strict=True) if place.parameter_count]
    if learned and not any(block.moves for block in learned):
        return Place("training", warning="All blocks with weights are frozen: training moves nothing")
    return Place("training")
