"""Breaking the backward pass on purpose: the mistakes that are made most often when it is written by hand.

A broken block is an object of a class made here, the block's own with one method put wrong: no layer knows of it, and
which breaks a block offers follows from what its class says of itself. Forward nothing changes. Breaks belong to a run:
they are never part of a project.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from engine.kinds import tag_of
from engine.layers.layer import Layer, Room, Shape
from engine.lazy import Array, np
from engine.project import Project, ProjectError
from engine.resolve import Resolved, resolve

Methods = dict[str, Any]
Breaks = Mapping[str, str]
"""The name of the break by that of the block."""
NONE: Breaks = {}
"""Nothing broken."""


@dataclass(frozen=True)
class Break:
    """One mistake: ``offered`` says whether a block with a public input shape can make it, ``wrong`` what of the
    block's class it replaces.
    """

    name: str
    title: str
    text: str
    offered: Callable[[Layer, Shape], bool]
    wrong: Callable[[type[Layer]], Methods]


def _without_slope(whole: type[Layer]) -> Methods:
    def input_gradient(self: Layer, dy: Array, w: Room, kept: Room) -> Array:
        return dy

    # An order in which the block stands elsewhere is the same for the right derivative only.
    return {"input_gradient": input_gradient, "rises": False}


def _transposed(whole: type[Layer]) -> Methods:
    def input_gradient(self: Layer, dy: Array, w: Room, kept: Room) -> Array:
        return self.public(w)["weight"] @ dy

    return {"input_gradient": input_gradient}


def _of_one_sample(whole: type[Layer]) -> Methods:
    def weight_gradient(self: Layer, x: Array, dy: Array, kept: Room) -> tuple[Array, ...]:
        first = np.zeros_like(dy)
        first[..., :1] = dy[..., :1]
        return whole.weight_gradient(self, x, first, kept)

    return {"weight_gradient": weight_gradient, "stacks": False}


def _is_square(block: Layer, shape: Shape) -> bool:
    """Whether the weights are a square matrix of more than one entry: no shape gives the mistake away."""
    weight = block.public_shapes(shape).get("weight", ())
    return block.wired and len(weight) == 2 and weight[0] == weight[1] > 1


BREAKS = (
    Break(
        "slope",
        "forget the activation’s slope",
        "Going back, the gradient is passed on as it comes: dx = dy instead of dy × f′(x).",
        lambda block, shape: block.has_slope,
        _without_slope,
    ),
    Break(
        "transpose",
        "transpose error",
        "Going back, W stands in the place of its transpose: dx = W dy instead of Wᵗ dy. The matrix is square, so no "
        "shape gives it away.",
        _is_square,
        _transposed,
    ),
    Break(
        "batch",
        "forget the sum over the batch",
        "The gradient of the weights is that of the batch's first sample alone; the other samples' parts are not "
        "added. With one sample in the batch nothing is wrong.",
        lambda block, shape: bool(block.public_shapes(shape)),
        _of_one_sample,
    ),
)
"""All breaks; their texts say what is computed instead of what."""

BY_NAME = {each.name: each for each in BREAKS}


def offered(block: Layer, shape: Shape | None) -> tuple[Break, ...]:
    """The breaks that a block offers for its public input shape; none where that is not known."""
    return () if shape is None else tuple(each for each in BREAKS if each.offered(block, shape))


def fitting(breaks: Breaks, project: Project, resolved: Resolved | None = None) -> dict[str, str]:
    """Those of the breaks whose block is there and offers them."""
    offers = _offers(project, resolved or resolve(project))
    return {name: wanted for name, wanted in breaks.items() if wanted in offers.get(name, ())}


def broken_chain(project: Project, breaks: Breaks, shape: Shape) -> Sequence[Layer]:
    """The project's chain with those blocks broken, for a public input shape; the others are the project's own. Raises
    ProjectError where a block does not exist or does not offer the break.
    """
    if not breaks:
        return project.chain
    offers = _offers(project, resolve(project, shape))
    for name, wanted in breaks.items():
        if name not in offers:
            raise ProjectError(f"{name}: there is no such block to break.")
        if wanted not in offers[name]:
            allowed = ", ".join(offers[name]) or "nothing"
            raise ProjectError(f"{name} can be broken by: {allowed}; given {wanted!r}.")
    return [_broken(block, breaks[block.name]) if block.name in breaks else block for block in project.chain]


def _offers(project: Project, resolved: Resolved) -> dict[str, tuple[str, ...]]:
    """The names of the breaks that each block offers."""
    return {
        block.name: tuple(each.name for each in offered(block, place.input_shape))
        for block, place in zip(project.chain, resolved.blocks, strict=True)
    }


def _broken(block: Layer, name: str) -> Layer:
    """The same block with a backward pass that is wrong."""
    fields = {field: getattr(block, field) for field in block.__struct_fields__}
    broken: Layer = _class(type(block), name)(**fields)
    return broken


@cache
def _class(whole: type[Layer], name: str) -> type[Layer]:
    """The class of broken blocks; one for each kind and break, so that the plan can tell them from whole ones."""
    methods = BY_NAME[name].wrong(whole)
    made = msgspec.defstruct(
        f"{whole.__name__}_{name}", (), bases=(whole,), namespace=methods, frozen=True, kw_only=True, tag=tag_of(whole)
    )
    assert issubclass(made, Layer)
    return made
