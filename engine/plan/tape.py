"""The tape: watches one layer method at a time, notes its numpy calls and gives its temporaries their place in
memory.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from engine.lazy import Array
from engine.plan.memory import Memory, Temporary, root
from engine.plan.watched import Watched

WHOLE_ARRAY_SCALARS = (np.maximum, np.minimum)  # several times faster with two arrays than with a scalar


DROPPED = np.empty(0)
"""Stands for the target of a result that nobody needs."""


@dataclass(frozen=True)
class Call:
    """One numpy call of a step: ``function`` on ``inputs`` into ``out``, noted for a block in a phase."""

    function: Any
    inputs: tuple[Any, ...]
    out: Array
    block: str
    phase: str
    form: str = "ufunc"  # "ufunc", "reduction", "inner" (a product with a vector), "copy" or "draw"

    @property
    def elementwise(self) -> bool:
        """Whether each value of the result depends on the values at its own place only."""
        return self.form == "ufunc" and self.function is not np.matmul

    @property
    def flat(self) -> bool:
        """Whether it is a product of vectors or matrices, for which numpy has a shorter way than ``matmul``."""
        if self.form == "inner":
            return True
        matrices = self.function is np.matmul and self.inputs[0].ndim == 2 == self.inputs[1].ndim
        return matrices and bool(self.out.flags.c_contiguous)

    def bound(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """The call as a function and its arguments, in the form that numpy runs fastest."""
        if self.form == "draw":
            return functools.partial(self.function.random, dtype=self.out.dtype, out=self.out), ()
        a, out = self.inputs[0], self.out
        if self.form == "copy":
            return (out.fill, (a[()],)) if a.ndim == 0 else (np.copyto, (out, a))
        if self.form == "reduction":
            return self.function.reduce, (a, self.inputs[1], None, out)
        if self.flat:
            return a.dot, (self.inputs[1], out)  # two and a half times as fast as matmul on small matrices
        if self.function in WHOLE_ARRAY_SCALARS:
            return functools.partial(self.function, out=out), self.inputs  # a third positional argument is deprecated
        return self.function, (*self.inputs, out)


class Tape:
    """Records methods one after the other. ``calls`` is the program so far."""

    def __init__(self, dtype: str) -> None:
        self.dtype = np.dtype(dtype)
        self.calls: list[Call] = []
        self._memory = Memory()
        self._constants: dict[tuple[Any, ...], Array] = {}
        self._noted: list[Call] = []
        self._temporaries: dict[int, Temporary] = {}
        self._where = ("", "")

    def record(
        self,
        block: str,
        phase: str,
        method: Callable[..., Any],
        arguments: Sequence[Any],
        targets: Sequence[Array | None] = (),
        adds: Sequence[bool] = (),
        settled: bool = False,
    ) -> list[Array]:
        """Calls the method once with watched arrays and notes what it does.

        Its results are put where ``targets`` say, or added to what is there where ``adds`` says so; a result without a
        target stays where it arises, and one whose target is DROPPED is not needed. Rooms among the arguments
        (parameters, kept values) are watched field by field, and arrays that the method leaves in them stay alive: one
        that is a result too lies at its target where that is ``settled``, so that nobody else will write there.
        Returns the memory of every result.
        """
        self._where, self._noted, self._temporaries = (block, phase), [], {}
        rooms = [each for each in arguments if isinstance(each, SimpleNamespace)]
        with np.errstate(all="ignore"):
            for room in rooms:
                _each(room, lambda value: Watched(value, self) if isinstance(value, np.ndarray) else value)
            returned = method(*(self._watch(each) for each in arguments))
            results = [
                each.array for each in (returned if isinstance(returned, tuple) else (returned,)) if each is not None
            ]
        targets = targets or [None] * len(results)
        for result, target, add in zip(results, targets, adds or [False] * len(results), strict=True):
            if target is None or target is DROPPED:
                continue
            if add:
                self._note(np.add, (target, result), target)
            elif not _same(result, target):
                self.note_copy(target, result)
        stays = [result for result, target in zip(results, targets, strict=True) if target is None]
        stays += [value.array for room in rooms for value in _values(room) if isinstance(value, Watched)]
        if settled:
            self._settle(results, targets)
        place = self._memory.place(self._noted, self._temporaries, stays)
        for room in rooms:
            _each(room, lambda value: place(value.array) if isinstance(value, Watched) else value)
        self.calls += [self._placed(call, place) for call in self._noted if not _moves_nothing(call, place)]
        return [place(result) if target is None else target for result, target in zip(results, targets, strict=True)]

    def _settle(self, results: Sequence[Array], targets: Sequence[Array | None]) -> None:
        """Has results arise at their targets."""
        for result, target in zip(results, targets, strict=True):
            if id(result) in self._temporaries:
                self._temporaries[id(result)].home = target

    def _watch(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self._watch(each) for each in value)
        return Watched(value, self) if isinstance(value, np.ndarray) else value

    def _placed(self, call: Call, place: Callable[[Array], Array]) -> Call:
        inputs = tuple(place(each) if isinstance(each, np.ndarray) else each for each in call.inputs)
        return Call(call.function, inputs, place(call.out), call.block, call.phase, call.form)

    # What watched arrays ask for while a method runs.

    def operand(self, value: Any, dtype: Any, shape: tuple[int, ...] = ()) -> Array:
        """The real array behind an operand; a number becomes a constant array of that type and shape."""
        if isinstance(value, Watched):
            return value.array
        if isinstance(value, np.ndarray):
            return value
        wanted = self.dtype if dtype == np.bool_ else dtype
        key = (value, np.dtype(wanted).str, shape)
        if key not in self._constants:
            self._constants[key] = np.full(shape, value, wanted)
        return self._constants[key]

    def note_ufunc(self, ufunc: np.ufunc, inputs: Sequence[Any], out: Any) -> Watched:
        """Notes a call of a ufunc; without ``out`` its result is a new temporary."""
        first = next(each for each in inputs if isinstance(each, Watched))
        shape = first.shape if ufunc in WHOLE_ARRAY_SCALARS else ()
        arrays = tuple(self.operand(each, first.dtype, shape) for each in inputs)
        result = out if out is not None else self.temporary(_plain(ufunc(*arrays)))
        self._note(ufunc, arrays, result.array)
        return result

    def note_reduction(self, ufunc: np.ufunc, a: Array, axis: int | None) -> Watched:
        """Notes a reduction along one axis or over all values. A sum over rows or columns is a product with ones: it
        takes a third of the time.
        """
        if ufunc is np.add and a.ndim > 1 and axis in (0, -1, a.ndim - 1) and a.flags.c_contiguous:
            return self._note_sum(a, 0 if axis == 0 else -1)
        result = self.temporary(_plain(ufunc.reduce(a, axis)))
        self._note(ufunc, (a, axis), result.array, "reduction")
        return result

    def _note_sum(self, a: Array, axis: int) -> Watched:
        ones = self.operand(1, a.dtype, (a.shape[axis],))
        inputs = (ones, a.reshape(len(a), -1)) if axis == 0 else (a.reshape(-1, a.shape[-1]), ones)
        result = self.temporary(np.empty(a.shape[1:] if axis == 0 else a.shape[:-1], a.dtype))
        self._note(np.dot, inputs, result.array.reshape(-1), "inner")
        return result

    def note_mean(self, a: Array) -> Watched:
        """Notes the mean of all values: a product with equal shares."""
        return self.note_inner(a.reshape(-1, copy=False), self.operand(1 / a.size, a.dtype, (a.size,)))

    def note_inner(self, a: Array, b: Array) -> Watched:
        """Notes the inner product of two vectors."""
        result = self.temporary(np.asarray(a.dot(b)))
        self._note(np.dot, (a, b), result.array, "inner")
        return result

    def note_draw(self, generator: np.random.Generator, like: Watched) -> Watched:
        """Notes that random numbers from 0 to 1 are drawn, anew at every step."""
        result = self.temporary(np.zeros(like.shape, self.dtype))
        self._note(generator, (), result.array, "draw")
        return result

    def note_copy(self, target: Array, source: Array) -> None:
        """Notes that values are copied, or a constant filled in."""
        self._note(np.copyto, (source,), target, "copy")

    def temporary(self, array: Array) -> Watched:
        """New memory that the running method needs."""
        self._temporaries[id(array)] = Temporary(array)
        return Watched(array, self)

    def _note(self, function: Any, inputs: tuple[Any, ...], out: Array, form: str = "ufunc") -> None:
        self._noted.append(Call(function, inputs, out, *self._where, form=form))


def _plain(result: Any) -> Array:
    """A result laid out row by row: numpy follows its operands, but memory for temporaries is given out plain."""
    return np.asarray(result, order="C")


def _values(room: SimpleNamespace) -> list[Any]:
    """All values of a room, those in lists one by one."""
    return [each for value in vars(room).values() for each in (value if isinstance(value, list) else [value])]


def _each(room: SimpleNamespace, change: Callable[[Any], Any]) -> None:
    """Changes every value of a room, inside lists too."""
    for name, value in vars(room).items():
        setattr(room, name, [change(each) for each in value] if isinstance(value, list) else change(value))


def _same(a: Array, b: Array) -> bool:
    return a.ctypes.data == b.ctypes.data and a.shape == b.shape and a.strides == b.strides and a.dtype == b.dtype


def _moves_nothing(call: Call, place: Callable[[Array], Array]) -> bool:
    """Whether a copy's source has been placed where it goes, so that nothing is left to do."""
    return call.form == "copy" and _same(place(call.inputs[0]), place(call.out))


__all__ = ["Call", "Tape", "root"]
