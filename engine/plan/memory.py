"""The place of every temporary of a method: at its target, over a value that dies there, or in scratch shared by all
methods.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.lazy import Array

if TYPE_CHECKING:
    from engine.plan.tape import Call

ALIGNMENT = 64  # bytes: a cache line


class Temporary:
    """Memory that arises while a method is watched, and the calls (by index) between which it is in use."""

    def __init__(self, array: Array) -> None:
        self.array = array
        self.first = -1
        self.last = -1
        self.home: Array | None = None
        self.heir: Temporary | None = None  # takes over this memory, which then lies where the heir's lies

    def used(self, index: int) -> None:
        """Notes a use by the call of that index."""
        if self.first < 0:
            self.first = index
        self.last = index

    def bequeath(self, heir: Temporary) -> None:
        """Shares the memory of an heir, which then is in use from this temporary's first call on."""
        self.heir = heir
        later: Temporary | None = heir
        while later:
            later.first = self.first
            later = later.heir

    def move_in_with_heir(self) -> None:
        """Takes the memory at the end of the line of heirs."""
        last = self
        while last.heir:
            last = last.heir
        if last is not self and last.home is not None:
            self.home = last.home.view(self.array.dtype).reshape(self.array.shape)


Owner = Callable[[Array], Temporary | None]


def root(array: Array) -> Array:
    """The array that owns the memory of a view."""
    while array.base is not None and isinstance(array.base, np.ndarray):
        array = array.base
    return array


class Memory:
    """Places temporaries and keeps one array object for each piece of memory.

    Numpy's shortest in-place path needs the identical object as input and output: two views of the same place are
    slower by half.
    """

    def __init__(self) -> None:
        self._scratch = np.empty(0, np.uint8)
        self._objects: dict[tuple[Any, ...], Array] = {}

    def place(
        self, calls: Sequence[Call], temporaries: dict[int, Temporary], stays: Sequence[Array]
    ) -> Callable[[Array], Array]:
        """Decides where every temporary lives; returns the function that maps a watched array to its final memory."""
        owner = _owners(calls, temporaries)
        for array in stays:
            if (temporary := owner(array)) and temporary.home is None:
                temporary.home = np.empty_like(temporary.array)
        for index in range(len(calls) - 1, -1, -1):
            self._take_over(index, calls, owner)
        homeless = [each for each in temporaries.values() if each.home is None and each.first >= 0]
        self._share_scratch([each for each in homeless if not each.heir])
        for each in homeless:
            each.move_in_with_heir()
        return lambda array: self._object(_moved(array, owner(array)))

    def _take_over(self, index: int, calls: Sequence[Call], owner: Owner) -> None:
        """Lets a call's dying operand live where its result lives: at a copy's target, or in place of an elementwise
        result.
        """
        call = calls[index]
        if not (call.elementwise or call.form == "copy"):
            return
        result = owner(call.out)
        for operand in call.inputs:
            dying = owner(operand) if isinstance(operand, np.ndarray) else None
            if dying is None or dying is result or dying.home is not None or dying.heir or dying.last != index:
                continue
            if result is not None and result.home is None:
                if (
                    result.first == index
                    and call.out.nbytes == result.array.nbytes
                    and _fits(dying.array, operand, call.out)
                ):
                    dying.bequeath(result)
                    return
                continue
            home = _moved(call.out, result)
            if not _free(home, dying, index, calls, owner):
                continue
            if _fits(dying.array, operand, home):
                dying.home = home.view(dying.array.dtype).reshape(dying.array.shape)
                return
            if _used_whole(dying, home, calls, owner):
                dying.home = home.view(dying.array.dtype)
                return

    def _share_scratch(self, temporaries: list[Temporary]) -> None:
        """Lays out what is left so that only temporaries in use at the same time lie side by side."""
        placed: list[tuple[int, int, Temporary]] = []
        for each in temporaries:
            start = 0
            for begin, end, other in sorted(placed, key=lambda entry: entry[0]):
                if (
                    other.first <= each.last
                    and each.first <= other.last
                    and begin < start + each.array.nbytes
                    and start < end
                ):
                    start = -(-end // ALIGNMENT) * ALIGNMENT
            placed.append((start, start + each.array.nbytes, each))
        needed = max((end for _, end, _ in placed), default=0)
        if needed > self._scratch.size:
            self._scratch = np.empty(needed, np.uint8)  # earlier methods keep the piece that they were given
        for begin, end, each in placed:
            each.home = self._scratch[begin:end].view(each.array.dtype).reshape(each.array.shape)

    def _object(self, array: Array) -> Array:
        key = (array.ctypes.data, array.shape, array.strides, array.dtype.str)
        return self._objects.setdefault(key, array)


def _owners(calls: Sequence[Call], temporaries: dict[int, Temporary]) -> Owner:
    """Which temporary an array lies in; on the way every temporary learns when it is used."""

    def owner(array: Array) -> Temporary | None:
        return temporaries.get(id(root(array)))

    for index, call in enumerate(calls):
        for array in (*call.inputs, call.out):
            temporary = owner(array) if isinstance(array, np.ndarray) else None
            if temporary:
                temporary.used(index)
    return owner


def _moved(array: Array, temporary: Temporary | None) -> Array:
    """The view of a temporary's home that corresponds to a view of the temporary."""
    if temporary is None or temporary.home is None:
        return array
    home = temporary.home
    if array.shape == temporary.array.shape and array.dtype == home.dtype and array.strides == temporary.array.strides:
        return home
    if array.strides == temporary.array.strides and array.shape == home.shape:
        return home.view(array.dtype)
    offset = array.ctypes.data - temporary.array.ctypes.data
    return np.ndarray(array.shape, array.dtype, home.view(), offset, array.strides)


def _fits(whole: Array, operand: Array, home: Array) -> bool:
    """Whether a temporary, used as that operand, can lie at ``home``: all of it, of the same size, laid out alike."""
    laid_out = operand.flags.c_contiguous and home.flags.c_contiguous and operand.shape == home.shape
    return laid_out and operand.nbytes == whole.nbytes == home.nbytes and whole.dtype.itemsize == home.dtype.itemsize


def _used_whole(dying: Temporary, home: Array, calls: Sequence[Call], owner: Owner) -> bool:
    """Whether a temporary can lie at a ``home`` of its shape with gaps: nobody looks at a part of it, nor in another
    form.
    """
    whole = dying.array
    if home.shape != whole.shape or home.dtype.itemsize != whole.dtype.itemsize:
        return False
    uses = [
        array
        for call in calls[dying.first : dying.last + 1]
        for array in (*call.inputs, call.out)
        if isinstance(array, np.ndarray) and owner(array) is dying
    ]
    first_is_elementwise = calls[dying.first].elementwise
    return first_is_elementwise and all(_same_place(array, whole) for array in uses)


def _free(home: Array, dying: Temporary, until: int, calls: Sequence[Call], owner: Owner) -> bool:
    """Whether nothing else reads or writes ``home`` while the temporary would lie there.

    The call that first writes the temporary may still read the old values at the same place, if it is elementwise;
    the last one may write the result there.
    """
    for index in range(dying.first, until + 1):
        call = calls[index]
        reads_in_place = index == dying.first and call.elementwise
        for array in call.inputs:
            if _touches(array, home, dying, owner) and not (
                reads_in_place and _same_place(_moved(array, owner(array)), home)
            ):
                return False
        if index < until and _touches(call.out, home, dying, owner):
            return False
    return True


def _touches(array: Any, home: Array, dying: Temporary, owner: Owner) -> bool:
    """Whether an operand lies in the memory ``home`` without being the temporary that is to move there."""
    lies_in = owner(array) if isinstance(array, np.ndarray) else dying
    if lies_in is dying or (lies_in is not None and lies_in.home is None):
        return False
    return np.may_share_memory(_moved(array, lies_in), home)


def _same_place(a: Array, b: Array) -> bool:
    return a.ctypes.data == b.ctypes.data and a.shape == b.shape and a.strides == b.strides
