"""The plan of a chain for one batch size: its layers' formulas, recorded once, as a list of numpy calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.layers.layer import Layer, Room, Shape
from engine.lazy import Array
from engine.plan.areas import Area, Slot, assign
from engine.plan.order import pool_first
from engine.plan.part import Part
from engine.plan.tape import DROPPED, Tape

if TYPE_CHECKING:
    from engine.network import Network
    from engine.plan.listing import Listing

IN_PLACE = "activations write over their input"
MERGED_SLOPES = "slopes of equal neighbouring activations in one pass"
STACKED_GRADIENTS = "weight gradients of equal neighbouring layers as one product"
POOL_FIRST = "max pooling before a rising activation"
ALL_PASSES = frozenset((IN_PLACE, MERGED_SLOPES, STACKED_GRADIENTS, POOL_FIRST))
WORTH_STACKING = 3


class Plan:
    """Forward, loss and backward of a network for one batch size. ``input`` and ``targets`` are filled, then ``run``
    is called.

    ``input`` is (batch, values + 1), its last column ones; ``targets`` is (batch, outputs). With ``backward`` false
    only the output is computed. A ``part`` is a share of a larger batch.
    """

    def __init__(
        self,
        network: Network,
        batch: int,
        backward: bool = True,
        training: bool = False,
        passes: frozenset[str] = ALL_PASSES,
        part: Part | None = None,
    ) -> None:
        self.network, self.batch, self.training, self.passes = network, batch, training, passes
        self.chain: Sequence[Layer] = network.chain
        outputs: Sequence[Shape] = network.shapes[1:]
        if POOL_FIRST in passes:
            self.chain, outputs = pool_first(self.chain, outputs)
        self._places = {block.name: place for place, block in enumerate(self.chain)}
        dtype = network.project.training.dtype
        self.slots = assign(self.chain, outputs, IN_PLACE in passes)
        self.values = Area(self.slots, batch, dtype, ones=True)
        part = part or Part.whole(network, batch)
        self.input, self.targets, self.gradients, self._share = part.input, part.targets, part.gradients, part.share
        self.weight_gradients = {block.name: block.views(part.gradients) for block in network.layout.blocks}
        self.loss = np.zeros((), dtype)
        self.tape = Tape(dtype)
        self.kept = [
            Room(training=training, random=partial(self.tape.note_draw, part.generators[block.name]))
            for block in self.chain
        ]
        self._record_forward()
        if backward:
            self.deltas = Area(self.slots, batch, dtype)
            self._record_slopes()
            self._record_loss()
            self._record_backward()
        self.program = [call.bound() for call in self.tape.calls]

    @property
    def parts(self) -> tuple[Plan, ...]:
        """The plans that a step consists of: this one."""
        return (self,)

    def run(self) -> None:
        """One pass through all calls."""
        for function, arguments in self.program:
            function(*arguments)

    def source(self) -> str:
        """The program as text; executed with ``listing().names``, it does what ``run`` does, bit for bit."""
        return self.listing().source()

    def listing(self) -> Listing:
        """The program line by line, with the arrays that its names stand for."""
        from engine.plan.listing import Listing

        return Listing.of(self)

    @property
    def output(self) -> Array:
        """The chain's output in its public shape (batch, ...)."""
        y = self.values.of(self.slots[-1])
        return y.T if y.ndim == 2 else y.transpose(3, 1, 0, 2)

    def slope(self, name: str) -> Array:
        """The slopes of an activation over the last batch, (features, batch) or (height, channels, width, batch)."""
        place, at = self._places[name], self.network.project.index(name)
        slope = self.kept[place].slope
        if place > at:  # the plan has it behind a pooling, where it has fewer values
            block, x = self.chain[place], self._input_of(at)
            slope = block.derivative(x, block.curve(x))
        return slope if slope.dtype == self.values.array.dtype else slope.astype(self.values.array.dtype)

    def _input_of(self, at: int) -> Array:
        """What the user's chain gives to the block at a place, where the plan may have put it in another order."""
        chain = self.network.project.chain
        if at == 0:
            return self._x(0, chain[0])
        before = chain[at - 1]
        return before.curve(self._input_of(at - 1)) if self._places[before.name] >= at else self._y(at - 1)

    def _x(self, index: int, block: Layer) -> Array:
        """The input of a block, with the row of ones where the block wants it."""
        if index:
            slot = self.slots[index - 1]
            return self.values.of(slot, with_ones=block.bias_row)
        shape = self.network.shapes[0]
        if len(shape) == 1:
            return self.input.T if block.bias_row else self.input.T[:-1]
        return self.input.T[:-1].reshape(*shape, self.batch).transpose(1, 0, 2, 3)

    def _inputs(self, index: int, block: Layer) -> Any:
        """The input of a block, with the outputs of its sources where it has any."""
        x = self._x(index, block)
        return (x, *(self._y(source) for source in self._sources(block))) if block.sources else x

    def _sources(self, block: Layer) -> list[int]:
        return [self._places[name] for name in block.sources]

    def _y(self, index: int) -> Array:
        return self.values.of(self.slots[index])

    def _weights(self, index: int) -> Room:
        return Room(**self.network.weights.get(self.chain[index].name, {}))

    def _record_forward(self) -> None:
        for index, block in enumerate(self.chain):
            arguments = (self._inputs(index, block), self._weights(index), self.kept[index])
            settled = block.reads_y and not block.overwrites
            self.tape.record(block.name, "forward", block.forward, arguments, [self._y(index)], settled=settled)

    def _record_slopes(self) -> None:
        """The slope of every activation; neighbours of one kind and setting share one pass over their rows."""
        for run in _runs(self._activations(), self._merges):
            block, first, last = self.chain[run[0]], self.slots[run[0]], self.slots[run[-1]]
            single = len(run) == 1
            y = self._y(run[0]) if single else self.values.stretch(first, last)
            x = self._x(run[0], block) if block.slope_reads_x else y
            slope = self.tape.record(block.name, "slope", block.derivative, (x, y))[0]
            for index in run:
                begin = self.slots[index].first - first.first
                self.kept[index].slope = slope if single else slope[begin : begin + self.slots[index].rows]

    def _activations(self) -> list[int]:
        return [index for index, block in enumerate(self.chain) if block.has_slope]

    def _merges(self, before: int, after: int) -> bool:
        adjacent = self.slots[before].end == self.slots[after].first and len(self.slots[after].shape) == 1
        alike = _alike(self.chain[before], self.chain[after]) and not self.chain[after].slope_reads_x
        return MERGED_SLOPES in self.passes and adjacent and alike

    def _record_loss(self) -> None:
        y, t = self._y(len(self.chain) - 1), self.targets.T
        dy = self.deltas.of(self.slots[-1])
        self.tape.record("loss", "loss", self._value_and_gradient, (y, t), [self.loss, dy])

    def _value_and_gradient(self, y: Array, t: Array) -> tuple[Array, Array]:
        value, dy = self.network.project.loss.value_and_gradient(y, t)
        return (value, dy) if self._share == 1 else (value * self._share, dy * self._share)

    def _record_backward(self) -> None:
        """From the error to the first weights; below them nobody needs a derivative."""
        reached = self._reached()
        learned = [index for index in sorted(reached) if self.chain[index].name in self.network.weights]
        lowest = learned[0] if learned else len(self.chain)
        waiting = {run[0]: run for run in _runs(learned, self._stacks) if len(run) >= WORTH_STACKING}
        stacked = {index for run in waiting.values() for index in run}
        begun: set[Slot] = set()  # slots whose derivative holds a part already
        for index in sorted(reached & set(range(lowest, len(self.chain))), reverse=True):
            if index in learned and index not in stacked:
                self._record_weight_gradient(index)
            if index > lowest:
                self._record_input_gradient(index, lowest, begun)
            if index in waiting:
                self._record_stack(waiting[index])

    def _reached(self) -> set[int]:
        """The blocks whose output gets a derivative; before a cut only those from which a shortcut leads past it."""
        reached = {len(self.chain) - 1}
        for index in range(len(self.chain) - 1, 0, -1):
            block = self.chain[index]
            if index in reached:
                reached.update(self._sources(block), () if block.cut else (index - 1,))
        return reached

    def _record_input_gradient(self, index: int, lowest: int, begun: set[Slot]) -> None:
        """Passes the derivative on to the block before and to every source; the second to arrive at a slot is added."""
        block = self.chain[index]
        places = (-1 if block.cut else index - 1, *self._sources(block))
        receivers = [self.slots[each] if each >= lowest else None for each in places]
        if not any(receivers):
            return
        adds = []
        for each in receivers:
            adds.append(each in begun and each != self.slots[index])  # in place, the part is what is passed on
            if each is not None:
                begun.add(each)
        targets = [DROPPED if each is None else self.deltas.of(each) for each in receivers]
        arguments = (self.deltas.of(self.slots[index]), self._weights(index), self.kept[index])
        self.tape.record(block.name, "input gradient", block.input_gradient, arguments, targets, adds)

    def _record_weight_gradient(self, index: int) -> None:
        block = self.chain[index]
        arguments = (self._x(index, block), self.deltas.of(self.slots[index]), self.kept[index])
        targets = list(self.weight_gradients[block.name].values())
        self.tape.record(block.name, "weight gradient", block.weight_gradient, arguments, targets)

    def _record_stack(self, run: list[int]) -> None:
        """One product for a run of equal layers: a third axis in front of x, dy and the gradients counts the layers."""
        block = self.chain[run[0]]
        x = self.values.stack([self.slots[index - 1] for index in run], block.bias_row)
        dy = self.deltas.stack([self.slots[index] for index in run], with_ones=False)
        target = self.network.stacked(self.gradients, [self.chain[index].name for index in run])
        self.tape.record(block.name, "weight gradient", block.weight_gradient, (x, dy, self.kept[run[0]]), [target])

    def _stacks(self, before: int, after: int) -> bool:
        """Whether two layers' gradients can be one product: equal layers, slots of equal height that follow each
        other.
        """
        if STACKED_GRADIENTS not in self.passes or not before or not _alike(self.chain[before], self.chain[after]):
            return False
        inputs, outputs = self._pair(before - 1, after - 1), self._pair(before, after)
        return self.chain[before].stacks and _neighbours(*inputs) and _neighbours(*outputs)

    def _pair(self, before: int, after: int) -> tuple[Slot, Slot]:
        return self.slots[before], self.slots[after]


def _neighbours(before: Slot, after: Slot) -> bool:
    return before.end == after.first and before.shape == after.shape and len(before.shape) == 1


def _alike(a: Layer, b: Layer) -> bool:
    """Whether two blocks compute the same: equal in everything but their name and their starting values."""
    return type(a) is type(b) and a.computes == b.computes


def _runs(indices: list[int], joined: Callable[[int, int], bool]) -> list[list[int]]:
    """The indices in runs whose neighbours are joined."""
    runs = [[index] for index in indices[:1]]
    for before, after in pairwise(indices):
        if joined(before, after):
            runs[-1].append(after)
        else:
            runs.append([after])
    return runs


__all__ = ["ALL_PASSES", "Plan"]
