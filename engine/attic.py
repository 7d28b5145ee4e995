"""Where the weights of removed and changed blocks are kept, so that undoing the edit brings them back."""

from __future__ import annotations

from dataclasses import dataclass

from engine.lazy import Array
from engine.network import BlockLayout, Layout

BUDGET = 256 * 2**20
"""Bytes that kept weights may take; beyond, the longest unused go first."""


STATISTICS = "statistics"
"""The name of the vector that lies by a layout of its own."""


@dataclass(frozen=True)
class Adoption:
    """What became of the weights at an edit, by block name."""

    kept: tuple[str, ...]
    restored: tuple[str, ...]
    initialised: tuple[str, ...]

    @classmethod
    def of(cls, known: list[str], before: Layout, after: Layout) -> Adoption:
        """Sorted by whether a block's weights are ``known``, and whether the block was there before."""
        return cls(
            tuple(name for name in known if name in before.by_name),
            tuple(name for name in known if name not in before.by_name),
            tuple(block.name for block in after.blocks if block.name not in known),
        )


class Attic:
    """Parameters and optimizer state by block name and shape."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._kept: dict[object, dict[str, Array]] = {}

    def store(self, block: BlockLayout, vectors: dict[str, Array]) -> None:
        """Keeps copies of a block's piece of every vector."""
        key = _key(block)
        self._kept.pop(key, None)
        self._kept[key] = {name: block.piece(vector, name == STATISTICS).copy() for name, vector in vectors.items()}
        while len(self._kept) > 1 and self._size() > self._budget:
            del self._kept[next(iter(self._kept))]

    def fetch(self, block: BlockLayout, vectors: dict[str, Array]) -> bool:
        """Writes what is kept for the block into its piece of the vectors; False where nothing is kept."""
        kept = self._kept.get(_key(block))
        if kept is None:
            return False
        for name in vectors.keys() & kept.keys():
            block.piece(vectors[name], name == STATISTICS)[...] = kept[name]
        return True

    def forget(self, block: BlockLayout) -> None:
        """Keeps nothing for the block any more."""
        self._kept.pop(_key(block), None)

    def _size(self) -> int:
        return sum(array.nbytes for kept in self._kept.values() for array in kept.values())


def _key(block: BlockLayout) -> object:
    """Name and shape; numbers that are written down make it another block."""
    written = tuple(each for each in block.block.initializers().values() if each.written)
    return block.name, block.block.kind, tuple(block.arrays.items()), written
