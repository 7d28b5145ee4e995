"""The order in which a plan computes: pooling goes first where that changes nothing but the time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.network import Network
from engine.plan import ALL_PASSES, Plan
from engine.plan.order import pool_first
from engine.project import LAYERS
from tests.engine.chains import dense, of, project

CONV, POOL = of("conv2d", filters=3), of("max_pool2d")
RISING = [layer.__struct_config__.tag for layer in LAYERS if layer.rises]


def network_of(*chain: dict[str, Any], **fields: Any) -> Network:
    """A network on 8x8 images in double precision; what is given, then a dense layer."""
    chain = (*chain, of("flatten"), dense(10))
    made = project(*chain, loss="softmax_cross_entropy", data=of("digits"), training={"dtype": "float64"}, **fields)
    return Network(made)


def order(*chain: dict[str, Any]) -> list[str]:
    network = network_of(*chain)
    return [block.name for block in pool_first(network.project.chain, network.shapes[1:])[0]][:-2]


def ran(network: Network, passes: frozenset[str]) -> Plan:
    """A plan after a pass through a random batch of four."""
    plan = Plan(network, 4, passes=passes)
    generator = np.random.default_rng(0)
    plan.input[:, :-1] = generator.standard_normal((4, 64))
    plan.targets[:, 3] = 1
    plan.run()
    return plan


def test_the_pooling_goes_before_the_activation_and_takes_its_smaller_shape_along() -> None:
    network = network_of(CONV, of("relu"), POOL)
    blocks, shapes = pool_first(network.project.chain, network.shapes[1:])
    assert [block.name for block in blocks] == ["conv2d_1", "max_pool2d_1", "relu_1", "flatten_1", "dense_1"]
    assert shapes == [(3, 6, 6), (3, 3, 3), (3, 3, 3), (27,), (10,)]


def test_it_goes_before_several_activations_but_each_lets_one_pooling_pass() -> None:
    assert order(CONV, of("tanh"), of("relu"), POOL) == ["conv2d_1", "max_pool2d_1", "tanh_1", "relu_1"]
    assert order(CONV, of("relu"), POOL, POOL) == ["conv2d_1", "max_pool2d_1", "relu_1", "max_pool2d_2"]


@pytest.mark.parametrize("between", [of("gelu"), of("silu"), of("softmax"), of("batch_norm"), of("dropout")])
def test_it_stays_behind_what_does_not_rise(between: dict[str, Any]) -> None:
    assert order(CONV, between, POOL) == ["conv2d_1", f"{between['kind']}_1", "max_pool2d_1"]


def test_an_average_is_no_maximum() -> None:
    assert order(CONV, of("relu"), of("average_pool2d")) == ["conv2d_1", "relu_1", "average_pool2d_1"]


@pytest.mark.parametrize("source", ["relu_1", "max_pool2d_1"])
def test_blocks_that_a_shortcut_starts_from_stay(source: str) -> None:
    pool = of("max_pool2d", size=1)
    chain = (CONV, of("relu"), pool, of("add", source=source))
    assert order(*chain) == ["conv2d_1", "relu_1", "max_pool2d_1", "add_1"]


@pytest.mark.parametrize("kind", RISING)
def test_what_is_said_to_rise_never_falls(kind: str) -> None:
    block = network_of(of(kind)).project.chain[0]
    for dtype in (np.float32, np.float64):
        y = block.curve(np.linspace(-60, 60, 100_001, dtype=dtype))
        assert np.diff(y).min() >= -4 * np.finfo(dtype).eps


@pytest.mark.parametrize("kind", RISING)
@pytest.mark.parametrize(
    "around",
    [
        ([CONV], [POOL]),
        ([CONV], [POOL, of("leaky_relu"), POOL]),
        ([CONV, of("tanh")], [of("max_pool2d", size=4)]),
        ([], [of("max_pool2d", size=3)]),
        ([POOL], [of("sigmoid"), POOL]),
    ],
)
def test_the_slopes_are_those_of_all_pixels_as_in_the_order_of_the_chain(kind: str, around: Any) -> None:
    before, after = around
    network = network_of(*before, of(kind, name="subject"), *after)
    ours, plain = ran(network, ALL_PASSES), ran(network, frozenset())
    for block in network.project.chain:
        if block.has_slope:
            np.testing.assert_allclose(ours.slope(block.name), plain.slope(block.name), atol=1e-14)
    (x,) = (plain.values.of(plain.slots[len(before) - 1]),) if before else (plain._x(0, network.project.chain[0]),)
    h = 1e-6
    subject = network.project.chain[len(before)]
    difference = (subject.curve(x + h) - subject.curve(x - h)) / (2 * h)
    np.testing.assert_allclose(ours.slope("subject"), difference, atol=1e-6)


def test_a_broken_weight_is_blamed_on_the_block_it_belongs_to() -> None:
    from engine import faults

    network = network_of(CONV, of("relu"), POOL)
    network.weights["conv2d_1"]["bias"][0] = np.nan
    assert faults.in_values(network, ran(network, ALL_PASSES)) == ("activation", "conv2d_1")
