"""An array that notes what is done to it: layers compute with it as with any array, and a tape keeps the calls."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

if TYPE_CHECKING:
    from engine.lazy import Array
    from engine.plan.tape import Tape

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}


class Watched(NDArrayOperatorsMixin):
    """Stands for real memory. Views are views of it, results are new temporaries; what cannot be noted raises
    TypeError by name.
    """

    __slots__ = ("array", "tape")

    def __init__(self, array: Array, tape: Tape) -> None:
        self.array = array
        self.tape = tape

    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)
    ndim = property(lambda self: self.array.ndim)
    size = property(lambda self: self.array.size)
    T = property(lambda self: self._same_memory(self.array.T))
    mT = property(lambda self: self._same_memory(self.array.mT))

    def view(self, dtype: Any) -> Watched:
        """The same memory read as another type."""
        return self._same_memory(self.array.view(dtype))

    def reshape(self, *shape: Any) -> Watched:
        """The same memory in another shape; raises where that needs a copy, which would freeze a stale value."""
        return self._same_memory(self.array.reshape(*shape, copy=False))

    def transpose(self, *axes: int) -> Watched:
        """The same memory with its axes in another order."""
        return self._same_memory(self.array.transpose(*axes))

    def __getitem__(self, index: Any) -> Watched:
        return self._same_memory(self.array[index])

    def __setitem__(self, index: Any, value: Any) -> None:
        target = self.array[index]
        if not isinstance(target, np.ndarray) or not np.may_share_memory(target, self.array):
            raise TypeError("only slices of a watched array can be assigned to")
        if isinstance(value, Watched) and value.array is target:
            return  # the second half of an in-place operator
        self.tape.note_copy(target, self.tape.operand(value, target.dtype))

    def _same_memory(self, array: Array) -> Watched:
        if array.size and not np.may_share_memory(array, self.array):
            raise TypeError("this would copy a watched array: use a slice, or assign into an empty one")
        return Watched(array, self.tape)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        out = options.pop("out", (None,))
        if method != "__call__" or options or ufunc.nout != 1:
            raise TypeError(f"a plan cannot note {ufunc.__name__}.{method} with {sorted(options)}")
        return self.tape.note_ufunc(ufunc, inputs, out[0])

    def __array_function__(self, function: Callable[..., Any], _types: Any, args: Any, options: Any) -> Any:
        if function not in FUNCTIONS:
            raise TypeError(f"a plan cannot note numpy's {function.__name__}")
        return FUNCTIONS[function](self.tape, *args, **options)

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a plan is recorded once: it cannot depend on an array's values")

    __bool__ = __float__ = __int__ = __index__ = __array__ = __iter__ = __len__ = _refuse


def _noted(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers how a tape notes one of numpy's functions."""

    def register(note: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS[function] = note
        return functools.wraps(note)(note)

    return register


@_noted(np.empty_like)
def _empty_like(tape: Tape, prototype: Watched, dtype: Any = None, shape: Any = None) -> Watched:
    return tape.temporary(np.empty_like(prototype.array, dtype=dtype, shape=shape, order="C"))


@_noted(np.zeros_like)
def _zeros_like(tape: Tape, prototype: Watched, dtype: Any = None, shape: Any = None) -> Watched:
    zeros = _empty_like(tape, prototype, dtype, shape)
    tape.note_copy(zeros.array, tape.operand(0, zeros.dtype))
    return zeros


@_noted(np.lib.stride_tricks.sliding_window_view)
def _sliding_window_view(tape: Tape, x: Watched, window_shape: int, axis: int) -> Watched:
    a = x.array  # as_strided would hide whose memory it is
    shape = [*a.shape, window_shape]
    shape[axis] -= window_shape - 1
    return Watched(np.ndarray(tuple(shape), a.dtype, a, 0, (*a.strides, a.strides[axis])), tape)


@_noted(np.sum)
def _sum(tape: Tape, a: Watched, axis: int | None = None) -> Watched:
    return tape.note_reduction(np.add, a.array, axis)


@_noted(np.mean)
def _mean(tape: Tape, a: Watched) -> Watched:
    return tape.note_mean(a.array)


@_noted(np.max)
def _max(tape: Tape, a: Watched, axis: int | None = None) -> Watched:
    return tape.note_reduction(np.maximum, a.array, axis)


@_noted(np.vdot)
def _vdot(tape: Tape, a: Watched, b: Watched) -> Watched:
    return tape.note_inner(a.reshape(-1).array, b.reshape(-1).array)
