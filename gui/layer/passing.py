"""The values that pass a block: its output, and how the error answers it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.layers.layer import Shape
from engine.lazy import Array, np
from engine.probe import INPUT
from gui import numbers
from gui.layer.moment import Moment
from gui.layer.parameters import in_brackets
from gui.layer.plane import Index
from gui.layer.scale import Scale, Signed, largest
from gui.layer.sight import CHAIN, UNIT, Sight
from gui.layer.value import Arrays, Value
from gui.panels.panel import tr

if TYPE_CHECKING:
    from engine.explain.terms import Term
    from engine.probe import Reading

MOST_WRITTEN = 3  # products that are written out
MOST_SUMMED = 2000  # products that are summed while the pointer moves


class Passing(Value):
    """What leaves a block for one sample, or on the mean of a batch. In the picture of a unit of a vector every sample
    has a cell: the mean alone would be a single number.
    """

    passes: ClassVar[bool] = True

    def block(self, moment: Moment, order: tuple[str, ...]) -> str:
        return next((name for name in order if name == INPUT or name in moment.names), "")

    def arrays(self, moment: Moment, sight: Sight) -> Arrays:
        reading = moment.reading(sight)
        if reading is None:
            return {}
        if sight.picture != UNIT:
            return {self.name: self.of(reading)}
        unit = min(sight.unit, self.of(reading).shape[0] - 1)
        every = self.of_samples(reading)[:, unit]
        return {self.name: every[None] if every.ndim == 1 else self.of(reading)[unit]}

    def places(self, moment: Moment, sight: Sight) -> Arrays:
        return self.arrays(moment, sight)

    def of(self, reading: Reading) -> Array:
        """The value of a block's outputs, (...)."""
        found: Array = getattr(reading, self.name)
        return found

    def of_samples(self, reading: Reading) -> Array:
        """The same for every sample, (N, ...)."""
        raise NotImplementedError

    def terms(self, reading: Reading, index: Index) -> Sequence[Term]:
        """What one number of the first sample is made of."""
        raise NotImplementedError

    def scale(self, moment: Moment, sight: Sight) -> Scale:
        reading = moment.reading(sight)
        if reading is None:
            return Signed(0.0)
        return Signed(
            reading.largest[self.name] if sight.scale == CHAIN else largest(self.arrays(moment, sight).values())
        )

    def shape(self, moment: Moment, sight: Sight) -> Shape:
        reading = moment.reading(sight)
        return () if reading is None else self.of(reading).shape

    def whole_index(self, moment: Moment, sight: Sight, name: str, index: Index) -> Index:
        if sight.picture != UNIT:
            return index
        return (sight.unit,) if len(self.shape(moment, sight)) == 1 else (sight.unit, *index)

    def shown_index(self, moment: Moment, sight: Sight, name: str, index: Index) -> Index | None:
        return index if sight.picture != UNIT else None

    def words(self, moment: Moment, sight: Sight, name: str, index: Index) -> str:
        reading = moment.reading(sight)
        if reading is None:
            return ""
        whole = self.whole_index(moment, sight, name, index)
        what = self.symbol(f"{sight.block}[{', '.join(map(str, whole))}]")
        if sight.picture == UNIT and len(self.shape(moment, sight)) == 1:
            number, value = int(reading.samples[index[1]]), float(self.of_samples(reading)[index[1]][whole])
            return tr("sample {}: {} = {}").format(numbers.count(number), what, numbers.full(value))
        value = float(self.of(reading)[whole])
        if len(reading.samples) > 1:
            return tr("{} = {}, mean over {} samples").format(
                what, numbers.full(value), numbers.count(len(reading.samples))
            )
        said = tr("sample {}: {} = {}{}")
        formula = self.formula(reading, whole, value)
        return said.format(numbers.count(int(reading.samples[0])), what, formula, numbers.full(value))

    def symbol(self, unit: str) -> str:
        """The number in symbols, for the unit of a block."""
        return unit

    def formula(self, reading: Reading, index: Index, value: float) -> str:
        """What the number is made of, with an equals sign; empty where that is not told."""
        terms = self.terms(reading, index) if _fan(reading) <= MOST_SUMMED else ()
        return f"{written(terms)} = " if terms else ""

    def axes(self, sight: Sight, shape: Shape) -> tuple[str, str]:
        if sight.picture == UNIT:
            return tr("unit {}").format(sight.unit), tr("sample, in the batch’s order")
        return super().axes(sight, shape) if len(shape) == 3 else (tr("unit"), tr("output"))

    def sub(self, moment: Moment, sight: Sight) -> str:
        reading = moment.reading(sight)
        if reading is None:
            return tr("computing…") if sight.block else tr("no block")
        shape = numbers.shape(self.of(reading).shape)
        if sight.sample is not None:
            return tr("{} · sample {}").format(shape, numbers.count(sight.sample))
        return tr("{} · mean over {}").format(shape, numbers.plural(len(reading.samples), tr("sample"), tr("samples")))


class Activation(Passing):
    """The output."""

    name: ClassVar[str] = "activation"
    text: ClassVar[str] = "activation"
    tip: ClassVar[str] = "What the block gives out, without dropout and with batch norm as in evaluation"

    def of_samples(self, reading: Reading) -> Array:
        return reading.activations

    def terms(self, reading: Reading, index: Index) -> Sequence[Term]:
        return reading.activation_terms(index)

    def formula(self, reading: Reading, index: Index, value: float) -> str:
        terms = self.terms(reading, index) if _fan(reading) <= MOST_SUMMED else ()
        if len(terms) == 1 and terms[0].label == reading.formula:  # a function of one number
            return f"{applied(reading.formula, terms[0].factors)} = " if terms[0].factors else ""
        return f"{written(terms)} = " if terms else ""


class Delta(Passing):
    """The derivative of the error by the output."""

    name: ClassVar[str] = "delta"
    text: ClassVar[str] = "delta"
    tip: ClassVar[str] = "How the error answers what the block gives out: the running product of the chain rule"

    def of_samples(self, reading: Reading) -> Array:
        return reading.deltas

    def terms(self, reading: Reading, index: Index) -> Sequence[Term]:
        return reading.delta_terms(index)

    def symbol(self, unit: str) -> str:
        return f"∂E/∂{unit}"

    def sub(self, moment: Moment, sight: Sight) -> str:
        """As all explanations it leaves out what is broken on purpose."""
        broken = moment.snapshot is not None and moment.snapshot.breaks
        return super().sub(moment, sight) + (tr(" · as if nothing were broken") if broken else "")


def written(terms: Sequence[Term]) -> str:
    """A sum of products with its numbers; of a long one the strongest, and how many there are."""
    if len(terms) > MOST_WRITTEN:
        best = max(terms, key=lambda term: abs(term.value))
        product = f"{best.label} = {' × '.join(map(in_brackets, best.factors))}"
        return tr("sum of {} terms (strongest: {})").format(numbers.count(len(terms)), product)
    return " + ".join(" × ".join(map(in_brackets, term.factors)) for term in terms)


def applied(formula: str, inputs: Sequence[float]) -> str:
    """A function with its input in place of x: ``tanh(0.31)`` of ``y = tanh(x)``."""
    x, right = inputs[0], formula.partition("= ")[2]
    plain, bracketed = numbers.short(x), in_brackets(x)

    def number(found: re.Match[str]) -> str:
        alone = right[max(found.start() - 1, 0)] == "("
        return plain if alone else bracketed

    return re.sub(r"\bx\b", number, right)


def _fan(reading: Reading) -> int:
    """How many products are summed for one number, at most."""
    inputs = 0 if reading.here is None else int(np.prod(reading.here.shape))
    outputs = 0 if reading.after is None else int(np.prod(reading.after.y.shape[:-1]))
    return max(inputs, outputs)
