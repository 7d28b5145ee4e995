"""Arrays as text: pieces of memory, and which part of a piece an array is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from engine.exports.code import Words, call
from engine.lazy import Array
from engine.plan.memory import root
from engine.plan.tape import Call

DType = np.dtype[Any]


class Memory:
    """The pieces of memory that have a name in the program, by what they are here."""

    def __init__(self, known: Mapping[str, Array], usual: DType) -> None:
        self._usual = usual
        self._names = {id(array): name for name, array in known.items()}
        self._made = 0

    def definitions(
        self, names: Mapping[str, Any], calls: Sequence[Call], titles: Mapping[str, Array], indent: int
    ) -> Iterator[str]:
        """The statements that make the named arrays of calls, each behind the memory that it lies in; pieces of memory
        that are not known yet get their ``titles``.
        """
        filled = {id(root(each.out)) for each in calls}
        wanted = {id(array): title for title, array in titles.items()}
        for name, array in names.items():
            if not isinstance(array, np.ndarray) or self._names.get(id(array)) == name:
                continue
            whole = root(array)
            if id(whole) not in self._names:
                title = name if _same(array, whole) else wanted.get(id(whole)) or self._number()
                self._names[id(whole)] = title
                yield made(title, whole, id(whole) not in filled, indent)
            if self._names[id(whole)] != name:
                yield part(name, array, whole, self._names[id(whole)], self._usual, indent)

    def _number(self) -> str:
        self._made += 1
        return f"memory_{self._made}"


def _same(a: Array, b: Array) -> bool:
    return (a.ctypes.data, a.shape, a.dtype) == (b.ctypes.data, b.shape, b.dtype)


def made(name: str, array: Array, constant: bool, indent: int) -> str:
    """The statement that makes an array of its own: a constant, or room for what is written there before it is read."""
    value = array.flat[0] if constant else 0
    function = "np.zeros" if value == 0 else "np.ones" if value == 1 else "np.full"
    filling = (Words(value),) if function == "np.full" else ()
    return call(function, array.shape, *filling, *_kind(array), before=f"{name} = ", indent=indent)


def part(name: str, array: Array, whole: Array, whole_name: str, usual: DType, indent: int) -> str:
    """The statement that makes an array which lies in another one: as rows of it where it is that simple, else by the
    program's function ``part``, whose numbers are of the ``usual`` kind unless it is told otherwise.
    """
    start = array.ctypes.data - whole.ctypes.data
    if array.dtype == whole.dtype and array.flags.c_contiguous and array.ndim and whole.ndim:
        first, odd = divmod(start, whole.strides[0])
        rows, rest = divmod(array.nbytes, whole.strides[0])
        if not odd and not rest:
            shape = "" if array.shape == (rows, *whole.shape[1:]) else f".reshape({', '.join(map(str, array.shape))})"
            return f"{name} = {whole_name}[{first}:{first + rows}]{shape}"
    strides = () if array.flags.c_contiguous else (array.strides,)
    kind = {} if array.dtype == usual else {"kind": Words(f"np.{array.dtype}")}
    return call("part", Words(whole_name), start, array.shape, *strides, before=f"{name} = ", indent=indent, **kind)


def _kind(array: Array) -> tuple[Words, ...]:
    """The type of the numbers, where it is not numpy's usual one."""
    return () if array.dtype == np.float64 else (Words(f"np.{array.dtype}"),)
