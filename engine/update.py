"""The optimizer at work: its state beside the parameter vector, and its rule recorded as calls on whole vectors.

The gradient stays the derivative of the loss alone: what l1 and clipping make of it is seen by the optimizer only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.layers.layer import Room
from engine.lazy import Array
from engine.optimizers import Optimizer
from engine.plan.tape import Call, Tape
from engine.project import Project
from engine.together import together

if TYPE_CHECKING:
    from engine.plan.listing import Listing

Program = list[tuple[Callable[..., Any], tuple[Any, ...]]]

PIECE = 1 << 16
"""Parameters that are updated at once: with gradient and moments they just fit a processor's second cache."""


class Update:
    """Moves ``parameters`` against ``gradients`` by a project's optimizer, except for the ``frozen`` stretches.
    ``vectors`` is its memory by name.
    """

    def __init__(self, project: Project, parameters: Array, gradients: Array, frozen: Sequence[slice] = ()) -> None:
        self.optimizer: Optimizer = project.optimizer
        self._parameters, self._gradients, self._frozen = parameters, gradients, frozen
        self._training = project.training
        self.count = 0
        self.vectors = {name: np.zeros_like(parameters) for name in self.optimizer.vectors}
        self._numbers = Room(**{name: np.zeros((), parameters.dtype) for name in self.optimizer.numbers})
        pieces = self._pieces(parameters.size)
        middle = -(-len(pieces) // project.training.threads)  # one piece is not worth a thread
        self._first = self._program(pieces[:middle])
        self._second = self._program(pieces[middle:])

    def step(self) -> None:
        """One update."""
        self.count += 1
        self.optimizer.advance(self._numbers, self.count, self._training.schedule.factor(self.count))
        if self._second:
            together(partial(_run, self._first), partial(_run, self._second))
        else:
            _run(self._first)

    def listing(self) -> Listing:
        """The update as text, with the arrays that its names stand for; on one thread."""
        from engine.plan.listing import Listing

        homes = {"parameters": self._parameters, "gradients": self._gradients, **self.vectors, **vars(self._numbers)}
        calls = self._recorded(self._pieces(self._parameters.size))
        return Listing(calls, homes.items(), f"One update by {self.optimizer.title}.")

    def _program(self, pieces: list[slice]) -> Program:
        return [call.bound() for call in self._recorded(pieces)]

    def _recorded(self, pieces: list[slice]) -> list[Call]:
        """The rule for some pieces of the vectors, one after the other."""
        tape = Tape(self._parameters.dtype.str)
        for piece in pieces:
            state = Room(**{name: vector[piece] for name, vector in self.vectors.items()}, **vars(self._numbers))
            rule = partial(self._rule, _within(self._frozen, piece))
            tape.record("optimizer", "update", rule, (self._parameters[piece], self._gradients[piece], state))
        return tape.calls

    def _pieces(self, size: int) -> list[slice]:
        """The vectors in pieces, each updated while it is in the cache; whole where clipping needs the whole norm."""
        length = size if self._training.clip_norm is not None else PIECE
        return [slice(start, start + length) for start in range(0, size, length)] if size else []

    def _rule(self, frozen: Sequence[slice], p: Array, g: Array, s: Room) -> None:
        """The whole update: l1, then clipping (Pascanu et al. 2013, as in PyTorch), then the optimizer. What is frozen
        has no part in it.
        """
        held = [p[each] + 0 for each in frozen]
        if self._training.l1:
            g = g + np.sign(p) * self._training.l1
        elif frozen:
            g = g + 0  # a copy: the gradient itself stays as it is
        for each in frozen:
            g[each] = 0
        if self._training.clip_norm is not None:
            g = g * np.minimum(self._training.clip_norm / (np.sqrt(np.vdot(g, g)) + 1e-6), 1)
        self.optimizer.update(p, g, s)
        for each, values in zip(frozen, held, strict=True):
            p[each] = values

    def follow(self, before: Update) -> None:
        """Goes on where an update of the same kind, whose vectors have been taken over, left off."""
        if self.optimizer.kind == before.optimizer.kind:
            self.count = before.count
            self.optimizer.rescale(Room(**self.vectors), before.optimizer)


def _within(stretches: Sequence[slice], piece: slice) -> list[slice]:
    """The parts of stretches of a vector that lie in a piece of it, counted from its start."""
    ends = [(max(each.start, piece.start), min(each.stop, piece.stop)) for each in stretches]
    return [slice(start - piece.start, stop - piece.start) for start, stop in ends if start < stop]


def _run(program: Program) -> None:
    for function, arguments in program:
        function(*arguments)
