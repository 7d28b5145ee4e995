"""The chains whose training speed is compared, and the data they are trained on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Plain = dict[str, Any]


def dense(units: int) -> Plain:
    return {"kind": "dense", "units": units}


def of(kind: str, **fields: Any) -> Plain:
    return {"kind": kind, **fields}


def mlp(*widths: int, activation: str) -> list[Plain]:
    hidden = [each for width in widths[:-1] for each in (dense(width), of(activation))]
    return [*hidden, dense(widths[-1])]


def conv(filters: int, size: int, padding: str) -> list[Plain]:
    return [of("conv2d", filters=filters, kernel_size=size, padding=padding), of("relu")]


# name: input shape, outputs, chain, batch
CHAINS: dict[str, tuple[tuple[int, ...], int, list[Plain], int]] = {
    "T1": ((2,), 1, mlp(8, 8, 1, activation="tanh"), 32),
    "T2": ((2,), 1, mlp(*[16] * 20, 1, activation="tanh"), 32),
    "M1": ((64,), 10, mlp(128, 64, 10, activation="relu"), 64),
    "L1": ((784,), 10, mlp(512, 512, 10, activation="relu"), 128),
    "L2": ((784,), 10, mlp(2048, 2048, 10, activation="relu"), 256),
    "C1": (
        (1, 8, 8), 10,
        [*conv(16, 3, "same"), of("max_pool2d"), *conv(32, 3, "same"), of("flatten"), dense(10)], 64,
    ),
    "C2": (
        (1, 28, 28), 10,
        [*conv(16, 5, "valid"), of("max_pool2d"), *conv(32, 5, "valid"), of("max_pool2d"), of("flatten"), dense(10)],
        64,
    ),
    "D10": ((8,), 1, mlp(*[8] * 9, 1, activation="tanh"), 32),
    "D100": ((8,), 1, mlp(*[8] * 99, 1, activation="tanh"), 32),
    "D1000": ((8,), 1, mlp(*[8] * 999, 1, activation="tanh"), 32),
}  # fmt: skip

SAMPLES = 1024


def data(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (N, *shape) in float32, and targets: 0 or 1 (N, 1), or class numbers (N,)."""
    shape, outputs, _, _ = CHAINS[name]
    generator = np.random.default_rng(0)
    x = generator.standard_normal((SAMPLES, *shape)).astype(np.float32)
    if outputs == 1:
        return x, generator.integers(0, 2, (SAMPLES, 1)).astype(np.float32)
    return x, generator.integers(0, outputs, SAMPLES)


class Shuffled:
    """Batches of a shuffled order that begins anew when it is used up."""

    def __init__(self, permutation: Callable[[int], Any]) -> None:
        self._permutation, self._at = permutation, SAMPLES
        self._order: Any = None

    def next(self, batch: int) -> Any:
        if self._at + batch > SAMPLES:
            self._order, self._at = self._permutation(SAMPLES), 0
        self._at += batch
        return self._order[self._at - batch : self._at]
