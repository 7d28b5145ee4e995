"""Gradient sizes against their definition: the mean square of every block's gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import statistics
from engine.network import Network
from engine.statistics import GradientSizes
from tests.engine.chains import tanh_chain

WAYS = {"one product": {}, "by pieces": {"FEW": 0}, "long blocks": {"LONG": 0}}


@pytest.fixture(params=WAYS)
def way(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WAYS[request.param].items():
        monkeypatch.setattr(statistics, name, value)


def sizes(gradients: dict[str, float], dtype: str) -> dict[str, float]:
    """What is measured where all gradients of a block have one value."""
    network = Network(tanh_chain(training={"dtype": dtype}))
    for block in network.layout.blocks:
        block.piece(network.gradients)[...] = gradients[block.name]
    measured = GradientSizes(network.layout, network.gradients)
    out = np.full(len(measured.names), np.nan)
    with np.errstate(all="ignore"):  # as a trainer does
        measured.measure(out)
    return dict(zip(measured.names, out.tolist(), strict=True))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_each_block_has_its_own_mean_square(way: None, dtype: str) -> None:
    found = sizes({"dense_1": 3.0, "dense_2": -1e-25, "dense_3": 2e9}, dtype)
    assert found == pytest.approx({"dense_1": 9, "dense_2": 1e-50, "dense_3": 4e18}, rel=1e-6, abs=0)


@pytest.mark.parametrize("broken", ["dense_1", "dense_2", "dense_3"])
@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_a_broken_block_leaves_the_others_their_size(way: None, broken: str, value: float) -> None:
    found = sizes({"dense_1": 1.0, "dense_2": 2.0, "dense_3": 3.0} | {broken: value}, "float32")
    expected = {"dense_1": 1, "dense_2": 4, "dense_3": 9} | {broken: value}
    assert found == pytest.approx(expected, nan_ok=True)
