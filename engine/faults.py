"""Numbers that stop being finite: where it began, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.lazy import Array

if TYPE_CHECKING:
    from engine.network import Network
    from engine.plan import Plan


class NumericalFault(ArithmeticError):
    """Training met a number that is not finite. ``step`` is the step that could not be made, ``block`` where it
    began.
    """

    def __init__(self, step: int, block: str, what: str) -> None:
        super().__init__(f"Step {step}: {what} of {block} is no longer finite. Reset with a smaller learning rate.")
        self.step, self.block, self.what = step, block, what


def in_values(network: Network, plan: Plan) -> tuple[str, str] | None:
    """(block, what) of the first activation from the left, else the first gradient from the right, that is not
    finite.
    """
    for index, block in enumerate(network.project.chain):
        if not np.isfinite(plan.values.of(plan.slots[index])).all():
            return block.name, "the output"
    if not np.isfinite(plan.loss):
        return "loss", "the value"
    return _in_vector(network, network.gradients, "the gradient")


def in_weights(network: Network) -> tuple[str, str] | None:
    """(block, what) of the first block with a weight that is not finite."""
    return _in_vector(network, network.parameters, "a weight")


def _in_vector(network: Network, vector: Array, what: str) -> tuple[str, str] | None:
    for block in reversed(network.layout.blocks):
        if not np.isfinite(vector[block.offset : block.offset + block.size]).all():
            return block.name, what
    return None
