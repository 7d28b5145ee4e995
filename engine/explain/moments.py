"""The moments of one training step: what happens, in a sentence, with its arrays and the products behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from engine.explain.sweep import Passage, Sweep, public, rms
from engine.explain.terms import (
    Term,
    backward_terms,
    check_parameter,
    forward_terms,
    gradient_terms,
    strongest,
    weight_terms,
)
from engine.layers.layer import Shape, times
from engine.lazy import Array
from engine.words import plural, short

Phase = Literal["forward", "loss", "backward", "update"]


@dataclass(frozen=True)
class Moment:
    """One thing that happens in a step. Arrays are in public shapes, (N, ...) for values and errors, and None where
    this moment has none.

    ``delta_out`` is the derivative of the error by the block's output, which arrives; ``delta_in`` the one by its
    input, which this block hands on.
    """

    phase: Phase
    block: str
    formula: str
    input: Array | None = None
    output: Array | None = None
    slope: Array | None = None
    delta_out: Array | None = None
    delta_in: Array | None = None
    weight_gradient: Mapping[str, Array] = field(default_factory=dict)
    weights: Mapping[str, Array] = field(default_factory=dict)
    weights_after: Mapping[str, Array] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What happens, with its numbers, in one plain sentence or two."""
        raise NotImplementedError

    def terms(self, unit: int | Shape, sample: int = 0) -> tuple[Term, ...]:
        """What is summed for one value: an output going forward, the derivative by one input going back, one sample's
        share of the loss. Raises ProjectError where the index lies outside.
        """
        raise NotImplementedError

    def weight_terms(self, parameter: str, index: Shape, sample: int | None = None) -> tuple[Term, ...]:
        """What is summed for one weight: going back the samples' shares in its derivative, or the products of one
        sample; in the update the old value and what the optimizer adds.
        """
        return ()


@dataclass(frozen=True)
class _AtBlock(Moment):
    passage: Passage = field(kw_only=True, repr=False)


@dataclass(frozen=True)
class Forward(_AtBlock):
    """A block computes its output."""

    @property
    def sentence(self) -> str:
        block, y = self.passage.block, public(self.passage.y)
        values, single = _values_in_words(y.shape[1:]), y[0].size == 1
        if self.passage.slope is not None:
            return (
                f"{block.name}: {values} {'passes' if single else 'pass'} the {block.title}; the slope, "
                f"{block.derivative_formula}, is kept for the way back: mean {short(self.passage.slope.mean())}."
            )
        span = f"from {short(y.min())} to {short(y.max())}"
        if block.wired:
            inputs = plural(self.weights["weight"][0].size, "input")
            bias = ", plus a bias" if "bias" in self.weights else ""
            return f"{block.name}: {values}, {'a' if single else 'each a'} weighted sum of {inputs}{bias}: {span}."
        return f"{block.name}: {block.formula}; {_values_in_words(self.passage.shape)} to {values}, {span}."

    def terms(self, unit: int | Shape, sample: int = 0) -> tuple[Term, ...]:
        return forward_terms(self.passage, _index(unit), sample)


@dataclass(frozen=True)
class Backward(_AtBlock):
    """The error passes a block from right to left, and gives the derivatives of its weights on the way."""

    before: str = ""  # the block to which the error goes on; empty where no weights are left, or the link is cut
    ways: int = 1

    @property
    def sentence(self) -> str:
        came = f" The error came along {self.ways} ways and was added up." if self.ways > 1 else ""
        cut = " The link before it is cut: nothing goes on there." if self.passage.block.cut else ""
        return f"backward through {self.block}: {self._told()}.{came}{cut}"

    def _told(self) -> str:
        if self.passage.slope is not None and not self.passage.block.cut:
            return self._told_of_slope()
        gradient = "; ".join(filter(None, (self._told_of_gradient(), self._told_of_passing())))
        return gradient or "the error ends here, nothing before it learns"

    def _told_of_slope(self) -> str:
        assert self.slope is not None
        assert self.delta_out is not None
        assert self.delta_in is not None
        place = strongest(self.delta_in)
        error, slope, passed = (short(array[place]) for array in (self.delta_out, self.slope, self.delta_in))
        return f"error times slope, {error} times {slope} = {passed} at {_place(place)}"

    def _told_of_gradient(self) -> str:
        if not self.weight_gradient:
            return ""
        name, index = _strongest_of(self.weight_gradient)
        count = sum(each.size for each in self.weight_gradient.values())
        how = "its error times its input gives" if self.passage.block.wired else "its error gives"
        value = short(self.weight_gradient[name][index])
        return f"{how} {plural(count, 'derivative')}, the largest {value} at {name}{list(index)}"

    def _told_of_passing(self) -> str:
        if not self.before:
            return ""
        sizes = f"from {short(rms(self.passage.dy))} to {short(rms(self.passage.dx))} (root mean square)"
        how = "its weights times its error give the error of" if self.passage.block.wired else "the error goes on to"
        return f"{how} {self.before}, {sizes}"

    def terms(self, unit: int | Shape, sample: int = 0) -> tuple[Term, ...]:
        return backward_terms(self.passage, _index(unit), sample)

    def weight_terms(self, parameter: str, index: Shape, sample: int | None = None) -> tuple[Term, ...]:
        if sample is None:
            return gradient_terms(self.passage, parameter, index)
        return weight_terms(self.passage, parameter, index, sample)


@dataclass(frozen=True)
class LossMoment(Moment):
    """The error is measured, and its derivative starts the way back."""

    swept: Sweep = field(kw_only=True, repr=False)

    @property
    def sentence(self) -> str:
        assert self.delta_out is not None
        place = strongest(self.delta_out)
        title, samples = self.swept.project.loss.title, plural(len(self.delta_out), "sample")
        return (
            f"loss: {title} of {samples}: {short(self.swept.loss)}; its derivative by the output starts the way back, "
            f"the largest {short(self.delta_out[place])} at {_place(place)}."
        )

    def terms(self, unit: int | Shape = 0, sample: int = 0) -> tuple[Term, ...]:
        """The share of every sample in the loss, whichever unit is asked for."""
        y, t, loss = self.swept.passages[-1].y, self.swept.targets, self.swept.project.loss
        samples = y.shape[-1]
        own = (float(loss.value_and_gradient(y[:, n : n + 1], t[:, n : n + 1])[0]) for n in range(samples))
        return tuple(
            Term(f"sample {n}: E / {samples:,}", (value, 1 / samples), value / samples) for n, value in enumerate(own)
        )


@dataclass(frozen=True)
class UpdateMoment(Moment):
    """The optimizer moves a block's weights."""

    optimizer: str = field(kw_only=True)
    moves: bool = True  # not where the block is frozen

    @cached_property
    def change(self) -> dict[str, Array]:
        """What the optimizer adds to every weight."""
        return {name: self.weights_after[name] - before for name, before in self.weights.items()}

    @property
    def sentence(self) -> str:
        if not self.moves:
            return f"{self.block} is frozen: it does not move."
        name, index = _strongest_of(self.change)
        old, gradient, added, new = (
            short(arrays[name][index])
            for arrays in (self.weights, self.weight_gradient, self.change, self.weights_after)
        )
        return (
            f"update of {self.block}: {name}{list(index)} was {old}, its gradient is {gradient}, "
            f"{self.optimizer} adds {added}: now {new}."
        )

    def terms(self, unit: int | Shape, sample: int = 0) -> tuple[Term, ...]:
        """Nothing is summed over units here; see ``weight_terms``."""
        return ()

    def weight_terms(self, parameter: str, index: Shape, sample: int | None = None) -> tuple[Term, ...]:
        check_parameter(self.block, self.weights, parameter, index)
        old, added = (float(arrays[parameter][index]) for arrays in (self.weights, self.change))
        return Term("old value", (old,), old), Term(self.formula, (added,), added)


def _index(unit: int | Shape) -> Shape:
    return (unit,) if isinstance(unit, int) else tuple(unit)


def _strongest_of(arrays: Mapping[str, Array]) -> tuple[str, Shape]:
    """The array and the index of the entry of largest magnitude."""
    name = max(arrays, key=lambda each: float(np.abs(arrays[each]).max(initial=0.0)))
    return name, strongest(arrays[name])


def _values_in_words(shape: Shape) -> str:
    return f"{times(shape)} value{'s' * (shape != (1,))}"


def _place(place: Shape) -> str:
    """A value of a batch in words: the unit, or the pixel, and its sample."""
    sample, *unit = place
    return f"unit {unit[0] if len(unit) == 1 else unit} of sample {sample}"
