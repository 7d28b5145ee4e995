"""Where numbers stopped being finite: steps are repeated under watch until one breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import faults
from engine.checkpoint import Checkpoint
from engine.faults import Break, NumericalFault
from engine.plan import Plan

if TYPE_CHECKING:
    from engine.trainer import Trainer


def trace(trainer: Trainer, since: Checkpoint, seen: Break | None) -> NumericalFault:
    """Repeats the steps since a checkpoint and leaves the trainer before the one that breaks. Where nothing breaks,
    as when somebody has changed weights since, what was seen at first counts.
    """
    reached, clipped = trainer.steps, trainer.project.training.clip_norm is not None
    plans: dict[int, Plan] = {}
    found: Break | None = None
    before = since
    trainer.restore(since)
    while not found and trainer.steps <= reached:
        before = trainer.capture()
        ahead = _look_ahead(trainer, plans)
        trainer.restore(before)
        repeated = trainer.repeat()
        found = ahead or repeated
    trainer.restore(before)
    return NumericalFault(before.steps + 1, found or seen or Break("loss", "loss"), clipped)


def _look_ahead(trainer: Trainer, plans: dict[int, Plan]) -> Break | None:
    """The first output of the next step that is not finite, found by a plan that keeps every output."""
    chosen = trainer.peek()
    if len(chosen) not in plans:
        plans[len(chosen)] = Plan(trainer.network, len(chosen), backward=False, training=True, passes=frozenset())
    plan = plans[len(chosen)]
    trainer.load(plan, chosen)
    plan.run()
    return faults.in_outputs(plan)
