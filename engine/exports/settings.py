"""Pieces that programs have in common: the project's words and settings, and when training ends."""

from __future__ import annotations

from engine.exports.code import literal
from engine.exports.source import epochs_of, words_of
from engine.project import Project

Pieces = dict[str, str | list[str]]


def settings(project: Project) -> Pieces:
    """Words and numbers of a project, as every program has them."""
    training = project.training
    ends = {"LAST_STEP": training.stop_at_step, "LOSS_WANTED": training.stop_at_loss}
    return {
        "project": literal(words_of(project)),
        "seed": str(training.seed),
        "epochs": str(epochs_of(project)),
        "batch_size": str(training.batch_size),
        "learning_rate": repr(project.optimizer.learning_rate),
        "ends": [f"{name} = {value!r}" for name, value in ends.items() if value is not None],
    }


def stops(project: Project, loss: str, steps: str, steps_inside: str = "") -> Pieces:
    """The statements that end training, inside an epoch and after it, from expressions for what has been reached."""
    training = project.training
    at_step = ["{} >= LAST_STEP"] if training.stop_at_step is not None else []
    at_loss = [f"{loss} <= LOSS_WANTED"] if training.stop_at_loss is not None else []
    inside = [each.format(steps_inside or steps) for each in at_step]
    after = [each.format(steps) for each in at_step]
    return {"stop_in_epoch": _leave(inside, 12), "stop": _leave(after + at_loss, 8)}


def _leave(reasons: list[str], indent: int) -> list[str]:
    return indented([f"if {' or '.join(reasons)}:", "    break"], indent) if reasons else []


def indented(lines: list[str], indent: int) -> list[str]:
    """The lines, moved to the right."""
    return [" " * indent + line for line in lines]
