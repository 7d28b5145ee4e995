"""The values of a block's parameters: gradient, weight, update, the ratio of the two, and what a check has found."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from engine.layers.layer import Shape
from engine.lazy import Array, np
from gui import check_words, numbers
from gui.layer.moment import Moment
from gui.layer.plane import Index
from gui.layer.scale import Decades, Errors, Scale, Signed, largest
from gui.layer.sight import CHAIN, UNIT, Sight
from gui.layer.value import Arrays, Value, not_yet, row_of
from gui.panels.panel import tr

LETTERS = {"weight": "W", "bias": "b"}


class OfParameters(Value):
    """What is there for every parameter of a block."""

    def arrays(self, moment: Moment, sight: Sight) -> Arrays:
        whole = self.whole(moment, sight.block)
        return self._restricted(moment, sight, whole) if whole and sight.picture == UNIT else whole

    def places(self, moment: Moment, sight: Sight) -> Arrays:
        whole = moment.tensors(sight.block, "weight")
        return self._restricted(moment, sight, whole) if whole and sight.picture == UNIT else whole

    @abstractmethod
    def whole(self, moment: Moment, block: str) -> Arrays:
        """The numbers of a block, in public shapes; empty while there are none."""

    def scale(self, moment: Moment, sight: Sight) -> Scale:
        """Symmetric, with the limit of the weights: their gradients are often much smaller than that of the bias, and
        would all look like zero.
        """
        blocks = moment.learned if sight.scale == CHAIN else (sight.block,)
        return Signed(max((_limit(self.whole(moment, block)) for block in blocks), default=0.0))

    def shape(self, moment: Moment, sight: Sight) -> Shape:
        return next((array.shape for array in moment.tensors(sight.block, "weight").values()), ())

    def whole_index(self, moment: Moment, sight: Sight, name: str, index: Index) -> Index:
        if sight.picture != UNIT:
            return index
        shown, whole = self.places(moment, sight)[name], moment.tensors(sight.block, "weight")[name]
        flat = int(np.ravel_multi_index(index, shown.shape))
        return (sight.unit, *(int(each) for each in np.unravel_index(flat, whole.shape[1:] or (1,))))[: whole.ndim]

    def shown_index(self, moment: Moment, sight: Sight, name: str, index: Index) -> Index | None:
        if sight.picture != UNIT:
            return index
        if index[0] != sight.unit:
            return None
        shown, whole = self.places(moment, sight)[name], moment.tensors(sight.block, "weight")[name]
        flat = int(np.ravel_multi_index(index[1:], whole.shape[1:])) if whole.ndim > 1 else 0
        return tuple(int(each) for each in np.unravel_index(flat, shown.shape))

    def words(self, moment: Moment, sight: Sight, name: str, index: Index) -> str:
        index = self.whole_index(moment, sight, name, index)
        whole = self.whole(moment, sight.block)
        if not whole:
            return tr("{}.{}{}: not computed yet").format(sight.block, name, list(index))
        return self.told(moment, sight.block, name, index, float(whole[name][index]))

    @abstractmethod
    def told(self, moment: Moment, block: str, name: str, index: Index, value: float) -> str:
        """One number with what it is made of."""

    def sub(self, moment: Moment, sight: Sight) -> str:
        if not sight.block:
            return tr("no weights")
        shape = numbers.shape(self.shape(moment, sight))
        return shape if self.whole(moment, sight.block) else not_yet(moment)

    @staticmethod
    def _restricted(moment: Moment, sight: Sight, whole: Arrays) -> Arrays:
        """What belongs to the unit that is looked at."""
        unit = min(sight.unit, len(next(iter(whole.values()))) - 1)
        seen = moment.seen(sight.block)
        return {
            name: array[unit : unit + 1] if array.ndim == 1 and place else row_of(array, unit, seen)
            for place, (name, array) in enumerate(whole.items())
        }


class Gradient(OfParameters):
    """dE/dw, of the batch of the last step."""

    name: ClassVar[str] = "gradient"
    text: ClassVar[str] = "gradient"
    tip: ClassVar[str] = "How the error answers each weight"

    def whole(self, moment: Moment, block: str) -> Arrays:
        return moment.tensors(block, "gradient") if moment.computed else {}

    def told(self, moment: Moment, block: str, name: str, index: Index, value: float) -> str:
        if formula := moment.formula(f"{block}.{name}", index):
            return formula.removeprefix(f"{block}  ")  # which the title says
        return tr("∂E/∂{} = {}, mean of the batch").format(symbol(name, index), numbers.full(value))


class Weight(OfParameters):
    """The parameters as they are now."""

    name: ClassVar[str] = "weight"
    text: ClassVar[str] = "weight"
    tip: ClassVar[str] = "The weights themselves"

    def whole(self, moment: Moment, block: str) -> Arrays:
        return moment.tensors(block, "weight")

    def told(self, moment: Moment, block: str, name: str, index: Index, value: float) -> str:
        return f"{symbol(name, index)} = {numbers.full(value)}"


class Update(OfParameters):
    """What the optimizer added to the parameters in the last step."""

    name: ClassVar[str] = "update"
    text: ClassVar[str] = "update"
    tip: ClassVar[str] = "What the optimizer added to each weight in the last step"

    def whole(self, moment: Moment, block: str) -> Arrays:
        return moment.tensors(block, "update") if moment.computed else {}

    def told(self, moment: Moment, block: str, name: str, index: Index, value: float) -> str:
        from engine.explain.moved import moved

        assert moment.snapshot is not None
        found, what = moved(moment.snapshot, block, name, index), f"Δ{symbol(name, index)}"
        if found.frozen:
            return tr("{} = 0: the block is frozen").format(what)
        gradient = numbers.short(found.gradient)
        if found.rate is None:
            return tr("{} = {}; the gradient was {}").format(what, numbers.full(value), gradient)
        rate, direction = numbers.tick(found.rate), numbers.short(found.direction)
        if found.decay:
            decayed = tr("−{} × ({} + decay {} × {})")
            product = decayed.format(rate, direction, numbers.tick(found.decay), in_brackets(found.weight))
        else:
            product = f"−{rate} × {in_brackets(found.direction)}"
        said = f"{what} = {product} = {numbers.full(value)}"
        if found.what == "gradient":
            return tr("{}: minus the rate times the gradient").format(said)
        return tr("{}: minus the rate times {}; the gradient was {}").format(said, found.what, gradient)


class Ratio(OfParameters):
    """The size of the update beside that of the weight; about a thousandth is usual."""

    name: ClassVar[str] = "ratio"
    text: ClassVar[str] = "ratio"
    log: ClassVar[bool] = True
    tip: ClassVar[str] = "|update| / |weight|: by which share of itself the last step moved each weight; 0.001 is usual"

    def whole(self, moment: Moment, block: str) -> Arrays:
        return moment.tensors(block, "ratio") if moment.computed else {}

    def scale(self, moment: Moment, sight: Sight) -> Scale:
        blocks = moment.learned if sight.scale == CHAIN else (sight.block,)
        return Decades.of(array for block in blocks for array in self.whole(moment, block).values())

    def told(self, moment: Moment, block: str, name: str, index: Index, value: float) -> str:
        before, added = (float(moment.tensors(block, each)[name][index]) for each in ("origin", "update"))
        what = symbol(name, index)
        if before == 0:
            return tr("{} was 0: beside it an update of {} has no ratio").format(what, numbers.full(added))
        ratio = f"|{numbers.short(added)}| / |{numbers.short(before)}|"
        return tr("{}: |update| / |weight| = {} = {}").format(what, ratio, numbers.full(value))


class Check(OfParameters):
    """How far every gradient is from a central difference."""

    name: ClassVar[str] = "check"
    text: ClassVar[str] = "check"
    log: ClassVar[bool] = True
    tip: ClassVar[str] = "How far each gradient is from a central difference (Run, Check gradients)"

    def whole(self, moment: Moment, block: str) -> Arrays:
        return {name: tensor.error for name, tensor in moment.checks(block).items()}

    def scale(self, moment: Moment, sight: Sight) -> Scale:
        return Errors(moment.checks(sight.block))

    def told(self, moment: Moment, block: str, name: str, index: Index, value: float) -> str:
        place = f"{block}.{name}[{', '.join(map(str, index))}]"
        return f"{place}  {check_words.about_entry(moment.checks(block)[name], index)}"

    def sub(self, moment: Moment, sight: Sight) -> str:
        return check_words.sub_line(moment.checked, sight.block) if sight.block else super().sub(moment, sight)

    def idle(self, moment: Moment, sight: Sight) -> str:
        return check_words.sub_line(moment.checked, sight.block)


def symbol(name: str, index: Index) -> str:
    """``W[3, 0]``."""
    return f"{LETTERS[name]}[{', '.join(map(str, index))}]"


def in_brackets(value: float) -> str:
    """A number as a factor: negative ones in brackets."""
    return f"({numbers.short(value)})" if value < 0 else numbers.short(value)


def _limit(arrays: Arrays) -> float:
    """The largest magnitude of the weights; of all where those are all zero."""
    first: Array | None = next(iter(arrays.values()), None)
    return 0.0 if first is None else largest([first]) or largest(arrays.values())
