"""What every value of the layer panel has in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

from engine.layers.layer import Shape
from engine.lazy import Array
from gui.layer.moment import Moment
from gui.layer.plane import Index
from gui.layer.scale import Scale
from gui.layer.sight import UNIT, Sight
from gui.panels.panel import tr

Arrays = dict[str, Array]


class Value(ABC):
    """A kind of number that can be looked at. Of the picture of a unit, arrays hold that unit's numbers only."""

    name: ClassVar[str] = ""
    text: ClassVar[str] = ""
    tip: ClassVar[str] = ""
    log: ClassVar[bool] = False  # magnitudes, on a logarithmic scale
    passes: ClassVar[bool] = False  # has to be computed beside the window, and is there for blocks without parameters

    def block(self, moment: Moment, order: tuple[str, ...]) -> str:
        """The block that is looked at, where blocks are given by how near they are to the selection."""
        return next((name for name in order if name in moment.learned), "")

    @abstractmethod
    def arrays(self, moment: Moment, sight: Sight) -> Arrays:
        """The numbers by the name of their array; empty while there are none."""

    @abstractmethod
    def places(self, moment: Moment, sight: Sight) -> Arrays:
        """Arrays of the same shapes, by which cells have their place; there before there are numbers."""

    @abstractmethod
    def scale(self, moment: Moment, sight: Sight) -> Scale:
        """The scale on which they are coloured, of this block or of all."""

    @abstractmethod
    def shape(self, moment: Moment, sight: Sight) -> Shape:
        """The shape of what is looked at; its first axis are the units."""

    @abstractmethod
    def whole_index(self, moment: Moment, sight: Sight, name: str, index: Index) -> Index:
        """The index in the block's whole array of an entry that is shown."""

    @abstractmethod
    def shown_index(self, moment: Moment, sight: Sight, name: str, index: Index) -> Index | None:
        """The other way round; None for what belongs to another unit."""

    @abstractmethod
    def words(self, moment: Moment, sight: Sight, name: str, index: Index) -> str:
        """The number at an index of what is shown, with the formula and its numbers."""

    def axes(self, sight: Sight, shape: Shape) -> tuple[str, str]:
        """Titles of the left and the bottom axis for a first array of that shape."""
        if len(shape) == 3:
            return tr("row"), tr("tile per channel")
        if len(shape) == 4 and shape[1] == 1:
            return tr("row"), tr("tile per filter")
        return (tr("unit {}").format(sight.unit) if sight.picture == UNIT else tr("unit")), tr("input unit")

    def sub(self, moment: Moment, sight: Sight) -> str:
        """What is drawn, in words."""
        return ""

    def idle(self, moment: Moment, sight: Sight) -> str:
        """What is read out while nothing lies under the pointer; empty for the usual words."""
        return ""


def not_yet(moment: Moment) -> str:
    """Why there is no gradient."""
    began = moment.snapshot is not None and moment.snapshot.steps > 0
    return tr("no gradient yet: press Step") if began else tr("not trained yet")


def row_of(array: Array, unit: int, seen: Shape) -> Array:
    """The numbers of one unit as they are looked at: in the shape of what the unit sees, else in a row."""
    row: Array = array[unit]
    if row.ndim == 1 and row.size == math.prod(seen):
        return row.reshape(seen if len(seen) == 3 else (1, -1))
    return row if row.ndim > 1 else row.reshape(1, -1)
