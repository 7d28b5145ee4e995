"""What a run leaves behind, recorded by step and never by time: the same run gives the same picture.

Every step has a column at first. When all columns are used, neighbours are merged and each column stands for twice as
many steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.lazy import Array, np
from engine.limits import COLUMNS


@dataclass(frozen=True)
class HistoryState:
    """A history as it stands: ``losses`` (columns, 3) are the mean, lowest and highest of every column, ``squares``
    (columns, layers) the mean squares of the gradients. ``waiting`` (3,) and ``waiting_squares`` (layers,) belong to
    the ``count`` steps of the column that is being filled.
    """

    layers: tuple[str, ...]
    stride: int
    losses: Array
    squares: Array
    count: int
    waiting: Array
    waiting_squares: Array
    evaluation_steps: tuple[int, ...]
    evaluations: dict[str, tuple[float, ...]]

    @property
    def last_step(self) -> int:
        """The last step that was recorded."""
        return len(self.losses) * self.stride + self.count


class History:
    """Loss and gradient sizes by column, evaluations by step.

    A column k covers the steps after ``k * stride`` up to ``(k + 1) * stride``: the mean, lowest and highest batch
    loss, and the mean square of the gradient per weight for every layer, (columns, layers); NaN where a layer did not
    exist yet.
    """

    def __init__(self, layers: Sequence[str], capacity: int = COLUMNS) -> None:
        self.layers = tuple(layers)
        self.stride = 1
        self.columns = 0
        self.last_step = 0
        self.evaluation_steps: list[int] = []
        self.evaluations: dict[str, list[float]] = {}
        self._losses = np.zeros((capacity, 3))  # mean, lowest, highest: a row is written at once
        self._squares = np.zeros((capacity, len(self.layers)))
        self._waiting = np.zeros(3)
        self._waiting_squares = np.zeros(len(self.layers))
        self._count = 0
        self.sizes = np.zeros(len(self.layers))

    @property
    def steps(self) -> Array:
        """The last step of every column, (columns,)."""
        return np.arange(1, self.columns + 1) * self.stride

    @property
    def loss(self) -> Array:
        """Mean batch loss, (columns,)."""
        return self._losses[: self.columns, 0]

    @property
    def loss_min(self) -> Array:
        """Lowest batch loss, (columns,)."""
        return self._losses[: self.columns, 1]

    @property
    def loss_max(self) -> Array:
        """Highest batch loss, (columns,)."""
        return self._losses[: self.columns, 2]

    @property
    def mean_square(self) -> Array:
        """Mean square of the gradient per weight, (columns, layers)."""
        return self._squares[: self.columns]

    @property
    def last_evaluation(self) -> tuple[dict[str, float], int]:
        """The metrics found last, and the step at which; none at step 0."""
        if not self.evaluation_steps:
            return {}, 0
        last = {name: values[-1] for name, values in self.evaluations.items()}
        return {name: value for name, value in last.items() if not math.isnan(value)}, self.evaluation_steps[-1]

    def record(self, step: int, loss: float) -> None:
        """Takes the batch loss of a step, and the gradient sizes that stand in ``sizes``."""
        if step <= self.last_step:
            return  # a step that is trained again after a numerical fault
        self.last_step = step
        if self.stride == 1:
            self._losses[self.columns] = loss
            self._squares[self.columns] = self.sizes
            self.columns += 1
        else:
            self._wait(loss)
        if self.columns == len(self._squares):
            self._merge()

    def evaluate(self, step: int, metrics: dict[str, float]) -> None:
        """Takes the metrics of an evaluation; NaN stands where other data had other metrics."""
        before = len(self.evaluation_steps)
        self.evaluation_steps.append(step)
        for name in {**self.evaluations, **metrics}:
            self.evaluations.setdefault(name, [math.nan] * before).append(metrics.get(name, math.nan))

    def follow(self, layers: Sequence[str]) -> History:
        """A history that goes on with other layers: the losses and the layers that stay keep their columns."""
        other = History(layers, len(self._squares))
        for name in (
            "stride",
            "columns",
            "last_step",
            "evaluation_steps",
            "evaluations",
            "_losses",
            "_waiting",
            "_count",
        ):
            setattr(other, name, getattr(self, name))
        other._squares[: self.columns] = np.nan
        other._waiting_squares[...] = np.nan if self._count else 0
        for new, name in enumerate(layers):
            if name in self.layers:
                old = self.layers.index(name)
                other._squares[:, new] = self._squares[:, old]
                other._waiting_squares[new] = self._waiting_squares[old]
        return other

    def capture(self) -> HistoryState:
        """The history as it stands; ``restored`` makes it anew."""
        return HistoryState(
            self.layers,
            self.stride,
            self._losses[: self.columns].copy(),
            self._squares[: self.columns].copy(),
            self._count,
            self._waiting.copy(),
            self._waiting_squares.copy(),
            tuple(self.evaluation_steps),
            {name: tuple(values) for name, values in self.evaluations.items()},
        )

    @classmethod
    def restored(cls, state: HistoryState) -> History:
        """A history that goes on from a captured one."""
        history = cls(state.layers)
        history.stride, history.columns, history.last_step = state.stride, len(state.losses), state.last_step
        history._losses[: history.columns] = state.losses
        history._squares[: history.columns] = state.squares
        history._count = state.count
        history._waiting[...], history._waiting_squares[...] = state.waiting, state.waiting_squares
        history.evaluation_steps = list(state.evaluation_steps)
        history.evaluations = {name: list(values) for name, values in state.evaluations.items()}
        return history

    @classmethod
    def unknown(cls, layers: Sequence[str], steps: int) -> History:
        """The history of so many steps of which nothing was kept."""
        history = cls(layers)
        while steps // history.stride >= len(history._losses):
            history.stride *= 2
        history.columns, history._count = divmod(steps, history.stride)
        history.last_step = steps
        for numbers in (history._losses, history._squares):
            numbers[: history.columns] = math.nan
        if history._count:
            history._waiting[...] = history._waiting_squares[...] = math.nan
        return history

    def _wait(self, loss: float) -> None:
        """Adds a step to the column that is being filled."""
        waiting = self._waiting
        first = self._count == 0
        waiting[0] = loss if first else waiting[0] + loss
        waiting[1] = loss if first else min(waiting[1], loss)
        waiting[2] = loss if first else max(waiting[2], loss)
        np.add(0 if first else self._waiting_squares, self.sizes, self._waiting_squares)
        self._count += 1
        if self._count == self.stride:
            self._losses[self.columns] = waiting[0] / self.stride, waiting[1], waiting[2]
            np.divide(self._waiting_squares, self.stride, self._squares[self.columns])
            self.columns += 1
            self._count = 0

    def _merge(self) -> None:
        """Joins neighbouring columns: mean of the losses and of the squares, extremes of the extremes."""
        half = self.columns // 2
        even, odd = self._losses[0::2].copy(), self._losses[1::2].copy()
        self._losses[:half, 0] = (even[:, 0] + odd[:, 0]) / 2
        self._losses[:half, 1] = np.minimum(even[:, 1], odd[:, 1])
        self._losses[:half, 2] = np.maximum(even[:, 2], odd[:, 2])
        self._squares[:half] = (self._squares[0::2] + self._squares[1::2]) / 2
        self.columns, self.stride = half, self.stride * 2
