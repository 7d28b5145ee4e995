"""The lecture's formulas with numpy, for chains of dense blocks and activations: what the screen is compared with."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.data.parts import Dataset
from engine.run.snapshot import Snapshot

FUNCTIONS: dict[str, Any] = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0.0)}
SLOPES: dict[str, Any] = {"tanh": lambda z: 1 - np.tanh(z) ** 2, "relu": lambda z: (z > 0) * 1.0}


class Paper:
    """One network at one moment. ``cut`` blocks let nothing pass back."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.chain, self.loss = snapshot.project.chain, snapshot.project.loss
        self.weights = {
            block.name: {name: array.astype(float) for name, array in snapshot.tensors(block.name, "origin").items()}
            for block in self.chain
        }

    def outputs(self, x: Any) -> list[Any]:
        """The input and every block's output, for one sample."""
        values = [np.asarray(x, float)]
        for block in self.chain:
            if self.weights.get(block.name):
                own = self.weights[block.name]
                values.append(own["weight"] @ values[-1] + own.get("bias", 0.0))
            else:
                values.append(FUNCTIONS[block.kind](values[-1]))
        return values

    def error(self, x: Any, t: Any) -> float:
        """The loss of one sample."""
        z, t = self.outputs(x)[-1], np.atleast_1d(np.asarray(t, float))
        if self.loss.kind == "binary_cross_entropy":
            return float((np.logaddexp(0, z) - t * z).mean())
        return float(((z - t) ** 2).mean() * (0.5 if self.loss.half else 1))

    def first(self, x: Any, t: Any) -> Any:
        """The error by the last block's output, a row."""
        z, t = self.outputs(x)[-1], np.atleast_1d(np.asarray(t, float))
        if self.loss.kind == "binary_cross_entropy":
            return (1 / (1 + np.exp(-z)) - t) / len(z)
        return (z - t) * (1 if self.loss.half else 2) / len(z)

    def jacobian(self, name: str, x: Any) -> Any:
        """A block's output by its input, (out, in)."""
        place = [block.name for block in self.chain].index(name)
        block, before = self.chain[place], self.outputs(x)[place]
        if block.cut:
            out = len(self.outputs(x)[place + 1])
            return np.zeros((out, len(before)))
        return self.weights[name]["weight"] if self.weights[name] else np.diag(SLOPES[block.kind](before))

    def derivative(self, x: Any, t: Any, parameter: str, index: tuple[int, ...], end: tuple[str, int] | None = None):
        """The error, or a unit of a block's output, by one weight, bias or input, for one sample: backpropagation."""
        names = [block.name for block in self.chain]
        last = names.index(end[0]) if end else len(names) - 1
        row = np.eye(len(self.outputs(x)[last + 1]))[end[1]] if end else self.first(x, t)
        own, _, kind = parameter.rpartition(".")
        stop = names.index(own) if own else -1
        for name in reversed(names[stop + 1 : last + 1]):
            row = row @ self.jacobian(name, x)
        if not own:
            return float(row[index[0]])
        before = self.outputs(x)[stop]
        return float(row[index[0]] * (before[index[1]] if kind == "weight" else 1.0))

    def samples(self, train: Dataset, chosen: Any, *question: Any) -> Any:
        """The derivative of every sample of a batch."""
        return np.array([self.derivative(train.inputs[k], train.targets[k], *question) for k in chosen])
