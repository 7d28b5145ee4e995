"""What every layer kind and loss says of itself to explanations, checked against its own formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.explain import Explainer
from engine.explain.chain import Pass, inner
from engine.explain.jacobian import Jacobian
from engine.layers.layer import Room
from engine.losses import LOSSES
from engine.network import Network
from engine.project import LAYERS, layer_kind
from tests.engine.chains import of, project
from tests.engine.random_chains import filled
from tests.engine.test_every_kind import chain_with

KINDS = [layer.__struct_config__.tag for layer in LAYERS]


@pytest.mark.parametrize("kind", KINDS)
class TestEveryKind:
    def case(self, kind: str) -> tuple[Pass, int]:
        loss, data = "softmax_cross_entropy", of("digits")
        network = Network(project(*chain_with(kind), loss=loss, data=data, training={"dtype": "float64"}))
        shared = Explainer(*filled(network, np.random.default_rng(4), 1))
        return shared.batch, [block.kind for block in network.project.chain].index(kind)

    def test_says_how_its_derivative_is_written(self, kind: str) -> None:
        one, number = self.case(kind)
        block = one.chain.blocks[number]
        assert block.derivative_formula and "{" not in block.derivative_formula
        assert set(block.local_weights) >= set(block.public_shapes(one.chain.shape(number - 1)))

    def test_is_linear_in_its_parameters(self, kind: str) -> None:
        """So that the derivative by one of them is the block with this one 1 and all others 0."""
        one, number = self.case(kind)
        block = one.chain.blocks[number]
        if block.name not in one.chain.places:
            return
        generator = np.random.default_rng(0)
        arrays = one.chain.arrays(number)
        drawn = [{name: generator.standard_normal(array.shape) for name, array in arrays.items()} for _ in range(2)]
        joined = {name: 2 * drawn[0][name] - 3 * drawn[1][name] for name in arrays}
        first, second, both = (
            block.forward(one.arguments(number), one.chain.with_arrays(number, each), Room(training=False))
            for each in (*drawn, joined)
        )
        np.testing.assert_allclose(2 * first - 3 * second, both, atol=1e-12)

    def test_no_derivative_outside_its_links(self, kind: str) -> None:
        one, number = self.case(kind)
        for slot in range(len(one.chain.inputs[number])):
            jacobian = Jacobian(one, number, slot)
            out = jacobian.shape[0]
            rows = jacobian._back(np.eye(out))
            if jacobian.own:
                np.testing.assert_array_equal(rows, np.diag(np.diag(rows)))
                np.testing.assert_array_equal(jacobian.matrix, rows)
            else:
                allowed = jacobian.structure(0, out)
                assert (rows[~allowed] == 0).all()
                counts = jacobian.counts(np.array([3**50] * out, dtype=object))
                assert counts.tolist() == [3**50 * int(seen) for seen in allowed.sum(axis=0)]

    def test_jacobian_is_what_differences_say(self, kind: str) -> None:
        one, number = self.case(kind)
        chain = one.chain
        block, w = chain.blocks[number], chain.weights[number]
        jacobian = Jacobian(one, number, 0)
        step, columns = 1e-6, []
        for unit in range(jacobian.shape[1]):
            ends = []
            for sign in (1, -1):
                rows = one.units(number - 1).T.copy()
                rows[0, unit] += sign * step
                moved = Pass(chain, one.x)
                if number:
                    moved.outputs[number - 1] = inner(rows, chain.shape(number - 1))
                else:
                    moved.x = inner(rows, chain.shape(-1))
                x = moved.arguments(number)
                x = (x[0], one.value(chain.inputs[number][1])) if block.sources else x
                ends.append(block.forward(x, w, Room(training=False)))
            difference = (ends[0] - ends[1]) / (2 * step)
            columns.append(difference.transpose(1, 0, 2, 3).ravel() if difference.ndim == 4 else difference.ravel())
        np.testing.assert_allclose(jacobian.matrix, np.array(columns).T, atol=1e-7)
        np.testing.assert_allclose(jacobian.push(np.eye(jacobian.shape[1])), jacobian.matrix, atol=1e-14)


@pytest.mark.parametrize("kind", [kind for kind in LAYERS if kind.has_slope])
def test_an_activation_with_a_kink_says_where(kind: Any) -> None:
    """Where the slope jumps from one side of 0 to the other, another formula holds; elsewhere there is no kink."""
    block = kind(alpha=3.0) if "alpha" in kind.__struct_fields__ else kind()
    below, above = np.array([[-1e-9]]), np.array([[1e-9]])
    ends = [(x, block.forward(x, Room(), Room())) for x in (below, above)]
    jump = abs(np.subtract(*(block.derivative(*end).astype(float) for end in ends)).item())
    pieces = [block.pieces(*end) for end in ends]
    if jump > 1e-6:
        assert pieces[0] != pieces[1]
    else:
        assert pieces == [None, None]


def test_a_max_pool_has_a_kink_where_another_pixel_becomes_the_largest() -> None:
    pool = layer_kind("max_pool2d")()
    image = np.array([[1.0, 2.0], [3.0, 4.0]])[:, None, :, None]
    moved = [image + by * (image == 3.0) for by in (0.9, 1.1)]
    pieces = [pool.pieces(x, pool.forward(x, Room(), Room())) for x in (image, *moved)]
    assert (pieces[0] == pieces[1]).all()
    assert (pieces[0] != pieces[2]).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_says_how_its_derivative_is_written(loss: Any) -> None:
    assert loss().derivative_formula and "{" not in loss().derivative_formula
    assert "y" in loss().derivative_formula
