"""One training step in slow motion: a list of moments that can be walked forwards and back.

Everything is computed on copies in float64, with the formulas of training (batch statistics, dropout) and the project's
own optimizer. Walking through it changes nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.explain.moments import Backward, Forward, LossMoment, Moment, UpdateMoment
from engine.explain.sweep import Passage, Sweep, public, sweep
from engine.lazy import Array, Generator
from engine.network import Layout
from engine.project import Project
from engine.random import resumed
from engine.update import Update

if TYPE_CHECKING:
    from engine.data.parts import Dataset
    from engine.run.events import StepToCome
    from engine.run.snapshot import Snapshot


@dataclass(frozen=True)
class OptimizerState:
    """Where a run's optimizer stands: how many updates it has made, and its vectors by name."""

    count: int = 0
    vectors: Mapping[str, Array] = field(default_factory=dict)


class Transcript:
    """One step of a run on a batch (N, ...). ``state`` is where the optimizer stands (None: before its first update),
    ``generators`` those of dropout by block name (None: as at the start of a run); they are copied.

    ``parameters`` and ``statistics`` are those after the step. Raises ProjectError where things do not fit.
    """

    def __init__(
        self,
        project: Project,
        parameters: Array,
        statistics: Array | None,
        state: OptimizerState | None,
        inputs: Array,
        targets: Array,
        generators: Mapping[str, Generator] | None = None,
    ) -> None:
        draws = copy.deepcopy(generators)
        self.project = project
        self.swept = sweep(project, parameters, statistics, inputs, targets, training=True, generators=draws)
        self.loss, self.gradients, self.statistics = self.swept.loss, self.swept.gradient, self.swept.statistics
        self.parameters = _updated(self.swept, state or OptimizerState())
        learned = self.swept.learned
        self._lowest = learned[0] if learned else len(project.chain)
        on_the_way = sorted(self.swept.reached & set(range(self._lowest, len(project.chain))), reverse=True)
        self.moments: tuple[Moment, ...] = (
            *(self._forward(each) for each in self.swept.passages),
            self._loss(),
            *(self._backward(index) for index in on_the_way),
            *(self._update(self.swept.passages[index]) for index in learned),
        )

    @property
    def counts(self) -> str:
        """Why backwards: what one pass gave, and what it would have taken without."""
        count = self.gradients.size
        what = f"all {count:,} derivatives" if count > 1 else "the one derivative"
        return f"One backward pass gave {what}; nudging needs {count + 1:,} forward passes."

    def reuses(self, block: str) -> tuple[str, ...]:
        """The blocks whose weight gradients contain the running product up to this block's output: all with weights
        at and before it, as far as no cut is between. KeyError where there is no such block.
        """
        reached = self.swept.reached_from(self.project.index(block))
        return tuple(self.project.chain[index].name for index in self.swept.learned if index in reached)

    def _forward(self, here: Passage) -> Moment:
        x, y, slope = _values(here)
        weights = here.block.public(here.weights)
        return Forward("forward", here.block.name, here.block.formula, x, y, slope, weights=weights, passage=here)

    def _loss(self) -> Moment:
        last, loss = self.swept.passages[-1], self.project.loss
        return LossMoment(
            "loss", "loss", loss.formula, input=public(last.y), delta_out=public(last.dy), swept=self.swept
        )

    def _backward(self, index: int) -> Moment:
        here, chain = self.swept.passages[index], self.project.chain
        return Backward(
            "backward",
            here.block.name,
            _backward_formula(here),
            *_values(here),
            public(here.dy),
            public(here.dx),
            here.gradients,
            here.block.public(here.weights),
            passage=here,
            before=chain[index - 1].name if index > self._lowest and not here.block.cut else "",
            ways=1 + len(self.swept.readers.get(here.block.name, [])),
        )

    def _update(self, here: Passage) -> Moment:
        assert here.place is not None
        optimizer = self.project.optimizer
        return UpdateMoment(
            "update",
            here.block.name,
            optimizer.formula,
            weight_gradient=here.gradients,
            weights=here.block.public(here.weights),
            weights_after=here.place.public(self.parameters),
            optimizer=optimizer.title,
            moves=here.block.moves,
        )


def of_next_step(snapshot: Snapshot, coming: StepToCome, train: Dataset) -> Transcript:
    """The step that a run will make next, from what it has published and what it said of that step. Raises ProjectError
    where things do not fit.
    """
    return Transcript(
        snapshot.project,
        snapshot.parameters,
        snapshot.statistics,
        OptimizerState(coming.count, coming.vectors),
        train.inputs[coming.chosen],
        train.targets[coming.chosen],
        {name: resumed(state) for name, state in coming.generators.items()},
    )


def _values(here: Passage) -> tuple[Array, Array, Array | None]:
    """Input, output and slope of a block, (N, ...)."""
    return public(here.x), public(here.y), None if here.slope is None else public(here.slope)


def _backward_formula(here: Passage) -> str:
    if here.slope is not None:
        return f"dx = dy × ({here.block.derivative_formula})"
    return "dW = dy xᵗ, dx = Wᵗ dy" if here.block.wired else "dx = dy × dy/dx"


def _updated(swept: Sweep, state: OptimizerState) -> Array:
    """The parameters after the project's own update, which is given copies; what is frozen stays."""
    parameters = swept.parameters.copy()
    places = Layout(tuple(each.place for each in swept.passages if each.place))
    update = Update(swept.project, parameters, swept.gradient.copy(), places.frozen)
    update.count = state.count
    for name, vector in state.vectors.items():
        update.vectors[name][...] = vector
    with np.errstate(all="ignore"):
        update.step()
    return parameters
