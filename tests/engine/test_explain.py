"""Explanations checked by hand: factors, layers, batches, shortcuts, and what is said of bad questions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine
from engine.explain import Explainer, chain, jacobian
from engine.explain.jacobian import LARGEST_MATRIX
from engine.network import Network
from engine.project import ProjectError
from tests.engine.chains import dense, of, project
from tests.engine.explained import BRIDGES, LECTURE, explained, network_of, product


class TestTheLecture:
    def test_three_layers_are_four_factors(self) -> None:
        found = explained(network_of(*LECTURE), "dense_1.weight", (2, 1))
        assert [layer.label for layer in found.layers] == [
            "d E / d output", "d output / d layer 2", "d layer 2 / d layer 1", "d layer 1 / d w",
        ]  # fmt: skip
        assert [layer.blocks for layer in found.layers] == [
            ("loss",), ("dense_3",), ("tanh_2", "dense_2"), ("tanh_1", "dense_1"),
        ]  # fmt: skip
        assert [layer.shape for layer in found.layers] == [(1, 2), (2, 3), (3, 4), (4, 1)]
        assert product(found.layers)[0, 0] == pytest.approx(found.gradient, rel=1e-12)

    def test_every_factor_is_what_the_formula_says(self) -> None:
        network, x, target = case = network_of(*LECTURE)
        w = network.state_dict()
        a1 = np.tanh(w["dense_1.weight"] @ x[0] + w["dense_1.bias"])
        a2 = np.tanh(w["dense_2.weight"] @ a1 + w["dense_2.bias"])
        y = w["dense_3.weight"] @ a2 + w["dense_3.bias"]
        column = np.zeros((4, 1))
        column[2] = x[0, 1]
        expected = [
            ((y - target[0])[None], "2 (y − t) / n", "d loss / d dense_3"),
            (w["dense_3.weight"], "W of dense_3", "d dense_3 / d tanh_2"),
            (np.diag(1 - a2**2), "1 − y²", "d tanh_2 / d dense_2"),
            (w["dense_2.weight"], "W of dense_2", "d dense_2 / d tanh_1"),
            (np.diag(1 - a1**2), "1 − y²", "d tanh_1 / d dense_1"),
            (column, "x", "d dense_1 / d weight[2, 1]"),
        ]
        found = explained(case, "dense_1.weight", (2, 1))
        assert [factor.block for factor in found.factors] == [
            "loss",
            "dense_3",
            "tanh_2",
            "dense_2",
            "tanh_1",
            "dense_1",
        ]
        for factor, (matrix, formula, label) in zip(found.factors, expected, strict=True):
            np.testing.assert_allclose(factor.matrix, matrix, rtol=1e-12)
            assert (factor.formula, factor.label) == (formula, label)
            assert factor.norm == pytest.approx(np.sqrt((matrix**2).sum()))
        assert found.factors[0].symbols == "∂E/∂dense_3"

    def test_running_product_is_the_delta_at_each_block(self) -> None:
        found = explained(network_of(*LECTURE), "dense_2.bias", 1)
        rows = [product(found.factors[: k + 1]) for k in range(len(found.factors))]
        assert [row.shape for row in found.running] == [(1, 2), (1, 3), (1, 3), (1, 1)]
        for row, expected in zip(found.running, rows, strict=True):
            np.testing.assert_allclose(row, expected, rtol=1e-12)

    @pytest.mark.parametrize(
        ("parameter", "index", "labels"),
        [
            ("dense_2.bias", 1, ["d E / d output", "d output / d layer 2", "d layer 2 / d b"]),
            ("dense_3.weight", (0, 1), ["d E / d output", "d output / d w"]),
            ("input", 2, ["d E / d output", "d output / d layer 2", "d layer 2 / d layer 1", "d layer 1 / d x"]),
        ],
    )
    def test_layers_of_other_parameters(self, parameter: str, index: Any, labels: list[str]) -> None:
        found = explained(network_of(*LECTURE), parameter, index)
        assert [layer.label for layer in found.layers] == labels
        assert product(found.layers)[0, 0] == pytest.approx(found.gradient, rel=1e-12)

    def test_blocks_before_the_first_weights_belong_to_layer_1(self) -> None:
        case = network_of(of("flatten"), *LECTURE, inputs=(1, 2, 2))
        found = explained(case, "input", (0, 1, 0))
        assert [layer.label for layer in found.layers][-1] == "d layer 1 / d x"
        assert found.layers[-1].blocks == ("tanh_1", "dense_1", "flatten_1")

    def test_c_per_a_instead_of_the_error(self) -> None:
        case = network_of(*LECTURE)
        found = explained(case, "dense_1.weight", (2, 1), of=("dense_2", 1))
        w = case[0].state_dict()
        a1 = np.tanh(w["dense_1.weight"] @ case[1][0] + w["dense_1.bias"])
        expected = w["dense_2.weight"][1, 2] * (1 - a1[2] ** 2) * case[1][0, 1]
        assert found.product == pytest.approx(expected, rel=1e-12)
        assert found.gradient == pytest.approx(expected, rel=1e-12)
        assert found.central_difference == pytest.approx(expected, rel=1e-11)
        assert found.factors[0].label == "d dense_2[1] / d tanh_1"
        assert [factor.shape for factor in found.factors] == [(1, 4), (4, 4), (4, 1)]
        assert [path.units for path in found.paths] == [(("dense_2", 1), ("tanh_1", 2), ("dense_1", 2))]
        assert [len(path.factors) for path in found.paths] == [3]

    def test_an_output_does_not_answer_what_comes_after_it(self) -> None:
        found = explained(network_of(*LECTURE), "dense_3.weight", (0, 0), of=("dense_1", 0))
        assert found.product == found.gradient == found.central_difference == found.path_count == 0
        assert found.paths == []
        assert product(found.factors)[0, 0] == 0


class TestBatches:
    def test_samples_and_their_mean(self) -> None:
        network, x, target = network_of(*LECTURE, batch=5)
        found = engine.explain(network, x, target, "dense_1.weight", (2, 1), sample=3)
        alone = [engine.explain(network, x[i : i + 1], target[i : i + 1], "dense_1.weight", (2, 1)) for i in range(5)]
        np.testing.assert_allclose(found.samples, [each.product for each in alone], rtol=1e-12)
        assert found.product == pytest.approx(found.samples.mean())
        assert product(found.factors)[0, 0] == pytest.approx(found.samples[3], rel=1e-12)
        assert found.rest + sum(path.value for path in found.paths) == pytest.approx(found.samples[3])

    def test_an_explainer_serves_many_and_needs_only_vectors(self) -> None:
        project = engine.load("example:shortcut")
        network, data = Network(project), engine.dataset(project).train
        x, target = data.inputs[:6], data.targets[:6]
        shared = Explainer.from_vectors(project, network.parameters, network.statistics, x, target)
        for index in [(0, 0), (5, 1), (11, 0)]:
            alone = engine.explain(network, x, target, "dense_0.weight", index, sample=2)
            found = shared.explain("dense_0.weight", index, sample=2)
            assert found.product == alone.product
            assert found.paths == alone.paths

    def test_nothing_of_the_network_is_touched(self) -> None:
        network, x, target = case = network_of(*LECTURE, batch=3)
        network.loss_and_gradient(x[:1], target[:1])
        before = network.parameters.copy(), network.gradients.copy()
        found = explained(case, "dense_1.weight", (2, 1), sample=0)
        _ = found.central_difference, found.cascade(0.1), found.gradient, found.paths
        assert (network.parameters == before[0]).all()
        assert (network.gradients == before[1]).all()

    def test_single_precision_is_explained_in_double(self) -> None:
        chain = [dense(3), of("tanh"), dense(1)]
        single = Network(project(*chain))
        double = Network(project(*chain, training={"dtype": "float64"}))
        double.parameters[...] = single.parameters
        x, target = np.array([[0.3, -0.7]]), np.array([[1.0]])
        double.loss_and_gradient(x, target)
        found = engine.explain(single, x, target, "dense_1.weight", (2, 1))
        assert found.product == pytest.approx(double.grad_dict()["dense_1.weight"][2, 1], rel=1e-12)


class TestShortcuts:
    @pytest.mark.parametrize("name", BRIDGES)
    def test_a_bridged_stretch_is_one_factor(self, name: str) -> None:
        chain, count = BRIDGES[name]
        case = network_of(*chain)
        found = explained(case, "dense_1.weight", (1, 2))
        case[0].loss_and_gradient(*case[1:])
        assert product(found.factors)[0, 0] == pytest.approx(case[0].grad_dict()["dense_1.weight"][1, 2], rel=1e-12)
        assert product(found.layers)[0, 0] == pytest.approx(found.gradient, rel=1e-12)
        assert len(found.factors) == count
        bridged = [factor for factor in found.factors if factor.parts]
        assert bridged
        for factor in bridged:
            assert [part.label.partition(" ")[0] for part in factor.parts] == ["stretch", "shortcut"]
            np.testing.assert_allclose(sum(part.matrix for part in factor.parts), factor.matrix, rtol=1e-12)
            for part in factor.parts:
                np.testing.assert_allclose(product(part.factors), part.matrix, rtol=1e-12)

    @pytest.mark.parametrize("name", BRIDGES)
    def test_parameters_inside_and_behind_a_stretch(self, name: str) -> None:
        network, x, target = case = network_of(*BRIDGES[name][0])
        network.loss_and_gradient(x, target)
        for key, gradient in network.grad_dict().items():
            for index in np.ndindex(gradient.shape):
                found = explained(case, key, index)
                assert product(found.factors)[0, 0] == pytest.approx(gradient[index], rel=1e-12, abs=1e-15)

    def test_many_overlapping_shortcuts_are_not_multiplied_out(self) -> None:
        chain = [dense(3)]
        for k in range(1, 41):
            source = "dense_1" if k == 1 else f"tanh_{k - 1}"
            chain += [of("tanh"), of("add", source=source)]
        case = network_of(*chain, dense(2))
        found = explained(case, "dense_1.weight", (1, 2))
        assert len(found.factors) == 4
        assert product(found.factors)[0, 0] == pytest.approx(found.gradient, rel=1e-12)

    def test_the_sum_as_it_is_said(self) -> None:
        found = explained(network_of(*BRIDGES["one"][0]), "dense_1.weight", (1, 2))
        stretch = found.factors[2]
        assert (stretch.block, stretch.blocks) == ("add_1", ("add_1", "tanh_1", "dense_2"))
        assert (stretch.label, stretch.formula) == ("d add_1 / d dense_1", "stretch + shortcut from dense_1")
        through, past = stretch.parts
        assert [factor.label for factor in through.factors] == [
            "d add_1 / d tanh_1", "d tanh_1 / d dense_2", "d dense_2 / d dense_1",
        ]  # fmt: skip
        np.testing.assert_array_equal(past.matrix, np.eye(4))


def test_a_matrix_that_is_too_large_is_refused_but_works() -> None:
    case = network_of(dense(2100), dense(2000), dense(1))
    factor = explained(case, "dense_1.weight", (0, 0)).factors[2]
    assert factor.shape[0] * factor.shape[1] > LARGEST_MATRIX
    with pytest.raises(ProjectError, match=r"2000 x 2100, 4,200,000 numbers: too large .* .at most 4,000,000"):
        _ = factor.matrix
    w = case[0].state_dict()["dense_2.weight"]
    row = np.random.default_rng(0).standard_normal(2000)
    np.testing.assert_allclose(factor.apply(row), row @ w, rtol=1e-10, atol=1e-12)
    assert factor.norm == pytest.approx(np.linalg.norm(w))
    with pytest.raises(ProjectError, match="rows of 2000 numbers"):
        factor.apply(np.ones(3))


QUESTIONS = [
    ({"parameter": "dense_9.weight"}, "'dense_9.weight' does not exist; there are input, dense_1.weight, .* 1 more"),
    ({"parameter": "dense_1.weight", "index": 3}, "dense_1.weight is 4x3 and takes 2 numbers, given 1"),
    ({"parameter": "dense_1.weight", "index": (0, 3)}, "is 4x3, from 0,0 to 3,2; given 0,3"),
    ({"parameter": "dense_1.weight", "index": (-1, 0)}, "given -1,0"),
    ({"parameter": "dense_1.weight", "index": (0.5, 0)}, "whole numbers, given 0.5"),
    ({"parameter": "dense_1.bias", "index": (0, 0)}, "is 4 and takes 1 number, given 2"),
    ({"parameter": "input", "index": 3}, "input is 3, from 0 to 2; given 3"),
    ({"sample": 2}, "sample: goes from 0 to 1, given 2"),
    ({"sample": -1}, "given -1"),
    ({"sample": "a"}, "whole numbers, given 'a'"),
    ({"of": "error"}, "'error'"),
    ({"of": ("dense_9", 0)}, "'dense_9' is not a block of the chain; there are dense_1"),
    ({"of": ("dense_2", 3)}, "the output of dense_2 is 3, from 0 to 2; given 3"),
    ({"of": ("dense_2", (0, 0))}, "takes 1 number, given 2"),
    ({"of": ("dense_2",)}, "a block with a unit"),
    ({"x": np.zeros((2, 4))}, r"\(N, 3\) with N at least 1, given \(2, 4\)"),
    ({"x": np.zeros((0, 3))}, r"given \(0, 3\)"),
    ({"target": np.zeros((2, 3))}, "Mean squared error: targets must have the shape"),
    ({"target": np.zeros((1, 2))}, "2 inputs and 1"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "sentence"), QUESTIONS, ids=str)
def test_a_bad_question_is_answered_in_a_sentence(changed: dict[str, Any], sentence: str) -> None:
    network, x, target = network_of(*LECTURE, batch=2)
    question = {"x": x, "target": target, "parameter": "dense_1.weight", "index": (0, 0), **changed}
    with pytest.raises(ProjectError, match=sentence) as refused:
        engine.explain(network, **question)
    assert len(str(refused.value)) <= 300
    assert "\n" not in str(refused.value)


def test_where_no_gradient_passes_the_product_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that lets nothing pass to the block before it still lets the shortcut's source have its part."""
    case = network_of(*BRIDGES["one"][0])
    whole = explained(case, "dense_1.weight", (1, 2))
    for module in (chain, jacobian):
        monkeypatch.setattr(module, "passes_back", lambda block: block.name != "dense_2")
    past = explained(case, "dense_1.weight", (1, 2))
    shortcut = [whole.factors[0], whole.factors[1], whole.factors[2].parts[1], whole.factors[3]]
    assert product(past.factors)[0, 0] == pytest.approx(product(shortcut)[0, 0], rel=1e-12)
    assert past.gradient == pytest.approx(past.product, rel=1e-12)
    assert (past.path_count, len(past.paths), past.rest) == (2, 2, pytest.approx(0, abs=1e-15))
    for module in (chain, jacobian):
        monkeypatch.setattr(module, "passes_back", lambda block: block.name != "dense_3")
    nothing = explained(case, "dense_1.weight", (1, 2))
    assert nothing.product == nothing.gradient == nothing.path_count == nothing.rest == 0
    assert nothing.paths == []
    assert nothing.cascade(0.1)[-1].ratio is None


@pytest.mark.parametrize("size", [1e200, np.inf, np.nan])
def test_numbers_beyond_all_bounds_do_no_harm(size: float) -> None:
    case = network_of(*BRIDGES["one"][0])
    case[0].parameters[:3] = size
    found = explained(case, "dense_1.weight", (1, 2))
    for factor in found.factors:
        _ = factor.matrix, factor.norm, factor.apply(np.ones(factor.shape[0]))
    _ = found.product, found.gradient, found.central_difference, found.kink, found.paths, found.rest, found.running
    assert found.path_count == 10
    assert len(found.cascade(0.1)) == 6


def test_vectors_of_another_length_are_refused() -> None:
    made = project(dense(2), dense(1))
    with pytest.raises(ProjectError, match=r"9 parameters, given an array of shape \(8,\)"):
        Explainer.from_vectors(made, np.zeros(8), None, np.zeros((1, 2)), np.zeros((1, 1)))
