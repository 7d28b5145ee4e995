"""One derivative, explained: everything that can be asked of it, computed when it is asked."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from engine.explain import nudge
from engine.explain import paths as routes
from engine.explain.chain import INPUT, Chain, Pass, inner
from engine.explain.factors import Factor, factors
from engine.explain.groups import Group, groups
from engine.explain.jacobian import Local
from engine.explain.paths import Path, Paths
from engine.explain.question import Entry, Goal, Index, entry, goal, sample
from engine.layers.layer import Room
from engine.layers.shape import flat
from engine.lazy import Array
from engine.network import Network
from engine.project import Project

PATHS = 10  # shown unless more are asked for


class Explainer:
    """A network at one moment with a batch: passes are shared by all explanations that are made from it.

    ``x`` (N, *in) and ``target`` as the loss takes it. Raises ProjectError where a shape does not fit.
    """

    def __init__(self, network: Network | Chain, x: Array, target: Array) -> None:
        self.chain = network if isinstance(network, Chain) else Chain.of(network)
        self.x = self.chain.input_array(x)
        self.samples = self.x.shape[-1]
        self.t = self.chain.target_array(target, self.samples)
        self._locals: dict[int, Local] = {}
        self._deltas: dict[Goal, dict[int, Array]] = {}

    @classmethod
    def from_vectors(
        cls, project: Project, parameters: Array, statistics: Array | None, x: Array, target: Array
    ) -> Explainer:
        """The same from flat vectors, as a snapshot holds them; statistics None stands for their first values."""
        return cls(Chain.from_vectors(project, parameters, statistics), x, target)

    def explain(
        self,
        parameter: str,
        index: Index = (0, 0),
        sample: int | None = None,
        of: str | tuple[str, Index] = "loss",
    ) -> Explanation:
        """The derivative by one entry, as ``engine.explain`` says. Raises ProjectError."""
        return Explanation(self, parameter, index, sample, of)

    @cached_property
    def batch(self) -> Pass:
        """The whole batch, gone through the chain once."""
        return Pass(self.chain, self.x)

    def local(self, number: int) -> Local:
        """The local derivatives at one sample."""
        if number not in self._locals:
            alone = self.batch if self.samples == 1 else Pass(self.chain, self.x[..., number : number + 1])
            self._locals[number] = Local(alone)
        return self._locals[number]

    def target(self, number: int) -> Array:
        """The target of one sample, [outputs, 1]."""
        return self.t[:, number : number + 1]

    def deltas(self, asked: Goal) -> dict[int, Array]:
        """Backpropagation: the derivative of the batch's mean by the output of every node, in inner form."""
        if asked not in self._deltas:
            if asked.unit is None:
                seed = self.batch.loss_gradient(self.t)
            else:
                seed = np.zeros((self.chain.size(asked.node), self.samples))
                seed[asked.unit] = 1 / self.samples
            start = inner(seed.T, self.chain.shape(asked.node))
            self._deltas[asked] = self.batch.deltas(asked.node, start)
        return self._deltas[asked]


class Explanation:
    """The derivative of the mean loss (or of one output) by one entry of a parameter (or of the input)."""

    def __init__(
        self, explainer: Explainer, parameter: str, index: Index, chosen: int | None, of: str | tuple[str, Index]
    ) -> None:
        self.explainer, self.chain = explainer, explainer.chain
        self.parameter = parameter
        self.entry: Entry = entry(self.chain, parameter, index)
        self.goal: Goal = goal(self.chain, of)
        self.sample = sample(explainer.samples, chosen)

    @property
    def index(self) -> tuple[int, ...]:
        """Which entry of the parameter."""
        return self.entry.index

    @property
    def of(self) -> str:
        """Whose derivative it is: ``"loss"``, or a block with its unit as in ``dense_2[3]``."""
        return self.goal.text(self.chain)

    @cached_property
    @np.errstate(all="ignore")
    def samples(self) -> Array:
        """Each sample's own derivative (N,); their mean is ``product``."""
        if self.explainer.samples == 1:
            return np.array([self.at_sample])
        if self.entry.node > self.goal.node:
            return np.zeros(self.explainer.samples)
        delta = flat(self.explainer.deltas(self.goal)[self.entry.node])
        own = nudge.start(Local(self.explainer.batch), self.entry)
        return self.explainer.samples * np.sum(delta * own, axis=0)

    @cached_property
    def product(self) -> float:
        """The derivative, by multiplying the factors of every sample; the mean over the batch."""
        return float(self.samples.mean())

    @cached_property
    @np.errstate(all="ignore")
    def gradient(self) -> float:
        """The same entry of what one backward pass over the whole batch computes for all parameters at once."""
        node = self.entry.node
        if node > self.goal.node:
            return 0.0
        delta = self.explainer.deltas(self.goal)[node]
        if node == INPUT:
            return float(flat(delta).sum(axis=1).reshape(self.chain.shape(INPUT))[self.index])
        block, batch = self.chain.blocks[node], self.explainer.batch
        found = block.weight_gradient(batch.straight(node), delta, batch.room(node))
        arrays = Room(**dict(zip(self.chain.arrays(node), found, strict=True)))
        return float(block.public(arrays)[self.entry.name][self.index])

    @cached_property
    @np.errstate(all="ignore")
    def difference(self) -> nudge.Difference:
        """The derivative measured: the value moved to both sides, and where that is at a kink."""
        whole, asked = self.explainer, self.goal

        def value(moved: Pass) -> float:
            return moved.loss(whole.t) if asked.unit is None else float(moved.units(asked.node)[asked.unit].mean())

        loss = asked.unit is None
        return nudge.of_entry(whole.batch, self.entry, whole.t, value, asked.node, loss).difference()

    @property
    def central_difference(self) -> float:
        """The derivative measured by moving the entry to both sides."""
        return self.difference.value

    @property
    def kink(self) -> str | None:
        """Why the two sides of the central difference disagree, in words; None where they do not."""
        return self.difference.kink

    @cached_property
    def factors(self) -> list[Factor]:
        """The factors of the chosen sample, from the error backwards; empty where none is chosen of several."""
        if self.sample is None:
            return []
        return factors(self._local, self._target, self.entry, self.goal)

    @cached_property
    def layers(self) -> list[Group]:
        """The factors grouped to layers."""
        return groups(self.chain, self.factors, self.entry, self.goal) if self.factors else []

    @cached_property
    @np.errstate(all="ignore")
    def running(self) -> list[Array]:
        """The product after each factor: row vectors (1, in)."""
        rows, row = [], np.ones((1, 1))
        for factor in self.factors:
            row = factor.pull(row)
            rows.append(row)
        return rows

    @cached_property
    def at_sample(self) -> float:
        """The chosen sample's own derivative: all its factors multiplied. NaN where no sample is chosen."""
        return float(self.running[-1][0, 0]) if self.running else math.nan

    def strongest(self, most: int) -> list[Path]:
        """The strongest paths of the chosen sample by |value|, at most so many."""
        return list(self._routes(most).shown)

    @property
    def paths(self) -> list[Path]:
        """The ten strongest paths of the chosen sample."""
        return list(self._ten.shown)

    @property
    def path_total(self) -> float:
        """The sum of |value| over all paths: by how much it exceeds the derivative's size, so much cancels."""
        return self._ten.total

    @property
    def cancelling(self) -> tuple[Path, Path] | None:
        """Two strong paths of opposite sign that nearly cancel; None where no two of ``paths`` do."""
        return routes.cancelling(self._ten.shown)

    @cached_property
    def path_count(self) -> int:
        """How many paths the chain's structure allows."""
        return routes.count(self.explainer.local(self.sample or 0), self.entry, self.goal)

    @cached_property
    def rest(self) -> float:
        """The signed sum of the paths not among ``paths``: with them it is the product."""
        whole = self.product if self.sample is None else self.at_sample
        return whole - math.fsum(path.value for path in self.paths)

    @np.errstate(all="ignore")
    def cascade(self, epsilon: float) -> list[nudge.Ripple]:
        """How the chosen sample's values move when the entry is moved by ``epsilon``, block by block to the loss."""
        if self.sample is None:
            return []
        return nudge.cascade(self._local, self._target, self.entry, epsilon)

    @cached_property
    def _ten(self) -> Paths:
        return self._routes(PATHS)

    @np.errstate(all="ignore")
    def _routes(self, most: int) -> Paths:
        if self.sample is None:
            return Paths((), 0.0)
        return routes.paths(self._local, self._target, self.entry, self.goal, most)

    @property
    def _local(self) -> Local:
        return self.explainer.local(self.sample or 0)

    @property
    def _target(self) -> Array:
        return self.explainer.target(self.sample or 0)
