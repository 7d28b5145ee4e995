"""The derivative as a product of factors, from the error backwards.

A factor is the Jacobian of one block, or of a stretch of blocks that a shortcut bridges: there the paths part and join
again, so the stretch's product and the shortcut are added before the product goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from engine.explain.chain import INPUT, public
from engine.explain.jacobian import Jacobian, LinearMap, Local
from engine.explain.question import Entry, Goal
from engine.layers.layer import Room
from engine.lazy import Array


class Factor(LinearMap):
    """One factor: ``block`` whose derivative it is (or ``"loss"``), ``label`` as in "d dense_2 / d tanh_1", ``symbols``
    the same with a curly d, ``formula`` how it is computed, ``shape`` (out, in); ``parts`` are what a bridged stretch
    is the sum of.
    """

    block: str
    blocks: tuple[str, ...]
    formula: str
    above: str
    below: str
    source: int | None = None  # the node that it goes back to; None for a parameter

    @property
    def label(self) -> str:
        """In plain letters, "d dense_2 / d tanh_1"."""
        return f"d {self.above} / d {self.below}"

    @property
    def symbols(self) -> str:
        """With curly letters, the loss as E."""
        return f"∂{'E' if self.above == 'loss' else self.above}/∂{self.below}"

    @property
    def parts(self) -> tuple[Product, ...]:
        """What is added where a shortcut bridges the stretch; empty for a single block."""
        return ()


class Product(LinearMap):
    """Several factors in a row, from the error backwards."""

    def __init__(self, label: str, factors: Sequence[Factor]) -> None:
        self.label, self.factors = label, tuple(factors)
        self.shape = (self.factors[0].shape[0], self.factors[-1].shape[1])

    def pull(self, rows: Array) -> Array:
        for factor in self.factors:
            rows = factor.pull(rows)
        return rows


class LossFactor(Factor):
    """The derivative of the error by the chain's output: a row."""

    def __init__(self, local: Local, t: Array) -> None:
        chain = local.chain
        self.block, self.blocks, self.formula = "loss", ("loss",), chain.loss.derivative_formula
        self.above, self.below, self.source = "loss", chain.name(chain.last), chain.last
        self.row = local.one.loss_gradient(t).T
        self.shape = (1, self.row.shape[1])

    def pull(self, rows: Array) -> Array:
        return rows * self.row


class BlockFactor(Factor):
    """The Jacobian of a single block."""

    def __init__(self, jacobian: Jacobian) -> None:
        chain = jacobian.one.chain
        self.jacobian, self.shape = jacobian, jacobian.shape
        self.block, self.blocks, self.formula = (
            jacobian.block.name,
            (jacobian.block.name,),
            jacobian.block.derivative_formula,
        )
        self.above, self.below, self.source = self.block, chain.name(jacobian.source), jacobian.source

    def pull(self, rows: Array) -> Array:
        return self.jacobian.pull(rows)

    @cached_property
    def matrix(self) -> Array:
        return self.jacobian.matrix

    @cached_property
    def norm(self) -> float:
        return self.jacobian.norm


class Stretch(Factor):
    """All that lies between two nodes where every path meets, bridged by at least one shortcut."""

    def __init__(self, local: Local, node: int, source: int) -> None:
        chain = local.chain
        self.local, self.node, self.first = local, node, source
        self.shape = (chain.size(node), chain.size(source))
        self.block = chain.name(node)
        self.blocks = tuple(chain.name(each) for each in range(node, source, -1))
        self.above, self.below, self.source = self.block, chain.name(source), source
        self.formula = " + ".join(map(self._way, local.into(node, source)))

    def pull(self, rows: Array) -> Array:
        """Backwards through the stretch, adding where paths meet."""
        found = {self.node: rows}
        for node in range(self.node, self.first, -1):
            if node in found:
                row = found.pop(node)
                for jacobian in self.local.into(node, self.first):
                    share = jacobian.pull(row)
                    found[jacobian.source] = found[jacobian.source] + share if jacobian.source in found else share
        return found[self.first]

    @cached_property
    def parts(self) -> tuple[Product, ...]:
        """One product for each way into the last block: through the stretch, and by the shortcut."""
        return tuple(self._part(jacobian) for jacobian in self.local.into(self.node, self.first))

    def _part(self, jacobian: Jacobian) -> Product:
        rest = between(self.local, jacobian.source, self.first)
        return Product(self._way(jacobian), [BlockFactor(jacobian), *rest])

    def _way(self, jacobian: Jacobian) -> str:
        return f"shortcut from {self.local.chain.name(jacobian.source)}" if jacobian.slot else "stretch"


class ParameterFactor(Factor):
    """The derivative of a block's output by one entry of its own parameters: a column.

    Every kind is linear in its parameters, so it is the block itself with this entry 1 and all others 0.
    """

    def __init__(self, local: Local, entry: Entry) -> None:
        chain = local.chain
        block = chain.blocks[entry.node]
        self.block, self.blocks, self.formula = block.name, (block.name,), block.local_weights[entry.name]
        self.above, self.below = block.name, entry.text
        self.column = public(parameter_column(local, entry)).T
        self.shape = (len(self.column), 1)

    def pull(self, rows: Array) -> Array:
        return rows @ self.column


class Selected(Factor):
    """One row of a factor (the unit that is asked about), or one column (the input that is moved)."""

    def __init__(
        self, whole: Factor, above: str = "", below: str = "", row: int | None = None, column: int | None = None
    ) -> None:
        self.whole, self.row, self.column, self.source = whole, row, column, whole.source
        self.block, self.blocks, self.formula = whole.block, whole.blocks, whole.formula
        self.above, self.below = above or whole.above, below or whole.below
        out, into = whole.shape
        self.shape = (out if row is None else 1, into if column is None else 1)

    def pull(self, rows: Array) -> Array:
        if self.row is not None:
            spread = np.zeros((len(rows), self.whole.shape[0]))
            spread[:, self.row] = rows[:, 0]
            rows = spread
        found = self.whole.pull(rows)
        return found if self.column is None else found[:, self.column : self.column + 1]

    @cached_property
    def parts(self) -> tuple[Product, ...]:
        """The parts of the whole factor, with the same row and column selected."""
        return tuple(Product(part.label, self._cut(part.factors)) for part in self.whole.parts)

    def _cut(self, factors: Sequence[Factor]) -> list[Factor]:
        return selected(list(factors), self.above, self.below, self.row, self.column)


class NoFactor(Factor):
    """The derivative of an output by something that comes after it."""

    def __init__(self, above: str, entry: Entry, block: str) -> None:
        self.block, self.blocks, self.above, self.below = block, (block,), above, entry.text
        self.formula, self.shape = "0: it comes after", (1, 1)

    def pull(self, rows: Array) -> Array:
        return rows * 0.0


def parameter_column(local: Local, entry: Entry, x: Any = None) -> Array:
    """The derivative of the block's output by the entry, in inner form; ``x`` stands in for its input."""
    chain = local.chain
    w = chain.with_arrays(entry.node, entry.unit(chain))
    with np.errstate(all="ignore"):
        return chain.blocks[entry.node].forward(
            local.one.arguments(entry.node) if x is None else x, w, Room(training=False)
        )


@dataclass(frozen=True)
class Segment:
    """Between two nodes that every path passes; ``plain`` where a single block with a single way lies between."""

    node: int
    source: int
    plain: bool


def segments(local: Local, node: int, source: int) -> list[Segment]:
    """The ways from a node back to an earlier one, cut where every path passes; from the later node backwards."""
    found, end, reach = [], node, node
    for at in range(node, source, -1):
        sources = [each.source for each in local.into(at, source)]
        reach = min(reach, *sources)
        if reach == at - 1:
            found.append(Segment(end, at - 1, end == at and len(sources) == 1))
            end = reach = at - 1
    return found


def between(local: Local, node: int, source: int) -> list[Factor]:
    """The factors from a node back to an earlier one; none where they are the same."""
    return [
        BlockFactor(local.into(each.node, each.source)[0]) if each.plain else Stretch(local, each.node, each.source)
        for each in segments(local, node, source)
    ]


def selected(
    factors: list[Factor], above: str = "", below: str = "", row: int | None = None, column: int | None = None
) -> list[Factor]:
    """The factors with a row of the first one and a column of the last one selected."""
    if row is not None:
        factors[0] = Selected(factors[0], above=above, row=row)
    if column is not None:
        factors[-1] = Selected(factors[-1], below=below, column=column)
    return factors


def factors(local: Local, t: Array, entry: Entry, goal: Goal) -> list[Factor]:
    """The whole product for one sample."""
    chain = local.chain
    if entry.node > goal.node:
        return [NoFactor(goal.text(chain), entry, chain.name(entry.node))]
    found = between(local, goal.node, entry.node)
    if entry.node == INPUT:
        unit = int(np.ravel_multi_index(entry.index, chain.shape(INPUT)))
        found = selected(found, below=entry.text, column=unit)
    else:
        found.append(ParameterFactor(local, entry))
    if goal.unit is None:
        return [LossFactor(local, t), *found]
    return selected(found, above=goal.text(chain), row=goal.unit)
