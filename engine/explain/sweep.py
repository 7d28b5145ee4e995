"""One pass forward and back in float64 without a plan: every layer's own formulas on plain arrays, all of it kept.

Whatever looks inside a step (diagnosis, slow motion) reads it here. Nothing of the run is touched: parameters and
statistics are copied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from engine.layers.layer import Layer, Room, Shape, times
from engine.lazy import Array, Generator
from engine.network import BlockLayout, layout, refuse_broken
from engine.project import Project, ProjectError
from engine.random import stream
from engine.resolve import resolve


@dataclass
class Passage:
    """One block and what passed through it, feature-major: ``x`` input, ``y`` output, ``dy`` and ``dx`` the
    derivatives of the mean loss by them. ``dx`` is what this block alone hands to the block before it, zeros where its
    link is cut; where shortcuts leave there too, that block's ``dy`` is the sum.
    """

    block: Layer
    shape: Shape  # the public shape of one sample of its input
    weights: Room
    kept: Room
    x: Array
    sources: tuple[Array, ...]  # the outputs of earlier blocks that come in beside x
    y: Array
    dy: Array
    dx: Array
    gradients: dict[str, Array]  # public shapes
    place: BlockLayout | None = None

    @property
    def slope(self) -> Array | None:
        """The slope of every value of an activation, float64; None for other blocks."""
        return self.kept.slope.astype(float) if self.block.has_slope else None

    @property
    def row(self) -> Array:
        """The input as the layer's formulas take it: with a row of ones where it wants one."""
        return with_ones(self.x) if self.block.bias_row else self.x


@dataclass
class Sweep:
    """A whole chain after one pass. ``gradient`` is flat, as ``parameters`` are."""

    project: Project
    passages: list[Passage]
    parameters: Array
    statistics: Array
    loss: float
    targets: Array  # [outputs, batch]
    gradient: Array = field(default_factory=lambda: np.zeros(0))

    @cached_property
    def learned(self) -> list[int]:
        """Positions of the blocks with parameters."""
        return [index for index, each in enumerate(self.passages) if each.place is not None]

    @cached_property
    def reached(self) -> frozenset[int]:
        """Positions of the blocks whose output gets a derivative: before a cut only those with a shortcut past it."""
        return self.reached_from(len(self.passages) - 1)

    def reached_from(self, last: int) -> frozenset[int]:
        """Positions of the blocks to which the derivative by one block's output goes on, and that block's own."""
        found, chain = {last}, self.project.chain
        for index in range(last, -1, -1):
            if index in found:
                found.update(self.project.index(name) for name in chain[index].sources)
                found.update(() if chain[index].cut or not index else (index - 1,))
        return frozenset(found)

    @cached_property
    def readers(self) -> dict[str, list[str]]:
        """For every block from which shortcuts leave, the blocks at which they end."""
        found: dict[str, list[str]] = {}
        for block in self.project.chain:
            for source in block.sources:
                found.setdefault(source, []).append(block.name)
        return found


def sweep(
    project: Project,
    parameters: Array,
    statistics: Array | None,
    inputs: Array,
    targets: Array,
    *,
    training: bool = False,
    generators: Mapping[str, Generator] | None = None,
) -> Sweep:
    """Sends a batch (N, ...) forward and its error back. ``statistics`` is the flat vector of running statistics
    (None: as at the start); with ``training`` batch statistics and dropout are at work, which draws from
    ``generators`` by block name (None: from each block's seeded stream, as the first step does). Raises ProjectError
    where chain, parameters, inputs and targets do not fit.
    """
    inputs = np.asarray(inputs, dtype=float)
    resolved = resolve(project, inputs.shape[1:])
    refuse_broken(resolved, own_input=True, output_shape=None)
    places = layout(project, resolved)
    flat = np.array(parameters, dtype=float)
    kept_up = np.array(_first_statistics(places.blocks) if statistics is None else statistics, dtype=float)
    if flat.shape != (places.size,):
        raise ProjectError(f"The chain has {places.size:,} parameters, given {flat.size:,}.")
    if kept_up.shape != (sum(each.statistics_size for each in places.blocks),):
        raise ProjectError(f"The running statistics do not fit the chain: given {kept_up.size:,} numbers.")
    if training:
        _refuse_small_batch(project, [spot.input_shape or () for spot in resolved.blocks], len(inputs))
    passages: list[Passage] = []
    outputs: dict[str, Array] = {}
    x = feature_major(inputs)
    with np.errstate(all="ignore"):
        for block, spot in zip(project.chain, resolved.blocks, strict=True):
            place = places.by_name.get(block.name)
            weights = Room(**(place.views(flat) | place.statistics_views(kept_up) if place else {}))
            kept = Room(training=training, random=_draw(project, block.name, generators))
            sources = tuple(outputs[name] for name in block.sources)
            passages.append(_forward(block, spot.input_shape or (), x, sources, weights, kept, place))
            x = outputs[block.name] = passages[-1].y
        result = Sweep(project, passages, flat, kept_up, 0.0, _target_columns(project, targets, x))
        _backward(result)
    return result


def _forward(
    block: Layer,
    shape: Shape,
    x: Array,
    sources: tuple[Array, ...],
    weights: Room,
    kept: Room,
    place: BlockLayout | None,
) -> Passage:
    row = with_ones(x) if block.bias_row else x
    y = block.forward((row, *sources) if sources else row, weights, kept)
    if block.has_slope:
        kept.slope = block.derivative(x, y)
    nothing = np.zeros_like(y)
    return Passage(block, shape, weights, kept, x, sources, y, nothing, np.zeros_like(x), {}, place)


def _backward(swept: Sweep) -> None:
    """Fills loss, derivatives and gradients, from the error to the first block."""
    chain, by_name = swept.passages, {each.block.name: each for each in swept.passages}
    loss, dy = swept.project.loss.value_and_gradient(chain[-1].y, swept.targets)
    swept.loss, swept.gradient = float(loss), np.zeros_like(swept.parameters)
    chain[-1].dy = dy
    for index in range(len(chain) - 1, -1, -1):
        here = chain[index]
        if here.place:
            own = here.block.weight_gradient(here.row, here.dy, here.kept)
            for view, array in zip(here.place.views(swept.gradient).values(), own, strict=True):
                view[...] = array
            here.gradients = here.place.public(swept.gradient)
        passed: Any = here.block.input_gradient(here.dy, here.weights, here.kept)
        here.dx, *others = passed if here.sources else (passed,)
        if here.block.cut:
            here.dx = np.zeros_like(here.x)
        if index:
            chain[index - 1].dy = chain[index - 1].dy + here.dx
        for name, part in zip(here.block.sources, others, strict=True):
            by_name[name].dy = by_name[name].dy + part


def feature_major(batch: Array) -> Array:
    """A public batch (N, D) or (N, C, H, W) as layers take it: [D, N] or [H, C, W, N]."""
    return batch.T if batch.ndim == 2 else batch.transpose(2, 1, 3, 0)


def public(array: Array) -> Array:
    """The other way round."""
    return array.T if array.ndim == 2 else array.transpose(3, 1, 0, 2)


def with_ones(x: Array) -> Array:
    """Vectors [D, N] with the row of ones in which a bias rides."""
    return np.vstack((x, np.ones((1, x.shape[-1]))))


def rms(array: Array) -> float:
    """The root of the mean square of all entries; scaled, so that the squares of tiny numbers do not vanish."""
    largest = float(np.abs(array).max(initial=0.0))
    if not largest or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.mean(np.square(array / largest))))


def _target_columns(project: Project, targets: Array, y: Array) -> Array:
    """Public targets as [outputs, batch]. Raises ProjectError where they do not suit loss, chain or batch."""
    if y.ndim != 2:
        raise ProjectError(
            f"{project.loss.title} needs a flat output, the chain gives out {times(public(y).shape[1:])}."
        )
    try:
        rows = project.loss.rows(np.asarray(targets), y.shape[0])
    except ValueError as error:
        raise ProjectError(f"{project.loss.title}: {error}.") from None
    if len(rows) != y.shape[-1] or not len(rows):
        raise ProjectError(
            f"A batch needs as many targets as inputs, at least one; given {y.shape[-1]} and {len(rows)}."
        )
    return rows.T


def _refuse_small_batch(project: Project, shapes: list[Shape], samples: int) -> None:
    for block, shape in zip(project.chain, shapes, strict=True):
        if samples < (needed := block.smallest_batch(shape)):
            raise ProjectError(f"{block.name}: {block.title} needs a batch of at least {needed} samples to train.")


def _first_statistics(blocks: tuple[BlockLayout, ...]) -> Array:
    vector = np.zeros(sum(each.statistics_size for each in blocks))
    for each in blocks:
        for name, view in each.statistics_views(vector).items():
            view[...] = each.statistics[name][1]
    return vector


def _draw(project: Project, name: str, generators: Mapping[str, Generator] | None) -> Callable[[Array], Array]:
    """What a block's ``kept.random`` is: numbers drawn in the precision of the run, so that they are the same ones."""

    def draw(like: Array) -> Array:
        given = stream(project.training.seed, f"dropout/{name}") if generators is None else generators[name]
        return given.random(like.shape, project.training.dtype)

    return draw
