"""The local derivative of one block: a linear map that can be applied to rows without its matrix, and become one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from engine.explain.chain import Chain, Pass, inner, passes_back, public
from engine.layers.layer import Room, inner_shape
from engine.layers.shape import flat
from engine.lazy import Array
from engine.project import ProjectError

LARGEST_MATRIX = 4_000_000  # entries
KEPT_MATRIX = 500_000  # entries up to which a block's matrix is kept for further use
CHUNK = 256  # rows of a matrix that are computed at once


class LinearMap:
    """A derivative of ``shape`` (out, in), units in public order. ``pull`` is all that a kind of map has to say."""

    shape: tuple[int, int]

    @np.errstate(all="ignore")
    def apply(self, row: Array) -> Array:
        """Row vectors (out,) or (R, out) times this derivative: (in,) or (R, in)."""
        rows = np.asarray(row, dtype=float)
        if rows.ndim not in (1, 2) or rows.shape[-1] != self.shape[0]:
            raise ProjectError(f"This factor takes rows of {self.shape[0]} numbers, given an array of {rows.shape}.")
        return self.pull(rows[None])[0] if rows.ndim == 1 else self.pull(rows)

    def pull(self, rows: Array) -> Array:
        """Rows (R, out) times this derivative, (R, in)."""
        raise NotImplementedError

    def chunks(self) -> Iterator[tuple[int, Array]]:
        """The matrix in pieces of some rows: the number of the first row, and the rows."""
        for start in range(0, self.shape[0], CHUNK):
            rows = min(CHUNK, self.shape[0] - start)
            yield start, self.pull(np.eye(rows, self.shape[0], start))

    @cached_property
    @np.errstate(all="ignore")
    def matrix(self) -> Array:
        """The Jacobian (out, in). Raises ProjectError above four million entries."""
        out, into = self.shape
        if out * into > LARGEST_MATRIX:
            raise ProjectError(
                f"This factor is {out} x {into}, {out * into:,} numbers: too large to write out (at most "
                f"{LARGEST_MATRIX:,}); its norm and what it does to a row can be computed."
            )
        return np.concatenate([rows for _, rows in self.chunks()]) if out else np.zeros(self.shape)

    @cached_property
    @np.errstate(all="ignore")
    def norm(self) -> float:
        """The Frobenius norm: the root of the sum of all squares."""
        return float(np.sqrt(sum(np.vdot(rows, rows) for _, rows in self.chunks())))


class Jacobian(LinearMap):
    """The derivative of a block's output by one of its inputs at one sample: by ``input_gradient`` on rows, with the
    sample repeated beside them.
    """

    def __init__(self, one: Pass, number: int, slot: int = 0) -> None:
        self.one, self.number, self.slot = one, number, slot
        self.node, self.source = number, one.chain.inputs[number][slot]
        self.block = one.chain.blocks[number]
        self.shape = (one.chain.size(number), one.chain.size(self.source))
        self.own = self.block.links == "own"
        self._rooms: dict[int, Room] = {}

    @cached_property
    def diagonal(self) -> Array:
        """The derivative of each output by its own input, where there are no others."""
        return self._back(np.ones((1, self.shape[0])))[0]

    def pull(self, rows: Array) -> Array:
        return rows * self.diagonal if self.own else self._back(rows)

    def chunks(self) -> Iterator[tuple[int, Array]]:
        if "matrix" in vars(self):
            return iter([(0, self.matrix)])
        return super().chunks()

    @cached_property
    def matrix(self) -> Array:
        return np.diag(self.diagonal) if self.own and self.shape[0] ** 2 <= LARGEST_MATRIX else super().matrix

    def pieces(self) -> Iterator[tuple[int, Array]]:
        """As ``chunks``; a matrix that is not large is computed once and kept."""
        if self.shape[0] * self.shape[1] <= KEPT_MATRIX:
            self.matrix  # noqa: B018  kept from here on
        return self.chunks()

    def push(self, columns: Array) -> Array:
        """This derivative times columns (in, K): what moves (out, K) when the input moves."""
        if self.own:
            return self.diagonal[:, None] * columns
        if self.block.affine and passes_back(self.block):
            return self._moved(columns) - self._moved(np.zeros((self.shape[1], 1)))
        return np.concatenate([rows @ columns for _, rows in self.pieces()])

    def _moved(self, columns: Array) -> Array:
        """The output (out, K) of an affine block for inputs (in, K): its differences are the derivative's."""
        chain = self.one.chain
        x: Any = inner(columns.T, chain.shape(self.source))
        if self.block.bias_row:
            x = np.concatenate([x, np.ones((1, x.shape[-1]))])
        y = self.block.forward(x, chain.weights[self.number], Room(training=False))
        return public(y).T

    @cached_property
    def norm(self) -> float:
        """The Frobenius norm."""
        if self.own:
            return float(np.linalg.norm(self.diagonal))
        return super().norm

    def structure(self, start: int, rows: int) -> Array:
        """Which inputs those outputs can depend on at all, as booleans (rows, in)."""
        unit = inner(np.eye(rows, self.shape[0], start), self.one.chain.shape(self.node))
        reached = self.block.reach(unit, inner_shape(self.one.chain.shape(self.source)))
        return public(reached) > 0

    def counts(self, counts: Array) -> Array:
        """For every input the sum of what stands at the outputs that depend on it; exact for Python's integers."""
        chain = self.one.chain
        at = inner(counts[None], chain.shape(self.node))
        return flat(self.block.reach(at, inner_shape(chain.shape(self.source))))[:, 0]

    def _back(self, rows: Array) -> Array:
        if len(rows) not in self._rooms:
            self._rooms = {len(rows): self.one.repeated(self.number, len(rows))}
        dy = inner(rows, self.one.chain.shape(self.node))
        return public(self.one.back(self.number, dy, self._rooms[len(rows)])[self.slot])


class Local:
    """The Jacobians of a single sample's pass, each made once. ``into(node, first)`` are those by nodes from ``first``
    on.
    """

    def __init__(self, one: Pass) -> None:
        self.one: Pass = one
        self.chain: Chain = one.chain
        self._made: dict[int, tuple[Jacobian, ...]] = {}

    def passing(self, node: int, first: int) -> list[Jacobian]:
        """The same without those that let no gradient pass: there is no path."""
        straight = passes_back(self.chain.blocks[node])
        return [each for each in self.into(node, first) if each.slot or straight]

    def into(self, node: int, first: int) -> tuple[Jacobian, ...]:
        """The Jacobians of a node's block by each input that is not before node ``first``."""
        if node not in self._made:
            slots = range(len(self.chain.inputs[node]))
            self._made[node] = tuple(Jacobian(self.one, node, slot) for slot in slots)
        return tuple(each for each in self._made[node] if each.source >= first)
