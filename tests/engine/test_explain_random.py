"""Explanations of random chains of all kinds: product, backpropagation, nudge and paths are one number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine
from engine.explain import Explanation
from tests.engine.random_chains import Case, cases

EXACT, NUDGED = 1e-10, 1e-6


def pick(data: st.DataObject, shapes: dict[str, tuple[int, ...]]) -> tuple[str, tuple[int, ...]]:
    """A key and an index inside it."""
    key = data.draw(st.sampled_from(sorted(shapes)))
    return key, tuple(data.draw(st.integers(0, size - 1)) for size in shapes[key])


def asked(data: st.DataObject, case: Case) -> tuple[Explanation, float]:
    """A question about the network, and by how much numbers may differ at most when taken as exact."""
    network, x, target = case
    keys = {key: array.shape for key, array in network.state_dict().items() if "running" not in key}
    parameter, index = pick(data, {**keys, "input": network.shapes[0]})
    of: Any = "loss"
    if data.draw(st.integers(0, 3)) == 0:
        outputs = {block.name: shape for block, shape in zip(network.project.chain, network.shapes[1:], strict=True)}
        of = pick(data, outputs)
    sample = data.draw(st.sampled_from([None, *range(len(x))]))
    network.loss_and_gradient(x, target)
    scale = max(np.abs(network.gradients).max(), 1e-3)
    found = engine.explain(network, x, target, parameter, index, sample, of)
    if of == "loss":
        if parameter != "input":
            assert abs(found.gradient - network.grad_dict()[parameter][index]) <= EXACT * scale
    else:
        scale = max(np.abs(found.samples).max(), scale)
    return found, scale


def agree(data: st.DataObject, case: Case) -> None:
    found, scale = asked(data, case)
    _, x, _ = case
    assert abs(found.product - found.gradient) <= EXACT * scale
    assert found.samples.shape == (len(x),)
    assert abs(found.samples.mean() - found.product) <= EXACT * scale
    if not found.kink:
        assert abs(found.central_difference - found.gradient) <= NUDGED * scale
    if found.sample is None:
        assert found.factors == found.running == found.layers == found.paths == found.cascade(1e-3) == []
        return
    one = found.samples[found.sample]
    tolerance = EXACT * max(scale, np.abs(found.samples).max())
    assert abs(found.running[-1][0, 0] - one) <= tolerance
    for several in (found.factors, found.layers):
        product = np.eye(1)
        for factor in several:
            assert factor.matrix.shape == factor.shape
            np.testing.assert_allclose(factor.apply(product), product @ factor.matrix, atol=1e-9, rtol=1e-9)
            product = product @ factor.matrix
            assert factor.norm == pytest.approx(np.linalg.norm(factor.matrix), rel=1e-9, abs=1e-300)
        assert product.shape == (1, 1)
        assert abs(product[0, 0] - one) <= tolerance
    for factor in found.factors:
        if factor.parts:
            np.testing.assert_allclose(sum(part.matrix for part in factor.parts), factor.matrix, atol=1e-9, rtol=1e-9)
    assert sum(path.value for path in found.paths) + found.rest == pytest.approx(one, abs=1e-12 + tolerance)
    assert len(found.paths) == min(10, found.path_count)
    for path in found.paths:
        assert np.prod(path.factors) == pytest.approx(path.value, rel=1e-9, abs=1e-300)
    if len(found.paths) == found.path_count:
        assert abs(found.rest) <= tolerance + 1e-9 * sum(abs(path.value) for path in found.paths)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), cases())
def test_product_gradient_nudge_and_paths_agree(data: st.DataObject, case: Case) -> None:
    agree(data, case)


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), cases())
def test_product_gradient_nudge_and_paths_agree_on_many_chains(data: st.DataObject, case: Case) -> None:
    agree(data, case)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), cases(largest_batch=2))
def test_the_nudge_of_every_block_is_what_really_happens(data: st.DataObject, case: Case) -> None:
    """The last block's real change is that of two predictions; where nothing switches, tiny nudges are as predicted."""
    network, x, target = case
    keys = {key: array.shape for key, array in network.state_dict().items() if "running" not in key}
    parameter, index = pick(data, keys)
    sample = data.draw(st.integers(0, len(x) - 1))
    found = engine.explain(network, x, target, parameter, index, sample)
    epsilon = 1e-3
    ripples = found.cascade(epsilon)
    *blocks, loss = ripples
    own = [block.name for block in network.project.chain].index(parameter.partition(".")[0])
    assert [each.block for each in blocks] == [block.name for block in network.project.chain[own:]]
    assert loss.block == "loss"
    one = slice(sample, sample + 1)
    before, error = network.predict(x)[sample], network.loss_and_gradient(x[one], target[one])
    state = network.state_dict()
    state[parameter][index] += epsilon
    network.load_state_dict(state)
    scale = 1 + np.abs(before).max()
    np.testing.assert_allclose(blocks[-1].real, network.predict(x)[sample] - before, atol=1e-12 * scale)
    assert loss.real == pytest.approx(network.loss_and_gradient(x[one], target[one]) - error, abs=1e-12 * (1 + error))
    assert loss.predicted == pytest.approx(epsilon * found.samples[sample], abs=1e-12, rel=1e-9)
    np.testing.assert_allclose(blocks[0].local, blocks[0].predicted, rtol=0)
    for each in ripples:
        square = np.sum(np.square(each.predicted))
        if square > 0:
            assert each.ratio == pytest.approx(np.sum(np.multiply(each.real, each.predicted)) / square)
        else:
            assert each.ratio is None
