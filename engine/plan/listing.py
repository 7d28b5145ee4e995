"""A plan as a program to read: one numpy call a line, with the names of the blocks.

Executing the text with the arrays of ``names`` does what ``Plan.run`` does, bit for bit: the text is the program.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.lazy import Array
from engine.plan.memory import root
from engine.plan.tape import Call

if TYPE_CHECKING:
    from engine.plan.plan import Plan


class Listing:
    """Names every array that calls touch: as ``homes`` name the memory that has a meaning, views of it numbered."""

    def __init__(self, calls: Sequence[Call], homes: Iterable[tuple[str, Array]], title: str) -> None:
        self.calls, self._title = calls, title
        self.names: dict[str, Any] = {"np": np}
        self._known: dict[tuple[Any, ...], str] = {}
        self._parts: dict[tuple[Any, ...], tuple[str, str, Array]] = {}
        self._homes: dict[int, list[tuple[str, Array]]] = defaultdict(list)
        self._numbered: Counter[str] = Counter()
        self._results = {id(root(each.out)) for each in calls}
        for name, array in homes:
            self._known.setdefault(_key(array), name)
            self._homes[id(root(array))].append((name, array))
            for words, part in _simple_parts(array):
                self._parts.setdefault(_key(part), (name, words, array))
        self._lines = [self._line(call) for call in calls]

    @classmethod
    def of(cls, plan: Plan) -> Listing:
        """A plan's step."""
        return cls(plan.tape.calls, _homes(plan), f"One step on a batch of {plan.batch}.")

    def source(self) -> str:
        """The text: what the arrays are, then the calls, phase by phase."""
        return "\n".join(text for _, text in self.rows()) + "\n"

    def rows(self) -> list[tuple[str, str]]:
        """The lines of the text, each with the block that it belongs to (empty for none)."""
        arrays = [f"# {name}: {_about(each)}" for name, each in self.names.items() if isinstance(each, np.ndarray)]
        return [("", text) for text in (f"# {self._title}", *arrays)] + self.steps()

    def steps(self) -> list[tuple[str, str]]:
        """The rows of the calls alone."""
        rows: list[tuple[str, str]] = []
        before = ""
        for call, line in zip(self.calls, self._lines, strict=True):
            heading = f"# {call.block}: {call.phase}" if call.phase != call.block else f"# {call.block}"
            if heading != before:
                rows += [("", ""), (call.block, heading)]
                before = heading
            rows.append((call.block, line))
        return rows

    def _line(self, call: Call) -> str:
        out = self._name(call.out)
        if call.form == "draw":
            self.names["generator_of_" + call.block] = call.function
            return f"generator_of_{call.block}.random(dtype=np.{call.out.dtype}, out={out})"
        first = self._name(call.inputs[0])
        if call.form == "copy":
            return f"np.copyto({out}, {first})"
        if call.form == "reduction":
            return f"np.{call.function.__name__}.reduce({first}, axis={call.inputs[1]}, out={out})"
        if call.flat:
            return f"{first}.dot({self._name(call.inputs[1])}, out={out})"
        operands = ", ".join(map(self._name, call.inputs))
        return f"np.{call.function.__name__}({operands}, out={out})"

    def _name(self, array: Array) -> str:
        """The name of an array; a constant stands for itself."""
        key = _key(array)
        if key not in self._known:
            if array.ndim == 0 and root(array) is array and not self._is_result(array):
                return f"np.{array.dtype}({array[()]!s})"
            if part := self._part(key):
                return part
            kind = "temporary" if self._is_result(array) else "constant"
            near = self._homes.get(id(root(array)), ())
            home = next((name for name, each in near if np.may_share_memory(each, array)), kind)
            self._numbered[home] += 1
            self._known[key] = f"{home}_{self._numbered[home]}"
        self.names[self._known[key]] = array
        return self._known[key]

    def _part(self, key: tuple[Any, ...]) -> str:
        """An array as a view of one that has a name, in Python's own words; empty where it is no simple one."""
        if key not in self._parts:
            return ""
        name, words, home = self._parts[key]
        self.names[name] = home
        return name + words

    def _is_result(self, array: Array) -> bool:
        return id(root(array)) in self._results


def _simple_parts(array: Array) -> Iterator[tuple[str, Array]]:
    """Views of a matrix that read well, in Python's own words."""
    if array.ndim == 2:
        yield from ((".T", array.T), ("[:-1]", array[:-1]), ("[:-1].T", array[:-1].T))


def _homes(plan: Plan) -> Iterator[tuple[str, Array]]:
    """The memory that has a meaning of its own, with its name."""
    yield "loss", plan.loss
    yield "batch_inputs", plan.input
    yield "batch_targets", plan.targets
    for name, arrays in plan.network.weights.items():
        yield from ((f"{name}_{each}", array) for each, array in arrays.items())
    for name, arrays in plan.weight_gradients.items():
        yield from ((f"{name}_{each}_gradient", array) for each, array in arrays.items())
    for block, slot in zip(plan.chain, plan.slots, strict=True):
        yield f"{block.name}_output", plan.values.of(slot)
        yield f"{block.name}_delta", plan.deltas.of(slot)
        if len(slot.shape) == 1:
            yield f"{block.name}_output_and_ones", plan.values.of(slot, with_ones=True)
    for block, kept in zip(plan.chain, plan.kept, strict=True):
        yield from (
            (f"{block.name}_{each}", value) for each, value in vars(kept).items() if isinstance(value, np.ndarray)
        )


def _key(array: Array) -> tuple[Any, ...]:
    return array.ctypes.data, array.shape, array.strides, array.dtype.str


def _about(array: Array) -> str:
    shape = " x ".join(map(str, array.shape)) or "one number"
    return f"{shape}, {array.dtype}"
