"""A point of a run to which training can return: the same steps follow again, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.batches import BatchesState
from engine.findings import Finding
from engine.lazy import Array


@dataclass(frozen=True)
class GrowthState:
    """What the watch over the gradients remembers; see ``engine.growth``."""

    begin: int
    mark: int
    marked: int
    first_loss: float
    longest: float
    loud: float
    finding: Finding | None


@dataclass(frozen=True)
class Watch:
    """What a run knows of itself besides: the mean loss of the last whole epoch, NaN before there was one, the steps
    at which it is evaluated and examined next, and what was found so far.
    """

    epoch_loss: float
    evaluate_at: int
    examine_at: int
    findings: tuple[Finding, ...]
    growth: GrowthState


@dataclass(frozen=True)
class Checkpoint:
    """All that decides how training goes on. ``watch`` is there where a run is to be left and taken up again: within a
    run, what was found after a checkpoint stays found.
    """

    steps: int
    updates: int
    loss_of_epoch: float
    parameters: Array
    statistics: Array
    vectors: dict[str, Array]
    batches: BatchesState
    generators: dict[str, dict[str, Any]]
    watch: Watch | None = None
