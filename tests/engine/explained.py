"""Networks to be explained, and their questions, for the tests of explanations."""

from __future__ import annotations

from typing import Any

import numpy as np

import engine
from engine.explain import Explanation
from engine.network import Network
from tests.engine.chains import dense, of, project
from tests.engine.random_chains import Case, filled

Plain = dict[str, Any]

LECTURE = [dense(4), of("tanh"), dense(3), of("tanh"), dense(2)]


BRIDGES = {
    "one": ([dense(4), dense(4), of("tanh"), of("add", source="dense_1"), dense(2)], 4),
    "from the block just before": ([dense(4), of("add", source="dense_1"), dense(2)], 4),
    "side by side": (
        [dense(4), of("tanh"), of("add", source="dense_1"), of("sigmoid"), of("add", source="add_1"), dense(2)], 5,
    ),
    "nested": (
        [dense(4), of("tanh"), dense(4), of("add", source="tanh_1"), of("tanh"), of("add", source="dense_1"), dense(2)],
        4,
    ),
    "overlapping": (
        [dense(4), of("tanh"), dense(4), of("add", source="dense_1"), of("tanh"), of("add", source="dense_2"),
         dense(2)], 4,
    ),
    "same source twice": (
        [dense(4), of("tanh"), of("add", source="dense_1"), of("sigmoid"), of("add", source="dense_1"), dense(2)], 4,
    ),
    "to the end": ([dense(2), of("tanh"), of("add", source="dense_1")], 3),
}  # fmt: skip


def network_of(
    *chain: Plain, inputs: Any = (3,), loss: str = "mean_squared_error", seed: int = 0, batch: int = 1
) -> Any:
    """A network in double precision with random weights, one batch of inputs and targets."""
    made = project(*chain, loss=loss, data=of("sine"), training={"dtype": "float64"})
    return filled(Network(made, inputs), np.random.default_rng(seed), batch)


def explained(case: Case, parameter: str, index: Any, **more: Any) -> Explanation:
    return engine.explain(*case, parameter, index, **more)


def product(factors: Any) -> np.ndarray:
    result = np.eye(factors[0].shape[0])
    for factor in factors:
        result = result @ factor.matrix
    return result
