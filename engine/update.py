"""The optimizer at work: its state beside the parameter vector, and its rule recorded as calls on whole vectors."""

from __future__ import annotations

import numpy as np

from engine.layers.layer import Room
from engine.lazy import Array
from engine.optimizers import Optimizer
from engine.plan.tape import Tape


class Update:
    """Moves ``parameters`` against ``gradients`` by an optimizer's rule. ``vectors`` is the optimizer's memory by
    name.
    """

    def __init__(self, optimizer: Optimizer, parameters: Array, gradients: Array) -> None:
        self.optimizer = optimizer
        self.count = 0
        self.vectors = {name: np.zeros_like(parameters) for name in optimizer.vectors}
        numbers = {name: np.zeros((), parameters.dtype) for name in optimizer.numbers}
        self._numbers = Room(**numbers)
        tape = Tape(parameters.dtype.str)
        tape.record("optimizer", "update", optimizer.update, (parameters, gradients, Room(**self.vectors, **numbers)))
        self._program = [call.bound() for call in tape.calls]

    def step(self) -> None:
        """One update."""
        self.count += 1
        self.optimizer.advance(self._numbers, self.count)
        for function, arguments in self._program:
            function(*arguments)

    def follow(self, before: Update) -> None:
        """Goes on where an update of the same kind, whose vectors have been taken over, left off."""
        if self.optimizer.kind == before.optimizer.kind:
            self.count = before.count
            self.optimizer.rescale(Room(**self.vectors), before.optimizer)
