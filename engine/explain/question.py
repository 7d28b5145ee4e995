"""What is asked: the derivative of what, by which entry, at which sample. Judged before anything is computed."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.explain.chain import INPUT, Chain
from engine.layers.layer import Room, Shape, times
from engine.lazy import Array
from engine.project import ProjectError

Index = int | Sequence[int]
SHOWN = 6  # names in a sentence about what exists


@dataclass(frozen=True)
class Entry:
    """One number of one parameter, or of the input: ``node`` is its block's number, or ``INPUT``."""

    node: int
    name: str
    index: tuple[int, ...]

    @property
    def text(self) -> str:
        """For example ``weight[3, 0]``."""
        return f"{self.name}[{', '.join(map(str, self.index))}]"

    @property
    def letter(self) -> str:
        """What the lecture calls it: w, b or x."""
        return {"bias": "b", "input": "x"}.get(self.name, "w")

    def unit(self, chain: Chain) -> dict[str, Array]:
        """The block's learned arrays with a 1 at this entry and zeros elsewhere."""
        arrays = {name: np.zeros_like(array) for name, array in chain.arrays(self.node).items()}
        chain.blocks[self.node].public(Room(**arrays))[self.name][self.index] = 1
        return arrays


@dataclass(frozen=True)
class Goal:
    """Whose derivative: the loss (``unit`` None, ``node`` the chain's last), or one output unit of a block."""

    node: int
    unit: int | None = None

    def text(self, chain: Chain) -> str:
        """For example ``dense_2[3]``, ``dense_3`` where that gives out a single unit, or ``loss``."""
        if self.unit is None:
            return "loss"
        name = chain.name(self.node)
        return f"{name}[{self.unit}]" if chain.size(self.node) > 1 else name


def entry(chain: Chain, parameter: str, index: Index) -> Entry:
    """The entry of that name. Raises ProjectError where there is none."""
    if parameter not in chain.keys:
        raise ProjectError(f"parameter: {parameter!r:.80} does not exist; there are {_some(list(chain.keys))}.")
    block, _, name = parameter.rpartition(".")
    at = _inside("index", parameter, chain.keys[parameter], index)
    return Entry(chain.numbers[block] if block else INPUT, name, at)


def goal(chain: Chain, of: str | tuple[str, Index]) -> Goal:
    """What ``of`` asks for. Raises ProjectError where there is no such block or unit."""
    if isinstance(of, str):
        if of != "loss":
            raise ProjectError(f'of: is "loss" or a block with a unit, as ("dense_1", 0); given {of!r:.80}.')
        return Goal(chain.last)
    if not isinstance(of, tuple | list) or len(of) != 2:
        raise ProjectError(f'of: is "loss" or a block with a unit, as ("dense_1", 0); given {of!r:.80}.')
    block, unit = of
    if block not in chain.numbers:
        raise ProjectError(f"of: {block!r:.80} is not a block of the chain; there are {_some(list(chain.numbers))}.")
    node = chain.numbers[block]
    shape = chain.shape(node)
    single = not isinstance(unit, Sequence | np.ndarray) or len(unit) == 1
    at = _inside("of", f"the output of {block}", (chain.size(node),) if single else shape, unit)
    return Goal(node, at[0] if single else int(np.ravel_multi_index(at, shape)))


def sample(samples: int, chosen: int | None) -> int | None:
    """The sample whose factors are shown; None where none was chosen among several. Raises ProjectError."""
    if chosen is None:
        return 0 if samples == 1 else None
    number = _whole("sample", chosen)
    if not 0 <= number < samples:
        raise ProjectError(f"sample: goes from 0 to {samples - 1}, given {number}.")
    return number


def _inside(place: str, what: str, shape: Shape, index: Index) -> tuple[int, ...]:
    given: Sequence[object] = index if isinstance(index, Sequence | np.ndarray) else (index,)
    at = tuple(_whole(place, each) for each in given)
    if len(at) != len(shape):
        numbers = "1 number" if len(shape) == 1 else f"{len(shape)} numbers"
        raise ProjectError(f"{place}: {what} is {times(shape)} and takes {numbers}, given {len(at)}.")
    if any(not 0 <= each < size for each, size in zip(at, shape, strict=True)):
        last = tuple(size - 1 for size in shape)
        raise ProjectError(
            f"{place}: {what} is {times(shape)}, from {_written(tuple(0 for _ in shape))} to {_written(last)}; "
            f"given {_written(at)}."
        )
    return at


def _whole(place: str, value: object) -> int:
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ProjectError(f"{place}: takes whole numbers, given {value!r:.80}.") from None


def _written(index: tuple[int, ...]) -> str:
    return ",".join(map(str, index))


def _some(names: list[str]) -> str:
    """The first names, and how many more."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(f"{name:.40}" for name in names[:SHOWN]) + more
