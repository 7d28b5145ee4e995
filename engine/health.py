"""Units that have stopped learning, found by what they give out for every training sample, and said in words.

What makes a unit sick is the layer's to say; see ``Layer.sickness``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.faults import Overflow
from engine.findings import UNITS_NAMED, Finding
from engine.layers.layer import Layer, Room, Shape, inner_shape
from engine.lazy import Array

if TYPE_CHECKING:
    from engine.network import Network

FIRST_LOOK = 128
"""Samples in which most healthy units show themselves."""


class Health:
    """The findings about units as they stand, and those that ``examine`` changed last."""

    def __init__(self) -> None:
        self.findings: dict[str, Finding] = {}

    def examine(self, network: Network, rows: Array, step: int) -> list[Finding]:
        """Looks at every unit over all training samples, ``rows`` (N, values + 1), with the weights as they are.
        Returns what has changed since the last time. Raises Overflow.
        """
        news = []
        for name, sick in sick_units(network, rows).items():
            place = network.project.index(name)
            fresh = _finding(network.project.chain[place], sick, step, network.shapes[place + 1])
            before = self.findings.pop(name, None)
            if before and (before.count, before.units) == (fresh.count, fresh.units):
                self.findings[name] = before  # since that step
            elif before or not fresh.over:
                news.append(fresh)
                if not fresh.over:
                    self.findings[name] = fresh
        return news

    def follow(self, chain: Sequence[Layer]) -> None:
        """Keeps only what was found about blocks that can still have it in an edited chain."""
        possible = {(block.name, block.sickness.name) for block in chain if block.sickness}
        self.findings = {name: each for name, each in self.findings.items() if (name, each.kind) in possible}


def sick_units(network: Network, rows: Array) -> dict[str, Array]:
    """For every block whose units can be sick: which of them are so for every one of the samples, (units,) of bool.

    ``rows`` is (N, values + 1), its last column ones; the chain is computed in evaluation mode. A healthy unit shows
    itself in the first samples, so that a chain without sick units needs no more than those. Raises Overflow where an
    output is not finite, which a function behind it may hide: tanh makes 1 of infinity.
    """
    found: dict[str, Array] = {}
    suspects = [block.name for block in network.project.chain if block.sickness]
    start, end = 0, min(FIRST_LOOK, network.chunk)
    with np.errstate(all="ignore"):
        while suspects and start < len(rows):
            for block, y in _outputs(network, rows[start:end], suspects[-1]):
                if not np.isfinite(y).all():
                    raise Overflow(block.name)
                if block.name in suspects:
                    found[block.name] = found.get(block.name, True) & _in_every_sample(block.sick(y))
            suspects = [name for name in suspects if found[name].any()]
            start, end = end, end + network.chunk
    return found


def _outputs(network: Network, rows: Array, last: str) -> Iterator[tuple[Layer, Array]]:
    """The blocks up to the last one wanted, each with its output: the layers' own formulas, without a plan."""
    chain: Sequence[Layer] = network.project.chain
    shortcuts = {source for block in chain for source in block.sources}
    outputs: dict[str, Array] = {}
    y = _first(rows, network.shapes[0])
    for block in chain:
        x = np.concatenate([y, np.ones_like(y[:1])]) if block.bias_row else y
        inputs: Any = (x, *(outputs[name] for name in block.sources)) if block.sources else x
        y = block.forward(inputs, Room(**network.weights.get(block.name, {})), Room(training=False))
        if block.name in shortcuts:
            outputs[block.name] = y
        yield block, y
        if block.name == last:
            return


def _first(rows: Array, shape: Shape) -> Array:
    """Samples as the chain's first input, feature-major."""
    x = rows[:, :-1].T
    return x if len(shape) == 1 else x.reshape(*shape, -1).transpose(1, 0, 2, 3).reshape(*inner_shape(shape), -1)


def _in_every_sample(sick: Array) -> Array:
    """(features, batch) or (height, channels, width, batch) of bool as one value for each feature or channel."""
    return np.all(sick, axis=1 if sick.ndim == 2 else (0, 2, 3))


def _finding(block: Layer, sick: Array, step: int, shape: Shape) -> Finding:
    sickness, noun = block.sickness, "unit" if len(shape) == 1 else "channel"
    assert sickness
    count, units = int(sick.sum()), tuple(np.flatnonzero(sick)[:UNITS_NAMED].tolist())
    if not count:
        text = f"{block.name}: no {noun} is {sickness.name} any more (step {step:,})."
        return Finding(sickness.name, block.name, step, text, of=len(sick))
    are, symptom = ("is", sickness.one) if count == 1 else ("are", sickness.many)
    text = (
        f"{block.name}: {count:,} of {len(sick):,} {noun}s {are} {sickness.name}: {symptom} for every training sample "
        f"(step {step:,})."
    )
    short = f"{count:,} of {len(sick):,} {sickness.name}"
    return Finding(sickness.name, block.name, step, text, short, sickness.cure, count, len(sick), units)
