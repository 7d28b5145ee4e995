"""The nudge: one number is moved a little and the chain computed anew, beside what the derivative predicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from engine.explain.chain import INPUT, Pass, inner
from engine.explain.factors import parameter_column
from engine.explain.jacobian import Local
from engine.explain.question import Entry
from engine.layers.shape import flat
from engine.lazy import Array

LOSS = -2
"""Stands for the loss where blocks are numbered."""

LARGEST_STEP = 2.0**-9
STEPS = 8  # each a quarter of the one before
CLOSE_ENOUGH = 1e-10  # change from one step to the next, relative, at which no smaller one is tried
DISAGREE = 1e-6  # how far the two sides lie apart, relative, where there is a kink


@dataclass(frozen=True)
class Ripple:
    """How a nudge arrives at one block: the ``real`` change of its output, the one ``predicted`` by the chain rule at
    the unmoved point, and ``local``: the block's own derivative times the real change of its input. In the output's
    public shape; numbers for the loss. ``kink`` says what switched.
    """

    block: str
    real: Array | float
    predicted: Array | float
    local: Array | float
    kink: str | None = None

    @property
    def ratio(self) -> float | None:
        """sum(real predicted) / sum(predicted^2): 1 where the prediction holds; None where nothing was predicted."""
        square = float(np.sum(np.square(self.predicted)))
        return float(np.sum(np.multiply(self.real, self.predicted))) / square if square > 0 else None


@dataclass(frozen=True)
class Difference:
    """A derivative measured by moving to both sides by ``step``; ``kink`` says why the two sides disagree."""

    value: float
    step: float
    kink: str | None = None


def moved(before: Pass, entry: Entry, by: float) -> Pass:
    """The pass with one number changed, for every sample of the batch."""
    if entry.node != INPUT:
        return changed(before, entry.node, entry.name, by, entry.index)
    shape = before.chain.shape(INPUT)
    rows = flat(before.x).T.copy()
    rows[:, np.ravel_multi_index(entry.index, shape)] += by
    return Pass(before.chain, inner(rows, shape))


def changed(before: Pass, number: int, name: str, by: Array | float, index: Any = ...) -> Pass:
    """The pass with something added to a block's public parameter, or to one entry of it."""
    chain = before.chain
    weights = chain.with_arrays(number, {key: array.copy() for key, array in chain.arrays(number).items()})
    chain.blocks[number].public(weights)[name][index] += by
    return Pass(chain, before.x, before, number, {number: weights})


def value_of(place: Pass, entry: Entry) -> float:
    """The number itself as it stands; for an input the largest of the batch by size."""
    if entry.node == INPUT:
        row = place.units(INPUT)[np.ravel_multi_index(entry.index, place.chain.shape(INPUT))]
        return float(np.abs(row).max())
    block = place.chain.blocks[entry.node]
    return float(block.public(place.chain.weights[entry.node])[entry.name][entry.index])


def switched(before: Pass, after: Pass, t: Array, first: int, last: int, loss: bool = True) -> dict[int, str]:
    """In words, for the loss and every block from ``first`` to ``last``, which values went over to another piece of its
    formula.
    """
    found = {}
    for number in range(max(first, 0), last + 1):
        pieces = before.pieces(number)
        if pieces is not None and (other := pieces != after.pieces(number)).any():
            found[number] = _words(flat(other))
    if loss:
        pieces = before.loss_pieces(t)
        if pieces is not None and (other := pieces != after.loss_pieces(t)).any():
            found[LOSS] = _words(other)
    return found


def _words(other: Array) -> str:
    numbers = np.flatnonzero(other.any(axis=1))
    first = f"unit {numbers[0]}"
    return f"{first} switches" if len(numbers) == 1 else f"{len(numbers)} units switch, {first} first"


@dataclass(frozen=True)
class Experiment:
    """``value`` of a pass while ``move`` moves something by so much; ``scale`` is how large that is. Kinks are looked
    for from block ``first`` to ``last``, and in the ``loss``, whose targets are ``t``.
    """

    before: Pass
    move: Callable[[float], Pass]
    value: Callable[[Pass], float]
    t: Array
    first: int
    last: int
    loss: bool = True
    scale: float = 1.0

    def central(self, step: float) -> float:
        """The difference of one step to both sides."""
        return (self.value(self.move(step)) - self.value(self.move(-step))) / (2 * step)

    def difference(self) -> Difference:
        """The derivative measured as well as it can be.

        Steps shrink until none of the formulas with a kink switches, and further while values joined from two
        neighbouring steps, so that the error of the second order drops out (Richardson 1911), still differ. Where every
        step crosses to another formula, and the two sides keep apart as steps shrink, ``kink`` says so.
        """
        measured: list[tuple[float, float]] = []  # steps that cross no kink, and their central differences
        gaps: list[float] = []  # between the two sides, at steps that cross one
        here = self.value(self.before)
        for step in (self.scale * LARGEST_STEP / 4**k for k in range(STEPS)):
            up, down = self.move(step), self.move(-step)
            above, below = self.value(up), self.value(down)
            central = (above - below) / (2 * step)
            crossed = switched(up, down, self.t, self.first, self.last, self.loss)
            if crossed:
                gaps.append(abs(above + below - 2 * here) / step)
            else:
                measured.append((step, central))
                if len(measured) > 2 and _gaps(measured)[-1] <= CLOSE_ENOUGH * max(abs(measured[-1][1]), 1e-3):
                    break
        if measured:
            return _best(measured)
        left, right = (here - below) / step, (above - here) / step
        rounding = 8 * np.finfo(float).eps * max(abs(here), 1.0) / step
        apart = gaps[-1] > max(DISAGREE * max(abs(right), abs(left), 1e-3) + rounding, gaps[-2] / 2)
        return Difference(central, step, self._sentence(left, right, crossed) if apart else None)

    def _sentence(self, left: float, right: float, crossed: dict[int, str]) -> str:
        number, words = next(iter(crossed.items()))
        block = "the loss" if number == LOSS else self.before.chain.name(number)
        sides = f"From below the derivative is {left:.6g}, from above {right:.6g}."
        return f"There is a kink here: {words} in {block}. {sides}"


def _joined(measured: list[tuple[float, float]]) -> list[float]:
    """Each central difference joined with that of the step before, four times as large."""
    return [small + (small - large) / 15 for (_, large), (_, small) in pairwise(measured)]


def _gaps(measured: list[tuple[float, float]]) -> list[float]:
    return [abs(after - before) for before, after in pairwise(_joined(measured))]


def _best(measured: list[tuple[float, float]]) -> Difference:
    """The joined value that differs least from the one before."""
    if len(measured) < 3:
        return Difference(_joined(measured)[0] if len(measured) > 1 else measured[0][1], measured[-1][0])
    place = int(np.argmin(_gaps(measured)))
    return Difference(_joined(measured)[place + 1], measured[place + 2][0])


def of_entry(before: Pass, entry: Entry, t: Array, value: Callable[[Pass], float], last: int, loss: bool) -> Experiment:
    """The experiment that moves one entry."""
    scale = max(1.0, abs(value_of(before, entry)))
    return Experiment(before, partial(moved, before, entry), value, t, entry.node, last, loss, scale)


def cascade(local: Local, t: Array, entry: Entry, epsilon: float) -> list[Ripple]:
    """How a nudge of one sample runs through the chain, from the entry's own block to the loss."""
    chain, one = local.chain, local.one
    after = moved(one, entry, epsilon)
    kinks = switched(one, after, t, entry.node, chain.last)
    real = {node: after.units(node) - one.units(node) for node in range(entry.node, len(chain.blocks))}
    predicted = {entry.node: epsilon * start(local, entry)}
    found = []
    for node in range(entry.node, len(chain.blocks)):
        own = predicted[entry.node]
        if node > entry.node:
            pairs = [
                jacobian.push(np.concatenate([predicted[jacobian.source], real[jacobian.source]], axis=1))
                for jacobian in local.into(node, entry.node)
            ]
            both = sum(pairs[1:], pairs[0])
            predicted[node], own = both[:, :1], both[:, 1:]
        if node != INPUT:
            shape = chain.shape(node)
            expected, locally = (each.reshape(shape) for each in (predicted[node], own))
            found.append(Ripple(chain.name(node), real[node].reshape(shape), expected, locally, kinks.get(node)))
    row = one.loss_gradient(t).T
    ends = [float((row @ each[chain.last])[0, 0]) for each in (predicted, real)]
    return [*found, Ripple("loss", after.loss(t) - one.loss(t), ends[0], ends[1], kinks.get(LOSS))]


def start(local: Local, entry: Entry, x: Array | None = None) -> Array:
    """The derivative of the entry's own node by it, (units, 1); ``x`` stands in for the block's own input."""
    if entry.node != INPUT:
        return flat(parameter_column(local, entry, x))
    unit = np.zeros((local.chain.size(INPUT), 1))
    unit[np.ravel_multi_index(entry.index, local.chain.shape(INPUT))] = 1
    return unit
