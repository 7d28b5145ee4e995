"""Diagnosis: the factors' product is the ratio shown, every factor agrees with numpy by hand, and every fix mends."""

from __future__ import annotations

import math
from itertools import pairwise

import msgspec
import numpy as np
import pytest

import engine
from engine.data.parts import dataset
from engine.explain.diagnosis import AGREEMENT, SHORTCUTS, SIZES, diagnose, error_factors, gradient_factors
from engine.explain.sweep import sweep
from engine.kinds import tag_of
from engine.network import Network
from engine.project import INITIALIZERS, LAYERS
from engine.storage import EXAMPLES
from engine.trainer import Trainer
from tests.engine.chains import dense, of, project

FLOAT64 = {"dtype": "float64"}


def batch_of(made, size=None):
    part = dataset(made).train
    size = size or made.training.batch_size
    return part.inputs[:size], part.targets[:size]


def findings(made, network=None):
    network = network or Network(made)
    return diagnose(made, network.parameters, network.statistics, *batch_of(made))


def layers(kind, depth=12, width=16, start=None):
    return [each for _ in range(depth) for each in (dense(width, weight_init=start or of("glorot_uniform")), of(kind))]


CHAINS = {
    "vanishing": engine.load("example:vanishing"),
    "exploding": engine.load("example:exploding"),
    "softplus": project(*layers("softplus", 20), dense(1)),
    "tiny weights": project(*layers("tanh", 12, start=of("normal", std=0.01)), dense(1)),
    "exploding tanh": project(*layers("tanh", start=of("normal", std=2)), dense(1)),
    "exploding relu": project(*layers("relu", start=of("normal", std=1)), dense(1)),
    "zero weights": project(*layers("tanh", 4, start=of("zeros")), dense(1)),
    "dead": project(*layers("relu", 3, start=of("constant", value=-0.3)), dense(1)),
}


@pytest.mark.parametrize("name", CHAINS)
def test_the_product_of_the_factors_is_the_ratio_and_the_fix_mends(name):
    made = CHAINS[name]
    found = findings(made)
    assert found
    for each in found:
        assert math.prod(factor.value for factor in each.factors) == pytest.approx(each.ratio, rel=1e-9, abs=0)
        assert each.text.endswith(".")
    mended = found[0].fix.apply(made)
    assert engine.resolve(mended).ok
    assert not any(place.warning for place in engine.resolve(mended).places)
    assert mended != made
    assert findings(mended) == ()


def deltas_by_hand(made, x, t):
    """Errors at the output of every dense block and its gradients, for a chain dense, sigmoid, ..., dense under binary
    cross entropy, in plain (N, D) numpy.
    """
    network = Network(made)
    state = {key: value.astype(float) for key, value in network.state_dict().items()}
    weights = [state[f"{block.name}.weight"] for block in made.chain if block.kind == "dense"]
    inputs, values = [x], x
    for weight in weights[:-1]:
        values = 1 / (1 + np.exp(-(values @ weight.T)))
        inputs.append(values)
    delta = (1 / (1 + np.exp(-(values @ weights[-1].T))) - t) / len(x)
    found = []
    for weight, given in zip(reversed(weights), reversed(inputs), strict=True):
        gradient = np.concatenate(((delta.T @ given).ravel(), delta.sum(axis=0)))
        found.insert(0, (delta, given, gradient))
        back = delta @ weight
        delta = back * given * (1 - given)
        found[0] += (back, delta)
    return found


def test_the_vanishing_example_by_hand():
    """Every factor of the sentence, from formulas written out here."""
    made = CHAINS["vanishing"]
    x, t = batch_of(made)
    (found,) = findings(made)
    hand = deltas_by_hand(made, x, t)
    rms = lambda a: np.sqrt((np.asarray(a) ** 2).mean())  # noqa: E731
    first, last = hand[0], hand[-1]
    values = {factor.name: factor.value for factor in found.factors}
    assert found.blocks == ("dense_1", "dense_9")
    assert found.ratio == pytest.approx(rms(first[2]) / rms(last[2]), rel=1e-6)
    weights = math.prod(rms(each[3]) / rms(each[0]) for each in hand[1:])
    slopes = math.prod(rms(each[4]) / rms(each[3]) for each in hand[1:])
    assert values["weights"] == pytest.approx(weights, rel=1e-6)
    assert values["Sigmoid slopes"] == pytest.approx(slopes, rel=1e-6)
    assert values[SIZES] == pytest.approx(rms(first[1]) / rms(last[1]), rel=1e-6)
    agreement = [rms(each[2]) / (rms(each[0]) * rms(each[1])) for each in (first, last)]
    assert values[AGREEMENT] == pytest.approx(agreement[0] / agreement[1], rel=1e-6)
    assert found.text.startswith(
        "The gradient of dense_1 is 1.4e−5 of dense_9's: the eight sigmoid slopes between them"
    )
    assert "replace the eight Sigmoid blocks by Tanh" in found.fix.text


MIXED = project(
    of("conv2d", filters=3), of("batch_norm"), of("relu"), of("max_pool2d"), of("flatten"), dense(6), of("tanh"),
    of("layer_norm"), dense(6, name="mid"), of("dropout"), of("add", source="tanh_1"), of("gelu"), dense(10),
    loss="softmax_cross_entropy", data=of("digits"), training=FLOAT64,
)  # fmt: skip


@pytest.mark.parametrize(("first", "last"), [(0, 12), (0, 5), (5, 12), (8, 12), (1, 7), (5, 8)])
def test_the_product_holds_through_every_kind_of_block(first, last):
    network = Network(MIXED)
    swept = sweep(MIXED, network.parameters, network.statistics, *batch_of(MIXED))
    error = lambda index: float(np.sqrt((swept.passages[index].dy ** 2).mean()))  # noqa: E731
    way = error_factors(swept, first, last)
    assert math.prod(each.value for each in way) == pytest.approx(error(first) / error(last), rel=1e-9)
    if (swept.passages[first].place and swept.passages[last].place) is None:
        return
    network.loss_and_gradient(*batch_of(MIXED))
    size = lambda name: float(np.sqrt((network.layout.by_name[name].piece(network.gradients) ** 2).mean()))  # noqa: E731
    ratio = size(MIXED.chain[first].name) / size(MIXED.chain[last].name)
    factors = gradient_factors(swept, first, last)
    assert math.prod(each.value for each in factors) == pytest.approx(ratio, rel=1e-9)
    if (first, last) == (5, 12):
        assert {each.name for each in factors} == {
            "weights", "GELU slopes", "Add", "Dropout", "Layer norm", "Tanh slopes", SHORTCUTS, SIZES, AGREEMENT,
        }  # fmt: skip


@pytest.mark.parametrize("training", [False, True])
def test_a_sweep_is_the_networks_own_gradient(training):
    made = MIXED
    network, (x, t) = Network(made), batch_of(made)
    before = network.statistics.copy()
    again = Network(made).generators
    swept = sweep(made, network.parameters, before, x, t, training=training, generators=again)
    loss = network.loss_and_gradient(x, t, training=training)
    assert swept.loss == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(swept.gradient, network.gradients, atol=1e-13)
    np.testing.assert_allclose(swept.statistics, network.statistics, atol=1e-13)
    assert np.array_equal(before, Network(made).statistics)


def test_a_deep_tanh_chain_falls_ill_in_training_and_shortcuts_are_offered():
    made = engine.load("example:deep")
    assert findings(made) == ()
    trainer = Trainer(made)
    trainer.run(300)
    (found,) = findings(made, trainer.network)
    assert found.ratio < 1e-3
    assert min(found.factors, key=lambda each: each.value).name == "Tanh slopes"
    assert "shortcuts" in found.fix.text
    mended = found.fix.apply(made)
    assert engine.resolve(mended).ok
    assert sum(block.kind == "add" for block in mended.chain) >= 12
    trained = Trainer(mended)
    trained.run(300)
    assert findings(mended, trained.network) == ()
    assert trained.evaluate()["loss"] < 0.1 * trainer.evaluate()["loss"]
    sums = [block for block in mended.chain if block.kind == "add"]
    assert all(later.source == earlier.name for earlier, later in pairwise(sums))


def test_an_explosion_whose_start_was_good_is_clipped():
    made = project(*layers("tanh"), dense(1))
    network = Network(made)
    for entry in network.layout.blocks:
        entry.public(network.parameters)["weight"][...] *= 8
    (found,) = findings(made, network)
    assert found.ratio > 1e3
    mended = found.fix.apply(made)
    assert mended.training.clip_norm == 1
    (again,) = findings(mended, network)
    assert again.fix is None


def test_units_that_are_off():
    made = project(dense(8, bias_init=of("values", values=[-9.0] * 6 + [9.0] * 2)), of("relu"), dense(1))
    (found,) = findings(made)
    assert found.text == (
        "6 of 8 units of relu_1 are off for all 32 samples: no gradient reaches the weights behind them."
    )
    assert (found.blocks, found.ratio) == (("relu_1",), 0.25)
    assert [factor.value for factor in found.factors] == [0.25]
    mended = found.fix.apply(made)
    assert [block.kind for block in mended.chain] == ["dense", "leaky_relu", "dense"]
    assert findings(mended) == ()


def test_what_is_said_of_a_gradient_of_zero():
    dead, zeros = (findings(CHAINS[name])[0] for name in ("dead", "zero weights"))
    assert dead.ratio == zeros.ratio == 0
    assert "is off for all 32 samples, its slopes are 0" in dead.text
    assert "the weights of dense_5 are all zero" not in zeros.text  # the last one starts as usual
    assert "the weights of dense_4 are all zero" in zeros.text


@pytest.mark.parametrize("name", [each for each in EXAMPLES if each not in ("vanishing", "exploding")])
def test_healthy_examples_are_left_in_peace(name):
    assert findings(engine.load(f"example:{name}")) == ()


OFF = of("constant", value=-50)


@pytest.mark.parametrize(("first", "last"), [(0, 8), (0, 5), (1, 6), (0, 6), (6, 8)])
def test_the_product_holds_past_a_stretch_in_which_the_error_ends(first, last):
    """A dead branch with a shortcut around it: all of the error comes past it."""
    made = project(
        dense(6), of("tanh"), dense(6), dense(6, bias_init=OFF), of("relu"), of("add", source="tanh_1"), dense(6),
        of("tanh"), dense(1),
    )  # fmt: skip
    network = Network(made)
    swept = sweep(made, network.parameters, None, *batch_of(made))
    assert not swept.passages[2].dy.any()
    error = [float(np.sqrt((each.dy**2).mean())) for each in swept.passages]
    product = math.prod(each.value for each in error_factors(swept, first, last))
    assert product == pytest.approx(error[first] / error[last], rel=1e-9)
    (found,) = findings(made)
    assert found.text.startswith("The gradient of dense_3 is exactly zero: relu_1 is off for all 32 samples")


def test_a_block_whose_bias_alone_has_a_gradient_can_be_compared():
    made = project(
        dense(6, bias_init=OFF), of("relu"), dense(6), of("tanh"), dense(6), of("tanh"), dense(1, bias=False)
    )
    network = Network(made)
    network.parameters[18:] += 0.1
    swept = sweep(made, network.parameters, None, *batch_of(made))
    assert not swept.passages[2].x.any()
    size = {i: float(np.sqrt((swept.passages[i].place.piece(swept.gradient) ** 2).mean())) for i in (2, 6)}
    product = math.prod(each.value for each in gradient_factors(swept, 2, 6))
    assert product == pytest.approx(size[2] / size[6], rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sigmoid", "tanh", "relu"])
def test_a_chain_of_two_thousand_blocks(kind):
    """Errors fall below what a number can hold; what is said is still exact, and what is offered can be done."""
    made = project(*layers(kind, 900, 8), dense(1))
    for each in findings(made):
        assert math.prod(factor.value for factor in each.factors) == pytest.approx(each.ratio, rel=1e-9, abs=0)
        assert each.fix is None or engine.resolve(each.fix.apply(made)).ok


def test_batch_norm_is_judged_by_the_batch_as_in_training():
    """With the running statistics of the start, mean 0 and variance 1, small weights would look like an illness."""
    small = of("normal", std=0.02)
    chain = [each for _ in range(6) for each in (dense(16, weight_init=small), of("batch_norm"), of("tanh"))]
    made = project(*chain, dense(1))
    network, (x, t) = Network(made), batch_of(made)
    assert findings(made) == ()
    (alone,) = diagnose(made, network.parameters, network.statistics, x[:1], t[:1])
    assert alone.ratio < 1e-3


def test_every_layer_kind_names_remedies_that_exist():
    kinds, starts = {tag_of(layer) for layer in LAYERS}, {tag_of(kind) for kind in INITIALIZERS}
    for layer in LAYERS:
        assert layer.start in starts
        assert layer.remedy in {"", *kinds} - {tag_of(layer)}
        assert layer().influence


def test_cost_of_a_diagnosis(benchmark):
    made = project(*layers("sigmoid", 20, 64), dense(1))
    network, batch = Network(made), batch_of(made)
    assert benchmark(diagnose, made, network.parameters, network.statistics, *batch)


def test_a_perfect_fit_and_numbers_beyond_all_bounds_are_no_finding():
    made = project(dense(1, weight_init=of("zeros")), loss="mean_squared_error", data=of("sine"))
    network = Network(made)
    x = np.ones((9, 1))
    assert diagnose(made, network.parameters, None, x, np.zeros((9, 1))) == ()
    assert diagnose(made, network.parameters * np.nan, None, x, np.ones((9, 1))) == ()


def test_what_does_not_fit_is_refused_in_a_sentence():
    made = CHAINS["dead"]
    network, (x, t) = Network(made), batch_of(made)
    for arguments in (
        (network.parameters[:-1], None, x, t), (network.parameters, np.ones(3), x, t),
        (network.parameters, None, x, t[:-1]), (network.parameters, None, x, t[:, 0]),
    ):  # fmt: skip
        with pytest.raises(engine.ProjectError, match=r"^[^\n]{20,300}$"):
            diagnose(made, *arguments)


def with_fields(made, **given):
    """The chain with ``cut`` or ``frozen`` set at blocks by their name."""
    chain = tuple(
        msgspec.structs.replace(block, **{given[block.name]: True}) if block.name in given else block
        for block in made.chain
    )
    return msgspec.structs.replace(made, chain=chain)


def test_what_is_frozen_or_cut_off_is_not_ill():
    vanishing = CHAINS["vanishing"]
    assert findings(vanishing)
    learned = [block.name for block in vanishing.chain if "frozen" in block.__struct_fields__]
    assert findings(with_fields(vanishing, **dict.fromkeys(learned[:-1], "frozen"))) == ()
    assert findings(with_fields(vanishing, **{learned[-1]: "cut"})) == ()
    assert findings(with_fields(vanishing, **dict.fromkeys(learned, "frozen"))) == ()


def test_a_frozen_block_does_not_stand_for_the_early_ones():
    """The first blocks that still learn are named instead."""
    vanishing = CHAINS["vanishing"]
    learned = [block.name for block in vanishing.chain if "frozen" in block.__struct_fields__]
    whole, held = findings(vanishing)[0], findings(with_fields(vanishing, **{learned[0]: "frozen"}))[0]
    assert whole.blocks[0] == learned[0]
    assert held.blocks[0] == learned[1]
    assert held.ratio > whole.ratio
    for each in (whole, held):
        assert math.prod(factor.value for factor in each.factors) == pytest.approx(each.ratio, rel=1e-9)


def test_a_cut_in_a_bridged_stretch_leaves_the_shortcut():
    """The error comes past the cut; the blocks in the stretch before it are left out."""
    made = project(
        dense(8), of("tanh", name="start"), dense(8), of("tanh"), of("add", source="start", cut=True), dense(1),
        data=of("moons"), training=FLOAT64,
    )  # fmt: skip
    network = Network(made)
    swept = sweep(made, network.parameters, network.statistics, *batch_of(made))
    assert swept.reached == {0, 1, 4, 5}
    assert not swept.passages[2].gradients["weight"].any()
    assert swept.passages[0].gradients["weight"].any()
    product = math.prod(factor.value for factor in error_factors(swept, 0, 5))
    rms = [math.sqrt(np.mean(swept.passages[place].dy ** 2)) for place in (0, 5)]
    assert product == pytest.approx(rms[0] / rms[1], rel=1e-9)
    assert findings(made) == ()


def test_dead_units_that_pass_nothing_on_anyway_are_left_out():
    layers_of = (dense(8), of("relu", name="dead"), dense(1, name="last"))
    start = {"bias_init": of("values", values=[1.0] + [-30.0] * 7)}
    made = project({**layers_of[0], **start, "name": "first"}, *layers_of[1:], data=of("moons"))
    assert "7 of 8 units of dead are off" in findings(made)[0].text
    for given in ({"first": "frozen"}, {"last": "cut"}, {"dead": "cut"}):
        assert findings(with_fields(made, **given)) == ()
