"""Why the last step moved one number as it did: the learning rate times what the optimizer made of the gradient.

A run publishes no memory of its optimizer. What it made of the gradient follows from the update itself, which is minus
the rate times it; only a plain descent can be written from the gradient alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.layers.layer import Shape
from engine.lazy import np
from engine.optimizers import Optimizer
from engine.project import Training
from engine.schedules import Constant

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot


@dataclass(frozen=True)
class Moved:
    """``update`` = -``rate`` x (``direction`` + ``decay`` x ``weight``), with ``weight`` as it was before.

    ``what`` says what the direction is made of; for a plain descent it is ``gradient``. ``rate`` is None where it is
    not known.
    """

    update: float
    gradient: float
    weight: float
    rate: float | None
    direction: float
    decay: float
    what: str
    frozen: bool


def moved(snapshot: Snapshot, block: str, name: str, index: Shape) -> Moved:
    """About one entry of a block's parameter, in a snapshot with a gradient."""
    gradient, weight, update = (
        float(snapshot.tensors(block, value)[name][index]) for value in ("gradient", "origin", "update")
    )
    optimizer, training = snapshot.project.optimizer, snapshot.project.training
    frozen = not snapshot.project.block(block).moves
    rate = _rate(optimizer, training)
    decay, what = optimizer.decay_beside, optimizer.direction
    if rate is None or frozen:
        return Moved(update, gradient, weight, None, 0.0, 0.0, what, frozen)
    if optimizer.vectors or training.l1 or training.clip_norm is not None:
        what = what if optimizer.vectors else _penalised(training)
        return Moved(update, gradient, weight, rate, -update / rate - decay * weight, decay, what, frozen)
    spacing = 2 * float(np.spacing(snapshot.parameters.dtype.type(abs(weight) + abs(update))))
    if abs(update + rate * (gradient + decay * weight)) > spacing + 1e-6 * abs(update):
        return Moved(update, gradient, weight, None, 0.0, 0.0, what, frozen)  # the rate has been another one
    return Moved(update, gradient, weight, rate, gradient, decay, what, frozen)


def _rate(optimizer: Optimizer, training: Training) -> float | None:
    """The rate of the last step; of a schedule a run does not publish how far it has come."""
    schedule = training.schedule
    constant = type(schedule) is Constant and not schedule.warmup
    return optimizer.learning_rate if constant else None


def _penalised(training: Training) -> str:
    """What became of the gradient before the step."""
    parts = (["with l1"] if training.l1 else []) + (["clipped"] if training.clip_norm is not None else [])
    return f"gradient {' and '.join(parts)}"
