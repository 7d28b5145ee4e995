"""Explanations: how the error answers one weight or input, as the product that the chain rule says.

Everything is computed in double precision and in evaluation mode: dropout off, batch norm with its running statistics.

    chain.py        a chain with its weights in double precision, and one pass through it
    question.py     what is asked, and what is said where it cannot be
    jacobian.py     the local derivative of one block, with or without its matrix
    factors.py      the product from the error backwards, stretches bridged by a shortcut as one factor
    groups.py       the same product layer by layer
    paths.py        the product as a sum over paths from unit to unit
    nudge.py        what really happens when the weight moves a little
    explanation.py  all of it, computed when asked for
    check.py        every gradient beside differences of the loss
    latex.py        the product to be copied into a text

    sweep.py        one pass forward and back as training makes it, everything kept
    transcript.py   one step as a list of moments (moments.py) with the products behind every number (terms.py)
    diagnosis.py    why early blocks do not learn, in words, with what mends it (remedies.py)

Only the names are here, so that a window can start before numpy has been loaded.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.explain.explanation import Explainer, Explanation
    from engine.lazy import Array
    from engine.network import Network

__all__ = ["Explainer", "Explanation", "explain"]

_HOMES = {"Explainer": "engine.explain.explanation", "Explanation": "engine.explain.explanation"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'engine.explain' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def explain(
    network: Network,
    x: Array,
    target: Array,
    parameter: str = "dense_1.weight",
    index: int | Sequence[int] = (0, 0),
    sample: int | None = None,
    of: str | tuple[str, int | Sequence[int]] = "loss",
) -> Explanation:
    """The derivative of the mean loss over ``x`` (N, *in) by one entry of a parameter, taken apart.

    ``parameter`` is a key of ``state_dict`` or ``"input"`` (its index leaves the batch axis out). ``sample`` chooses
    whose factors and paths are shown; with one sample it is that one. ``of=("dense_2", unit)`` asks for the derivative
    of that output, a flat or full index in public order, instead of the error. Raises ProjectError with one sentence
    where something asked for does not exist or a shape does not fit.
    """
    from engine.explain.explanation import Explainer

    return Explainer(network, x, target).explain(parameter, index, sample, of)
