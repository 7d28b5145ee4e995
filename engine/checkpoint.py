"""A point of a run to which training can return: the same steps follow again, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.batches import BatchesState
from engine.lazy import Array


@dataclass(frozen=True)
class Checkpoint:
    """All that decides how training goes on."""

    steps: int
    updates: int
    loss_of_epoch: float
    parameters: Array
    statistics: Array
    vectors: dict[str, Array]
    batches: BatchesState
    generators: dict[str, dict[str, Any]]
