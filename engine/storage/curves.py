"""The history of a run as arrays: losses and gradient sizes by column, evaluations by step."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from engine.history import HistoryState
from engine.lazy import np
from engine.limits import COLUMNS, EVALUATIONS
from engine.metrics import METRICS
from engine.network import layout
from engine.project import Project
from engine.storage import tensors
from engine.storage.tensors import HEADER_MOST, Form, Tensors
from engine.strict import ProjectError

LOSSES = ("loss", "loss_min", "loss_max")
SQUARES, WAITING, WAITING_SQUARES, STEPS = "mean_square", "waiting", "waiting_mean_square", "evaluation_steps"
WIDE = "float64"


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole numbers of a history, and the names of what was measured."""

    stride: Annotated[int, Meta(ge=1, le=2**40)]
    columns: Annotated[int, Meta(ge=0, lt=COLUMNS)]
    count: Annotated[int, Meta(ge=0, lt=2**40)]
    evaluations: Annotated[int, Meta(ge=0, le=EVALUATIONS)]
    metrics: Annotated[tuple[str, ...], Meta(max_length=len(METRICS))] = ()
    format: Literal[1] = 1


def packed(history: HistoryState) -> bytes:
    """The bytes of a history."""
    arrays = {name: history.losses[:, row] for row, name in enumerate(LOSSES)}
    arrays |= {SQUARES: history.squares, WAITING: history.waiting, WAITING_SQUARES: history.waiting_squares}
    arrays[STEPS] = np.array(history.evaluation_steps, np.int64)
    arrays |= {name_of(name): np.array(values, float) for name, values in history.evaluations.items()}
    counts = (len(history.losses), history.count, len(history.evaluation_steps))
    return tensors.packed(arrays, State(history.stride, *counts, tuple(history.evaluations)))


def most(project: Project) -> int:
    """Bytes that the history of a project's run may take at most."""
    fullest = State(1, COLUMNS, 0, EVALUATIONS, METRICS)
    return tensors.size_of(_forms(project, fullest)) + HEADER_MOST + tensors.LENGTH


def unpacked(project: Project, data: bytes) -> HistoryState:
    """A history of a run of the project. Raises ProjectError for anything else."""
    found = Tensors(data)
    state = found.state(State)
    if state.stride & (state.stride - 1) or state.count >= state.stride:
        raise ProjectError("its stride must be a power of two, and a column less full than that.")
    if set(state.metrics) - set(METRICS) or len(set(state.metrics)) < len(state.metrics):
        raise ProjectError(f"its metrics must be different ones of {', '.join(METRICS)}.")
    arrays = found.arrays(_forms(project, state))
    if (arrays[SQUARES] < 0).any() or (arrays[WAITING_SQUARES] < 0).any():
        raise ProjectError(f"{SQUARES} must not be negative.")
    history = HistoryState(
        _layers(project),
        state.stride,
        np.stack([arrays[name] for name in LOSSES], axis=1),
        arrays[SQUARES],
        state.count,
        arrays[WAITING],
        arrays[WAITING_SQUARES],
        tuple(arrays[STEPS].tolist()),
        {name: tuple(arrays[name_of(name)].tolist()) for name in state.metrics},
    )
    _judge_steps(history)
    return history


def name_of(metric: str) -> str:
    """The array that holds a metric at every evaluation."""
    return f"evaluations/{metric}"


def _layers(project: Project) -> tuple[str, ...]:
    return tuple(block.name for block in layout(project).blocks)


def _forms(project: Project, state: State) -> dict[str, Form]:
    columns, layers = state.columns, len(_layers(project))
    return {
        **dict.fromkeys(LOSSES, ((columns,), WIDE)),
        SQUARES: ((columns, layers), WIDE),
        WAITING: ((3,), WIDE),
        WAITING_SQUARES: ((layers,), WIDE),
        STEPS: ((state.evaluations,), "int64"),
        **{name_of(name): ((state.evaluations,), WIDE) for name in state.metrics},
    }


def _judge_steps(history: HistoryState) -> None:
    """Refuses evaluations out of order, or at steps that were not made."""
    steps = [0, *history.evaluation_steps, history.last_step]
    if sorted(steps) != steps:
        raise ProjectError(f"{STEPS} must rise from 0 to the last step, {history.last_step:,}.")
