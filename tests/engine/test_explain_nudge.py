"""The nudge: changes that run through the chain, by hand, and kinks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.explain import Explainer
from engine.network import Network
from tests.engine.chains import dense, of, project
from tests.engine.explained import BRIDGES, explained, network_of


def kinked(value: float) -> Any:
    """y = 3 relu(w x) at x = 1, t = -1: the error is (3 relu(w) + 1)^2, with a kink at w = 0."""
    case = network_of(dense(1, bias=False), of("relu"), dense(1, bias=False), inputs=(1,))
    case[0].load_state_dict({"dense_1.weight": np.array([[value]]), "dense_2.weight": np.array([[3.0]])})
    case[1][...], case[2][...] = 1.0, -1.0
    return case


class TestKinks:
    def test_the_two_sides_disagree_at_a_kink(self) -> None:
        found = explained(kinked(0.0), "dense_1.weight", (0, 0))
        assert found.gradient == 0
        assert found.kink == (
            "There is a kink here: unit 0 switches in relu_1. From below the derivative is 0, from above 6."
        )

    @pytest.mark.parametrize("alpha", [1.0, 2.0])
    def test_formulas_may_meet_without_a_kink(self, alpha: float) -> None:
        case = network_of(dense(1, bias=False), of("elu", alpha=alpha), dense(1), inputs=(1,))
        state = case[0].state_dict()
        case[0].load_state_dict({**state, "dense_1.weight": np.zeros((1, 1)), "dense_2.weight": np.ones((1, 1))})
        case[1][...] = 1.0
        found = explained(case, "dense_1.weight", (0, 0))
        assert (found.kink is None) == (alpha == 1)
        if alpha == 1:
            assert found.central_difference == pytest.approx(found.gradient, rel=1e-6)

    @pytest.mark.parametrize("value", [1e-5, -1e-5, 1e-3, 0.5])
    def test_a_step_that_would_cross_is_made_smaller(self, value: float) -> None:
        found = explained(kinked(value), "dense_1.weight", (0, 0))
        assert found.kink is None
        assert found.central_difference == pytest.approx(found.gradient, abs=1e-8)

    def test_a_ripple_says_what_switched(self) -> None:
        found = explained(kinked(-0.01), "dense_1.weight", (0, 0))
        assert [each.kink for each in found.cascade(0.005)] == [None] * 4
        first, relu, *rest = found.cascade(0.02)
        assert (first.kink, relu.kink) == (None, "unit 0 switches")
        assert (first.ratio, relu.ratio) == (pytest.approx(1), None)
        assert rest[-1].real == pytest.approx((3 * 0.01 + 1) ** 2 - 1)

    @pytest.mark.parametrize("loss", ["hinge", "mean_absolute_error", "huber"])
    def test_losses_have_kinks_of_their_own(self, loss: str) -> None:
        network = Network(project(dense(1), loss=loss, data=of("xor" if loss == "hinge" else "sine")), (1,))
        network.parameters[...] = [1.0, -0.0005]  # the output goes from 0.9995 to 1.0005
        target = np.array([[{"hinge": 1.0, "mean_absolute_error": 1.0, "huber": 0.0}[loss]]])
        ripples = engine.explain(network, np.ones((1, 1)), target, "dense_1.bias", 0).cascade(1e-3)
        assert ripples[-1].kink == "unit 0 switches"


class TestRipples:
    def test_by_hand(self) -> None:
        case = network_of(dense(1), of("tanh"), dense(1), inputs=(1,))
        w, x, t = case[0].state_dict(), case[1][0, 0], case[2][0, 0]
        a, b = w["dense_1.weight"][0, 0], w["dense_1.bias"][0]
        c, d = w["dense_2.weight"][0, 0], w["dense_2.bias"][0]
        epsilon = 0.05
        h, moved = np.tanh(a * x + b), np.tanh((a + epsilon) * x + b)
        ripples = explained(case, "dense_1.weight", (0, 0)).cascade(epsilon)
        slope = 1 - h * h
        error = (c * h + d - t) * 2
        assert [each.block for each in ripples] == ["dense_1", "tanh_1", "dense_2", "loss"]
        np.testing.assert_allclose([float(np.sum(each.real)) for each in ripples], [
            epsilon * x, moved - h, c * (moved - h), (c * moved + d - t) ** 2 - (c * h + d - t) ** 2,
        ], rtol=1e-12)  # fmt: skip
        np.testing.assert_allclose([float(np.sum(each.predicted)) for each in ripples], [
            epsilon * x, slope * epsilon * x, c * slope * epsilon * x, error * c * slope * epsilon * x,
        ], rtol=1e-12)  # fmt: skip
        np.testing.assert_allclose([float(np.sum(each.local)) for each in ripples], [
            epsilon * x, slope * epsilon * x, c * (moved - h), error * c * (moved - h),
        ], rtol=1e-12)  # fmt: skip
        assert ripples[1].ratio == pytest.approx((moved - h) / (slope * epsilon * x))

    def test_shapes_are_public(self) -> None:
        case = network_of(of("conv2d", filters=2), of("flatten"), dense(2), inputs=(1, 5, 4))
        ripples = explained(case, "conv2d_1.bias", 1).cascade(1e-2)
        assert [np.shape(each.real) for each in ripples] == [(2, 3, 2), (12,), (2,), ()]
        assert (ripples[0].real[1] == pytest.approx(1e-2)) and (ripples[0].real[0] == 0).all()

    def test_shortcuts_carry_the_change_too(self) -> None:
        case = network_of(*BRIDGES["overlapping"][0])
        ripples = explained(case, "dense_1.weight", (1, 2)).cascade(1e-7)
        assert [each.ratio for each in ripples] == pytest.approx([1] * len(ripples), rel=1e-4)
        for each in ripples:
            np.testing.assert_allclose(each.local, each.predicted, rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize(
    "block",
    [
        of("conv2d", filters=3, kernel_size=3, padding="same"),
        of("conv2d", filters=2, kernel_size=2, stride=2),
        of("average_pool2d", size=3),
        of("global_average_pool2d"),
    ],
    ids=str,
)
def test_what_moves_behind_an_affine_block_is_its_jacobian_times_what_moved(block) -> None:
    """It is computed by the block's own forward pass, without the matrix."""
    network = Network(project(block, of("flatten"), dense(10), data=of("digits"), loss="softmax_cross_entropy"))
    train = engine.dataset(network.project).train
    jacobian = Explainer(network, train.inputs[:1], train.targets[:1]).local(0).into(0, -1)[0]
    columns = np.random.default_rng(0).standard_normal((jacobian.shape[1], 3))
    np.testing.assert_allclose(jacobian.push(columns), jacobian.matrix @ columns, atol=1e-12)
