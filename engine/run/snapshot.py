"""What a run publishes: frozen values from which every panel is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from engine.findings import Finding
from engine.history import HistoryState
from engine.layers import Layer
from engine.lazy import Array
from engine.network import Layout, layout
from engine.project import Project
from engine.trainer import Trainer


@dataclass(frozen=True)
class HistoryView:
    """A copy of a history; see ``engine.history`` for what a column is."""

    layers: tuple[str, ...]
    stride: int
    loss: Array
    loss_min: Array
    loss_max: Array
    mean_square: Array
    evaluation_steps: Array
    evaluations: dict[str, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, state: HistoryState) -> HistoryView:
        """A history as it was captured."""
        mean, lowest, highest = state.losses.T
        return cls(
            state.layers,
            state.stride,
            mean,
            lowest,
            highest,
            state.squares,
            np.array(state.evaluation_steps),
            {name: np.array(values) for name, values in state.evaluations.items()},
        )

    @property
    def columns(self) -> int:
        """How many columns are used."""
        return len(self.loss)

    @property
    def steps(self) -> Array:
        """The last step of every column, (columns,)."""
        return np.arange(1, self.columns + 1) * self.stride


@dataclass(frozen=True)
class Snapshot:
    """A run at one moment. ``parameters``, ``gradients`` and ``statistics`` are flat copies, ``slopes`` the mean slope
    of every activation, ``health`` what is wrong with blocks as it was found last, ``breaks`` what of them is broken on
    purpose.

    The gradients are those of the last step: at the parameters ``origin``, before its update, over the training samples
    numbered ``chosen``. Where they have not been computed yet, both are those of the step to come.
    """

    project: Project
    counter: int
    steps: int
    epoch: float
    loss: float
    rate: float
    evaluated_at: int
    metrics: dict[str, float]
    parameters: Array
    gradients: Array
    origin: Array
    chosen: Array
    statistics: Array
    slopes: Array
    history: HistoryView
    health: tuple[Finding, ...] = ()
    breaks: dict[str, str] = field(default_factory=dict)

    @property
    def computed(self) -> bool:
        """Whether there is a gradient of this chain yet."""
        return self.steps > 0 and not np.isnan(self.loss)

    @cached_property
    def layout(self) -> Layout:
        """Where the blocks lie in the flat vectors."""
        return layout(self.project)

    def tensors(self, block: str, value: str = "gradient") -> dict[str, Array]:
        """A block's numbers in public shapes; empty for a block without any.

        ``value`` is ``"gradient"``, ``"weight"`` (as they are now), ``"origin"`` (where the gradient was taken),
        ``"update"`` (what the step that followed added) or ``"ratio"`` (the size of the update beside that of the
        weight that it was added to; NaN where that was 0).
        """
        if block not in self.layout.by_name:
            return {}
        if value == "ratio":
            before, added = self.tensors(block, "origin"), self.tensors(block, "update")
            return {name: _beside(array, before[name]) for name, array in added.items()}
        if value == "update":
            after, before = self.tensors(block, "weight"), self.tensors(block, "origin")
            with np.errstate(all="ignore"):
                return {name: array - before[name] for name, array in after.items()}
        vectors = {"gradient": self.gradients, "weight": self.parameters, "origin": self.origin}
        return self.layout.by_name[block].public(vectors[value])

    def rms(self, block: str) -> float:
        """Root mean square of a block's gradient per weight; NaN for a block without weights."""
        if block not in self.layout.by_name:
            return float("nan")
        entry = self.layout.by_name[block]
        piece = self.gradients[entry.offset : entry.offset + entry.size].astype(float)
        return float(np.sqrt(piece.dot(piece) / piece.size))

    def slope(self, block: str) -> float:
        """The mean slope of an activation over the last batch; NaN for other blocks."""
        return float(self.slopes[self._places[block]]) if block in self._places else float("nan")

    def finding(self, block: Layer) -> Finding | None:
        """What is wrong with a block; None for one that is not, or no longer, this very block of the run."""
        found = next((each for each in self.health if each.block == block.name), None)
        same = found and block.name in self._places and self.project.chain[self._places[block.name]] == block
        return found if same else None

    @cached_property
    def _places(self) -> dict[str, int]:
        return {block.name: place for place, block in enumerate(self.project.chain)}


def _beside(update: Array, weight: Array) -> Array:
    """|update| / |weight|."""
    with np.errstate(all="ignore"):
        return np.where(weight == 0, np.nan, np.abs(update / weight))


def take(trainer: Trainer, counter: int, rate: float) -> Snapshot:
    """The snapshot of a trainer in this process."""
    return Snapshot(
        trainer.project,
        counter,
        trainer.steps,
        trainer.epoch,
        trainer.loss,
        rate,
        trainer.evaluated_at,
        dict(trainer.metrics),
        trainer.network.parameters.copy(),
        trainer.network.gradients.copy(),
        trainer.origin.copy(),
        trainer.chosen.copy(),
        trainer.network.statistics.copy(),
        trainer.slopes(),
        HistoryView.of(trainer.history.capture()),
        trainer.findings,
        dict(trainer.network.breaks),
    )
