"""The gradient check finds what is wrong and only that; the product as LaTeX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.explain.check import TOLERANCE, check, in_double
from engine.explain.latex import latex, number
from engine.network import Network
from tests.engine.chains import dense, of, project
from tests.engine.explained import BRIDGES, LECTURE, explained, network_of

CHAINS: dict[str, tuple[list[dict[str, Any]], Any]] = {
    "lecture": (LECTURE, (3,)),
    "shortcuts": (BRIDGES["overlapping"][0], (3,)),
    "norms": ([dense(4), of("batch_norm"), of("gelu"), dense(3), of("layer_norm"), of("softmax"), dense(2)], (3,)),
    "images": (
        [of("conv2d", filters=3, kernel_size=2), of("relu"), of("max_pool2d"), of("flatten"), dense(2)], (2, 5, 5),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHAINS)
class TestCheck:
    def test_a_right_gradient_agrees(self, name: str) -> None:
        chain, inputs = CHAINS[name]
        network, x, target = network_of(*chain, inputs=inputs, batch=4)
        found = check(network, x, target)
        assert found.agrees
        assert [tensor.key for tensor in found.tensors] == list(network.grad_dict())
        for tensor in found.tensors:
            assert tensor.gradient.shape == tensor.error.shape == network.grad_dict()[tensor.key].shape
            assert tensor.checked == tensor.gradient.size
            assert tensor.worst <= TOLERANCE
            assert not tensor.kinks

    def test_a_gradient_wrong_by_a_thousandth_is_found_and_named(self, name: str) -> None:
        chain, inputs = CHAINS[name]
        network, x, target = network_of(*chain, inputs=inputs, batch=4)
        network.loss_and_gradient(x, target)
        wrong = network.grad_dict()
        key = max(wrong, key=lambda key: np.abs(wrong[key]).max())
        index = tuple(map(int, np.unravel_index(np.abs(wrong[key]).argmax(), wrong[key].shape)))
        wrong[key][index] *= 1.001
        found = check(network, x, target, gradient=wrong)
        assert not found.agrees
        assert [tensor.key for tensor in found.tensors if not tensor.agrees] == [key]
        (bad,) = (tensor for tensor in found.tensors if not tensor.agrees)
        assert np.argwhere(bad.error > TOLERANCE).tolist() == [list(index)]
        assert bad.error[index] == pytest.approx(1e-3, rel=0.01)
        assert found.blocks[bad.block] == bad.worst


def test_of_a_large_tensor_a_sample_and_a_direction_are_compared() -> None:
    network, x, target = network_of(dense(30), of("tanh"), dense(2))
    found = check(network, x, target, entries=20, seed=3)
    weight = found.tensors[0]
    assert (weight.checked, np.isfinite(weight.error).sum(), found.entries, found.seed) == (20, 20, 20, 3)
    same, other = (check(network, x, target, entries=20, seed=seed).tensors[0].error for seed in (3, 4))
    np.testing.assert_array_equal(weight.error, same)
    assert (np.isnan(weight.error) != np.isnan(other)).any()
    network.loss_and_gradient(x, target)
    wrong = network.grad_dict()
    unseen = tuple(np.argwhere(np.isnan(weight.error))[0])
    wrong["dense_1.weight"][unseen] += 0.1
    found = check(network, x, target, entries=20, seed=3, gradient=wrong)
    assert found.tensors[0].along is not None and found.tensors[0].along > TOLERANCE
    assert not found.agrees


def test_a_kink_is_said_and_no_failure() -> None:
    network, x, target = network_of(dense(2), of("relu"), dense(1), inputs=(1,))
    network.load_state_dict({
        "dense_1.weight": np.array([[0.0], [1.0]]), "dense_1.bias": np.array([0.0, 0.5]),
        "dense_2.weight": np.array([[2.0, 1.0]]), "dense_2.bias": np.array([0.0]),
    })  # fmt: skip
    x[...], target[...] = 1.0, -1.0
    found = check(network, x, target)
    assert found.agrees
    weight, bias = found.tensors[:2]
    assert list(weight.kinks) == [(0, 0)] and list(bias.kinks) == [(0,)]
    assert "unit 0 switches in relu_1. From below the derivative is 0, from above" in weight.kinks[0, 0]
    assert np.isnan(weight.error[0, 0]) and weight.error[1, 0] <= TOLERANCE
    assert (weight.checked, weight.compared) == (2, 1)


def test_in_double_is_the_same_network() -> None:
    single = Network(project(dense(3), of("batch_norm"), dense(1)))
    single.statistics += 0.25
    double = in_double(single)
    assert double.parameters.dtype == np.float64
    for key, array in single.state_dict().items():
        np.testing.assert_array_equal(double.state_dict()[key], array)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.1, "0.1"),
        (-1 / 3, "-0.3333333333333333"),
        (1.5e-7, "1.5 \\times 10^{-7}"),
        (2e300, "2 \\times 10^{300}"),
        (0.0, "0.0"),
    ],
)
def test_numbers_in_latex_lose_nothing(value: float, written: str) -> None:
    assert number(value) == written
    digits, _, power = written.partition(" \\times 10^{")
    assert float(digits + (f"e{power.rstrip('}')}" if power else "")) == value


def test_the_product_in_latex() -> None:
    found = explained(network_of(dense(2), of("tanh"), dense(1), inputs=(1,)), "dense_1.weight", (1, 0))
    text = latex(found)
    symbols, numbers, value = text.splitlines()[1:4]
    assert symbols.startswith(
        r"\frac{\partial E}{\partial \text{weight[1, 0]}} &= \frac{\partial E}{\partial \text{dense\_2}} \cdot "
    )
    assert numbers.count("pmatrix") == 2 * 3 and numbers.count("\\left(") == 1
    assert value == f"&= {number(found.product)}"
    for factor in found.factors:
        for entry in factor.matrix.ravel():
            assert number(entry) in numbers
    many = engine.explain(*network_of(*LECTURE, batch=2), "dense_1.weight", (0, 0))
    assert latex(many) == ""
