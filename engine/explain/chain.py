"""A chain with its weights in double precision, and one pass of a batch through it on plain arrays, without a plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from engine.layers.layer import Layer, Room, Shape, inner_shape, times
from engine.layers.shape import flat, unflat
from engine.lazy import Array
from engine.network import Layout, Network, layout
from engine.project import Project, ProjectError
from engine.resolve import resolve

INPUT = -1
"""The node before the first block. Node i is the output of block i."""


def passes_back(block: Layer) -> bool:
    """Whether a gradient passes from a block to the block before it."""
    return not block.cut


class Chain:
    """Blocks, shapes and weights; ``shapes[i + 1]`` is the public shape of node i, ``inputs[i]`` the nodes that block i
    takes: the one before it, then its sources.
    """

    def __init__(
        self, project: Project, shapes: Sequence[Shape], places: Layout, parameters: Array, statistics: Array
    ) -> None:
        self.project, self.blocks, self.loss = project, project.chain, project.loss
        self.shapes = list(shapes)
        self.places = places.by_name
        parameters, statistics = (np.array(vector, float) for vector in (parameters, statistics))
        self.weights = [self._room(block, parameters, statistics) for block in self.blocks]
        numbers = {block.name: number for number, block in enumerate(self.blocks)}
        self.inputs = [
            (number - 1, *(numbers[source] for source in block.sources)) for number, block in enumerate(self.blocks)
        ]
        self.numbers = numbers

    @classmethod
    def of(cls, network: Network) -> Chain:
        """A copy of a network's chain as it is now."""
        return cls(network.project, network.shapes, network.layout, network.parameters, network.statistics)

    @classmethod
    def from_vectors(cls, project: Project, parameters: Array, statistics: Array | None = None) -> Chain:
        """The chain of a project with flat vectors of its parameters and running statistics (their first values where
        none are given). Raises ProjectError where the chain cannot work or a vector has another length.
        """
        resolved = resolve(project)
        if resolved.problems:
            raise ProjectError(f"{resolved.problems[0].place}: {resolved.problems[0].text}.")
        places = layout(project, resolved)
        statistics = first_statistics(places) if statistics is None else statistics
        sizes = {"parameters": places.size, "statistics": sum(block.statistics_size for block in places.blocks)}
        for (name, size), vector in zip(sizes.items(), (parameters, statistics), strict=True):
            if np.shape(vector) != (size,):
                raise ProjectError(f"The chain has {size} {name}, given an array of shape {np.shape(vector)}.")
        shapes = [project.data.input_shape, *(block.output_shape or () for block in resolved.blocks)]
        return cls(project, shapes, places, parameters, statistics)

    def _room(self, block: Layer, parameters: Array, statistics: Array) -> Room:
        if block.name not in self.places:
            return Room()
        place = self.places[block.name]
        return Room(**place.views(parameters), **place.statistics_views(statistics))

    def shape(self, node: int) -> Shape:
        """The public shape of a node."""
        return self.shapes[node + 1]

    def size(self, node: int) -> int:
        """How many units a node has."""
        return math.prod(self.shape(node))

    def name(self, node: int) -> str:
        """What a node is called."""
        return "input" if node == INPUT else self.blocks[node].name

    @property
    def last(self) -> int:
        """The node that the loss is given."""
        return len(self.blocks) - 1

    @cached_property
    def keys(self) -> dict[str, Shape]:
        """All that can be asked about: every parameter with its public shape, and the input."""
        shapes = {
            f"{block.name}.{name}": shape
            for number, block in enumerate(self.blocks)
            for name, shape in block.public_shapes(self.shapes[number]).items()
        }
        return {"input": self.shapes[0], **shapes}

    def arrays(self, number: int) -> dict[str, Array]:
        """The learned arrays of a block as they lie in memory; running statistics are not among them."""
        return {name: getattr(self.weights[number], name) for name in self.places[self.blocks[number].name].arrays}

    def with_arrays(self, number: int, arrays: dict[str, Array]) -> Room:
        """The weights of a block with other learned arrays, and its own running statistics."""
        return Room(**{**vars(self.weights[number]), **arrays})

    def input_array(self, x: Array) -> Array:
        """Public inputs (N, *in) as the layers take them. Raises ProjectError where the shape is not the chain's."""
        given = np.asarray(x, dtype=float)
        if given.ndim == 0 or given.shape[1:] != self.shapes[0] or not len(given):
            raise ProjectError(
                f"The chain takes inputs of shape (N, {times(self.shapes[0])}) with N at least 1, given {given.shape}."
            )
        return inner(given.reshape(len(given), -1), self.shapes[0])

    def target_array(self, target: Array, samples: int) -> Array:
        """Public targets as [outputs, N]. Raises ProjectError where they do not suit the loss or the inputs."""
        try:
            rows = self.loss.rows(np.asarray(target), self.size(self.last))
        except ValueError as error:
            raise ProjectError(f"{self.loss.title}: {error}.") from None
        if len(rows) != samples:
            raise ProjectError(f"A batch needs as many targets as inputs, given {samples} inputs and {len(rows)}.")
        return np.ascontiguousarray(rows.T, dtype=float)


class Pass:
    """The outputs of every block for a batch ``x`` of inner form, and what each keeps for going back.

    With ``earlier`` and ``first``, blocks before ``first`` keep the outputs of an earlier pass.
    """

    def __init__(
        self,
        chain: Chain,
        x: Array,
        earlier: Pass | None = None,
        first: int = 0,
        weights: dict[int, Room] | None = None,
    ) -> None:
        self.chain, self.x = chain, x
        self.batch = x.shape[-1]
        self.outputs: list[Array] = earlier.outputs[:first] if earlier else []
        self.kept: list[Room] = earlier.kept[:first] if earlier else []
        changed = weights or {}
        with np.errstate(all="ignore"):
            for number in range(first, len(chain.blocks)):
                room = Room(training=False)
                w = changed.get(number, chain.weights[number])
                self.outputs.append(chain.blocks[number].forward(self.arguments(number), w, room))
                self.kept.append(room)

    def value(self, node: int) -> Array:
        """The output of a block, or the input."""
        return self.x if node == INPUT else self.outputs[node]

    def units(self, node: int) -> Array:
        """The values of a node as [units, batch], units in public order."""
        return flat(self.value(node))

    def straight(self, number: int) -> Array:
        """What a block takes from the one before it, with the row of ones where it wants one."""
        x = self.value(number - 1)
        return np.concatenate([x, np.ones((1, x.shape[-1]))]) if self.chain.blocks[number].bias_row else x

    def arguments(self, number: int) -> Any:
        """What ``forward`` is given."""
        _, *sources = self.chain.inputs[number]
        return (self.straight(number), *map(self.value, sources)) if sources else self.straight(number)

    def room(self, number: int) -> Room:
        """What a block kept, with its slope where it has one."""
        block, room = self.chain.blocks[number], self.kept[number]
        if block.has_slope and not hasattr(room, "slope"):
            room.slope = block.derivative(self.value(number - 1), self.outputs[number])
        return room

    def repeated(self, number: int, count: int) -> Room:
        """What the block keeps when a single sample stands ``count`` times in a batch."""
        if count == self.batch or self.chain.blocks[number].has_slope:  # a slope stands beside any number of rows
            return self.room(number)
        room = Room(training=False)
        x = self.arguments(number)
        many: Any = tuple(np.repeat(each, count, -1) for each in x) if isinstance(x, tuple) else np.repeat(x, count, -1)
        self.chain.blocks[number].forward(many, self.chain.weights[number], room)
        return room

    def back(self, number: int, dy: Array, room: Room) -> tuple[Array, ...]:
        """The derivative by each of a block's inputs from the one by its output, all in inner form."""
        block = self.chain.blocks[number]
        with np.errstate(all="ignore"):
            found = block.input_gradient(dy, self.chain.weights[number], room)
        dx, *others = found if isinstance(found, tuple) else (found,)
        return (dx if passes_back(block) else np.zeros_like(dx), *others)

    def deltas(self, node: int, seed: Array) -> dict[int, Array]:
        """The derivative by the output of every node up to ``node``, from the one by that node, in inner form."""
        found = {node: seed}
        for number in range(node, -1, -1):
            if number in found:
                for source, dx in zip(
                    self.chain.inputs[number], self.back(number, found[number], self.room(number)), strict=True
                ):
                    found[source] = found[source] + dx if source in found else dx
        return found

    def pieces(self, number: int) -> Array | None:
        """Which of a block's formulas holds for every value; None where there is only one."""
        return self.chain.blocks[number].pieces(self.value(number - 1), self.outputs[number])

    def loss_pieces(self, t: Array) -> Array | None:
        """The same of the loss, [outputs, batch]."""
        return self.chain.loss.pieces(self.units(self.chain.last), t)

    def loss(self, t: Array) -> float:
        """The mean loss of the batch for targets [outputs, batch]."""
        with np.errstate(all="ignore"):
            return float(self.chain.loss.value_and_gradient(self.units(self.chain.last), t)[0])

    def loss_gradient(self, t: Array) -> Array:
        """The derivative of the mean loss by the chain's output, [outputs, batch]."""
        with np.errstate(all="ignore"):
            return self.chain.loss.value_and_gradient(self.units(self.chain.last), t)[1]


def inner(rows: Array, shape: Shape) -> Array:
    """Rows (R, units) in public order as the layers' arrays of a public shape, with R as the batch."""
    return unflat(np.ascontiguousarray(rows.T), (*inner_shape(shape), len(rows)))


def public(array: Array) -> Array:
    """The layers' array as rows (R, units) in public order."""
    return flat(array).T


def first_statistics(places: Layout) -> Array:
    """The running statistics before any training."""
    pieces = [np.full(math.prod(shape), value) for block in places.blocks for shape, value in block.statistics.values()]
    return np.concatenate(pieces) if pieces else np.zeros(0)
