"""The product layer by layer, as a lecture writes it: a layer is a block with parameters and those after it without.

Where the error is asked for, layers are numbered, "d output / d layer 2". Where the output of a block is, the blocks at
the layers' ends are named, "d c / d b".
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.explain.chain import Chain
from engine.explain.factors import Factor, Product
from engine.explain.question import Entry, Goal


class Group(Product):
    """Neighbouring factors that are one layer's derivative. ``blocks`` are from the error backwards."""

    def __init__(self, above: str, below: str, factors: Sequence[Factor]) -> None:
        super().__init__(f"d {above} / d {below}", factors)
        self.above, self.below = above, below
        self.blocks = tuple(block for factor in self.factors for block in factor.blocks)

    @property
    def symbols(self) -> str:
        """With curly letters."""
        return f"∂{self.above}/∂{self.below}"


def layer_numbers(chain: Chain) -> list[int]:
    """For every block the number of its layer, from 1; blocks before the first with parameters belong to layer 1."""
    numbers, layer = [], 0
    for block in chain.blocks:
        layer += block.name in chain.places
        numbers.append(max(layer, 1))
    return numbers


def groups(chain: Chain, factors: Sequence[Factor], entry: Entry, goal: Goal) -> list[Group]:
    """The factors joined to layers, from the error backwards. Cut only where a layer ends and every path passes."""
    numbers = layer_numbers(chain)
    made: list[Group] = []
    pending: list[Factor] = []
    above = "E" if goal.unit is None else goal.text(chain)
    for factor in factors[:-1]:
        pending.append(factor)
        node = factor.source
        if node is not None and _ends_layer(numbers, node):
            below = _end(chain, node, numbers[node]) if goal.unit is None else chain.name(node)
            made.append(Group(above, below, pending))
            above, pending = below, []
    return [*made, Group(above, entry.letter, [*pending, factors[-1]])]


def _end(chain: Chain, node: int, number: int) -> str:
    return "output" if node == chain.last else f"layer {number}"


def _ends_layer(numbers: list[int], node: int) -> bool:
    return node == len(numbers) - 1 or numbers[node + 1] != numbers[node]
