"""The board: shared memory on which the training process publishes and from which the window reads, without a lock.

Publish k is written into slot k & 1 between two counters, begun and done. A reader copies the slot of the newest
done publish and keeps the copy only if fewer than two publishes began meanwhile; else it keeps what it had. History
columns are written and copied only where they are new. The side that creates the board unlinks it.
"""

from __future__ import annotations

from multiprocessing.shared_memory import SharedMemory

import numpy as np

from engine.lazy import Array
from engine.limits import COLUMNS, EVALUATIONS
from engine.metrics import METRICS
from engine.network import layout
from engine.project import Project
from engine.run.snapshot import HistoryView, Snapshot
from engine.trainer import Trainer

MOST_CHOSEN = 4096
"""Samples of a batch whose numbers are published."""

SCALARS = (
    "counter", "steps", "epoch", "loss", "rate", "evaluated_at", "stride", "columns", "story", "evaluations", "chosen",
)  # fmt: skip
ALIGNMENT = 64

Pieces = dict[str, tuple[tuple[int, ...], "np.dtype[np.generic]"]]
"""Shape and type of every array of a slot, in the order in which they lie."""


class _Slot:
    """The arrays of one slot, as views of the shared memory."""

    def __init__(self, buffer: memoryview, start: int, pieces: Pieces) -> None:
        self.columns_held, self.story_held = 0, -1.0
        self.arrays: dict[str, Array] = {}
        for name, (shape, dtype) in pieces.items():
            count = int(np.prod(shape))
            self.arrays[name] = np.frombuffer(buffer, dtype, count, start).reshape(shape)
            start += _aligned(count * dtype.itemsize)


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


class Board:
    """Two slots for one layout of a chain. Without a ``name`` new memory is created, with one it is attached to."""

    def __init__(self, project: Project, name: str | None = None) -> None:
        place = layout(project)
        dtype = np.dtype(project.training.dtype)
        layers = len(place.blocks)
        wide = np.dtype(float)
        pieces: Pieces = {
            "scalars": ((len(SCALARS),), wide),
            "metrics": ((len(METRICS),), wide),
            "slopes": ((len(project.chain),), wide),
            "parameters": ((place.size,), dtype),
            "gradients": ((place.size,), dtype),
            "origin": ((place.size,), dtype),
            "chosen": ((MOST_CHOSEN,), wide),
            "statistics": ((place.statistics_size,), dtype),
            "losses": ((3, COLUMNS), wide),
            "squares": ((COLUMNS, layers), wide),
            "evaluations": ((1 + len(METRICS), EVALUATIONS), wide),
        }
        slot_size = sum(_aligned(int(np.prod(shape)) * dtype.itemsize) for shape, dtype in pieces.values())
        self.project, self._layers, self._own = project, tuple(block.name for block in place.blocks), name is None
        self.memory = SharedMemory(name, create=name is None, size=ALIGNMENT + 2 * slot_size)
        buffer = self.memory.buf
        assert buffer is not None  # only after close()
        self._counters: Array | None = np.frombuffer(buffer, np.int64, 2)  # begun, done
        self._slots = [_Slot(buffer, ALIGNMENT + k * slot_size, pieces) for k in (0, 1)]
        self._losses, self._squares = np.zeros((3, COLUMNS)), np.zeros((COLUMNS, layers))
        self._held, self._story_held = 0, -1.0
        self._last: Snapshot | None = None

    @property
    def name(self) -> str:
        """The system's name of the memory, by which another process attaches."""
        return self.memory.name

    def publish(self, trainer: Trainer, rate: float, story: float) -> None:
        """Writes the state of a trainer. ``story`` changes when the history is not a continuation of what was
        published.
        """
        assert self._counters is not None
        counter = int(self._counters[1]) + 1
        self._counters[0] = counter
        self._write(self._slots[counter & 1], trainer, rate, (story * 64) + np.log2(trainer.history.stride), counter)
        self._counters[1] = counter

    def read(self, project: Project) -> Snapshot | None:
        """The newest snapshot; the last one where nothing is new or the writer was faster. None before the first
        publish.
        """
        if self._counters is None or not int(self._counters[1]):
            return self._last
        counter = int(self._counters[1])
        if self._last is not None and self._last.counter == counter:
            return self._last
        fresh = self._copy(self._slots[counter & 1].arrays, project)
        if int(self._counters[0]) < counter + 2 and fresh.counter == counter:
            self._last = fresh
        else:
            self._held, self._story_held = 0, -1.0  # columns may have been copied while they were written
        return self._last

    def close(self) -> None:
        """Lets the memory go, and removes it on the side that made it. May be called twice."""
        self._slots, self._counters = [], None
        self.memory.close()
        if self._own:
            self._own = False
            self.memory.unlink()

    def _write(self, slot: _Slot, trainer: Trainer, rate: float, story: float, counter: int) -> None:
        arrays, history = slot.arrays, trainer.history
        new = slice(slot.columns_held if slot.story_held == story else 0, history.columns)
        arrays["losses"][0, new] = history.loss[new]
        arrays["losses"][1, new] = history.loss_min[new]
        arrays["losses"][2, new] = history.loss_max[new]
        arrays["squares"][new] = history.mean_square[new]
        slot.columns_held, slot.story_held = history.columns, story
        count = min(len(history.evaluation_steps), EVALUATIONS)
        arrays["evaluations"][0, :count] = history.evaluation_steps[:count]
        for row, name in enumerate(METRICS, 1):
            arrays["evaluations"][row, :count] = history.evaluations.get(name, [np.nan] * count)[:count]
        arrays["metrics"][:] = [trainer.metrics.get(name, np.nan) for name in METRICS]
        arrays["slopes"][:] = trainer.slopes()
        arrays["parameters"][:] = trainer.network.parameters
        arrays["gradients"][:] = trainer.network.gradients
        arrays["origin"][:] = trainer.origin
        chosen = trainer.chosen[:MOST_CHOSEN]
        arrays["chosen"][: len(chosen)] = chosen
        arrays["statistics"][:] = trainer.network.statistics
        state = (counter, trainer.steps, trainer.epoch, trainer.loss, rate, trainer.evaluated_at)
        arrays["scalars"][:] = (*state, history.stride, history.columns, story, count, len(chosen))

    def _copy(self, arrays: dict[str, Array], project: Project) -> Snapshot:
        scalars = dict(zip(SCALARS, arrays["scalars"].tolist(), strict=True))
        columns, count = int(scalars["columns"]), int(scalars["evaluations"])
        goes_on = self._story_held == scalars["story"] and self._held <= columns
        new = slice(self._held if goes_on else 0, columns)
        if not goes_on:  # snapshots handed out keep their arrays
            self._losses, self._squares = self._losses.copy(), self._squares.copy()
        self._losses[:, new] = arrays["losses"][:, new]
        self._squares[new] = arrays["squares"][new]
        self._held, self._story_held = columns, scalars["story"]
        evaluations = arrays["evaluations"][:, :count].copy()
        named = {name: row for name, row in zip(METRICS, evaluations[1:], strict=True) if not np.isnan(row).all()}
        metrics = dict(zip(METRICS, arrays["metrics"].tolist(), strict=True))
        loss, loss_min, loss_max = self._losses[:, :columns]
        history = HistoryView(
            self._layers,
            int(scalars["stride"]),
            loss,
            loss_min,
            loss_max,
            self._squares[:columns],
            evaluations[0].astype(int),
            named,
        )
        return Snapshot(
            project,
            int(scalars["counter"]),
            int(scalars["steps"]),
            scalars["epoch"],
            scalars["loss"],
            scalars["rate"],
            int(scalars["evaluated_at"]),
            {name: value for name, value in metrics.items() if not np.isnan(value)},
            arrays["parameters"].copy(),
            arrays["gradients"].copy(),
            arrays["origin"].copy(),
            arrays["chosen"][: int(scalars["chosen"])].astype(int),
            arrays["statistics"].copy(),
            arrays["slopes"].copy(),
            history,
        )
