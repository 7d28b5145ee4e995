"""Explanations beside one forward and backward pass of the same chain.

    python -m tests.benchmarks.bench_explain

Twenty tanh layers of width 64, one sample. Everything is asked of a fresh explanation. What is aimed at: product and
gradient in 5 ms, the ten strongest paths in 25 ms.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

import engine
from engine.explain import Explainer, Explanation
from tests.benchmarks.chains import mlp

ROUNDS = 25


def measure(act: Callable[[], Any]) -> float:
    """The median time in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return median(times) * 1e3


def main() -> None:
    """Prints milliseconds, and how many passes of training each costs."""
    project = engine.load({"chain": mlp(*[64] * 20, 1, activation="tanh")})
    network = engine.Network(project)
    generator = np.random.default_rng(0)
    x, target = generator.standard_normal((32, 2)), generator.integers(0, 2, (32, 1)).astype(float)
    one = x[:1], target[:1]
    network.loss_and_gradient(*one)
    shared = Explainer(network, *one)
    shared.explain("dense_1.weight").gradient  # noqa: B018  the passes are made here

    def fresh() -> Explanation:
        return engine.explain(network, *one, "dense_1.weight", (3, 0))

    asked: dict[str, Callable[[], Any]] = {
        "one pass of training": lambda: network.loss_and_gradient(*one),
        "product and gradient": lambda: (fresh().product, fresh().gradient),
        "all factors, layers, running": lambda: (lambda found: (found.factors, found.layers, found.running))(fresh()),
        "every matrix": lambda: [factor.matrix for factor in fresh().factors],
        "ten paths": lambda: fresh().paths,
        "number of paths": lambda: fresh().path_count,
        "nudge through the chain": lambda: fresh().cascade(1e-3),
        "central difference": lambda: fresh().central_difference,
        "product of one more weight": lambda: shared.explain("dense_1.weight", (5, 1)).product,
        "derivatives of 32 samples": lambda: engine.explain(network, x, target, "dense_1.weight", (3, 0)).samples,
    }
    base = 0.0
    for name, act in asked.items():
        took = measure(act)
        base = base or took
        print(f"{name:<30}{took:>8.2f} ms{took / base:>8.1f} passes")


if __name__ == "__main__":
    main()
