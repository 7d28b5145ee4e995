"""From numbers to colours, and the marks of the legend that say so."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.lazy import Array, np
from gui import numbers, pictures, theme
from gui.layer import log_picture

if TYPE_CHECKING:
    from engine.explain.check import TensorCheck

Marks = tuple[tuple[float, str], ...]
MOST_DECADES = 8
CHECK_DECADES = (-12, 0)  # what is smaller is rounding, what is larger is wrong altogether


class Scale(ABC):
    """``codes`` prepares an array to be laid out in a plane, ``pixels`` colours the plane; NaN is a gap in it."""

    signed: ClassVar[bool] = False
    spoken: ClassVar[str] = ""

    def codes(self, name: str, array: Array) -> Array:
        """What a cell is coloured by, for each number of the array of that name."""
        return array

    @abstractmethod
    def pixels(self, cells: Array) -> Array:
        """Cells as pixels (0xAARRGGBB)."""

    @abstractmethod
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest number; of magnitudes their powers of ten."""

    @abstractmethod
    def marks(self, arrays: Mapping[str, Array]) -> tuple[Marks, bool]:
        """The legend's numbers for what is shown, and whether exactly zero is to be named."""


@dataclass(frozen=True)
class Signed(Scale):
    """From -limit to limit; what lies beyond is drawn as its end, which the legend then says."""

    limit: float
    signed: ClassVar[bool] = True
    spoken: ClassVar[str] = "From the largest magnitude, negative, to the same, positive"

    def pixels(self, cells: Array) -> Array:
        image = pictures.signed_pixels(cells, self.limit, theme.current())
        image[np.isnan(cells)] = 0
        return image

    def ends(self) -> tuple[float, float]:
        return -(self.limit or 1.0), self.limit or 1.0

    def marks(self, arrays: Mapping[str, Array]) -> tuple[Marks, bool]:
        zero = any(bool((array == 0).any()) for array in arrays.values())
        if not self.limit:
            return (), zero
        low, high = ("≤ {}", "≥ {}") if largest(arrays.values()) > self.limit else ("{}", "+{}")
        end = self.limit
        return ((0.0, low.format(numbers.short(-end))), (0.5, "0"), (1.0, high.format(numbers.short(end)))), zero


@dataclass(frozen=True)
class Decades(Scale):
    """Magnitudes from one power of ten to another; smaller ones are drawn as the lower end."""

    low: int
    high: int
    spoken: ClassVar[str] = "Powers of ten; hatched: there is no number"

    @classmethod
    def of(cls, arrays: Iterable[Array]) -> Decades:
        """The powers of ten that hold all magnitudes, at most ``MOST_DECADES`` of them, at least one."""
        smallest, largest = _span(arrays)
        if not largest:
            return cls(-6, 0)
        low, high = math.floor(math.log10(smallest)), math.ceil(math.log10(largest))
        return cls(max(min(low, high - 1), high - MOST_DECADES), high)

    def ends(self) -> tuple[float, float]:
        return self.low, self.high

    def codes(self, name: str, array: Array) -> Array:
        return np.where(array == 0, log_picture.ZERO, log_picture.codes(array, self.low, self.high))

    def pixels(self, cells: Array) -> Array:
        return log_picture.paint(cells, theme.current())

    def marks(self, arrays: Mapping[str, Array]) -> tuple[Marks, bool]:
        smallest, largest = _span(arrays.values())
        low, high = _power(self.low), _power(self.high)
        low = f"≤ {low}" if smallest < 10.0**self.low else low
        marks = [(0.0, low), (1.0, f"≥ {high}" if largest > 10.0**self.high else high)]
        if (self.high - self.low) % 2 == 0:
            marks.insert(1, (0.5, _power((self.low + self.high) // 2)))
        return tuple(marks), any(bool((array == 0).any()) for array in arrays.values())


@dataclass(frozen=True)
class Errors(Scale):
    """Relative errors of a gradient check, on a scale that is the same for all blocks."""

    tensors: Mapping[str, TensorCheck]
    spoken: ClassVar[str] = "Relative error, in powers of ten; hatched: not checked"

    def ends(self) -> tuple[float, float]:
        return CHECK_DECADES

    def codes(self, name: str, array: Array) -> Array:
        return check_codes(self.tensors[name])

    def pixels(self, cells: Array) -> Array:
        return log_picture.paint(cells, theme.current())

    def marks(self, arrays: Mapping[str, Array]) -> tuple[Marks, bool]:
        low, high = CHECK_DECADES
        return ((0.0, _power(low)), (0.5, _power((low + high) // 2)), (1.0, _power(high))), False


def check_codes(tensor: TensorCheck) -> Array:
    """The entries of a checked tensor as places on their scale, or as not checked, or as kinks."""
    found = log_picture.codes(tensor.error, *CHECK_DECADES)
    for index in tensor.kinks:
        found[index] = log_picture.KINK
    return found


def largest(arrays: Iterable[Array]) -> float:
    """The largest magnitude of all finite numbers; 0 where there are none."""
    return max(map(_largest, arrays), default=0.0)


def _largest(array: Array) -> float:
    found = max(float(array.max(initial=0)), -float(array.min(initial=0)))
    if math.isfinite(found):
        return found
    return float(np.abs(array[np.isfinite(array)]).max(initial=0))


def _span(arrays: Iterable[Array]) -> tuple[float, float]:
    """The smallest and the largest of all positive numbers; inf and 0 where there are none."""
    low, high = math.inf, 0.0
    for array in arrays:
        counts = (array > 0) & (array < np.inf)
        low = min(low, float(np.where(counts, array, np.inf).min(initial=np.inf)))
        high = max(high, float(np.where(counts, array, 0).max(initial=0)))
    return low, high


def _power(exponent: int) -> str:
    """A power of ten as legends write it: ``1e−6``, ``0.01``, ``1``."""
    return numbers.tick(10.0**exponent) if -3 <= exponent <= 3 else numbers.true_minus(f"1e{exponent}")
