"""Numbers that stop being finite: where it began, in words, and what may help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from engine.lazy import Array

if TYPE_CHECKING:
    from engine.network import BlockLayout, Network
    from engine.plan import Halves, Plan

Kind = Literal["activation", "loss", "gradient", "weight"]
WORDS: dict[Kind, str] = {
    "activation": "the output of {}",
    "loss": "the value of the loss",
    "gradient": "the gradient of {}",
    "weight": "a weight of {}",
}


class Break(NamedTuple):
    """What is not finite, and of which block; ``"loss"`` stands for the end of the chain."""

    kind: Kind
    block: str


class Overflow(ArithmeticError):
    """An output that is not finite was met beside training. ``found`` says which."""

    def __init__(self, block: str) -> None:
        super().__init__(f"The output of {block} is not finite.")
        self.found = Break("activation", block)


class NumericalFault(ArithmeticError):
    """Training met a number that is not finite. ``step`` is the step that could not be made, ``kind`` and ``block``
    say where it began, ``text`` says so in a sentence, ``suggestion`` what may help.
    """

    def __init__(self, step: int, found: Break, clipped: bool = False) -> None:
        self.step, self.kind, self.block = step, found.kind, found.block
        self.text = f"Step {step}: {WORDS[found.kind].format(found.block)} is no longer finite."
        self.suggestion = _suggestion(step, found.kind, clipped)
        super().__init__(f"{self.text} {self.suggestion}")


def _suggestion(step: int, kind: Kind, clipped: bool) -> str:
    """Nothing has been learned yet in the first step: what is too large then are the first weights or the data."""
    if step == 1 and kind != "weight":
        return "Start from smaller weights, or scale the data."
    return "Reset with a smaller learning rate." if clipped else "Reset with a smaller learning rate or a clip norm."


def in_outputs(plan: Plan | Halves) -> Break | None:
    """The first output from the left that is not finite. Exact only for a plan in which no block writes over
    another's output: tanh would make 1 of infinity.
    """
    for place, block in enumerate(plan.parts[0].chain):
        if not all(np.isfinite(part.values.of(part.slots[place])).all() for part in plan.parts):
            return Break("activation", block.name)
    return None


def in_values(network: Network, plan: Plan | Halves) -> Break | None:
    """The first output from the left, else the loss, else the first gradient from the right that is not finite."""
    if found := in_outputs(plan):
        return found
    if not np.isfinite(plan.loss):
        return Break("loss", "loss")
    for block in reversed(network.layout.blocks):
        if not _finite(block, network.gradients):
            return Break("gradient", block.name)
    return None


def in_weights(network: Network) -> Break | None:
    """The first block with a weight, or a running statistic, that is not finite."""
    for block in network.layout.blocks:
        if not _finite(block, network.parameters) or not _finite(block, network.statistics, statistics=True):
            return Break("weight", block.name)
    return None


def all_finite(vector: Array) -> bool:
    """Whether every number is finite; faster than looking at each, where they are not huge."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(vector.dot(vector)) or np.isfinite(vector).all())


def _finite(block: BlockLayout, vector: Array, statistics: bool = False) -> bool:
    return bool(np.isfinite(block.piece(vector, statistics)).all())
