"""Which samples make up each step: a seeded shuffle for every epoch, cut into batches; the last one may be smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.lazy import Array
from engine.random import stream


@dataclass(frozen=True)
class BatchesState:
    """A point in the sequence of batches to which one can return."""

    generator: dict[str, Any]
    order: Array
    epoch: int
    position: int


class Batches:
    """The endless sequence of batches over ``samples`` samples. ``size`` may change between two batches."""

    def __init__(self, samples: int, size: int, seed: int) -> None:
        self.samples, self.size = samples, size
        self._generator = stream(seed, "shuffle")
        self._order = self._generator.permutation(samples)
        self.epoch = 0
        self.position = 0

    @property
    def progress(self) -> float:
        """Epochs done so far, with fraction."""
        return self.epoch + self.position / self.samples

    def next(self) -> Array:
        """The sample numbers of the next batch; a new epoch is shuffled when the last has been used up."""
        if self.position >= self.samples:
            self.epoch += 1
            self.position = 0
            self._order = self._generator.permutation(self.samples)
        chosen = self._order[self.position : self.position + self.size]
        self.position += len(chosen)
        return chosen

    def peek(self) -> Array:
        """The sample numbers that ``next`` will give; it will give them all the same."""
        before = self.capture()
        chosen = self.next()
        self.restore(before)
        return chosen

    def capture(self) -> BatchesState:
        """The point reached; ``restore`` returns to it."""
        return BatchesState(dict(self._generator.bit_generator.state), self._order, self.epoch, self.position)

    def restore(self, state: BatchesState) -> None:
        """Returns to a captured point: the same batches follow again."""
        self._generator.bit_generator.state = state.generator
        self._order, self.epoch, self.position = state.order, state.epoch, state.position
