"""What an optimizer's numbers are before a step: statements on ``factor``, the schedule's, and ``step``.

They compute in the order of ``engine.optimizers``, so that they give the very same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PLAIN = ("rate[...] = LEARNING_RATE * factor",)


def _adam(rule: Any) -> tuple[str, ...]:
    beta1, beta2 = repr(rule.beta1), repr(rule.beta2)
    return (
        f"spread = ((1 - {beta2}**step) / (1 - {beta2})) ** 0.5",
        f"rising = LEARNING_RATE * factor * (1 - {beta1})",
        f"rate[...] = rising / (1 - {beta1}**step) * spread",
        f"floor[...] = {rule.epsilon!r} * spread",
    )


ADVANCES: dict[str, Callable[[Any], tuple[str, ...]]] = {
    "sgd": lambda rule: PLAIN,
    "rmsprop": lambda rule: PLAIN,
    "adagrad": lambda rule: PLAIN,
    "adam": _adam,
    "adamw": lambda rule: (*_adam(rule), f"shrink[...] = 1 - LEARNING_RATE * factor * {rule.weight_decay!r}"),
}
