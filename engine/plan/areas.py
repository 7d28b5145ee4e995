"""Where a chain's values lie: one row per feature, a row of ones behind every vector, and slots that follow each
other in memory.

Values and deltas (derivatives of the loss) have areas of equal form. That neighbouring slots are neighbours in memory
is what lets one call work on several blocks at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.layers.layer import Layer, Shape, inner_shape
from engine.lazy import Array


@dataclass(frozen=True)
class Slot:
    """The rows of one output. ``shape`` is feature-major, without the batch."""

    first: int
    shape: Shape

    @property
    def rows(self) -> int:
        """Rows with values; one more row, of ones, follows a vector."""
        return math.prod(self.shape)

    @property
    def end(self) -> int:
        """The row behind the slot and its row of ones."""
        return self.first + self.rows + (len(self.shape) == 1)


def assign(chain: Sequence[Layer], outputs: Sequence[Shape], in_place: bool) -> list[Slot]:
    """The slot of every block's output, for public output shapes; an elementwise block may write over the block
    before it, unless somebody else still wants that output.
    """
    wanted = {source for block in chain for source in block.sources}
    slots: list[Slot] = []
    for index, (block, shape) in enumerate(zip(chain, outputs, strict=True)):
        free = index and not chain[index - 1].reads_y and chain[index - 1].name not in wanted
        if in_place and free and block.overwrites and not block.cut:
            slots.append(slots[-1])
        else:
            slots.append(Slot(slots[-1].end if slots else 0, inner_shape(shape)))
    return slots


class Area:
    """Memory for all slots of a chain and one batch."""

    def __init__(self, slots: Sequence[Slot], batch: int, dtype: str, ones: bool = False) -> None:
        self.batch = batch
        self.array = np.zeros((slots[-1].end if slots else 0, batch), dtype)
        for slot in slots if ones else ():
            self.array[slot.first + slot.rows : slot.end] = 1

    def of(self, slot: Slot, with_ones: bool = False) -> Array:
        """A slot's values (features, batch) or (height, channels, width, batch), on request with the row of ones."""
        if with_ones:
            return self.array[slot.first : slot.end]
        return self.array[slot.first : slot.first + slot.rows].reshape(*slot.shape, self.batch)

    def stretch(self, first: Slot, last: Slot) -> Array:
        """All rows from one slot to another, rows of ones between them included."""
        return self.array[first.first : last.first + last.rows]

    def stack(self, slots: Sequence[Slot], with_ones: bool) -> Array:
        """Equal neighbouring slots as one array (slots, rows, batch)."""
        height = slots[0].end - slots[0].first
        whole = self.array[slots[0].first : slots[-1].end].reshape(len(slots), height, self.batch)
        return whole if with_ones else whole[:, : slots[0].rows]
