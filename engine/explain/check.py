"""The gradient check: what backpropagation computes beside differences of the loss, for every parameter tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from engine.cancelled import Cancelled
from engine.explain import nudge
from engine.explain.chain import Chain, Pass
from engine.explain.question import Entry
from engine.lazy import Array
from engine.network import Network

ENTRIES = 200  # of a tensor, unless another number is asked for
TOLERANCE = 1e-6  # of the largest |gradient| of the chain, at least of SMALLEST
SMALLEST = 1e-3
STEP = 2.0**-16  # of the first, cheap difference; where it disagrees the careful one decides


@dataclass(frozen=True)
class TensorCheck:
    """One parameter tensor. ``difference`` and ``error`` have its public shape: the central difference, and its
    distance from the gradient relative to the chain's largest gradient; NaN where nothing was measured. ``along`` is
    the same for one random direction through the whole tensor (None at a kink). ``kinks`` says by index where the two
    sides of the difference disagree: no failures.
    """

    block: str
    name: str
    gradient: Array
    difference: Array
    error: Array
    checked: int
    along: float | None
    kinks: dict[tuple[int, ...], str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """For example ``dense_1.weight``."""
        return f"{self.block}.{self.name}"

    @property
    def compared(self) -> int:
        """How many entries could be compared: those checked that are not at a kink."""
        return self.checked - len(self.kinks)

    @property
    def worst(self) -> float:
        """The largest relative error that was found."""
        return float(max(np.nanmax(self.error, initial=0.0), self.along or 0.0))

    @property
    def wrong(self) -> int:
        """How many entries are not what was measured."""
        return int((self.error > TOLERANCE).sum())

    @property
    def agrees(self) -> bool:
        """Whether gradient and difference are the same number wherever they were compared."""
        return self.worst <= TOLERANCE


@dataclass(frozen=True)
class GradientCheck:
    """All tensors of a chain; ``scale`` is what errors are relative to, ``entries`` and ``seed`` say which entries of a
    large tensor were compared.
    """

    tensors: tuple[TensorCheck, ...]
    loss: float
    samples: int
    scale: float
    entries: int
    seed: int

    @property
    def agrees(self) -> bool:
        """Whether all tensors agree."""
        return all(tensor.agrees for tensor in self.tensors)

    @property
    def size(self) -> int:
        """How many derivatives the chain has."""
        return sum(tensor.gradient.size for tensor in self.tensors)

    @property
    def checked(self) -> int:
        """How many derivatives were measured one by one, kinks included."""
        return sum(tensor.checked for tensor in self.tensors)

    @property
    def wrong(self) -> int:
        """How many derivatives are not what was measured."""
        return sum(tensor.wrong for tensor in self.tensors)

    @property
    def worst(self) -> float:
        """The largest relative error of all."""
        return max((tensor.worst for tensor in self.tensors), default=0.0)

    @property
    def first_wrong(self) -> str | None:
        """The block where, seen from the error, the gradient is wrong for the first time. What lies before it can be
        wrong for that reason alone.
        """
        return next((tensor.block for tensor in reversed(self.tensors) if not tensor.agrees), None)

    @property
    def blocks(self) -> dict[str, float]:
        """The worst relative error of every block with parameters."""
        worst: dict[str, float] = {}
        for tensor in self.tensors:
            worst[tensor.block] = max(worst.get(tensor.block, 0.0), tensor.worst)
        return worst


@np.errstate(all="ignore")
def check(
    network: Network,
    x: Array,
    target: Array,
    entries: int = ENTRIES,
    seed: int = 0,
    gradient: dict[str, Array] | None = None,
    told: Callable[[int, int], bool] | None = None,
) -> GradientCheck:
    """Compares the gradient of the mean loss with central differences, in double precision and evaluation mode.

    Up to ``entries`` entries of a tensor, drawn by ``seed`` where it has more, and one random direction through all of
    it. ``gradient`` stands in for what backpropagation computes. ``told`` is told how many entries are done, and of how
    many; where it answers False, Cancelled is raised. Raises ProjectError where a shape does not fit.
    """
    double = in_double(network)
    loss = double.loss_and_gradient(x, target)
    found = double.grad_dict() if gradient is None else gradient
    scale = max([SMALLEST, *(float(np.abs(array).max()) for array in found.values() if array.size)])
    chain = Chain.of(double)
    before = Pass(chain, chain.input_array(x))
    progress = _Progress(sum(min(entries, array.size) for array in found.values()), told)
    bench = _Bench(
        before, chain.target_array(target, before.batch), scale, entries, np.random.default_rng(seed), progress
    )
    tensors = tuple(bench.tensor(key, found[key]) for key in found)
    return GradientCheck(tensors, loss, before.batch, scale, entries, seed)


def in_double(network: Network) -> Network:
    """The same network in double precision, broken in the same places."""
    training = msgspec.structs.replace(network.project.training, dtype="float64")
    project = msgspec.structs.replace(network.project, training=training)
    double = Network(project, network.shapes[0], network.shapes[-1], network.breaks)
    double.parameters[...] = network.parameters
    double.statistics[...] = network.statistics
    return double


@dataclass
class _Progress:
    """Counts entries, and tells somebody."""

    total: int
    told: Callable[[int, int], bool] | None
    done: int = 0

    def count(self) -> None:
        self.done += 1
        if self.told is not None and not self.told(self.done, self.total):
            raise Cancelled


@dataclass(frozen=True)
class _Bench:
    """Where differences are taken."""

    before: Pass
    t: Array
    scale: float
    entries: int
    generator: np.random.Generator
    progress: _Progress

    def value(self, place: Pass) -> float:
        return place.loss(self.t)

    def tensor(self, key: str, gradient: Array) -> TensorCheck:
        block, _, name = key.rpartition(".")
        number = self.before.chain.numbers[block]
        error, difference = np.full(gradient.shape, np.nan), np.full(gradient.shape, np.nan)
        kinks: dict[tuple[int, ...], str] = {}
        chosen = list(self._chosen(gradient))
        for index in chosen:
            entry = Entry(number, name, index)
            last = self.before.chain.last
            experiment = nudge.of_entry(self.before, entry, self.t, self.value, last, loss=True)
            difference[index], kink = self._measure(experiment, float(gradient[index]))
            if kink:
                kinks[index] = kink
            else:
                error[index] = self._off(difference[index], float(gradient[index]))
            self.progress.count()
        along = self._along(number, name, gradient)
        return TensorCheck(block, name, gradient, difference, error, len(chosen), along, kinks)

    def _chosen(self, gradient: Array) -> Iterator[tuple[int, ...]]:
        size = gradient.size
        flat: Any = range(size)
        if size > self.entries:
            flat = np.sort(self.generator.choice(size, self.entries, replace=False))
        for each in flat:
            yield tuple(map(int, np.unravel_index(each, gradient.shape)))

    def _along(self, number: int, name: str, gradient: Array) -> float | None:
        """The error along a random direction of length 1."""
        direction = self.generator.standard_normal(gradient.shape)
        direction /= np.linalg.norm(direction)

        def move(by: float) -> Pass:
            return nudge.changed(self.before, number, name, by * direction)

        last = self.before.chain.last
        experiment = nudge.Experiment(self.before, move, self.value, self.t, number, last)
        expected = float(np.vdot(gradient, direction))
        measured, kink = self._measure(experiment, expected)
        return None if kink else self._off(measured, expected)

    def _measure(self, experiment: nudge.Experiment, expected: float) -> tuple[float, str | None]:
        """The central difference, and where there is a kink, that in words."""
        cheap = experiment.central(experiment.scale * STEP)
        if self._off(cheap, expected) <= TOLERANCE / 10:
            return cheap, None
        careful = experiment.difference()
        return careful.value, careful.kink

    def _off(self, measured: float, expected: float) -> float:
        """How far both lie apart, relative to the chain's largest gradient."""
        return float(abs(measured - expected) / self.scale)
