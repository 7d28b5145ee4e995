"""The last product of a derivative: delta times what the block makes of the number."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.explain import Explainer
from engine.explain.delta import gradient_of, products
from engine.network import Network
from tests.engine.chains import dense, of, project

EXACT = {"dtype": "float64"}


def one_sample(*chain, data="xor", loss="mean_squared_error"):
    made = project(*chain, data=of(data), loss=loss, training=EXACT)
    train = engine.dataset(made).train
    return Explainer(Network(made), train.inputs[:1], train.targets[:1]), train


def test_a_dense_weight_has_one_product_delta_times_activation() -> None:
    explainer, train = one_sample(dense(3), of("tanh"), dense(1), loss="binary_cross_entropy")
    w = explainer.chain.project, explainer.batch
    network = Network(w[0])
    state = network.state_dict()
    x, t = train.inputs[0], train.targets[0]
    a = np.tanh(state["dense_1.weight"] @ x + state["dense_1.bias"])
    y = state["dense_2.weight"] @ a + state["dense_2.bias"]
    error = 1 / (1 + np.exp(-y)) - t
    delta = (state["dense_2.weight"].T @ error) * (1 - a * a)
    [(found, local)] = products(explainer.explain("dense_1.weight", (2, 1)))
    assert (found, local) == (pytest.approx(delta[2], rel=1e-12), pytest.approx(x[1], rel=1e-12))
    [(found, local)] = products(explainer.explain("dense_1.bias", (1,)))
    assert (found, local) == (pytest.approx(delta[1], rel=1e-12), 1.0)


@pytest.mark.parametrize("index", [(0, 0, 1, 2), (3, 0, 0, 0)])
def test_a_kernels_weight_has_one_for_every_place_that_is_not_blank(index) -> None:
    chain = (of("conv2d", filters=4), of("tanh"), of("flatten"), dense(10))
    explainer, _ = one_sample(*chain, data="digits", loss="softmax_cross_entropy")
    explanation = explainer.explain("conv2d_1.weight", index)
    parts = products(explanation)
    assert 1 < len(parts) <= 36
    assert sum(delta * local for delta, local in parts) == pytest.approx(explanation.product, rel=1e-12)


def test_what_comes_after_has_none() -> None:
    explainer, _ = one_sample(dense(3), of("tanh"), dense(1), loss="binary_cross_entropy")
    assert products(explainer.explain("dense_2.weight", (0, 0), of=("dense_1", 0))) == []


def test_one_backward_pass_gives_all_numbers_of_a_parameter() -> None:
    made = project(dense(3), of("tanh"), dense(1), data=of("xor"), training=EXACT)
    train = engine.dataset(made).train
    network = Network(made)
    network.loss_and_gradient(train.inputs[:9], train.targets[:9])
    explainer = Explainer(network, train.inputs[:9], train.targets[:9])
    for key, gradient in network.grad_dict().items():
        found = gradient_of(explainer.explain(key, (0,) * gradient.ndim))
        np.testing.assert_allclose(found, gradient, atol=1e-14)
