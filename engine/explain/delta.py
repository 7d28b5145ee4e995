"""The last product of a derivative: what arrives at a block from the error (its delta), times what the block makes of
the number itself. For a weight of a dense layer that is one product, delta times activation.
"""

from __future__ import annotations

import numpy as np

from engine.explain.explanation import Explanation
from engine.explain.nudge import start
from engine.layers.layer import Room
from engine.layers.shape import flat
from engine.lazy import Array


def products(explanation: Explanation) -> list[tuple[float, float]]:
    """(delta, local derivative) at every output of the number's own block that it touches, for a single sample; the sum
    of their products is the derivative. Empty where the number cannot matter.
    """
    explainer, entry, goal = explanation.explainer, explanation.entry, explanation.goal
    if entry.node > goal.node or explanation.sample is None:
        return []
    deltas = explainer.deltas(goal) if explainer.samples == 1 else {}
    if entry.node not in deltas:
        return []
    delta = flat(deltas[entry.node])[:, 0]
    local = start(explainer.local(explanation.sample), entry)[:, 0]
    touched = np.flatnonzero(local)
    return [(float(delta[unit]), float(local[unit])) for unit in touched]


def gradient_of(explanation: Explanation) -> Array:
    """The derivative of the batch's mean by every number of the parameter that the explanation is about, in public
    shape: one backward pass gives them all. Zeros where the parameter cannot matter.
    """
    explainer, entry, goal, chain = explanation.explainer, explanation.entry, explanation.goal, explanation.chain
    block = chain.blocks[entry.node]
    deltas = explainer.deltas(goal)
    if entry.node > goal.node or entry.node not in deltas:
        return np.zeros(chain.keys[explanation.parameter])
    found = block.weight_gradient(explainer.batch.straight(entry.node), deltas[entry.node],
                                  explainer.batch.room(entry.node))  # fmt: skip
    arrays = Room(**dict(zip(chain.arrays(entry.node), found, strict=True)))
    return block.public(arrays)[entry.name]
