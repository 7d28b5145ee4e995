"""A chain with its numbers: all parameters are views of one vector, all gradients of another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from engine.breaks import NONE, Breaks, broken_chain
from engine.layers.layer import Layer, Room, Shape, times
from engine.lazy import Array, np
from engine.limits import samples_at_once
from engine.plan import SECOND_HALF, Halves, Plan
from engine.project import Project, ProjectError
from engine.random import stream
from engine.resolve import Resolved, resolve


@dataclass(frozen=True)
class BlockLayout:
    """Where the numbers of one block lie in the flat vectors: ``arrays`` holds the inner shape of each parameter, in
    order, ``statistics`` shape and first value of what is kept up to date without being learned.
    """

    name: str
    block: Layer
    offset: int
    arrays: dict[str, Shape]
    statistics_offset: int = 0
    statistics: dict[str, tuple[Shape, float]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many parameters the block has."""
        return sum(math.prod(shape) for shape in self.arrays.values())

    @property
    def statistics_size(self) -> int:
        """How many numbers the block keeps up to date."""
        return sum(math.prod(shape) for shape, _ in self.statistics.values())

    def piece(self, vector: Array, statistics: bool = False) -> Array:
        """The block's part of a whole vector of parameters, or of statistics."""
        if statistics:
            return vector[self.statistics_offset : self.statistics_offset + self.statistics_size]
        return vector[self.offset : self.offset + self.size]

    def views(self, vector: Array) -> dict[str, Array]:
        """The block's arrays as views of a whole vector, as they lie in memory."""
        return _cut(self.piece(vector), self.arrays)

    def statistics_views(self, vector: Array) -> dict[str, Array]:
        """The block's statistics as views of the vector of all."""
        return _cut(self.piece(vector, statistics=True), {name: shape for name, (shape, _) in self.statistics.items()})

    def public(self, vector: Array) -> dict[str, Array]:
        """The block's arrays as views in the textbook's order: ``weight`` (out, in), ``bias`` (out,)."""
        return self.block.public(Room(**self.views(vector)))


@dataclass(frozen=True)
class Layout:
    """The blocks that have parameters, in order, and the length of the flat vectors."""

    blocks: tuple[BlockLayout, ...]

    @property
    def size(self) -> int:
        """The number of parameters of the whole chain."""
        return sum(block.size for block in self.blocks)

    @property
    def frozen(self) -> tuple[slice, ...]:
        """The stretches of the vectors that training does not move."""
        return tuple(slice(block.offset, block.offset + block.size) for block in self.blocks if not block.block.moves)

    @property
    def statistics_size(self) -> int:
        """How many numbers the whole chain keeps up to date without learning them."""
        return sum(block.statistics_size for block in self.blocks)

    def state(self, parameters: Array, statistics: Array) -> dict[str, Array]:
        """All that a trained network is, as views of its vectors: ``"dense_1.weight"`` in public shapes."""
        return {
            f"{block.name}.{name}": view
            for block in self.blocks
            for name, view in (block.public(parameters) | block.statistics_views(statistics)).items()
        }

    @cached_property
    def by_name(self) -> dict[str, BlockLayout]:
        """The blocks by their name."""
        return {block.name: block for block in self.blocks}


def _cut(piece: Array, shapes: Mapping[str, Shape]) -> dict[str, Array]:
    views, start = {}, 0
    for name, shape in shapes.items():
        views[name] = piece[start : start + math.prod(shape)].reshape(shape)
        start += math.prod(shape)
    return views


def layout(project: Project, resolved: Resolved | None = None) -> Layout:
    """Where every block's parameters lie, for a chain whose shapes are known. Allocates nothing."""
    blocks: list[BlockLayout] = []
    offset = statistics_offset = 0
    for block, place in zip(project.chain, (resolved or resolve(project)).blocks, strict=True):
        if place.input_shape is None or not (arrays := block.parameters(place.input_shape)):
            continue
        statistics = block.statistics(place.input_shape)
        blocks.append(BlockLayout(block.name, block, offset, arrays, statistics_offset, statistics))
        offset += blocks[-1].size
        statistics_offset += blocks[-1].statistics_size
    return Layout(tuple(blocks))


def generators_of(project: Project) -> list[str]:
    """The names of the generators from which the blocks draw while they are trained."""
    names = [block.name for block in project.chain]
    return names + [SECOND_HALF + name for name in names] if project.training.threads == 2 else names


class Network:
    """The parameters of a project's chain, its prediction and its gradient.

    Shapes come from the project's data unless ``input_shape`` is given; ``output_shape`` is what the last block has
    to give out. ``breaks`` says by block name what is wrong with its backward pass on purpose. Raises ProjectError
    where the chain cannot work.
    """

    def __init__(
        self,
        project: Project,
        input_shape: Shape | None = None,
        output_shape: Shape | None = None,
        breaks: Breaks = NONE,
    ) -> None:
        if input_shape is not None and (not len(input_shape) or min(input_shape) < 1):
            raise ProjectError(f"An input shape is made of numbers from 1 on, given {tuple(input_shape)}.")
        resolved = resolve(project, input_shape)
        refuse_broken(resolved, input_shape is not None, output_shape)
        first = project.data.input_shape if input_shape is None else tuple(input_shape)
        self.project = project
        self.shapes: list[Shape] = [first, *(block.output_shape or () for block in resolved.blocks)]
        self.layout = layout(project, resolved)
        self.parameters = np.zeros(self.layout.size, project.training.dtype)
        self.gradients = np.zeros_like(self.parameters)
        self.statistics = np.zeros(self.layout.statistics_size, self.parameters.dtype)
        self.weights = {
            block.name: block.views(self.parameters) | block.statistics_views(self.statistics)
            for block in self.layout.blocks
        }
        self.generators = {name: stream(project.training.seed, f"dropout/{name}") for name in generators_of(project)}
        self.chunk = samples_at_once(project.chain, self.shapes)
        self._plans: dict[tuple[int, bool, bool], Plan] = {}
        self._halves: dict[int, Halves] = {}
        self.break_blocks(breaks)
        self.initialise()

    @property
    def input_size(self) -> int:
        """Values of one sample."""
        return math.prod(self.shapes[0])

    @property
    def output_size(self) -> int:
        """Values that the chain gives out for one sample."""
        return math.prod(self.shapes[-1])

    def break_blocks(self, breaks: Breaks) -> None:
        """From now on these blocks' backward pass is wrong on purpose, and no others'. Raises ProjectError."""
        self.chain = broken_chain(self.project, breaks, self.shapes[0])
        self.breaks = dict(breaks)
        self._plans.clear()

    def initialise(self, names: Sequence[str] | None = None) -> None:
        """Draws the first values of all blocks, or of the named ones, each from its own seeded stream."""
        for entry in self.layout.blocks:
            if names is None or entry.name in names:
                generator = stream(self.project.training.seed, f"init/{entry.name}")
                starts = entry.block.initializers()
                for name, view in entry.public(self.parameters).items():
                    view[...] = starts[name].fill(view.shape, generator)
                for name, view in entry.statistics_views(self.statistics).items():
                    view[...] = entry.statistics[name][1]

    def state_dict(self) -> dict[str, Array]:
        """Copies of all parameters by ``"dense_1.weight"``, in public shapes, and of all running statistics."""
        return {key: view.copy() for key, view in self._state().items()}

    def grad_dict(self) -> dict[str, Array]:
        """Copies of all gradients, under the same keys."""
        return self._public(self.gradients)

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Takes over all parameters. Raises ProjectError and changes nothing where names or shapes do not fit."""
        own = self._state()
        if odd := sorted(own.keys() ^ state.keys()):
            raise ProjectError(f"The weights do not fit the chain: {odd[0]} is on one side only.")
        for key, view in own.items():
            given = np.shape(state[key])
            if given != view.shape:
                raise ProjectError(
                    f"The weights do not fit the chain: {key} must be {times(view.shape)}, is {times(given)}."
                )
        for key, view in own.items():
            view[...] = state[key]

    def predict(self, x: Array) -> Array:
        """The outputs (N, *out) for inputs (N, *in), in evaluation mode."""
        rows = self.input_rows(x)
        outputs = np.empty((len(rows), *self.shapes[-1]), self.parameters.dtype)
        chunk = min(len(rows), self.chunk)
        for start in range(0, len(rows), chunk) if chunk else ():
            begin = min(start, len(rows) - chunk)  # the last chunk reaches back, so that one plan serves all
            plan = self.plan(chunk, backward=False)
            plan.input[:, :-1] = rows[begin : begin + chunk]
            with np.errstate(all="ignore"):
                plan.run()
            outputs[begin : begin + chunk] = plan.output
        return outputs

    def loss_and_gradient(self, x: Array, target: Array, training: bool = False) -> float:
        """The mean loss of a batch; its gradient is then in ``gradients``. ``x`` (N, *in), target as the loss takes
        it.
        """
        rows = self.input_rows(x)
        targets = self.target_rows(target)
        if len(rows) != len(targets) or not len(rows):
            raise ProjectError(
                f"A batch needs as many targets as inputs, at least one; given {len(rows)} and {len(targets)}."
            )
        if training:
            self.refuse_small_batch(len(rows))
        plan = self.training_plan(len(rows)) if training else self.plan(len(rows))
        plan.input[:, :-1] = rows
        plan.targets[...] = targets
        with np.errstate(all="ignore"):
            plan.run()
        return float(plan.loss)

    def refuse_small_batch(self, samples: int) -> None:
        """ProjectError where a block cannot be trained on a batch of so many samples."""
        for block, shape in zip(self.project.chain, self.shapes, strict=False):
            if samples < block.smallest_batch(shape):
                raise ProjectError(
                    f"{block.name}: {block.title} needs at least {block.smallest_batch(shape)} samples in a training "
                    f"batch, given {samples}."
                )

    def plan(self, batch: int, backward: bool = True, training: bool = False) -> Plan:
        """The recorded plan for a batch size; made when first asked for."""
        key = (batch, backward, training)
        if key not in self._plans:
            self._plans[key] = Plan(self, batch, backward, training)
        return self._plans[key]

    def training_plan(self, batch: int) -> Plan | Halves:
        """What makes a training step of a batch size: one plan, or two halves where two threads are set. A broken pass
        is that of the whole batch.
        """
        if self.project.training.threads == 1 or batch == 1 or self.breaks:
            return self.plan(batch, training=True)
        if batch not in self._halves:
            self._halves[batch] = Halves(self, batch)
        return self._halves[batch]

    def input_rows(self, x: Array) -> Array:
        """Inputs as rows (N, values). Raises ProjectError where their shape is not the chain's."""
        x = np.asarray(x)
        if x.ndim == 0 or x.shape[1:] != self.shapes[0]:
            raise ProjectError(f"The chain takes inputs of shape (N, {times(self.shapes[0])}), given {x.shape}.")
        return _real(x, "Inputs").reshape(len(x), self.input_size)

    def target_rows(self, target: Array) -> Array:
        """Targets as rows (N, outputs). Raises ProjectError where they do not suit the loss."""
        try:
            return self.project.loss.rows(_real(np.asarray(target), "Targets"), self.output_size)
        except ValueError as error:
            raise ProjectError(f"{self.project.loss.title}: {error}.") from None

    def stacked(self, vector: Array, names: Sequence[str]) -> Array:
        """The pieces of equal blocks that lie side by side, as one array with the blocks along its first axis."""
        first = self.layout.by_name[names[0]]
        (shape,) = first.arrays.values()
        return vector[first.offset : first.offset + len(names) * first.size].reshape(len(names), *shape)

    def _state(self) -> dict[str, Array]:
        return self.layout.state(self.parameters, self.statistics)

    def _public(self, vector: Array) -> dict[str, Array]:
        return {
            f"{block.name}.{name}": view.copy()
            for block in self.layout.blocks
            for name, view in block.public(vector).items()
        }


def _real(values: Array, what: str) -> Array:
    """The values themselves. Raises ProjectError where they are no real numbers."""
    if values.dtype.kind not in "biuf":
        raise ProjectError(f"{what} must be real numbers, given {values.dtype.name}.")
    return values


def refuse_broken(resolved: Resolved, own_input: bool, output_shape: Shape | None) -> None:
    """ProjectError for the first problem that keeps the chain from computing."""
    for problem in resolved.problems:
        about_ends = problem.place == "loss" and (own_input or output_shape is not None)
        if not about_ends and not (problem.place == "training" and resolved.parameter_count == 0):
            raise ProjectError(f"{problem.place}: {problem.text}.")
    given = resolved.blocks[-1].output_shape if resolved.blocks else None
    if given is None:
        raise ProjectError("The chain is empty: add a layer.")
    if output_shape is not None and given != tuple(output_shape):
        raise ProjectError(f"The chain gives out {times(given)}, the targets need {times(tuple(output_shape))}.")
