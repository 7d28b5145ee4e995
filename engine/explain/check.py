"""The gradient check: what backpropagation computes beside differences of the loss, for every parameter tensor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

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
    """One parameter tensor. ``error`` has its public shape: the distance of gradient and difference relative to the
    chain's largest gradient, NaN where it was not measured. ``along`` is the same for one random direction through the
    whole tensor (None at a kink). ``kinks`` says by index where the two sides of the difference disagree: no failures.
    """

    block: str
    name: str
    gradient: Array
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
) -> GradientCheck:
    """Compares the gradient of the mean loss with central differences, in double precision and evaluation mode.

    Up to ``entries`` entries of a tensor, drawn by ``seed`` where it has more, and one random direction through all of
    it. ``gradient`` stands in for what backpropagation computes. Raises ProjectError where a shape does not fit.
    """
    double = in_double(network)
    loss = double.loss_and_gradient(x, target)
    found = double.grad_dict() if gradient is None else gradient
    scale = max([SMALLEST, *(float(np.abs(array).max()) for array in found.values() if array.size)])
    chain = Chain.of(double)
    before = Pass(chain, chain.input_array(x))
    bench = _Bench(before, chain.target_array(target, before.batch), scale, entries, np.random.default_rng(seed))
    tensors = tuple(bench.tensor(key, found[key]) for key in found)
    return GradientCheck(tensors, loss, before.batch, scale, entries, seed)


def in_double(network: Network) -> Network:
    """The same network in double precision."""
    training = msgspec.structs.replace(network.project.training, dtype="float64")
    project = msgspec.structs.replace(network.project, training=training)
    double = Network(project, network.shapes[0], network.shapes[-1])
    double.parameters[...] = network.parameters
    double.statistics[...] = network.statistics
    return double


@dataclass(frozen=True)
class _Bench:
    """Where differences are taken."""

    before: Pass
    t: Array
    scale: float
    entries: int
    generator: np.random.Generator

    def value(self, place: Pass) -> float:
        return place.loss(self.t)

    def tensor(self, key: str, gradient: Array) -> TensorCheck:
        block, _, name = key.rpartition(".")
        number = self.before.chain.numbers[block]
        error = np.full(gradient.shape, np.nan)
        kinks: dict[tuple[int, ...], str] = {}
        chosen = list(self._chosen(gradient))
        for index in chosen:
            entry = Entry(number, name, index)
            last = self.before.chain.last
            experiment = nudge.of_entry(self.before, entry, self.t, self.value, last, loss=True)
            found, kink = self._compare(experiment, float(gradient[index]))
            if kink:
                kinks[index] = kink
            else:
                error[index] = found
        along = self._along(number, name, gradient)
        return TensorCheck(block, name, gradient, error, len(chosen), along, kinks)

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
        found, kink = self._compare(experiment, float(np.vdot(gradient, direction)))
        return None if kink else found

    def _compare(self, experiment: nudge.Experiment, expected: float) -> tuple[float, str | None]:
        """The relative error, and where there is a kink, that in words."""
        error = abs(experiment.central(experiment.scale * STEP) - expected) / self.scale
        if error <= TOLERANCE / 10:
            return error, None
        careful = experiment.difference()
        return abs(careful.value - expected) / self.scale, careful.kink
