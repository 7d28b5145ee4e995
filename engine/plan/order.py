"""The order in which a chain's blocks are computed: the user's, but a maximum is taken before what it commutes with."""

from __future__ import annotations

from collections.abc import Sequence

from engine.layers.layer import Layer, Shape


def pool_first(chain: Sequence[Layer], outputs: Sequence[Shape]) -> tuple[list[Layer], list[Shape]]:
    """Puts every max pooling before the rising activations in front of it: f(max x) = max f(x) where f never falls.

    What comes out is the same, and the activation has fewer values to compute. ``outputs`` are the public output
    shapes; both are returned in the new order. Blocks that a shortcut starts from stay where they are, and an
    activation moves behind one pooling only.
    """
    settled = {source for block in chain for source in block.sources}
    blocks, shapes = list(chain), list(outputs)
    for place in range(1, len(blocks)):
        at = place
        while at and blocks[at].takes_maximum and blocks[at - 1].rises:
            pool, activation = blocks[at], blocks[at - 1]
            if settled & {pool.name, activation.name}:
                break
            blocks[at - 1 : at + 1] = pool, activation
            settled.add(activation.name)
            shapes[at - 1] = shapes[at]
            at -= 1
    return blocks, shapes
