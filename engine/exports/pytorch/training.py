"""Losses, optimizers and first weights in PyTorch, kind by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

LOSSES: dict[str, Callable[[Any], str]] = {
    "mean_squared_error": lambda loss: ("0.5 * " if loss.half else "") + "functional.mse_loss(output, target)",
    "mean_absolute_error": lambda loss: "functional.l1_loss(output, target)",
    "huber": lambda loss: f"functional.huber_loss(output, target, delta={loss.delta!r})",
    "hinge": lambda loss: "functional.relu(1 - target * output).mean()",
    "binary_cross_entropy": lambda loss: "functional.binary_cross_entropy_with_logits(output, target)",
    "softmax_cross_entropy": lambda loss: "functional.cross_entropy(output, target)",
}
"""The mean over a batch, from ``output`` and ``target``."""

RIGHT: dict[str, str] = {
    "hinge": "(output > 0) == (target > 0)",
    "binary_cross_entropy": "(output > 0) == (target > 0.5)",
    "softmax_cross_entropy": "output.argmax(1) == target",
}
ONE_HOT_RIGHT = "output.argmax(1) == target.argmax(1)"
"""Which samples are put into the right class; what is not listed has classes as one-hot targets, if any."""


class Rule(NamedTuple):
    """An optimizer of PyTorch and its arguments besides parameters and learning rate."""

    function: str
    arguments: dict[str, Any]


OPTIMIZERS: dict[str, Callable[[Any], Rule]] = {
    "sgd": lambda rule: Rule(
        "SGD",
        {
            "momentum": rule.momentum,
            "nesterov": rule.nesterov and rule.momentum > 0,
            "weight_decay": rule.weight_decay,
        },
    ),
    "rmsprop": lambda rule: Rule(
        "RMSprop", {"alpha": rule.decay, "eps": rule.epsilon, "weight_decay": rule.weight_decay}
    ),
    "adagrad": lambda rule: Rule("Adagrad", {"eps": rule.epsilon, "weight_decay": rule.weight_decay}),
    "adam": lambda rule: _adam("Adam", rule),
    "adamw": lambda rule: _adam("AdamW", rule),
}


def _adam(name: str, rule: Any) -> Rule:
    betas = (rule.beta1, rule.beta2)
    return Rule(name, {"betas": betas, "eps": rule.epsilon, "weight_decay": rule.weight_decay})


INITIALIZERS: dict[str, Callable[[Any], str]] = {
    "glorot_uniform": lambda start: "xavier_uniform_({})",
    "glorot_normal": lambda start: "xavier_normal_({})",
    "he_uniform": lambda start: "kaiming_uniform_({})",
    "he_normal": lambda start: "kaiming_normal_({})",
    "lecun_normal": lambda start: 'kaiming_normal_({}, nonlinearity="linear")',
    "orthogonal": lambda start: "orthogonal_({})",
    "zeros": lambda start: "zeros_({})",
    "normal": lambda start: f"normal_({{}}, std={start.std!r})",
    "uniform": lambda start: f"uniform_({{}}, {-start.limit!r}, {start.limit!r})",
    "constant": lambda start: f"constant_({{}}, {start.value!r})",
}
"""A function of ``torch.nn.init`` that draws as the kind does; numbers that are written down are copied instead."""
