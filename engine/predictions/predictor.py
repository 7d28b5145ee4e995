"""Predicts for one snapshot after the other; network and data are kept while they are the same. For one thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from engine import metrics
from engine.data.parts import Parts, dataset, depends_on
from engine.explain.chain import Chain, Pass, public
from engine.lazy import Array
from engine.network import Network
from engine.predictions import outcomes as forms
from engine.predictions.outcomes import Confusion, Curve, Drawn, Field, Fit, Judged, Samples
from engine.predictions.pace import Pace
from engine.project import Project, ProjectError

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot

Window = tuple[float, float, float, float]  # left, right, below, above
MOST_POINTS = 500  # that are drawn over a plane or a curve
MOST_JUDGED = 4000  # that are counted, or compared with their targets
MOST_SHOWN = 60  # samples in a grid, the worst ones
MOST_UNITS = 64  # of a block that are looked at one by one
UNIT_CELLS = 40  # along each side of a unit's picture among others
CURVE_POINTS = 200
MARGIN = 0.08  # of the points' spread, on each side of them
SIMILAR = 3.0  # ratio of two spreads up to which both axes are given the same one


class Predictor:
    """``load`` a snapshot, then ask. Everything raises ProjectError where the snapshot's chain cannot work."""

    def __init__(self) -> None:
        self.pace = Pace()
        self._network: Network | None = None
        self._unit: tuple[Any, Network | None] = (None, None)
        self._data: tuple[object, Parts | None] = (None, None)

    def load(self, snapshot: Snapshot) -> None:
        """From now on these are the parameters."""
        project = snapshot.project
        if self._network is None or _chain(self._network.project) != _chain(project):
            self._network = Network(project)
        key = depends_on(project)
        if self._data[0] != key or self._data[1] is None:
            self._data = (key, dataset(project))
        self._take(self._network, snapshot)
        self._snapshot = snapshot

    @property
    def network(self) -> Network:
        """The network with the loaded parameters."""
        assert self._network is not None
        return self._network

    @property
    def parts(self) -> Parts:
        """The data of the loaded snapshot's project."""
        assert self._data[1] is not None
        return self._data[1]

    def plane(self, unit: tuple[str, int | None] | None = None, window: Window | None = None) -> Field:
        """Over the plane of two inputs: the chain's predictions, or what a unit of a block gives out; a unit without a
        number stands for all of its block. The number of cells follows the time that it takes. A ``window`` is in the
        data's own units, as they are before scaling; without one it is where the points lie, as the chain gets them.
        """
        every = unit is not None and unit[1] is None
        side, began = UNIT_CELLS if every else self.pace.side, time.thread_time()
        judged = self._judge(MOST_POINTS)
        left, right, below, above = window or _window(self._inputs())
        x, y = _middles(left, right, side), _middles(below, above, side)
        cells = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        cells = cells if window is None else self._scaled(cells)
        shape = (side, side, -1)
        if unit is not None:
            values = self._unit_network(unit[0]).predict(cells).reshape(len(cells), -1)
            values = values[:, :MOST_UNITS] if unit[1] is None else values[:, unit[1]]
            values = values.astype(float).reshape(shape)
            plane = Field(x, y, (left, right, below, above), values, judged, _largest(values), unit=unit)
        else:
            outputs = self._outputs(cells)
            predicted, shares = self._classes(outputs)
            plane = Field(
                x, y, (left, right, below, above), outputs.reshape(shape), judged, _largest(judged.targets),
                self.parts.train.classes,
                None if predicted is None else predicted.reshape(side, side),
                None if shares is None else shares.reshape(shape),
            )  # fmt: skip
        if not every:
            self.pace.took(time.thread_time() - began)
        return plane

    def curve(self, span: tuple[float, float] | None = None) -> Curve:
        """Along the line of one input. A ``span`` is in the data's own units, as they are before scaling."""
        low, high = span or _span(self._inputs()[:, 0])
        x = np.linspace(low, high, CURVE_POINTS)
        outputs = self._outputs(x[:, None] if span is None else self._scaled(x[:, None]))
        return Curve(x, outputs, self._judge(MOST_POINTS), self._classes(outputs)[1])

    def confusion(self) -> Confusion:
        """Of the validation part; of the training part where nothing is held out."""
        judged = self._judge(MOST_JUDGED, self._judged_parts())
        counts = np.zeros((len(judged.classes or ()),) * 2, int)
        assert judged.truth is not None and judged.predicted is not None
        np.add.at(counts, (judged.truth, judged.predicted), 1)
        return Confusion(counts, judged)

    def samples(self) -> Samples:
        """The worst of the validation part; of the training part where nothing is held out."""
        judged = self._judge(MOST_JUDGED, self._judged_parts())
        finite = np.where(np.isnan(judged.losses), np.inf, judged.losses)
        return Samples(_chosen(judged, (-finite).argsort(kind="stable")[:MOST_SHOWN]))

    def fit(self) -> Fit:
        """Of both parts."""
        judged = self._judge(MOST_JUDGED)
        held = judged.held_out
        return Fit(
            judged,
            metrics.r2(judged.outputs[~held], judged.targets[~held]),
            metrics.r2(judged.outputs[held], judged.targets[held]) if held.any() else None,
        )

    def drawn(self, ink: Array) -> Drawn:
        """What a picture (H, W) drawn with ink from 0 to 1 is taken for: 0 is the smallest, 1 the largest value that
        the data have before scaling, in every channel.
        """
        low, high = self._brightness()
        picture = np.broadcast_to(low + ink * (high - low), self.network.shapes[0])[None]
        picture = self._scaled(picture)
        outputs = self._outputs(picture)
        predicted, shares = self._classes(outputs)
        if predicted is None or shares is None:
            raise ProjectError("Only pictures of classes can be drawn.")
        classes = self.parts.train.classes or ()
        activations = self._activations(picture)
        return Drawn(ink, outputs[0], shares[0], int(predicted[0]), classes, self._probable, activations)

    @property
    def _probable(self) -> bool:
        return self.network.project.loss.probabilistic

    def _inputs(self) -> Array:
        """The inputs of both parts, as the chain gets them."""
        return np.concatenate([self.parts.train.inputs, self.parts.validation.inputs])

    def _scaled(self, inputs: Array) -> Array:
        """Inputs in the data's own units as the chain gets them."""
        return inputs if self.parts.scaling is None else self.parts.scaling.apply(inputs)

    def _outputs(self, inputs: Array) -> Array:
        """The chain's outputs (N, K) in double precision."""
        return self.network.predict(inputs).reshape(len(inputs), -1).astype(float)

    def _activations(self, inputs: Array) -> dict[str, Array]:
        """What every block gives out for one sample (1, *in), by name."""
        chain = Chain.of(self.network)
        passed = Pass(chain, chain.input_array(inputs))
        return {
            block.name: public(passed.value(number)).reshape(chain.shape(number))
            for number, block in enumerate(chain.blocks)
        }

    def _classes(self, outputs: Array) -> tuple[Array | None, Array | None]:
        """Class numbers and shares for outputs (N, K), where there are classes."""
        if self.parts.train.classes is None:
            return None, None
        loss = self.network.project.loss
        with np.errstate(all="ignore"):
            return loss.predicted_class(outputs), loss.shares(outputs)

    def _judged_parts(self) -> tuple[bool, ...]:
        return (True,) if len(self.parts.validation) else (False,)

    def _judge(self, most: int, held_out: tuple[bool, ...] = (False, True)) -> Judged:
        """At most so many samples of the parts, evenly chosen in their order."""
        parts = [self.parts.validation if held else self.parts.train for held in held_out]
        total = sum(map(len, parts))
        every = np.arange(min(most, total)) * total // max(1, min(most, total))
        numbers = np.concatenate([np.arange(len(part)) for part in parts])[every]
        held = np.repeat(held_out, [len(part) for part in parts])[every]
        inputs = np.concatenate([part.inputs for part in parts])[every]
        targets = self.network.target_rows(np.concatenate([part.targets for part in parts])[every])
        outputs = self._outputs(inputs)
        with np.errstate(all="ignore"):
            losses = self.network.project.loss.sample_losses(outputs.T, targets.T)
        predicted, shares = self._classes(outputs)
        truth = None if predicted is None else metrics.true_classes(targets)
        return Judged(
            inputs, outputs, targets, losses, numbers, held, total, self.parts.train.classes, truth, predicted, shares,
            self._probable,
        )  # fmt: skip

    def _unit_network(self, block: str) -> Network:
        """The chain up to a block: its parameters are the first ones of the whole chain's."""
        names = [each.name for each in self.network.project.chain]
        if block not in names:
            raise ProjectError(f"There is no block {block} any more.")
        key = (block, _chain(self.network.project))
        if self._unit[0] != key or self._unit[1] is None:
            end = names.index(block) + 1
            part = msgspec.structs.replace(self.network.project, chain=self.network.project.chain[:end])
            self._unit = (key, Network(part, output_shape=self.network.shapes[end]))
        network = self._unit[1]
        assert network is not None
        self._take(network, self._snapshot)
        return network

    @staticmethod
    def _take(network: Network, snapshot: Snapshot) -> None:
        network.parameters[...] = snapshot.parameters[: len(network.parameters)]
        network.statistics[...] = snapshot.statistics[: len(network.statistics)]

    def _brightness(self) -> tuple[float, float]:
        """The smallest and the largest value of the training part's inputs before they were scaled."""
        inputs, scaling = self.parts.train.inputs, self.parts.scaling
        if scaling is not None:
            inputs = inputs * scaling.spread + scaling.offset
        return float(inputs.min()), float(inputs.max())


ANSWERS: dict[str, Callable[..., Any]] = {
    forms.PLANE: Predictor.plane,
    forms.CURVE: Predictor.curve,
    forms.CONFUSION: Predictor.confusion,
    forms.SAMPLES: Predictor.samples,
    forms.FIT: Predictor.fit,
    forms.DRAW: Predictor.drawn,
}
"""What answers each form; a plane may be asked for a unit, drawing needs the picture."""


def _chain(project: Project) -> tuple[object, ...]:
    """All of a project that its network depends on."""
    return project.chain, project.data.input_shape, project.loss, project.training.dtype


def _chosen(judged: Judged, places: Array) -> Judged:
    """Some of the samples, in that order."""
    per_sample = ("inputs", "outputs", "targets", "losses", "numbers", "held_out", "truth", "predicted", "shares")
    picked = {name: value[places] for name in per_sample if (value := getattr(judged, name)) is not None}
    return replace(judged, **picked)


def _window(points: Array) -> Window:
    """What is shown of the plane; a square where both spreads are similar."""
    (left, below), (right, above) = points.min(axis=0), points.max(axis=0)
    wide, tall = right - left, above - below
    if max(wide, tall) <= SIMILAR * min(wide, tall):
        middle, half = (left + right) / 2, max(wide, tall) / 2
        left, right = middle - half, middle + half
        middle = (below + above) / 2
        below, above = middle - half, middle + half
    return *_span(np.array([left, right])), *_span(np.array([below, above]))


def _span(values: Array) -> tuple[float, float]:
    """The smallest and the largest value with some room around them."""
    low, high = float(values.min()), float(values.max())
    room = (high - low) * MARGIN or 1.0
    return low - room, high + room


def _middles(low: float, high: float, count: int) -> Array:
    """The middles of so many equal cells."""
    return low + (np.arange(count) + 0.5) * ((high - low) / count)


def _largest(values: Array) -> float:
    """The largest finite magnitude; 1 where there is none."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max(initial=0.0)) or 1.0
