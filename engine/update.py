"""The optimizer at work: its state beside the parameter vector, and its rule recorded as calls on whole vectors.

The gradient stays the derivative of the loss alone: what l1 and clipping make of it is seen by the optimizer only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.layers.layer import Room
from engine.lazy import Array
from engine.optimizers import Optimizer
from engine.plan.tape import Tape
from engine.project import Project

PIECE = 1 << 16
"""Parameters that are updated at once: with gradient and moments they just fit a processor's second cache."""


class Update:
    """Moves ``parameters`` against ``gradients`` by a project's optimizer, except for the ``frozen`` stretches.
    ``vectors`` is its memory by name.
    """

    def __init__(self, project: Project, parameters: Array, gradients: Array, frozen: Sequence[slice] = ()) -> None:
        self.optimizer: Optimizer = project.optimizer
        self._frozen = frozen
        self._training = project.training
        self.count = 0
        self.vectors = {name: np.zeros_like(parameters) for name in self.optimizer.vectors}
        numbers = {name: np.zeros((), parameters.dtype) for name in self.optimizer.numbers}
        self._numbers = Room(**numbers)
        tape = Tape(parameters.dtype.str)
        for piece in self._pieces(parameters.size):
            state = Room(**{name: vector[piece] for name, vector in self.vectors.items()}, **numbers)
            tape.record("optimizer", "update", self._rule, (parameters[piece], gradients[piece], state))
        self._program = [call.bound() for call in tape.calls]

    def step(self) -> None:
        """One update."""
        self.count += 1
        self.optimizer.advance(self._numbers, self.count, self._training.schedule.factor(self.count))
        for function, arguments in self._program:
            function(*arguments)

    def _pieces(self, size: int) -> list[slice]:
        """The vectors in pieces, each updated while it is in the cache; whole where clipping needs the whole norm."""
        length = size if self._training.clip_norm is not None else PIECE
        return [slice(start, start + length) for start in range(0, size, length)] if size else []

    def _rule(self, p: Array, g: Array, s: Room) -> None:
        """The whole update: l1, then clipping (Pascanu et al. 2013, as in PyTorch), then the optimizer. What is frozen
        has no part in it.
        """
        held = [p[each] + 0 for each in self._frozen]
        if self._frozen:
            g = g + 0
        for each in self._frozen:
            g[each] = 0
        if self._training.l1:
            g = g + np.sign(p) * self._training.l1
        if self._training.clip_norm is not None:
            g = g * np.minimum(self._training.clip_norm / (np.sqrt(np.vdot(g, g)) + 1e-6), 1)
        self.optimizer.update(p, g, s)
        for each, values in zip(self._frozen, held, strict=True):
            p[each] = values

    def follow(self, before: Update) -> None:
        """Goes on where an update of the same kind, whose vectors have been taken over, left off."""
        if self.optimizer.kind == before.optimizer.kind:
            self.count = before.count
            self.optimizer.rescale(Room(**self.vectors), before.optimizer)
