"""The product as a sum over paths: from the error through one unit of every block back to the weight.

The strongest are found by dynamic programming, the k best ways to every unit carried from block to block; nothing is
ever enumerated. A path's value is the product of the local derivatives along it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from engine.explain.chain import INPUT
from engine.explain.jacobian import Jacobian, Local
from engine.explain.nudge import start
from engine.explain.question import Entry, Goal
from engine.lazy import Array

STRONG = 0.05  # share of the sum of all |value| from which a path is worth a word
NEARLY = 0.1  # of the larger of two: what may be left of both together


@dataclass(frozen=True)
class Path:
    """One path. ``units`` are (block, unit in public order), from the error backwards; ``factors`` the derivatives
    along it, in the same direction, whose product is ``value``; ``share`` is |value| of the sum over all paths.
    """

    units: tuple[tuple[str, int], ...]
    factors: tuple[float, ...]
    value: float
    share: float


@dataclass(frozen=True)
class Ways:
    """The best ways from the error to every unit of a node, the strongest first: arrays (ways, units), NaN where there
    are no more. Each knows the later ``node``, ``unit`` and ``rank`` it came from, by which input of that block
    (``slot``), and the derivative of that ``step``.
    """

    value: Array
    step: Array
    node: Array
    slot: Array
    unit: Array
    rank: Array

    @classmethod
    def first(cls, row: Array) -> Ways:
        """The ways of no steps, whose values are a row (1, units)."""
        zero = np.zeros(row.shape, int)
        return cls(row, row, zero, zero, zero, zero)

    @classmethod
    def by(cls, jacobian: Jacobian, value: Array, step: Array, unit: Any, rank: Any) -> Ways:
        """Ways that all go through one Jacobian."""
        node, slot = (np.full(value.shape, each) for each in (jacobian.node, jacobian.slot))
        return cls(value, *(np.broadcast_to(each, value.shape) for each in (step, node, slot, unit, rank)))

    @classmethod
    def best(cls, several: Sequence[Ways], most: int) -> Ways:
        """The strongest of several for every unit."""
        if len(several) == 1 and len(several[0].value) <= most:
            return several[0]
        columns = [np.concatenate(arrays) for arrays in zip(*(each.arrays for each in several), strict=True)]
        order = strongest(strength(columns[0]), most)
        return cls(*(np.take_along_axis(array, order, 0) for array in columns))

    @property
    def arrays(self) -> tuple[Array, ...]:
        """All arrays in the order of declaration."""
        return self.value, self.step, self.node, self.slot, self.unit, self.rank


def strength(value: Array) -> Array:
    """|value|, -1 where there is none."""
    return np.where(np.isnan(value), -1.0, np.abs(value))


def strongest(score: Array, most: int) -> Array:
    """The row numbers of the largest scores of every column, the largest first: (at most ``most``, columns)."""
    most = min(most, len(score))
    if len(score) <= 2 * most:
        return np.argsort(-score, axis=0, kind="stable")[:most]
    chosen = np.argpartition(-score, most - 1, axis=0)[:most]
    order = np.argsort(-np.take_along_axis(score, chosen, 0), axis=0, kind="stable")
    return np.take_along_axis(chosen, order, 0)


def extended(ways: Ways, sums: Array, jacobian: Jacobian, most: int) -> tuple[Ways, Array]:
    """The ways, each gone one block further back, and so the sum of |value| over all."""
    if jacobian.own:
        ranks, units = np.indices(ways.value.shape)
        further = Ways.by(jacobian, ways.value * jacobian.diagonal, jacobian.diagonal, units, ranks)
        return further, sums * np.abs(jacobian.diagonal)
    found: list[Ways] = []
    total = np.zeros(jacobian.shape[1])
    for begin, rows in jacobian.pieces():
        part = slice(begin, begin + len(rows))
        here = _through_rows(ways.value[:, part], rows, jacobian, begin, most)
        found = [Ways.best([*found, here], most)]
        total += sums[part] @ np.abs(rows)
    return found[0], total


def _through_rows(value: Array, rows: Array, jacobian: Jacobian, begin: int, most: int) -> Ways:
    """The best ways by some of a block's outputs. A way of rank a by the output that is b-th best at rank 0 has a + b
    ways before it, so only those with a + b below the number wanted are looked at.
    """
    score = strength(value[0])[:, None] * np.abs(rows)
    if jacobian.block.links == "some":
        score[~jacobian.structure(begin, len(rows))] = -1.0
    score[np.isnan(value[0])] = -1.0
    outputs = strongest(score, most)
    rank, place = (each.ravel() for each in np.indices((len(value), len(outputs))))
    near = rank + place < most
    rank, place = rank[near][:, None], outputs[place[near]]
    step = np.take_along_axis(rows, place, 0)
    absent = np.take_along_axis(score, place, 0) < 0
    many = Ways.by(jacobian, np.where(absent, np.nan, value[rank, place] * step), step, place + begin, rank)
    return Ways.best([many], most)


@dataclass(frozen=True)
class Paths:
    """The strongest paths and the sum of |value| over all."""

    shown: tuple[Path, ...]
    total: float


def paths(local: Local, t: Array, entry: Entry, goal: Goal, most: int) -> Paths:
    """The strongest paths of one sample."""
    if entry.node > goal.node:
        return Paths((), 0.0)
    row = first_row(local, t, goal)
    arriving = {goal.node: [Ways.first(row)]}
    sums = {goal.node: np.nan_to_num(np.abs(row[0]))}
    ways: dict[int, Ways] = {}
    for node in range(goal.node, entry.node, -1):
        if node not in arriving:
            continue
        ways[node] = Ways.best(arriving.pop(node), most)
        for jacobian in local.passing(node, entry.node):
            further, total = extended(ways[node], sums[node], jacobian, most)
            arriving.setdefault(jacobian.source, []).append(further)
            sums[jacobian.source] = sums.get(jacobian.source, 0.0) + total
    if entry.node not in arriving:
        return Paths((), 0.0)
    ways[entry.node] = Ways.best(arriving[entry.node], most)
    column = start(local, entry)[:, 0]
    whole = float(sums[entry.node] @ np.abs(column))
    return Paths(tuple(_listed(local, ways, entry, goal, column, whole, most)), whole)


def cancelling(shown: Sequence[Path]) -> tuple[Path, Path] | None:
    """The first two strong paths of opposite sign that nearly cancel, the stronger one first; None where none do."""
    strong = [path for path in shown if path.share >= STRONG]
    for one, other in combinations(strong, 2):
        if one.value * other.value < 0 and abs(one.value + other.value) <= NEARLY * abs(one.value):
            return one, other
    return None


def first_row(local: Local, t: Array, goal: Goal) -> Array:
    """The derivative of what is asked by the goal's units (1, units); NaN where it is not asked."""
    if goal.unit is None:
        return local.one.loss_gradient(t).T
    row = np.full((1, local.chain.size(goal.node)), np.nan)
    row[0, goal.unit] = 1.0
    return row


def touched(local: Local, entry: Entry) -> Array:
    """Which units of the entry's node can depend on it, whatever the values are, as booleans (units,): seen with
    values of which none is zero.
    """
    if entry.node == INPUT:
        return start(local, entry)[:, 0] > 0
    x = local.one.straight(entry.node)
    return start(local, entry, np.random.default_rng(0).uniform(1, 2, x.shape))[:, 0] != 0


def _listed(
    local: Local, ways: dict[int, Ways], entry: Entry, goal: Goal, column: Array, total: float, most: int
) -> list[Path]:
    ends = ways[entry.node].value * np.where(touched(local, entry), column, np.nan)
    order = strongest(strength(ends).reshape(-1, 1), most)[:, 0]
    found = []
    for rank, unit in zip(*np.unravel_index(order, ends.shape), strict=True):
        value = float(ends[rank, unit])
        if not math.isnan(value):
            units, steps = _traced(local, ways, entry.node, goal, int(rank), int(unit))
            steps = steps if entry.node == INPUT else [*steps, float(column[unit])]
            found.append(Path(tuple(units), tuple(steps), value, abs(value) / total if total > 0 else 0.0))
    return found


def _traced(
    local: Local, ways: dict[int, Ways], node: int, goal: Goal, rank: int, unit: int
) -> tuple[list[tuple[str, int]], list[float]]:
    """The units from the error back to here, and the derivatives between them."""
    units, steps = [(local.chain.name(node), unit)], []
    while node != goal.node:
        way = ways[node]
        steps.append(float(way.step[rank, unit]))
        node, unit, rank = (int(array[rank, unit]) for array in (way.node, way.unit, way.rank))
        units.append((local.chain.name(node), unit))
    if goal.unit is None:
        steps.append(float(ways[node].step[rank, unit]))
    return units[::-1], steps[::-1]


def count(local: Local, entry: Entry, goal: Goal) -> int:
    """How many paths there can be: an elementwise block leads a unit to itself, others by their structure."""
    if entry.node > goal.node:
        return 0
    numbers = np.zeros(local.chain.size(goal.node), dtype=object)
    numbers[slice(None) if goal.unit is None else goal.unit] = 1
    counts = {goal.node: numbers}
    for node in range(goal.node, entry.node, -1):
        if node in counts:
            for jacobian in local.passing(node, entry.node):
                further = counts[node] if jacobian.own else jacobian.counts(counts[node])
                counts[jacobian.source] = counts.get(jacobian.source, 0) + further
    return int(counts[entry.node][touched(local, entry)].sum()) if entry.node in counts else 0
