"""What was recorded of a run as one table: losses, sizes of the gradients, metrics, by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.exports import table
from engine.lazy import np
from engine.project import ProjectError

if TYPE_CHECKING:
    from engine.exports import Work
    from engine.run.snapshot import HistoryView

LOSSES = ("loss", "loss_min", "loss_max")


def files(work: Work, stem: str) -> dict[str, bytes]:
    """One file. Raises ProjectError where nothing has been recorded."""
    history = work.history
    if history is None or not history.columns:
        raise ProjectError("There is no history to write: it belongs to a project that is saved with its training.")
    return {f"{stem}.csv": table.written(rows(history))}


def rows(history: HistoryView) -> list[list[Any]]:
    """A row for every recorded step and every evaluation. Where steps have been joined, ``step`` is the last of them,
    ``loss`` their mean, and a gradient's root mean square per weight is that of all of them.
    """
    sizes = np.sqrt(history.mean_square)
    recorded = np.column_stack([history.loss, history.loss_min, history.loss_max, sizes]).tolist()
    by_step = dict(zip(history.steps.tolist(), recorded, strict=True))
    names = sorted(history.evaluations, key=_order)
    evaluated = np.column_stack([history.evaluation_steps, *(history.evaluations[name] for name in names)]).tolist()
    metrics = {int(step): values for step, *values in evaluated}
    columns = [*LOSSES, *(f"gradient_rms {layer}" for layer in history.layers)]
    no_record: list[None] = [None] * len(columns)
    no_metrics: list[None] = [None] * len(names)
    return [
        ["step", *columns, *map(_heading, names)],
        *(
            [step, *by_step.get(step, no_record), *metrics.get(step, no_metrics)]
            for step in sorted(by_step.keys() | metrics.keys())
        ),
    ]


def _order(metric: str) -> tuple[bool, bool, str]:
    """The training part before the held-out one, the loss before what is computed besides."""
    return metric.startswith("validation_"), not metric.endswith("loss"), metric


def _heading(metric: str) -> str:
    """What a metric over a whole part of the samples is called."""
    return metric if metric.startswith("validation_") else f"training_{metric}"
